"""Options chosen on validation interactions, never on test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.protocol import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hybrid.profiles import Profiles
    from hybrid.scorers.base import Resources, ScoreArray, Scorer
    from kg.graph import Interactions, KnowledgeGraph

MAX_PEOPLE = 2_000


def tune(scorer: Scorer, graph: KnowledgeGraph, resources: Resources, fixed: Collection[str] = ()) -> Scorer:
    """A fitted copy of a scorer with the best options of its grid by validation NDCG@10.

    This is the quick search that every training makes; `hybrid.search` is the thorough one. One option is
    varied at a time, the others held at the best so far, so the cost is the sum of the grid's sizes and not
    their product. At most 2,000 people, drawn with the seed, are ranked per trial.

    Args:
        scorer: where to start from.
        graph: to learn from, without the validation interactions.
        resources: with the validation interactions; without them the scorer is fitted as it is.
        fixed: options that are not varied, because somebody has chosen them.
    """
    best = scorer.fit(graph, resources)
    # a trial must not go on from another trial's run, or write over its curves
    resources = replace(resources, checkpoints=None, curves=None)
    grid = {option: values for option, values in scorer.grid.items() if option not in fixed}
    if resources.validation is None or not grid:
        return best
    ndcg_of = judge(graph, resources.validation, resources.seed)
    reached = ndcg_of(best.score)
    for option, values in grid.items():
        for value in values:
            if value == getattr(best, option):
                continue
            trial = replace(best, **{option: value}).fit(graph, resources)
            ndcg = ndcg_of(trial.score)
            if ndcg > reached:
                best, reached = trial, ndcg
    chosen = ", ".join(f"{option} {getattr(best, option)}" for option in grid)
    resources.report(f"{scorer.name}: validation NDCG@10 {reached:.4f} with {chosen}")
    return best


def judge(
    graph: KnowledgeGraph, validation: Interactions, seed: int
) -> Callable[[Callable[[Profiles], ScoreArray]], float]:
    """A function from a scorer's `score` to NDCG@10 on the validation interactions of at most 2,000 people.

    Args:
        graph: its interactions are the histories.
        validation: what should be found.
        seed: of the people drawn and of ties.
    """
    sample = some_people(validation, MAX_PEOPLE, seed)

    def measure(score: Callable[[Profiles], ScoreArray]) -> float:
        return evaluate(score, graph, sample, ks=(10,), seed=seed, beyond=False).metrics["ndcg@10"]

    return measure


def some_people(interactions: Interactions, most: int, seed: int) -> Interactions:
    """The interactions of at most so many people, drawn with the seed."""
    people = np.unique(interactions.users)
    if len(people) <= most:
        return interactions
    drawn = np.random.default_rng(seed).choice(people, most, replace=False)
    return interactions.take(np.isin(interactions.users, drawn))
