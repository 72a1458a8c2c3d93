"""Taking up what is new without training again: people who are asked a few questions first."""
