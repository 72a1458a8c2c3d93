"""Options chosen on validation interactions, never on test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.protocol import evaluate

if TYPE_CHECKING:
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import Interactions, KnowledgeGraph

MAX_PEOPLE = 2_000


def tune(scorer: Scorer, graph: KnowledgeGraph, resources: Resources) -> Scorer:
    """A fitted copy of a scorer with the best options of its grid by validation NDCG@10.

    One option is varied at a time, the others held at the best so far, so the cost is the sum of the grid's
    sizes and not their product. At most 2,000 people, drawn with the seed, are ranked per trial.

    Args:
        scorer: where to start from.
        graph: to learn from, without the validation interactions.
        resources: with the validation interactions; without them the scorer is fitted as it is.
    """
    best = scorer.fit(graph, resources)
    resources = replace(resources, checkpoints=None)  # a trial must not go on from another trial's run
    if resources.validation is None or not scorer.grid:
        return best
    sample = some_people(resources.validation, MAX_PEOPLE, resources.seed)
    reached = _ndcg(best, graph, sample, resources.seed)
    for option, values in scorer.grid.items():
        for value in values:
            if value == getattr(best, option):
                continue
            trial = replace(best, **{option: value}).fit(graph, resources)
            ndcg = _ndcg(trial, graph, sample, resources.seed)
            if ndcg > reached:
                best, reached = trial, ndcg
    chosen = ", ".join(f"{option} {getattr(best, option)}" for option in scorer.grid)
    resources.report(f"{scorer.name}: validation NDCG@10 {reached:.4f} with {chosen}")
    return best


def some_people(interactions: Interactions, most: int, seed: int) -> Interactions:
    """The interactions of at most so many people, drawn with the seed."""
    people = np.unique(interactions.users)
    if len(people) <= most:
        return interactions
    drawn = np.random.default_rng(seed).choice(people, most, replace=False)
    return interactions.take(np.isin(interactions.users, drawn))


def _ndcg(scorer: Scorer, graph: KnowledgeGraph, validation: Interactions, seed: int) -> float:
    return evaluate(scorer.score, graph, validation, ks=(10,), seed=seed).metrics["ndcg@10"]
