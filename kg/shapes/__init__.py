"""SHACL: what a graph must satisfy, generated from the dataset card and extended by the user's own shapes."""

from kg.shapes.cards import shapes_of, turtle_of
from kg.shapes.rules import EndRule, LinkRule, NodeRule, PropertyRule, turtle
from kg.shapes.validating import Shapes, validate

__all__ = [
    "EndRule",
    "LinkRule",
    "NodeRule",
    "PropertyRule",
    "Shapes",
    "shapes_of",
    "turtle",
    "turtle_of",
    "validate",
]
