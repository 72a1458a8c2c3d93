"""What the diversity stages share: what is compared, and how a comparison is told."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.rerank.base import Stage
from hybrid.rerank.greedy import greedily
from hybrid.rerank.scales import unit
from hybrid.rerank.stock import SIMILAR_BY
from kg.errors import QueryError

if TYPE_CHECKING:
    from hybrid.rerank.base import Candidates, Context
    from hybrid.rerank.greedy import Criterion, Kernel
    from kg.graph import FloatArray, IntArray


@dataclass(frozen=True)
class Comparing(Stage):
    """A stage that compares items with those above them.

    Args:
        weight: of diversity, 0 (the order of the scores) to 1 (diversity alone).
        by: what is compared, "facts" or "text".
    """

    weight: float = 0.3
    by: str = "facts"

    def __post_init__(self) -> None:
        self._within("weight", 0, 1)
        if self.by not in SIMILAR_BY:
            raise QueryError(
                f"stage {self.name!r}: by must be one of {', '.join(SIMILAR_BY)}, got {self.by!r}"
            )

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The first n places chosen greedily."""
        return greedily(
            candidates,
            context,
            context.stock.vectors(self.by),
            lambda part, kernel: self.criterion((1 - self.weight) * unit(part.scores), kernel, context.n),
        )

    @abstractmethod
    def criterion(self, relevance: FloatArray, kernel: Kernel, n: int) -> Criterion:
        """What each next place goes by.

        Args:
            relevance: of each candidate, its share of the weight taken, shape (people, candidates).
            kernel: how similar the candidates are.
            n: places to fill.
        """

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Names what is new about an item, or which item above it is like."""
        item, above = int(after.items[row, place]), after.items[row, :place]
        stock = context.stock
        if up:
            new = stock.said.new(item, above) if self.by == "facts" else ""
            return f"nothing above it {new}" if new else "it is less like the items above it"
        nearest = self._nearest(item, above, context)
        shared = stock.said.shared(item, nearest) if self.by == "facts" else ""
        label = stock.graph.item_label(nearest)
        return f"like {label}, it {shared}" if shared else f"it is much like {label} above it"

    def _nearest(self, item: int, above: IntArray, context: Context) -> int:
        vectors = context.stock.vectors(self.by)
        similarities = vectors[above] @ vectors[[item]].T
        dense = similarities if isinstance(similarities, np.ndarray) else similarities.toarray()
        return int(above[dense.ravel().argmax()])
