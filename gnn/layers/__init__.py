"""One layer per file; `find` discovers them. A layer turns node vectors into others of their shape."""

from __future__ import annotations

from functools import cache

from gnn.layers.base import Layer
from kg import discovery

__all__ = ["Layer", "find"]


@cache
def find() -> dict[str, type[Layer]]:
    """All layers of this folder, by name."""
    return discovery.subclasses(__name__, Layer)  # type: ignore[type-abstract]
