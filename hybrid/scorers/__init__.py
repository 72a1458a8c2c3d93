"""One scorer per file; `find` discovers them."""

from __future__ import annotations

from functools import cache

from hybrid.scorers.base import Resources, ScoreArray, Scorer
from kg import discovery

__all__ = ["Resources", "ScoreArray", "Scorer", "find"]


@cache
def find() -> dict[str, type[Scorer]]:
    """All scorers of this folder, by name."""
    return discovery.subclasses(__name__, Scorer)  # type: ignore[type-abstract]
