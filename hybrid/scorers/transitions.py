"""What tends to come after what: a linear model of histories, solved at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources, ScoreArray, Scorer, known_shares, seen_items
from hybrid.scorers.ease import spread
from hybrid.scorers.recency import faded, fading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

_FADED = 0.02  # what weighs less than this is left out


@dataclass(frozen=True)
class Transitions(Scorer):
    r"""Ridge regression from a faded past to a faded future (after SLIST; Choi et al., WWW 2021).

    Every place t of every history is an example: the past is h_t = sum over s <= t of a^(t-s) e(s), the
    future y_t = sum over s > t of b^(s-t-1) e(s), where e(s) marks the item at place s. The weights solve

    .. math:: B = (\sum_t h_t h_t^T + \lambda I)^{-1} \sum_t h_t y_t^T

    and a person's scores are h B at the end of the history. Unlike EASE's weights they know what comes first.
    Looking further ahead than to the very next item matters: a person is to be offered what follows soon, in
    whatever order. Both sums run over pairs of places and depend on their distance k alone, so nothing of the
    size of all examples is held: the future's weight is the sum over j < k of a^j b^(k-1-j).

    Abstains over a graph whose interactions have no times, and on items never seen.

    Args:
        regularization: weight of the L2 penalty on B, above 0.
        half_life: how many newer likes halve the weight of a like in the past, above 0.
        horizon: how many likes sooner double the weight of one in the future, above 0.
    """

    name: ClassVar[str] = "transitions"
    reason: ClassVar[str] = "it tends to follow what you liked lately"
    kind: ClassVar[str] = "sequence"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "half_life": (3.0, 6.0, 12.0, 25.0),
        "horizon": (3.0, 6.0, 12.0, 25.0),
        "regularization": (300.0, 1000.0, 3000.0),
    }

    regularization: float = 1000.0
    half_life: float = 6.0
    horizon: float = 6.0
    weights: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Solve for the weights between the m items that were seen, shape (m, m); m is 0 without times."""
        known = seen_items(graph) & graph.interactions.timed
        size = int(known.sum())
        if not size:
            return self._fitted(weights=np.zeros((0, 0), dtype=np.float32), known=known)
        profiles = Profiles.of_users(graph, np.unique(graph.interactions.users))
        rate, ahead = (float(fading(1, half_life)) for half_life in (self.half_life, self.horizon))
        places = _Places((np.cumsum(known) - 1)[profiles.items], profiles.lengths, size)
        past = places.past(rate)
        past[np.diag_indices(size)] += self.regularization
        future = places.future(rate, ahead)
        solved = cho_solve(cho_factor(past, overwrite_a=True), future, overwrite_b=True)
        # row by row in memory, or every product with a sparse history would copy all of it
        return self._fitted(weights=np.ascontiguousarray(solved, dtype=np.float32), known=known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """What the faded history leads to; NaN where it cannot tell."""
        history = faded(profiles, len(self.known), self.half_life)
        return spread(history, self.weights, self.known, profiles)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        worth = faded(person, len(self.known), self.half_life).data
        return known_shares(self.weights, self.known, person.items, items, worth)


def _reach(rate: float) -> int:
    """Steps after which hardly anything is left."""
    return math.ceil(math.log(_FADED) / math.log(rate))


class _Places:
    """All histories one after another, and sums over pairs of their places."""

    def __init__(self, items: IntArray, lengths: IntArray, size: int) -> None:
        self.items, self.size = items, size
        self.left = np.repeat(np.cumsum(lengths), lengths) - 1 - np.arange(len(items))  # places still to come

    def past(self, rate: float) -> FloatArray:
        """The sum of h h' over all places but each history's last, shape (size, size)."""
        total = np.zeros((self.size, self.size))
        for distance in range(_reach(rate)):
            starts = np.flatnonzero(self.left >= distance)
            after = self.left[starts] - distance  # places at which both are past, up to the last but one
            shares = rate**distance * (1 - np.power(rate, 2.0 * after)) / (1 - rate**2)
            self._add(total, starts, distance, shares.astype(np.float64))
            if distance == 0:
                total /= 2  # the diagonal is met twice below
        return total + total.T

    def future(self, rate: float, ahead: float) -> FloatArray:
        """The sum of h y' over all places, shape (size, size); row: from, column: to."""
        total, weight, reached = np.zeros((self.size, self.size)), 0.0, 1.0
        for distance in range(1, _reach(rate) + _reach(ahead)):
            weight, reached = weight * ahead + reached, reached * rate
            self._add(total, np.flatnonzero(self.left >= distance), distance, np.float64(weight))
        return total

    def _add(
        self, total: FloatArray, starts: IntArray, distance: int, weights: FloatArray | np.float64
    ) -> None:
        cells = self.items[starts] * self.size + self.items[starts + distance]
        np.add.at(total.reshape(-1), cells, weights)  # over a flat view it is ten times faster
