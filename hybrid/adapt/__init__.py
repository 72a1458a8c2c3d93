"""What a fitted recommender takes in without being trained again."""
