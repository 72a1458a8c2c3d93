"""One scorer per file; `find` discovers them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from hybrid.scorers.base import Resources, ScoreArray, Scorer

__all__ = ["Resources", "ScoreArray", "Scorer", "find"]


@cache
def find() -> dict[str, type[Scorer]]:
    """All scorers of this folder, by name."""
    found: dict[str, type[Scorer]] = {}
    for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                issubclass(member, Scorer)
                and member.__module__ == module.name
                and not inspect.isabstract(member)
            ):
                found[member.name] = member
    return dict(sorted(found.items()))
