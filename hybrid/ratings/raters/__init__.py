"""One rater per file; `hybrid.ratings.find` discovers them."""
