"""Learns the scorers' weights for people of whom little is known, from the first likes of known people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid import weighing
from hybrid.lessons import Lessons, study
from hybrid.ranker import Beginnings
from hybrid.situation import Circumstances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import KnowledgeGraph

LENGTHS = (0, 1, 2, 5, 10)
USUAL = 15.0
_PEOPLE = 1_000
_RECALL = 4.0  # beside NDCG: most likes of somebody new lie ahead, in no order that is known


def learn(
    ranker: Ranker, scorers: Sequence[Scorer], graph: KnowledgeGraph, resources: Resources
) -> Beginnings | None:
    """Weights for new people with few likes, and how they shift with the number of these.

    Scorers are shown the first 0, 1, 2, 5 and 10 likes of each of at most 1,000 people, and the weights put
    on top what these people liked later, in the validation interactions, by NDCG and recall. The shifts
    by traits of items are those of the ranker. The person's other likes are neither shown nor candidates;
    scorers know them from training, as they know everybody's.

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
    items, seed = Circumstances.of(graph).items, resources.seed
    told = [study(scorers, graph, resources.validation, seed, shown=shown, most=_PEOPLE) for shown in LENGTHS]
    lessons = Lessons.joined([each for each in told if len(each)] or told)
    if not len(lessons):
        return None
    shifts = np.broadcast_to(ranker.items.factors(items), (len(scorers), len(items))).astype(np.float32)
    lessons = replace(lessons, scores=lessons.scores * shifts.T[lessons.items])
    learned = weighing.learn(ranker.names, lessons, items, seed, shifting=("people",), recall=_RECALL)
    return Beginnings(learned.weights, learned.people, USUAL)
