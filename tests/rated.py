"""Small worlds with ratings, as graphs; `from tests.rated import parties`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kg.graph import Interactions
from tests.worlds import make_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.graph import KnowledgeGraph

LIKED = 4


def with_ratings(
    graph: KnowledgeGraph,
    rows: Sequence[tuple[int, int, float]],
    heldout: Sequence[tuple[int, int, float]] = (),
) -> KnowledgeGraph:
    """The graph with these (user, item, rating) rows; those of 4 and above are its likes."""
    rated, kept = (np.array(part, dtype=np.float64).reshape(-1, 3) for part in (rows, heldout))
    ratings, tested = (
        Interactions.of(part[:, 0].astype(int), part[:, 1].astype(int), weights=part[:, 2])
        for part in (rated, kept)
    )
    return replace(
        graph,
        interactions=ratings.take(ratings.weights >= LIKED),
        heldout=tested.take(tested.weights >= LIKED),
        ratings=ratings,
        heldout_ratings=tested,
    )


def parties(size: int = 20) -> KnowledgeGraph:
    """Even users rate even items 5 and odd ones 1, odd users the other way round; a fact tells the parity.

    Each user's ratings of one even and one odd item are held out. The last user and the last item (numbers
    `size`) have the fact of the even ones and no rating, but for two that are held out; user `size + 1` and
    item `size + 1` have nothing at all.
    """
    pairs = [(user, item) for user in range(size) for item in range(size)]
    rows = [(user, item, 5.0 if (user + item) % 2 == 0 else 1.0) for user, item in pairs]
    apart = [(item - user) % size in {0, 1} for user, item in pairs]
    new = [(size, 0, 5.0), (size, 1, 1.0), (0, size, 5.0), (1, size, 1.0)]
    facts = [
        (f"{kind}{row}", f"{kind}_is", f"{kind}_{('even', 'odd')[row % 2]}")
        for kind in "ui"
        for row in range(size + 1)
    ]
    return with_ratings(
        make_graph(num_users=size + 2, num_items=size + 2, facts=facts, name="parties"),
        [row for row, held in zip(rows, apart, strict=True) if not held],
        [row for row, held in zip(rows, apart, strict=True) if held] + new,
    )
