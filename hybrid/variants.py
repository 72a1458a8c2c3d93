"""Recommenders that differ from a fitted one in their facts or their scorers, to see what those are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection

    from hybrid.recommender import Recommender
    from kg.graph import KnowledgeGraph


def variant(
    recommender: Recommender, graph: KnowledgeGraph | None = None, *, leaving: Collection[str] = ()
) -> Recommender:
    """A recommender of other facts or fewer scorers; what would come out the same is taken over.

    Scorers that read facts are tuned and fitted to the other graph. All others stay as they are, and so do
    the vectors of texts and images. The weights are learned anew.

    Args:
        recommender: fitted with keep=True.
        graph: the same graph with other facts (`kg.wiring`); its own where None.
        leaving: scorers to leave out, by name.

    Returns:
        One of its kind, which keeps no tuned scorers and writes no curves.

    Raises:
        QueryError: the recommender has not kept its tuned scorers, or none would be left.
        CatalogError: no scorer that is left can tell anything of a validation interaction.
    """
    left = [scorer for scorer in recommender.options.scorers() if scorer.name not in leaving]
    if not recommender.tuned or not left:
        raise QueryError("a variant needs a recommender that was fitted with keep=True, and a scorer to keep")
    options = replace(recommender.options, members=tuple(scorer.name for scorer in left))
    other = replace(recommender, options=options, curves=None)
    other.text, other.adapted, other.images = recommender.text, recommender.adapted, recommender.images
    same = {scorer.name for scorer in left if graph is None or not scorer.reads_facts}
    return other.learn(
        recommender.graph if graph is None else other.validated(graph),
        left,
        tuned={name: scorer for name, scorer in recommender.tuned.items() if name in same},
        fitted={scorer.name: scorer for scorer in recommender.members if scorer.name in same},
    )
