"""Recommendations with reasons: queries in, ranked items out.

These names are imported when first used: torch takes seconds, and `whyrec --help` needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybrid.lazy import imported_when_used

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

__getattr__ = imported_when_used(__name__, _HOMES)
