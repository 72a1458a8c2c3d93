"""Maximal marginal relevance: each place to what is wanted and unlike what stands above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.alike import Comparing
from hybrid.rerank.scales import neutral

if TYPE_CHECKING:
    from hybrid.rerank.greedy import Criterion, Kernel
    from kg.graph import FloatArray, IntArray


@dataclass(frozen=True)
class Mmr(Comparing):
    """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Each place goes to the candidate with the largest (1 - weight) * relevance - weight * similarity, where
    relevance is the score scaled to 0 .. 1 over the person's candidates and similarity is the largest cosine
    to an item above. An item of which nothing is known counts as similar as the others are on average.

    Args:
        weight: of diversity, 0 (the order of the scores) to 1 (diversity alone).
        by: what is compared, "facts" or "text".
    """

    name: ClassVar[str] = "mmr"
    purpose: ClassVar[str] = "diversity: a place goes to what is unlike the items above it"

    def criterion(self, relevance: FloatArray, kernel: Kernel, n: int) -> Criterion:  # noqa: ARG002
        """See `Comparing.criterion`."""
        return _Marginal(relevance, self.weight, kernel)


class _Marginal:
    def __init__(self, relevance: FloatArray, weight: float, kernel: Kernel) -> None:
        self._relevance, self._weight, self._kernel = relevance, weight, kernel
        self._nearest = np.where(kernel.known, -1.0, np.nan)

    def gains(self) -> FloatArray:
        return self._relevance - self._weight * neutral(self._nearest)

    def take(self, chosen: IntArray) -> None:
        at = chosen[:, None]
        known = np.take_along_axis(self._kernel.known, at, axis=1)
        self._nearest = np.maximum(self._nearest, np.where(known, self._kernel.to(chosen), -1.0))
        np.put_along_axis(self._nearest, at, np.nan, axis=1)
