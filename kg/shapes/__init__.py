"""SHACL: what a graph must satisfy, generated from the dataset card and extended by the user's own shapes."""

from kg.shapes.validating import Shapes, validate

__all__ = ["Shapes", "validate"]
