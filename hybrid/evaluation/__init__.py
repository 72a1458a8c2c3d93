"""Evaluation: protocols, metrics, significance."""
