"""What a fitted recommender takes in without being trained again: new items, new people, another catalog."""
