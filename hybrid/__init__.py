"""Recommendations with reasons: queries in, ranked items out."""

from hybrid.models import load
from hybrid.query import Query
from hybrid.ranking import Ranking, Recommendation
from hybrid.recommender import Options, Recommender

__all__ = ["Options", "Query", "Ranking", "Recommendation", "Recommender", "load"]
