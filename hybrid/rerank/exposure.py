"""Exposure control: no item is in everybody's list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.base import Stage

if TYPE_CHECKING:
    from hybrid.rerank.base import Candidates, Context
    from kg.graph import IntArray


@dataclass(frozen=True)
class Exposure(Stage):
    """A bound on the share of lists that an item is in; its share of all places is that over n.

    People are served one after another in an order drawn with the seed: each gets the first n candidates that
    are not yet in as many lists as allowed, and where there are fewer, the least shown of the others behind
    them. The lists count that the context says were shown before; a single query is bounded by those alone.

    Args:
        share: the largest share of the lists, above 0 and at most 1. One list is always allowed.
    """

    name: ClassVar[str] = "exposure"
    purpose: ClassVar[str] = "exposure control: no item is in more than a share of the lists"

    share: float = 0.2

    def __post_init__(self) -> None:
        self._within("share", 0, 1, above=True)

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The first n places dealt out, the rest in order."""
        shown = context.shown
        counts = np.zeros(context.stock.graph.num_items, np.int64) if shown is None else shown.counts.copy()
        lists = len(candidates) + (0 if shown is None else shown.lists)
        most = max(1, int(self.share * lists + 1e-9))
        items = candidates.items.copy()
        for row in np.random.default_rng(context.seed).permutation(len(candidates)):
            filled = items[row][items[row] >= 0]
            order = _dealt(counts[filled], most, context.n)
            items[row, : len(filled)] = filled[order]
            counts[filled[order[: context.n]]] += 1
        return replace(candidates, items=items)

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Says that the item, or one above it, is shown often enough."""
        which = "an item above it is" if up else "it is"
        before = ""
        if context.shown is not None and not up:
            count = context.shown.counts[after.items[row, place]]
            before = f", and was in {count} of {context.shown.lists}"
        return f"{which} shown often enough: {self.share:.0%} of the lists are allowed{before}"


def _dealt(counts: IntArray, most: int, n: int) -> IntArray:
    """The order of candidates that were in so many lists each: n of those that may be shown, the rest."""
    allowed = np.flatnonzero(counts < most)[:n]
    over = np.flatnonzero(counts >= most)
    spare = over[np.argsort(counts[over], kind="stable")][: n - len(allowed)]
    first = np.concatenate([allowed, spare])
    return np.concatenate([first, np.setdiff1d(np.arange(len(counts)), first)])
