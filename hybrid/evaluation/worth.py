"""What the graph is worth: the hybrid with the true links, without any, and with links that are wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.evaluation.ablation import verdicts_as_json
from hybrid.evaluation.comparison import JUDGED
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.sentence import sentence
from hybrid.evaluation.significance import compare_all
from hybrid.evaluation.slices import evaluate_slices, of_items
from hybrid.text.cold import only
from hybrid.variants import variant
from kg import wiring
from kg.errors import CatalogError
from kg.protocols import resplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hybrid.evaluation.protocol import Evaluation
    from hybrid.evaluation.significance import Verdict
    from hybrid.profiles import Profiles
    from hybrid.recommender import Recommender
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, KnowledgeGraph

TRUE, COLD = "true", "cold"
SLICES = ("all", "warm", "sparse")


@dataclass(frozen=True, slots=True)
class Row:
    """The hybrid with some links, on a part of the data.

    Attributes:
        links: "true", "none", "shuffled" or "rewired" (`kg.wiring`).
        slice: "all", "warm" (test items that somebody likes), "sparse" (the fifth of the people with the
            shortest histories) or "cold" (items that nobody likes).
        people: how many have test items there.
        metrics: NDCG@10 and Recall@20.
        beside: these links minus the true ones, corrected for all links of the slice together; none for the
            true ones.
    """

    links: str
    slice: str
    people: int
    metrics: Mapping[str, float]
    beside: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Worth:
    """What the graph is worth: rows by slice, the true links first in each, and the verdict in words."""

    rows: tuple[Row, ...]

    @property
    def sentence(self) -> str:
        """What the graph adds, and where."""
        return sentence(self.rows)


def worth(recommender: Recommender, graph: KnowledgeGraph, histories: KnowledgeGraph | None = None) -> Worth:
    """Measure the hybrid with other links: all, warm and sparse as the graph is split, and cold items.

    With each wiring the scorers that read facts are tuned and fitted again and all are weighed again, with
    the same seed. All items are ranked.

    For cold items the graph is dealt anew by the protocol "cold_items", and a hybrid of only those scorers is
    fitted that can score an item without likes. Cold items are ranked among cold items alone, in random order
    and last where no scorer can tell: whether a cold item should stand above a warm one is another question,
    and with links that say nothing the answer would decide all.

    Args:
        recommender: fitted to the graph with keep=True.
        graph: with its held-out likes.
        histories: the graph whose likes people ask with, where that is more than was learned from.

    Raises:
        QueryError: the recommender has not kept its tuned scorers.
        CatalogError: nothing is held out.
    """
    warm = _as_split(recommender, graph, histories or recommender.graph)
    rows = [row for name in SLICES if name in warm[TRUE] for row in _rows(name, warm)]
    cold = _cold(recommender, graph)
    return Worth((*rows, *(_rows(COLD, cold) if cold else ())))


def as_json(found: Worth) -> dict[str, Any]:
    """For machines; "beside_true" is a wiring minus the true one, with p values."""
    return {
        "sentence": found.sentence,
        "rows": [
            {
                "links": row.links,
                "slice": row.slice,
                "people": row.people,
                "metrics": dict(row.metrics),
                "beside_true": verdicts_as_json(row.beside),
            }
            for row in found.rows
        ],
    }


def _wirings(graph: KnowledgeGraph, seed: int) -> Iterator[tuple[str, KnowledgeGraph]]:
    """The graph with links other than its own, by name, one after the other."""
    if len(graph.edges):
        yield "none", wiring.without(graph)
        yield "shuffled", wiring.shuffled(graph, seed)
        yield "rewired", wiring.rewired(graph, seed)


def _as_split(
    recommender: Recommender, graph: KnowledgeGraph, asked: KnowledgeGraph
) -> dict[str, dict[str, Evaluation]]:
    """By wiring and slice, with the split that the graph has."""
    seed, found = recommender.options.seed, {}

    def measured(which: Recommender) -> dict[str, Evaluation]:
        return evaluate_slices(which.score, asked, graph.heldout, seed=seed)

    found[TRUE] = measured(recommender)
    for links, other in _wirings(recommender.graph, seed):
        recommender.report(f"worth of the graph: links {links}")
        found[links] = measured(variant(recommender, other))
    return found


def _cold(recommender: Recommender, graph: KnowledgeGraph) -> dict[str, dict[str, Evaluation]]:
    """By wiring, on cold items; nothing where they cannot be dealt, or nobody can tell anything of them."""
    options, report = recommender.options, recommender.report
    names = tuple(member.name for member in recommender.members if member.scores_new)
    if not names:
        report("worth of the graph: no cold items: no scorer of this hybrid can score what nobody likes")
        return {}
    hybrid = replace(recommender, options=replace(options, members=names), curves=None)
    hybrid.images = recommender.images
    report(f"worth of the graph: cold items, by {', '.join(names)}")
    try:
        (dealt,) = resplit(graph, "cold_items", options.seed)
        hybrid.fit(dealt.graph, keep=True)
    except CatalogError as error:
        report(f"worth of the graph: no cold items: {error}")
        return {}
    items = of_items(dealt.graph)["cold"]

    def measured(score: Callable[[Profiles], ScoreArray]) -> dict[str, Evaluation]:
        ranked = among(score, items)
        return {COLD: evaluate(ranked, dealt.graph, dealt.graph.heldout, seed=options.seed, beyond=False)}

    found = {TRUE: measured(hybrid.score)}
    for links, other in _wirings(hybrid.graph, options.seed):
        report(f"worth of the graph: cold items, links {links}")
        found[links] = measured(_score_of(hybrid, other))
    return found


def _score_of(hybrid: Recommender, graph: KnowledgeGraph) -> Callable[[Profiles], ScoreArray]:
    """The scores with other links; the same for all items where no scorer is left that can tell anything."""
    try:
        return variant(hybrid, graph).score
    except CatalogError as error:
        hybrid.report(f"worth of the graph: in random order: {error}")
        return partial(_nothing, num_items=graph.num_items)


def _nothing(profiles: Profiles, num_items: int) -> ScoreArray:
    return np.zeros((len(profiles), num_items), dtype=np.float32)


def among(score: Callable[[Profiles], ScoreArray], items: BoolArray) -> Callable[[Profiles], ScoreArray]:
    """Scores that rank some items among themselves, those that have no score last; NaN for all others.

    Args:
        score: as for `evaluate`.
        items: which to rank, shape (num_items,).
    """
    some = only(score, items)

    def ranked(profiles: Profiles) -> ScoreArray:
        scores = some(profiles)
        lowest = np.fmin.reduce(scores, axis=1, initial=np.inf)
        last = np.where(np.isfinite(lowest), lowest - 1, 0).astype(np.float32)
        filled = np.isnan(scores) & items
        scores[filled] = np.broadcast_to(last[:, None], scores.shape)[filled]
        return scores

    return ranked


def _rows(name: str, found: Mapping[str, Mapping[str, Evaluation]]) -> Iterator[Row]:
    """The rows of a slice."""
    slices = {links: by_slice[name] for links, by_slice in found.items()}
    verdicts = compare_all(slices, *JUDGED, reference=TRUE) if len(slices) > 1 else ()
    for links, each in slices.items():
        beside = tuple(verdict for verdict in verdicts if verdict.name == links)
        yield Row(links, name, len(each.users), {metric: each.metrics[metric] for metric in JUDGED}, beside)
