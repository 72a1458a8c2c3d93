"""One layer per file; `find` discovers them. A layer turns node vectors into others of their shape."""

from __future__ import annotations

from functools import cache

from gnn.layers.base import Layer
from gnn.named import pick
from kg import discovery

__all__ = ["Layer", "find", "over"]


@cache
def find() -> dict[str, type[Layer]]:
    """All layers of this folder, by name."""
    return discovery.subclasses(__name__, Layer)  # type: ignore[type-abstract]


def over(edges: str, name: str) -> type[Layer]:
    """The layer of a name over these edges, "likes" or "facts".

    Raises:
        OptionError: there is none.
    """
    known = {name: layer for name, layer in find().items() if layer.edges == edges}
    return pick(f"layer over {edges}", known, name)
