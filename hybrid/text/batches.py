"""Which texts stand in a batch together, and how often each does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scipy import sparse
    from torch import Tensor

    from hybrid.text.table import VectorArray
    from kg.graph import IntArray

_BLOCK = 1024


@dataclass(frozen=True)
class TextBatches:
    """Draws items for batches: random ones, and for some of these one that is hard to tell from it.

    Attributes:
        items: rows of the items to draw from, shape (n,).
        hard: for each of them some that resemble it and are not liked by the same people, as positions in
            `items`, shape (n, k); k = 0 for none.
        batch_size: items per batch, at most.
        hard_share: of a batch that is there as hard negatives.
    """

    items: IntArray
    hard: IntArray
    batch_size: int
    hard_share: float

    @property
    def seeds(self) -> int:
        """Random items per batch."""
        extra = round(self.batch_size * self.hard_share) if self.hard.shape[1] else 0
        return max(self.batch_size - extra, 1)

    def draw(self, generator: torch.Generator) -> Iterator[IntArray]:
        """The batches of one epoch, each the distinct rows of its items; every item is in one at least."""
        order = torch.randperm(len(self.items), generator=generator).numpy()
        for start in range(0, len(order), self.seeds):
            seeds = order[start : start + self.seeds]
            extra = min(self.batch_size - self.seeds, len(seeds))
            if extra:
                places = torch.randint(self.hard.shape[1], (extra,), generator=generator).numpy()
                seeds = np.unique(np.concatenate([seeds, self.hard[seeds[:extra], places]]))
            yield self.items[seeds]

    def log_rates(self, num_items: int) -> Tensor:
        """The logarithm of how often each item is drawn, relative to one that is no other's hard negative.

        It is taken from the logits of a softmax over a batch, so that an item is not held down for being
        drawn often (Yi et al., "Sampling-bias-corrected neural modeling", RecSys 2019). Shape (num_items,).
        """
        rates = np.ones(num_items)
        if self.hard.shape[1]:
            extra = (self.batch_size - self.seeds) / self.seeds / self.hard.shape[1]
            rates[self.items] += extra * np.bincount(self.hard.ravel(), minlength=len(self.items))
        return torch.from_numpy(np.log(rates)).float()


def hard_negatives(vectors: VectorArray, likes: sparse.csr_array, k: int) -> IntArray:
    """The k nearest of each text that are liked together with it less than chance would have it.

    Args:
        vectors: unit vectors of the n texts by the frozen model, shape (n, size).
        likes: who likes what, ones, shape (num_users, n).
        k: how many; fewer where n is smaller.

    Returns:
        Positions among the n, nearest first, shape (n, min(k, n - 1)). Where too few are liked less than by
        chance, the row is filled with the nearest of the others.
    """
    size, people = len(vectors), max(likes.shape[0], 1)
    counts = np.asarray(likes.sum(axis=0)).ravel()
    width = max(min(k, size - 1), 0)
    found = np.zeros((size, width), dtype=np.int64)
    for start in range(0, size if width else 0, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, size))
        near = vectors[rows] @ vectors.T
        together = (likes[:, rows].T @ likes).toarray()
        near[together > np.outer(counts[rows], counts) / people] -= 4.0  # behind every one that is allowed
        near[np.arange(len(rows)), rows] = -np.inf
        found[rows] = np.argsort(-near, axis=1, kind="stable")[:, :width]
    return found
