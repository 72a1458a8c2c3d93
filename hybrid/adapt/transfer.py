"""A catalog's model starts another one: its items are placed among those that people liked elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import linalg

from hybrid.adapt.placing import Placing, sureness
from hybrid.adapt.shared import describe, same_items
from hybrid.profiles import Profiles
from hybrid.ranker import calibrated
from hybrid.scorers.als import Als
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, likes, seen_items
from hybrid.text.table import TextTable
from hybrid.tuning import judge
from kg.errors import CatalogError, WorkspaceError
from kg.protocols import resplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from hybrid.adapt.shared import Described
    from hybrid.recommender import Recommender
    from kg.graph import FloatArray, IntArray, KnowledgeGraph

_MOST_TEACHING = 5_000  # of the source's items, those best known: the time to learn grows with their cube
_GIVEN = 5  # likes that people of the source show where the weight of popularity is chosen
_SHARES = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Transferred(Scorer):
    """Items placed by another catalog's model, moved by the likes of this one; `transfer` makes it.

    The start is a guess of each item's factors, by its text and facts, that counts as much as `trust` people;
    whoever likes something here moves it, as in collaborative topic regression (Wang and Blei, KDD 2011). A
    person is folded in from their likes as in `Als`. Popularity is guessed and moved in the same way, and is
    added, for a few likes say little of a person's taste.

    Args:
        start: the items as placed.
        guessed: the logarithm of how often each is liked, up to a constant, shape (num_items,).
        trust: people of this catalog that the start outweighs, above 0.
        popularity_share: weight of the popularity beside the tastes.
    """

    name: ClassVar[str] = "transferred"
    reason: ClassVar[str] = "people elsewhere like it with such things"
    kind: ClassVar[str] = "factors"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "trust": (3.0, 10.0, 30.0, 100.0, 300.0),
        "popularity_share": _SHARES,
    }

    start: Als = field(repr=False, compare=False)
    guessed: ScoreArray = field(repr=False, compare=False)
    trust: float = 100.0
    popularity_share: float = 1.0
    tastes: Als = field(init=False, repr=False, compare=False)
    popularity: ScoreArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Move the start by the graph's likes; without any it stays as it is."""
        matrix = likes(graph)
        if not matrix.nnz:
            return self._unmoved()
        people = self.start.fold_in(Profiles.of_users(graph, np.arange(graph.num_users)))
        factors = _moved(self.start, people, matrix, self.trust)
        tastes = self.start.with_factors(factors, self.start.known | seen_items(graph))
        rates = np.exp(self.guessed.astype(np.float64)) * self.start.known
        rates *= matrix.nnz / max((np.diff(matrix.indptr) > 0).sum() * rates.sum(), 1e-12)
        counts = np.bincount(matrix.indices, minlength=graph.num_items) + self.trust * rates
        return self._fitted(tastes=tastes, popularity=np.log(np.maximum(counts, 1e-12)).astype(np.float32))

    def state(self) -> State:
        """Refused, for it could not be read again: a version of a model does not say what placed the items.

        Raises:
            WorkspaceError: always.
        """
        raise WorkspaceError(
            "a recommender with a member that another catalog's model started cannot be saved: expected only "
            "members that learn from the workspace itself"
        )

    def _unmoved(self) -> Self:
        """Fitted as it starts."""
        return self._fitted(tastes=self.start, popularity=self.guessed)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Tastes and popularity, each in standard deviations; NaN without known likes and unknown items."""
        known = np.broadcast_to(self.tastes.known, (len(profiles), len(self.popularity)))
        tastes = calibrated(self.tastes.score(profiles), known)
        return tastes + self.popularity_share * calibrated(self.popularity[None], self.tastes.known[None])


def transfer(
    source: Recommender, graph: KnowledgeGraph, *, match_items: bool = True, seed: int = 0
) -> Transferred:
    """A scorer for a catalog from a model of another one, without a like of this one.

    From the source's items it learns what texts and facts say of who likes them, and places this catalog's
    items by it. How much texts count beside facts, the penalties and the weight of popularity are chosen on
    the source alone, each of its items placed by the others as if it were new.

    Args:
        source: a fitted recommender.
        graph: the new catalog; none of its interactions is looked at.
        match_items: whether items that are in both catalogs, by their labels, are placed where the source has
            them. Without, nothing is learned from those, so that every item is new.
        seed: for what is drawn.

    Returns:
        A fitted scorer. `fit` moves it by likes of the new catalog.

    Raises:
        CatalogError: the catalogs have nothing in common.
    """
    texts = source.text
    new_texts = None if texts is None else TextTable.of(graph.item_texts, texts.encoder)
    ours, theirs = describe(source.graph, graph, texts, new_texts)
    pairs = same_items(source.graph, graph)
    als = next((member for member in source.members if isinstance(member, Als)), None)
    als = als or Als().fit(source.graph, source.resources("transfer"))
    counts = np.bincount(likes(source.graph).indices, minlength=source.graph.num_items).astype(np.float64)
    teaching = (counts > 0) & ours.known
    if not match_items:
        teaching[pairs[0]] = False
    rows = np.flatnonzero(teaching)
    rows = rows[np.argsort(-counts[rows], kind="stable")[:_MOST_TEACHING]]
    if not (len(rows) and theirs.known.any()):
        raise CatalogError(
            f"{source.graph.name!r} and {graph.name!r} have nothing in common to learn from: expected items "
            "with texts, or linked to entities of the same names"
        )
    lesson = _Lesson.of(ours.take(rows), als.factors[rows], counts[rows], seed)
    factors, guessed = lesson.place(theirs)
    known = theirs.known
    if match_items:
        sure = sureness(counts[pairs[0]])[:, None]
        factors[pairs[1]] += sure * (als.factors[pairs[0]] - factors[pairs[1]])
        guessed[pairs[1]] += sure[:, 0] * (np.log(np.maximum(counts[pairs[0]], 0.5)) - guessed[pairs[1]])
        known[pairs[1]] = True
    start = als.with_factors(factors.astype(np.float32), known)
    share = _popularity_share(source.graph, als, rows, lesson, seed)
    return Transferred(start, guessed.astype(np.float32), popularity_share=share)._unmoved()


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

    def place(self, others: Described) -> tuple[ScoreArray, ScoreArray]:
        """Factors and logarithms of popularity of other items, shapes (m, size) and (m,)."""
        factors = self.tastes_by.place(self.items, self.factors, self.counts, others)
        popularity = self.popularity_by.place(self.items, self.popularity, self.counts, others)
        return factors, popularity[:, 0]

    def left_out(self) -> tuple[ScoreArray, ScoreArray]:
        """The same of the items themselves, each placed by the others."""
        factors = self.tastes_by.left_out(self.items, self.factors, self.counts)
        return factors, self.popularity_by.left_out(self.items, self.popularity, self.counts)[:, 0]


def _popularity_share(source: KnowledgeGraph, als: Als, rows: IntArray, lesson: _Lesson, seed: int) -> float:
    """The weight of popularity that is best for people of the source, were all its items new.

    They show a few likes each. Where there are too few people to measure on, it is 1.
    """
    factors = np.zeros_like(als.factors)
    guessed, known = np.zeros(len(factors), dtype=np.float32), np.zeros(len(factors), dtype=np.bool_)
    factors[rows], guessed[rows] = lesson.left_out()
    known[rows] = True
    start = als.with_factors(factors, known)
    try:
        (dealt,) = resplit(source, "cold_users", seed, given=_GIVEN, valid=0.0)
        ndcg_of = judge(dealt.histories, dealt.graph.heldout, seed)
        return max(
            _SHARES,
            key=lambda share: ndcg_of(Transferred(start, guessed, popularity_share=share)._unmoved().score),
        )
    except CatalogError:
        return 1.0


def _moved(start: Als, people: ScoreArray, matrix: sparse.csr_array, trust: float) -> ScoreArray:
    """The items' factors given those of people who like them, each starting from its place.

    For item j with the place v0, of all people U with factors p and those who like it, L, it solves

        (sum_U pp' + alpha sum_L pp' + penalty I) v = (1 + alpha) sum_L p + penalty v0

    with the penalty that `trust` average people would make of the first sum.

    Args:
        start: the placed items.
        people: shape (n, size).
        matrix: who likes what, shape (n, num_items).
        trust: see `Transferred`.
    """
    exact, placed = people.astype(np.float64), start.factors.astype(np.float64)
    gram = exact.T @ exact
    active = max(int((np.diff(matrix.indptr) > 0).sum()), 1)
    penalty = trust * max(np.trace(gram) / (active * len(gram)), 1e-12)
    gram[np.diag_indices(len(gram))] += penalty
    factors = linalg.solve(gram, penalty * placed.T, assume_a="pos").T
    columns = matrix.tocsc()
    for item in np.flatnonzero(np.diff(columns.indptr)):
        fans = exact[columns.indices[columns.indptr[item] : columns.indptr[item + 1]]]
        wanted = (1 + start.alpha) * fans.sum(axis=0) + penalty * placed[item]
        factors[item] = linalg.solve(gram + start.alpha * fans.T @ fans, wanted, assume_a="pos")
    return factors.astype(np.float32)
