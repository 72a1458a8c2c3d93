"""The k strongest of what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.graph import FloatArray, IntArray


class Found(NamedTuple):
    """A path in numbers; ordered as paths are: the strongest first, then the shortest, then by its nodes.

    Attributes:
        rank: the weight with its sign turned.
        hops: number of steps.
        backwards: the nodes from the last to the first.
        codes: of the steps, the first one first.
        people: how many people liked both ends, for a path over people; else 0.
    """

    rank: float
    hops: int
    backwards: tuple[int, ...]
    codes: tuple[int, ...]
    people: int = 0


@dataclass(slots=True)
class Kept:
    """The k strongest paths found so far, one per list of nodes.

    Attributes:
        k: how many.
        paths: strongest first.
        floor: the weight that a further path must have, 0 as long as there are fewer than k.
    """

    k: int
    paths: list[Found] = field(default_factory=list)
    floor: float = 0.0

    def add(self, weights: FloatArray, nodes: Sequence[IntArray], codes: Sequence[IntArray]) -> None:
        """Add paths of one length, no two of the same nodes.

        Args:
            weights: shape (n,).
            nodes: from the first to the last, shape (n,) each.
            codes: of the steps, likewise.
        """
        able = np.flatnonzero((weights > 0) & (weights >= self.floor))
        best = able[strongest(weights[able], self.k, [column[able] for column in nodes])]
        rows = zip(
            (-weights[best]).tolist(),
            zip(*(column[best].tolist() for column in reversed(nodes)), strict=True),
            zip(*(column[best].tolist() for column in codes), strict=True),
            strict=True,
        )
        self.merge([Found(rank, len(codes), backwards, steps) for rank, backwards, steps in rows])

    def merge(self, found: Sequence[Found]) -> None:
        """Add single paths; of those with the same nodes the strongest stays."""
        if not found:
            return
        distinct: dict[tuple[int, ...], Found] = {}
        for path in sorted([*self.paths, *found]):
            distinct.setdefault(path.backwards, path)
        self.paths = list(distinct.values())[: self.k]
        if len(self.paths) == self.k:
            self.floor = -self.paths[-1].rank


def strongest(weights: FloatArray, k: int, ties: Sequence[IntArray]) -> IntArray:
    """The places of the k largest weights, in no order.

    Args:
        weights: shape (n,).
        k: how many.
        ties: which of equal ones: those with the smallest in the last column, then in the one before it.
    """
    if len(weights) <= k:
        return np.arange(len(weights))
    able = np.flatnonzero(weights >= nth_largest(weights, k))
    if len(able) == k:
        return able
    return able[np.lexsort((*(column[able] for column in ties), -weights[able]))[:k]]


def nth_largest(weights: FloatArray, n: int) -> float:
    """The n-th largest weight; of fewer than n, nothing is too small."""
    return float(np.partition(weights, len(weights) - n)[-n]) if len(weights) > n else -np.inf
