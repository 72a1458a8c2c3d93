"""What re-ranking costs in accuracy, and what it buys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.beyond import Known
from hybrid.evaluation.protocol import Ranking, Wanted, history_mask, measure
from hybrid.evaluation.significance import compare
from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Stage, check
from hybrid.rerank.stock import Stock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hybrid.evaluation.protocol import Evaluation
    from hybrid.evaluation.significance import Comparison
    from hybrid.scorers.base import ScoreArray
    from hybrid.text.table import VectorArray
    from kg.graph import FloatArray, Interactions, KnowledgeGraph

SHORTLIST = 200
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Cost:
    """What one stage did to everybody's lists.

    Attributes:
        stage: the stage as it is written, "mmr:weight=0.3,by=facts".
        before: the metrics of the lists that it was given.
        after: the metrics of those that it made.
        comparisons: after minus before, by metric: "ndcg@10" and "recall@10" for lists of 10.
    """

    stage: str
    before: Evaluation
    after: Evaluation
    comparisons: Mapping[str, Comparison]


def cost(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    heldout: Interactions,
    stages: Sequence[Stage],
    *,
    n: int = 10,
    alone: bool = False,
    size: int = SHORTLIST,
    text: VectorArray | None = None,
    seed: int = 0,
) -> tuple[Cost, ...]:
    """Rank everybody in `heldout` once, apply stages to the shortlists, and measure the lists around each.

    Args:
        score: gives scores of shape (number of profiles, num_items), as for `evaluate`.
        graph: its interactions are the histories.
        heldout: what should be found.
        stages: in order, each applied to what the one before left.
        n: length of the lists.
        alone: apply each to the plain ranking instead, to compare stages with each other.
        size: candidates of each person, at least n.
        text: the items' text vectors, for stages that compare by them.
        seed: of ties, of stages, and of the paired tests.

    Returns:
        One for each stage. Every person asks when their last like was given.

    Raises:
        CatalogError: no held-out item is left to find.
        QueryError: the graph lacks what a stage needs, or a stage that must be the last is not.
    """
    check(() if alone else stages)
    wanted = Wanted.of(graph, heldout)
    profiles = Profiles.of_users(graph, wanted.users)
    plain = shortlists(score, graph, profiles, size=max(size, n), seed=seed)
    context = Context(Stock(graph, text), profiles, n, last_likes(profiles), seed=seed)
    known, histories = Known.of(graph), profiles.matrix(graph.num_items)

    def measured(candidates: Candidates) -> Evaluation:
        return measure(Ranking(candidates.items[:, :n], histories), wanted, known, (n,))

    lists, before, found = plain, measured(plain), []
    for stage in stages:
        after = stage.apply(lists, context)
        evaluation = measured(after)
        names = (f"ndcg@{n}", f"recall@{n}")
        comparisons = {name: compare(evaluation, before, name, seed=seed) for name in names}
        found.append(Cost(str(stage), before, evaluation, comparisons))
        if not alone:
            lists, before = after, evaluation
    return tuple(found)


def shortlists(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    profiles: Profiles,
    *,
    size: int = SHORTLIST,
    seed: int = 0,
) -> Candidates:
    """The best items of each person that are not in the history; equal scores in random order.

    Args:
        score: gives scores of shape (number of profiles, num_items), NaN for "cannot tell".
        graph: whose items are ranked.
        profiles: the n people.
        size: the most candidates of each.
        seed: of the order among equal scores.
    """
    rng = np.random.default_rng(seed)
    parts = [
        Candidates.best(score(batch), ~history_mask(batch, graph.num_items), size, rng)
        for _, batch in profiles.batches(_BATCH)
    ]
    return Candidates(
        np.concatenate([part.items for part in parts]), np.concatenate([part.scores for part in parts])
    )


def last_likes(profiles: Profiles) -> FloatArray:
    """When each person's last like was given, seconds since 1970, NaN where unknown, shape (n,)."""
    people = np.repeat(np.arange(len(profiles)), profiles.lengths)
    last = np.full(len(profiles), -np.inf)
    np.maximum.at(last, people, np.nan_to_num(profiles.times, nan=-np.inf))
    return np.where(np.isfinite(last), last, np.nan)
