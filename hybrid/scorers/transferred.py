"""Items placed by another catalog's model, moved by the likes of this one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import linalg

from hybrid.adapt.start import Start
from hybrid.profiles import Profiles
from hybrid.ranker import drawn_in, standardized
from hybrid.scorers.als import Als
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, likes, seen_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from kg.graph import BoolArray, FloatArray, KnowledgeGraph

SHARES = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Placed:
    """Items with factors and a popularity.

    Attributes:
        tastes: their factors, and which of them are known.
        popularity: the logarithm of how often each is liked, up to a constant, shape (num_items,).
        usual: the number of items, the first, over which scores are brought to one scale.
    """

    tastes: Als
    popularity: ScoreArray
    usual: int

    @classmethod
    def of(cls, numbers: ScoreArray, known: BoolArray, alpha: float, usual: int) -> Self:
        """From numbers as in a `Start`, shape (num_items, d)."""
        factors = np.ascontiguousarray(numbers[:, :-1], dtype=np.float32)
        popularity = np.array(numbers[:, -1], dtype=np.float32)
        return cls(Als(alpha=alpha).with_factors(factors, known), popularity, usual)

    @property
    def numbers(self) -> ScoreArray:
        """As in a `Start`, shape (num_items, d)."""
        return np.column_stack([self.tastes.factors, self.popularity])

    def score(self, profiles: Profiles, popularity_share: float) -> ScoreArray:
        """Tastes and popularity, each in standard deviations; NaN without known likes and unknown items."""
        tastes = self._in_deviations(self.tastes.score(profiles))
        return tastes + np.float32(popularity_share) * self.popular()

    def popular(self) -> ScoreArray:
        """Popularity in standard deviations, shape (1, num_items); NaN for unknown items."""
        return self._in_deviations(np.where(self.tastes.known, self.popularity, np.float32(np.nan))[None])

    def _in_deviations(self, scores: ScoreArray) -> ScoreArray:
        """Scores with mean 0 and deviation 1 over the usual items: further ones leave theirs as they are."""
        usual = scores[:, : self.usual]
        told = np.isfinite(usual)
        _, deviation = standardized(usual, told)
        mean = np.where(told, usual, np.float32(0)).sum(axis=1, keepdims=True)
        mean /= np.maximum(told.sum(axis=1, keepdims=True), 1)
        return drawn_in(((scores - mean) / deviation).astype(np.float32, copy=False))


@dataclass(frozen=True)
class Transferred(Scorer):
    """Items placed by another catalog's model, moved by the likes of this one.

    The start (`Resources.start`) is a guess of each item's factors, by its text and facts, that counts as
    much as `trust` people; whoever likes something here moves it, as in collaborative topic regression (Wang
    and Blei, KDD 2011). A person is folded in from their likes as in `Als`. Popularity is guessed and moved
    in the same way, and is added, for a few likes say little of a person's taste. Without a start it
    abstains.

    Args:
        trust: people of this catalog that the start outweighs, above 0.
        popularity_share: weight of the popularity beside the tastes; the start's where None.
    """

    name: ClassVar[str] = "transferred"
    reason: ClassVar[str] = "people elsewhere like it with such things"
    kind: ClassVar[str] = "factors"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    started: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "trust": (3.0, 10.0, 30.0, 100.0, 300.0),
        "popularity_share": SHARES,
    }

    trust: float = 100.0
    popularity_share: float | None = None
    start: Start | None = field(init=False, repr=False, compare=False)
    placed: Placed = field(init=False, repr=False, compare=False)
    pull: ScoreArray = field(init=False, repr=False, compare=False)
    rise: ScoreArray = field(init=False, repr=False, compare=False)
    counts: ScoreArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Place the graph's items, and move them by its likes; without any they stay where they are."""
        start, matrix = resources.start, likes(graph)
        counts = np.bincount(matrix.indices, minlength=graph.num_items).astype(np.float32)
        if start is None:
            numbers, alpha = np.zeros((graph.num_items, 2), dtype=np.float32), 1.0
            known = np.zeros(graph.num_items, dtype=np.bool_)
        else:
            (numbers, known), alpha = start.place(graph, resources.text), start.alpha
        placed = Placed.of(numbers, known, alpha, graph.num_items)
        pull: FloatArray = np.eye(numbers.shape[1] - 1)
        rise: FloatArray = np.zeros(1)
        if start is not None and matrix.nnz:
            people = placed.tastes.fold_in(Profiles.of_users(graph, np.arange(graph.num_users)))
            factors, pull = _moved(placed.tastes, people, matrix, self.trust)
            popularity, rise = self._popularity(placed, matrix, counts)
            numbers, known = np.column_stack([factors, popularity]), known | seen_items(graph)
            placed = Placed.of(numbers, known, alpha, graph.num_items)
        return self._fitted(
            start=start,
            placed=placed,
            pull=pull.astype(np.float32),
            rise=rise.astype(np.float32),
            counts=counts,
        )

    def score(self, profiles: Profiles) -> ScoreArray:
        """Tastes and popularity, each in standard deviations; NaN without known likes and unknown items.

        Without likes and wishes it is popularity alone where nobody has liked anything here: then no other
        scorer knows what that is.
        """
        share = self.popularity_share
        if share is None:
            share = 0.0 if self.start is None else self.start.popularity_share
        scores = self.placed.score(profiles, share)
        if not self.counts.any():
            silent = [not (wish.text.strip() or wish.entities) for wish in profiles.wishes]
            scores[(profiles.lengths == 0) & silent] = self.placed.popular()
        return scores

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy in which new items are placed by their texts and facts."""
        old, more = self.placed, graph.num_items - len(self.counts)
        numbers = np.pad(old.numbers, ((0, more), (0, 0)))
        known, counts = np.pad(old.tastes.known, (0, more)), np.pad(self.counts, (0, more))
        if self.start is not None:
            new, (guessed, told) = slice(len(self.counts), None), self.start.place(graph, resources.text)
            numbers[new], known[new] = self._settled(guessed[new]), told[new]
            numbers[new, -1] += self.rise
        placed = Placed.of(numbers, known, old.tastes.alpha, old.usual)
        return self._changed(placed=placed, counts=counts)

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.over`: items are placed again, and move by what their likes leave of the start.

        That is trust / (trust + likes) of the way, which is how much the start still says.
        """
        if self.start is None or before.edges is after.edges:
            return self
        (was, told_before), (now, told_after) = (
            self.start.place(graph, resources.text) for graph in (before, after)
        )
        kept = self.trust / (self.trust + self.counts)
        numbers = self.placed.numbers + kept[:, None] * self._settled(now - was)
        known = np.where(told_before == told_after, self.placed.tastes.known, told_after | (self.counts > 0))
        return self._changed(placed=Placed.of(numbers, known, self.placed.tastes.alpha, self.placed.usual))

    def state(self) -> State:
        """The items' numbers, which of them are known, and the start, if there is one."""
        placed, start = self.placed, {} if self.start is None else self.start.state()
        scale = {"alpha": np.array(placed.tastes.alpha), "usual": np.array(placed.usual)}
        items = {"numbers": placed.numbers, "known": placed.tastes.known, "counts": self.counts}
        return {**items, **scale, "pull": self.pull, "rise": self.rise, **start}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy with these arrays; it does not need the other catalog."""
        placed = Placed.of(state["numbers"], state["known"], float(state["alpha"]), int(state["usual"]))
        kept = {name: state[name] for name in ("pull", "rise", "counts")}
        start = Start.of(state) if any(name.startswith("start.") for name in state) else None
        return self._fitted(start=start, placed=placed, **kept)

    def _popularity(
        self, placed: Placed, matrix: sparse.csr_array, counts: ScoreArray
    ) -> tuple[ScoreArray, FloatArray]:
        """Logarithms of likes, counted and guessed; the guess counts as much as `trust` people.

        Returns:
            Shape (num_items,), and what is added to those of items without likes, shape (1,).
        """
        rates = np.exp(placed.popularity.astype(np.float64)) * placed.tastes.known
        active = (np.diff(matrix.indptr) > 0).sum()
        scale = self.trust * matrix.nnz / max(active * rates.sum(), 1e-12)
        popularity = np.log(np.maximum(counts + scale * rates, 1e-12)).astype(np.float32)
        return popularity, np.log([scale])

    def _settled(self, numbers: ScoreArray) -> ScoreArray:
        """Numbers as the start has them, with factors as they are for items without likes."""
        return np.column_stack([numbers[:, :-1] @ self.pull, numbers[:, -1]])


def _moved(
    start: Als, people: ScoreArray, matrix: sparse.csr_array, trust: float
) -> tuple[ScoreArray, FloatArray]:
    """The items' factors given those of people who like them, each starting from its place.

    For item j with the place v0, of all people U with factors p and those who like it, L, it solves

        (sum_U pp' + alpha sum_L pp' + penalty I) v = (1 + alpha) sum_L p + penalty v0

    with the penalty that `trust` average people would make of the first sum.

    Args:
        start: the placed items.
        people: shape (n, size).
        matrix: who likes what, shape (n, num_items).
        trust: see `Transferred`.

    Returns:
        The factors, shape (num_items, size), and what those of an item without likes are multiplied by,
        shape (size, size).
    """
    exact, placed = people.astype(np.float64), start.factors.astype(np.float64)
    gram = exact.T @ exact
    active = max(int((np.diff(matrix.indptr) > 0).sum()), 1)
    penalty = trust * max(np.trace(gram) / (active * len(gram)), 1e-12)
    gram[np.diag_indices(len(gram))] += penalty
    pull = penalty * linalg.inv(gram)
    factors = placed @ pull
    columns = matrix.tocsc()
    for item in np.flatnonzero(np.diff(columns.indptr)):
        fans = exact[columns.indices[columns.indptr[item] : columns.indptr[item + 1]]]
        wanted = (1 + start.alpha) * fans.sum(axis=0) + penalty * placed[item]
        factors[item] = linalg.solve(gram + start.alpha * fans.T @ fans, wanted, assume_a="pos")
    return factors.astype(np.float32), pull
