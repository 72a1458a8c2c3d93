"""Calibration: the list has the mix of kinds that the person's history has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.base import Stage
from hybrid.rerank.greedy import greedy, in_parts
from hybrid.rerank.scales import neutral, unit

if TYPE_CHECKING:
    from hybrid.profiles import Profiles
    from hybrid.rerank.base import Candidates, Context
    from hybrid.rerank.groups import Kinds
    from kg.graph import FloatArray, IntArray

_SMOOTHING = 0.01  # the share of the history's mix in the list's, as in the paper


@dataclass(frozen=True)
class Calibrated(Stage):
    r"""Calibrated recommendations (Steck, RecSys 2018).

    The list has a large :math:`(1 - w) \sum_i r_i - w \, KL(p \| \tilde q)`: r is the score scaled to 0 .. 1
    over the person's candidates, p the mix of kinds in the history and q in the list (an item of several
    kinds counts as a part of each), :math:`\tilde q = 0.99 q + 0.01 p` so that a kind that the list lacks
    costs much but not everything. Places are filled greedily, each with the item that is best after it was
    added. An item without a kind gets the mean of the others' worth; a person whose likes have none keeps
    the order.

    Args:
        weight: of the mix, 0 (the order of the scores) to 1 (the mix alone).
        relation: id of the relation whose other end is a kind, "genre"; "" for the classes of the graph.
    """

    name: ClassVar[str] = "calibrated"
    purpose: ClassVar[str] = "calibration: the list has the mix of kinds that the history has"

    weight: float = 0.3
    relation: str = ""

    def __post_init__(self) -> None:
        self._within("weight", 0, 1)

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The first n places chosen greedily."""
        kinds = context.stock.groups.kinds(self.relation)

        def work(part: Candidates, people: slice) -> Candidates:
            profiles = context.profiles.slice(people.start, people.stop)
            return greedy(part, context.n, _Mix(part, _wanted(profiles, kinds), kinds, self.weight))

        return in_parts(candidates, work)

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Says how much of a kind the history has, and the list above the item."""
        kinds, items = context.stock.groups.kinds(self.relation), after.items[row]
        wanted = _wanted(context.profiles.slice(row, row + 1), kinds)[0]
        above = kinds.shares[items[:place]].sum(axis=0)
        got = above / max(above.sum(), 1)
        own = kinds.shares[[items[place]]].toarray()[0] > 0
        if not own.any():
            return "it is of no kind, and others fit the mix better or worse"
        gap = np.where(own, (wanted - got) if up else (got - wanted), -np.inf)
        kind = int(gap.argmax())
        return f"{wanted[kind]:.0%} of what is liked {kinds.words[kind]}, {got[kind]:.0%} of what is above it"


def _wanted(profiles: Profiles, kinds: Kinds) -> FloatArray:
    """The mix of kinds in each history, shape (n, number of kinds); zeros where no like has one."""
    people = np.repeat(np.arange(len(profiles)), profiles.lengths)
    wanted = np.zeros((len(profiles), kinds.shares.shape[1]))
    likes = kinds.shares[profiles.items].tocoo()
    np.add.at(wanted, (people[likes.coords[0]], likes.coords[1]), likes.data)
    return np.asarray(wanted / np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9))


class _Mix:
    """The sum over a candidate's own kinds is all that differs from candidate to candidate."""

    def __init__(self, part: Candidates, wanted: FloatArray, kinds: Kinds, weight: float) -> None:
        self._relevance, self._weight = (1 - weight) * unit(part.scores), weight
        self._wanted, self._kinds, self._items = wanted, kinds, part.items
        self._numbers = kinds.numbers[part.items]
        self._parts = kinds.parts[part.items]
        self._told = wanted.any(axis=1, keepdims=True)
        self._known = part.filled & (self._parts > 0).any(axis=2)
        self._people = np.arange(len(part))[:, None, None]
        self._own = wanted[self._people, self._numbers]
        self._got = np.zeros_like(wanted)
        self._size = np.zeros((len(part), 1))

    def gains(self) -> FloatArray:
        wanted = self._wanted > 0
        before = (1 - _SMOOTHING) * self._got + _SMOOTHING * self._wanted * (self._size + 1)
        logs = np.log(before, where=wanted, out=np.zeros_like(before))
        base = np.sum(self._wanted * logs, axis=1)
        there = before[self._people, self._numbers]
        more = np.where(self._own > 0, (1 - _SMOOTHING) * self._parts / np.where(self._own > 0, there, 1), 0)
        worth = base[:, None] - np.log(self._size + 1) + np.sum(self._own * np.log1p(more), axis=2)
        mixed = neutral(np.where(self._known & self._told, worth, np.nan))
        return self._relevance + self._weight * mixed

    def take(self, chosen: IntArray) -> None:
        at = chosen[:, None]
        items = np.take_along_axis(self._items, at, axis=1)[:, 0]
        np.put_along_axis(self._known, at, values=False, axis=1)
        added = self._kinds.shares[items]
        self._got += added.toarray()
        self._size += added.sum(axis=1)[:, None]
