"""From what is said of items to numbers that likes gave them: kernel ridge regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

if TYPE_CHECKING:
    from hybrid.adapt.shared import Described
    from hybrid.scorers.base import ScoreArray
    from kg.graph import FloatArray

TEXT_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_HALF_SURE = 20.0  # likes at which an item's numbers are half as sure as those of the best known
_MOST_CHOSEN_BY = 500  # items: choosing costs their cube, for each share and penalty


@dataclass(frozen=True, slots=True)
class Placing:
    """How to place items by what is said of them.

    Attributes:
        text_share: weight of texts beside links in how alike items are, 0 to 1.
        penalty: weight of the L2 penalty, above 0.
        explained: how much of the numbers' variance it explained on items left out; 1 is all, 0 none.
    """

    text_share: float
    penalty: float
    explained: float

    @classmethod
    def chosen(
        cls, items: Described, numbers: FloatArray | ScoreArray, counts: FloatArray, seed: int = 0
    ) -> Placing:
        """The share and penalty that explain most, each item being placed by the others.

        That needs no fitting item by item: with G = K + penalty / sureness and a = G^-1 y, what the others
        say of item i is y_i - a_i / (G^-1)_ii.

        Args:
            items: n items.
            numbers: what likes gave them, shape (n, d).
            counts: how many likes those rest on, shape (n,).
            seed: draws the items to choose by, where there are many.
        """
        rows = np.random.default_rng(seed).permutation(len(counts))[:_MOST_CHOSEN_BY]
        items, numbers, counts = items.take(rows), numbers[rows], counts[rows]
        tried = [
            cls(share, penalty, _explained(items, numbers, counts, share, penalty))
            for share in _shares(items)
            for penalty in PENALTIES
        ]
        return max(tried, key=lambda placing: placing.explained)

    def taught(
        self, items: Described, numbers: FloatArray | ScoreArray, counts: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What the items teach of any other: its numbers are texts @ by_text + links @ by_link + mean.

        The kernel is linear in what is said of an item, so that the items need not be kept.

        Returns:
            by_text, shape (text size, d), by_link, shape (number of names, d), and the mean, shape (d,).
        """
        mean = _mean(numbers, counts)
        gram = _gram(items, counts, self.text_share, self.penalty)
        solved = linalg.solve(gram, numbers - mean, assume_a="pos", overwrite_a=True)
        by_text = self.text_share * (items.texts.T @ solved)
        return by_text, (1 - self.text_share) * (items.links.T @ solved), mean

    def left_out(self, items: Described, numbers: FloatArray | ScoreArray, counts: FloatArray) -> ScoreArray:
        """The numbers of the items themselves, each placed by the others, shape (n, d)."""
        return _left_out(items, numbers, counts, self.text_share, self.penalty).astype(np.float32)


def _shares(items: Described) -> tuple[float, ...]:
    """The text shares that make a difference."""
    if not items.texts.any():
        return (0.0,)
    return TEXT_SHARES if items.links.nnz else (1.0,)


def _gram(items: Described, counts: FloatArray, share: float, penalty: float) -> FloatArray:
    gram = items.alike(items, share).astype(np.float64)
    gram[np.diag_indices(len(gram))] += penalty / sureness(counts)
    return gram


def _left_out(
    items: Described, numbers: FloatArray | ScoreArray, counts: FloatArray, share: float, penalty: float
) -> FloatArray:
    mean = _mean(numbers, counts)
    inverse = linalg.inv(_gram(items, counts, share, penalty), overwrite_a=True)
    missed: FloatArray = inverse @ (numbers - mean) / inverse.diagonal()[:, None]
    return numbers - missed


def _explained(
    items: Described, numbers: FloatArray | ScoreArray, counts: FloatArray, share: float, penalty: float
) -> float:
    sure = sureness(counts)[:, None]
    missed = numbers - _left_out(items, numbers, counts, share, penalty)
    spread = numbers - _mean(numbers, counts)
    return 1.0 - float((sure * missed**2).sum() / max((sure * spread**2).sum(), 1e-12))


def _mean(numbers: FloatArray | ScoreArray, counts: FloatArray) -> FloatArray:
    sure = sureness(counts)
    mean: FloatArray = sure @ numbers / sure.sum()
    return mean


def sureness(counts: FloatArray) -> FloatArray:
    """How sure the numbers of items with so many likes are, 0 to 1; shape as counts."""
    sure: FloatArray = counts / (counts + _HALF_SURE)
    return sure
