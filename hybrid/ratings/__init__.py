"""How many stars somebody would give: raters, and how well they do; `whyrec rate` and `whyrec evaluate`."""

from __future__ import annotations

from functools import cache

from hybrid.ratings.base import Fitted, Rater
from hybrid.ratings.judge import Judge, learn
from kg import discovery

__all__ = ["Fitted", "Judge", "Rater", "find", "learn"]


@cache
def find() -> dict[str, type[Rater]]:
    """All raters, by name: one file each in `hybrid/ratings/raters/`."""
    return discovery.subclasses(f"{__name__}.raters", Rater)  # type: ignore[type-abstract]
