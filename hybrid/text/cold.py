"""Items that nobody has liked yet, made from items that people have liked: to learn and to measure on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.profiles import Profiles
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, Interactions, KnowledgeGraph


def hide_items(
    graph: KnowledgeGraph, share: float, seed: int, among: BoolArray | None = None
) -> tuple[KnowledgeGraph, Interactions, BoolArray]:
    """Take all interactions of some items away, as if the items were new.

    Args:
        graph: the graph; its held-out interactions are not looked at.
        share: of the items that have interactions, 0 to 1.
        seed: draws them.
        among: the items to draw from, shape (num_items,); all where None.

    Returns:
        The graph without those interactions; the interactions, of people who have others left; and which
        items are hidden, shape (num_items,).
    """
    liked = graph.interactions
    candidates = np.unique(liked.items)
    if among is not None:
        candidates = candidates[among[candidates]]
    order = np.random.default_rng(seed).permutation(len(candidates))
    hidden = np.zeros(graph.num_items, dtype=np.bool_)
    hidden[candidates[order[: round(share * len(candidates))]]] = True
    warm = graph.with_interactions(liked.take(~hidden[liked.items]))
    known = np.isin(liked.users, warm.interactions.users)
    return warm, liked.take(hidden[liked.items] & known), hidden


def only(score: Callable[[Profiles], ScoreArray], items: BoolArray) -> Callable[[Profiles], ScoreArray]:
    """The same scores with NaN, "cannot tell", for all items but these; items has shape (num_items,)."""

    def some(profiles: Profiles) -> ScoreArray:
        scores = score(profiles)
        scores[:, ~items] = np.nan
        return scores

    return some
