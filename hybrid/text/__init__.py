"""Text: encoders, cached vectors and the adapter that fuses them into the graph."""
