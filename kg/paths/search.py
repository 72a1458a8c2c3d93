"""The exact search for the k strongest paths by steps, which meets in the middle.

A path is extended from both ends, and where the two meet, the strongest first half bounds what any path over
that place can weigh. So the k best places by that bound hold the k best paths: one of them at least is as
strong as each bound. Weights are multiplied from the last step to the first everywhere, so that a bound *is*
the weight of the best path, to the last digit, and nothing is lost to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kg.paths.ends import Halves, allowed
from kg.paths.kept import nth_largest, strongest
from kg.paths.steps import spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.graph import FloatArray, IntArray
    from kg.paths.ends import Places, Reach
    from kg.paths.kept import Kept
    from kg.paths.steps import Rows, View

_SLACK = 1 - 1e-9  # for bounds whose factors come in another order than those of a path


class Search:
    """One question: the strongest paths from an origin to a target.

    Args:
        view: the steps there are.
        reach: where paths start.
        target: where they end.
        places: which nodes may stand where on a path.
        kept: where they go, and what is to beat.
    """

    def __init__(self, view: View, reach: Reach, target: int, places: Places, kept: Kept) -> None:
        self._view, self._origin, self._shares, self._first = view, reach.origin, reach.shares, reach.first
        self._target, self._places, self._kept = target, places, kept
        self._reach = reach.best.copy()
        self._reach[self._origin.slot[target]] = 0.0
        self._most = float(self._reach.max())
        back = view.open.of(target)
        self._back = back.where(~self._origin.inside[back.ends])

    def run(self, lengths: Sequence[int]) -> None:
        """Find the paths of some numbers of steps, from 1 to 4."""
        ways = (self._one, self._two, self._three, self._four)
        for hops in lengths:
            possible = hops == 1 or self._most > 0
            if possible and allowed(self._places[hops], np.array([self._target]))[0]:
                ways[hops - 1]()

    def _one(self) -> None:
        back, nodes = self._view.direct.of(self._target), self._origin.nodes
        back = back.where(self._origin.inside[back.ends])
        row = np.searchsorted(nodes, back.ends)
        here = np.append(nodes, -1)[row] == back.ends  # a start may be barred by its place
        back, row = back.where(here), row[here]
        if len(row):
            ends = np.full(len(row), self._target)
            self._kept.add(self._shares[row] * back.strength, (back.ends, ends), (back.codes ^ 1,))

    def _two(self) -> None:
        last = self._last(2)
        self._expand(last.strength, self._origin.slot[last.ends], (), (last.codes,))

    def _three(self) -> None:
        """Look at the steps in the middle from the side that has fewer of them."""
        peaks, inner = self._view.peaks, self._view.inner
        last = self._last(3)
        last = last.where(last.strength * peaks[last.ends] * self._most >= self._floor)
        if not len(last.ends):
            return
        slots = self._ahead(float(last.strength.max()))
        second = self._origin.second[slots]
        if inner.degrees(last.ends).sum() <= inner.degrees(second).sum():
            middle = inner.at(last.ends)
            row, slot, codes = middle.owner, self._origin.slot[middle.ends], middle.codes ^ 1
        else:
            middle, row = _meet(inner.at(second), last.ends, len(peaks))
            slot, codes = slots[middle.owner], middle.codes
        weights = last.strength[row] * middle.strength
        self._expand(weights, slot, (last.ends[row],), (last.codes[row], codes))

    def _four(self) -> None:
        """Join two steps from either end; the best last two of each first two bound what they can weigh."""
        halves = self._halves()
        if not len(halves.weights):
            return
        slots = self._ahead(float(halves.weights.max()))
        second = self._origin.second[slots]
        steps, group = _meet(self._view.inner.at(second), halves.middles, len(self._view.peaks))
        slot = slots[steps.owner]
        bound = halves.best(group, self._origin.second[slot]) * steps.strength * self._reach[slot]
        least = max(self._kept.floor, nth_largest(bound, self._kept.k))
        able = np.flatnonzero((bound > 0) & (bound >= least))
        half, owner = spans(halves.indptr, group[able])
        able = able[owner]
        simple = halves.nodes[half] != self._origin.second[slot[able]]
        half, able = half[simple], able[simple]
        self._expand(
            halves.weights[half] * steps.strength[able],
            slot[able],
            (halves.nodes[half], steps.ends[able]),
            (halves.last[half], halves.codes[half], steps.codes[able]),
        )

    def _last(self, hops: int) -> Rows:
        """The last steps of paths of some length, by the nodes before the target; codes towards it."""
        back, place = self._back, self._places[hops - 1]
        if place is not None:
            back = back.where(place[back.ends])
        return back._replace(codes=back.codes ^ 1)

    def _halves(self) -> Halves:
        """The last two steps of paths of four."""
        peaks, origin = self._view.peaks, self._origin
        last, most = self._last(4), float(peaks[origin.second].max())
        last = last.where(last.strength * peaks[last.ends] * most * self._most >= self._floor)
        steps = self._view.inner.at(last.ends)
        fit = ~origin.inside[steps.ends] & (steps.ends != self._target)
        return Halves.of(last, steps.where(fit & allowed(self._places[2], steps.ends)))

    def _ahead(self, most: float) -> IntArray:
        """The slots of the second nodes from which a path may still get into the k best."""
        origin = self._origin
        return np.flatnonzero(most * self._view.peaks[origin.second] * self._reach[:-1] >= self._floor)

    @property
    def _floor(self) -> float:
        return self._kept.floor * _SLACK

    def _expand(
        self, weights: FloatArray, slot: IntArray, nodes: tuple[IntArray, ...], codes: tuple[IntArray, ...]
    ) -> None:
        """Keep the best paths that end in some chains of steps, by the starts of the second nodes.

        Args:
            weights: of the chains from a second node to the target, shape (n,).
            slot: of the second node of each.
            nodes: between the second and the target, the last first, shape (n,) each.
            codes: of their steps, the last first.
        """
        origin = self._origin
        bound = weights * self._reach[slot]
        able = np.flatnonzero((bound > 0) & (bound >= self._kept.floor))
        if not len(able):
            return
        second = origin.second[slot[able]]
        ties = (second, *(column[able] for column in reversed(nodes)))
        best = able[strongest(bound[able], self._kept.k, ties)]
        first, owner = spans(origin.indptr, slot[best])
        rows = best[owner]
        chain = [column[rows] for column in reversed(nodes)]
        starts, ends = origin.nodes[origin.steps.owner[first]], np.full(len(rows), self._target)
        steps = [column[rows] for column in reversed(codes)]
        self._kept.add(
            weights[rows] * self._first[first],
            (starts, origin.second[slot[rows]], *chain, ends),
            (origin.steps.codes[first], *steps),
        )


def _meet(steps: Rows, nodes: IntArray, num_nodes: int) -> tuple[Rows, IntArray]:
    """The steps that end in one of some nodes, and the row of it among them."""
    place = np.full(num_nodes, -1)
    place[nodes] = np.arange(len(nodes))
    row = place[steps.ends]
    return steps.where(row >= 0), row[row >= 0]
