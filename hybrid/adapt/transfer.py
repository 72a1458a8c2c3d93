"""A catalog's model starts another one: its items are placed among those that people liked elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hybrid.adapt.placing import Placing, sureness
from hybrid.adapt.shared import same_items, views
from hybrid.adapt.start import Start
from hybrid.scorers.als import Als
from hybrid.scorers.base import likes
from hybrid.scorers.transferred import SHARES, Placed
from hybrid.text.table import TextTable
from hybrid.tuning import judge
from kg.errors import CatalogError
from kg.protocols import resplit

if TYPE_CHECKING:
    from hybrid.adapt.shared import Described
    from hybrid.recommender import Recommender
    from hybrid.scorers.base import ScoreArray
    from kg.graph import FloatArray, IntArray, KnowledgeGraph

_MOST_TEACHING = 5_000  # of the source's items, those best known: the time to learn grows with their cube
_GIVEN = 5  # likes that people of the source show where the weight of popularity is chosen


def transfer(source: Recommender, graph: KnowledgeGraph, *, match_items: bool = True, seed: int = 0) -> Start:
    """What a model of another catalog says of a catalog's items, without a like of this one.

    From the source's items it learns what texts and facts say of who likes them. How much texts count beside
    facts, the penalties and the weight of popularity are chosen on the source alone, each of its items placed
    by the others as if it were new.

    Args:
        source: a fitted recommender.
        graph: the new catalog; none of its interactions is looked at.
        match_items: whether items that are in both catalogs, by their labels, are placed where the source has
            them. Without, nothing is learned from those, so that every item is new.
        seed: for what is drawn.

    Returns:
        What `Transferred` starts from.

    Raises:
        CatalogError: the catalogs have nothing in common.
    """
    texts = source.text
    new_texts = None if texts is None else TextTable.of(graph.item_texts, texts.encoder)
    ours, view = views(source.graph, graph, texts, new_texts)
    described, theirs = ours.describe(source.graph, texts), view.describe(graph, new_texts)
    pairs = same_items(source.graph, graph)
    als = next((member for member in source.members if isinstance(member, Als)), None)
    als = als or Als().fit(source.graph, source.resources("transfer"))
    counts = np.bincount(likes(source.graph).indices, minlength=source.graph.num_items).astype(np.float64)
    teaching = (counts > 0) & described.known
    if not match_items:
        teaching[pairs[0]] = False
    rows = np.flatnonzero(teaching)
    rows = rows[np.argsort(-counts[rows], kind="stable")[:_MOST_TEACHING]]
    if not (len(rows) and theirs.known.any()):
        raise CatalogError(
            f"{source.graph.name!r} and {graph.name!r} have nothing in common to learn from: expected items "
            "with texts, or linked to entities of the same names"
        )
    lesson = _Lesson.of(described.take(rows), als.factors[rows], counts[rows], seed)
    in_both = pairs if match_items else (pairs[0][:0], pairs[1][:0])
    popularity = np.log(np.maximum(counts[in_both[0]], 0.5))
    return Start(
        view,
        *lesson.taught(),
        shared=in_both[1],
        theirs=np.column_stack([als.factors[in_both[0]], popularity]),
        sureness=sureness(counts[in_both[0]]),
        alpha=als.alpha,
        popularity_share=_popularity_share(source.graph, als, rows, lesson, seed),
    )


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What the source's items teach: n of them, what is said of them, and what likes say."""

    items: Described
    factors: ScoreArray
    popularity: FloatArray
    counts: FloatArray
    tastes_by: Placing
    popularity_by: Placing

    @classmethod
    def of(cls, items: Described, factors: ScoreArray, counts: FloatArray, seed: int) -> _Lesson:
        popularity = np.log(counts)[:, None]
        chosen = [Placing.chosen(items, numbers, counts, seed) for numbers in (factors, popularity)]
        return cls(items, factors, popularity, counts, *chosen)

    def taught(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`by_text`, `by_link` and `mean` of a `Start`."""
        tastes = self.tastes_by.taught(self.items, self.factors, self.counts)
        popularity = self.popularity_by.taught(self.items, self.popularity, self.counts)
        by_text, by_link, mean = (np.hstack(both) for both in zip(tastes, popularity, strict=True))
        return by_text, by_link, mean

    def left_out(self) -> ScoreArray:
        """The numbers of the items themselves, each placed by the others, shape (n, d)."""
        factors = self.tastes_by.left_out(self.items, self.factors, self.counts)
        popularity = self.popularity_by.left_out(self.items, self.popularity, self.counts)
        return np.hstack([factors, popularity])


def _popularity_share(source: KnowledgeGraph, als: Als, rows: IntArray, lesson: _Lesson, seed: int) -> float:
    """The weight of popularity that is best for people of the source, were all its items new.

    They show a few likes each. Where there are too few people to measure on, it is 1.
    """
    numbers = np.zeros((source.num_items, als.factors.shape[1] + 1), dtype=np.float32)
    known = np.zeros(source.num_items, dtype=np.bool_)
    numbers[rows], known[rows] = lesson.left_out(), True
    placed = Placed.of(numbers, known, als.alpha, source.num_items)
    try:
        (dealt,) = resplit(source, "cold_users", seed, given=_GIVEN, valid=0.0)
        ndcg_of = judge(dealt.histories, dealt.graph.heldout, seed)
        return max(SHARES, key=lambda share: ndcg_of(partial(placed.score, popularity_share=share)))
    except CatalogError:
        return 1.0
