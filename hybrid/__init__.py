"""Recommendations with reasons: queries in, ranked items out.

These names are imported when first used: torch takes seconds, and `whyrec --help` needs none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hybrid.models import load
    from hybrid.options import Options
    from hybrid.query import Query
    from hybrid.ranking import Ranking, Recommendation
    from hybrid.recommender import Recommender

__all__ = ["Options", "Query", "Ranking", "Recommendation", "Recommender", "load"]

_HOMES = {
    "Options": "recommender",
    "Query": "query",
    "Ranking": "ranking",
    "Recommendation": "ranking",
    "Recommender": "recommender",
    "load": "models",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module 'hybrid' has no attribute {name!r}")
    return getattr(importlib.import_module(f"hybrid.{_HOMES[name]}"), name)
