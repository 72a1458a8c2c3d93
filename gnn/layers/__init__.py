"""One layer per file; `find` discovers them. A layer turns node vectors into others of their shape."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from gnn.layers.base import Layer

__all__ = ["Layer", "find"]


@cache
def find() -> dict[str, type[Layer]]:
    """All layers of this folder, by name."""
    found: dict[str, type[Layer]] = {}
    for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                issubclass(member, Layer)
                and member.__module__ == module.name
                and not inspect.isabstract(member)
            ):
                found[member.name] = member
    return dict(sorted(found.items()))
