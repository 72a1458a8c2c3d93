"""A determinantal point process: the list whose items are wanted and span the most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.alike import Comparing
from hybrid.rerank.scales import neutral

if TYPE_CHECKING:
    from hybrid.rerank.greedy import Criterion, Kernel
    from kg.graph import FloatArray, IntArray

_LEAST = 1e-6  # below it, an item is a mix of those above; float32 tells no less


@dataclass(frozen=True)
class Dpp(Comparing):
    r"""Fast greedy MAP inference of a determinantal point process (Chen, Zhang and Zhou, NeurIPS 2018).

    The list Y that has a large :math:`(1 - w) \sum_{i \in Y} r_i + w \log\det S_Y`, with r the score scaled
    to 0 .. 1 over the person's candidates, S their cosine similarities and w the weight. Each place goes to
    the item that adds most: :math:`(1 - w) r_i + w \log d_i^2`, where :math:`d_i^2` is what is left of the
    squared length 1 of item i outside the span of those above. It is kept up by a Cholesky row per place:

    .. math:: e_i = (S_{ji} - \langle c_j, c_i \rangle) / d_j, \quad c_i \leftarrow [c_i, e_i], \quad
        d_i^2 \leftarrow d_i^2 - e_i^2     \text{ after item j was chosen}

    That is the paper's kernel :math:`L = \mathrm{Diag}(e^{\alpha r}) S \mathrm{Diag}(e^{\alpha r})` with
    :math:`\alpha = (1 - w) / 2w`, in logarithms so that nothing overflows. MMR looks at the one nearest item
    above, this at all of them together. An item of which nothing is known gets the mean of the others' gain.

    Args:
        weight: of diversity, 0 (the order of the scores) to 1 (diversity alone).
        by: what is compared, "facts" or "text".
    """

    name: ClassVar[str] = "dpp"
    purpose: ClassVar[str] = "diversity: a place goes to what the items above it, together, do not cover"

    def criterion(self, relevance: FloatArray, kernel: Kernel, n: int) -> Criterion:
        """See `Comparing.criterion`."""
        return _Volume(relevance, self.weight, kernel, n)


class _Volume:
    def __init__(self, relevance: FloatArray, weight: float, kernel: Kernel, n: int) -> None:
        self._relevance, self._weight, self._kernel = relevance, weight, kernel
        self._left = np.where(kernel.known, np.float32(1), np.float32(np.nan))
        self._rows = np.zeros((*kernel.known.shape, min(n, kernel.known.shape[1])), dtype=np.float32)
        self._place = 0

    def gains(self) -> FloatArray:
        return self._relevance + self._weight * neutral(np.log(np.maximum(self._left, _LEAST)))

    def take(self, chosen: IntArray) -> None:
        at = chosen[:, None]
        own = np.take_along_axis(self._rows, at[:, :, None], axis=1)[:, 0]
        left = np.take_along_axis(self._left, at, axis=1)
        told = left > _LEAST  # an item of which nothing is known (NaN), or nothing new, spans nothing
        outside = self._kernel.to(chosen) - np.einsum("nmk,nk->nm", self._rows, own)
        row = np.where(told, outside / np.sqrt(np.where(told, left, 1)), 0)
        self._rows[:, :, self._place] = row
        self._left -= np.square(row)
        np.put_along_axis(self._left, at, np.nan, axis=1)
        self._place += 1
