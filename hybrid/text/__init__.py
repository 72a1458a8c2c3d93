"""Text: encoders, their adaptation to likes, cached vectors."""
