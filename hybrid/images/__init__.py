"""Items' images as vectors: given ones, or those of a vision model."""
