"""Learns the scorers' weights for people of whom little is known, from the first likes of known people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid import weighing
from hybrid.lessons import study
from hybrid.ranker import Beginnings
from hybrid.situation import Circumstances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import KnowledgeGraph

LENGTHS = (0, 1, 2, 5, 10)
USUAL = 15
_PEOPLE = 1_000


def learn(
    ranker: Ranker, scorers: Sequence[Scorer], graph: KnowledgeGraph, resources: Resources
) -> Beginnings | None:
    """Weights for people with 0, 1, 2, 5 and 10 likes.

    Scorers are shown that many likes of each of at most 1,000 people, and the weights put on top what these
    people liked later, in the validation interactions, as for usual histories. The shifts by traits of items
    are those of the ranker. The person's other likes are neither shown nor candidates; scorers know them from
    training, as they know everybody's.

    Args:
        ranker: the weights for usual histories.
        scorers: as tuned, in the ranker's order, not knowing the validation interactions.
        graph: what they were fitted to.
        resources: with the validation interactions.

    Returns:
        None where nobody teaches anything at any length.
    """
    if resources.validation is None:
        return None
    items = Circumstances.of(graph).items
    shifts = np.broadcast_to(ranker.items.factors(items), (len(scorers), len(items))).astype(np.float32)
    found: dict[int, np.ndarray] = {}
    for shown in LENGTHS:
        lessons = study(scorers, graph, resources.validation, resources.seed, shown=shown, most=_PEOPLE)
        if len(lessons):
            scores = lessons.scores * shifts.T[lessons.items]
            weighed = weighing.learn(
                ranker.names, replace(lessons, scores=scores), items, resources.seed, shifting=False
            )
            found[shown] = weighed.weights
    if not found:
        return None
    return Beginnings(np.array(list(found), dtype=np.float64), np.stack(list(found.values())), USUAL)
