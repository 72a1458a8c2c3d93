"""Reasoning paths: the exact, typed search from what somebody liked to what is recommended."""

from kg.paths.finder import PathFinder
from kg.paths.limits import Limits
from kg.paths.telling import ReasoningPath

__all__ = ["Limits", "PathFinder", "ReasoningPath"]
