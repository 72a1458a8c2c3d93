"""Histories as a sequence model reads them: cut, with the time between likes, padded into tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gnn.sequence import gap_kinds

if TYPE_CHECKING:
    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import FloatArray, IntArray


@dataclass(frozen=True)
class Histories:
    """Histories cut to their latest likes, with the kind of gap before each like.

    Attributes:
        items: item rows of each, oldest first.
        gaps: kinds of gap, as `gnn.sequence.gap_kinds` numbers them.
        lengths: number of likes of each, shape (len(items),).
    """

    items: list[IntArray]
    gaps: list[IntArray]
    lengths: IntArray

    @classmethod
    def of(cls, profiles: Profiles, most: int, *, gaps: bool = True) -> Histories:
        """The latest likes of each profile, at most so many, and the gaps where they are read."""
        spans = [
            slice(max(start, end - most), end)
            for start, end in zip(profiles.indptr[:-1], profiles.indptr[1:], strict=True)
        ]
        seconds = _gaps(profiles) if gaps else np.full(len(profiles.times), np.nan)
        kinds = gap_kinds(torch.from_numpy(seconds)).numpy()
        items = [profiles.items[span] for span in spans]
        return cls(items, [kinds[span] for span in spans], np.array([len(history) for history in items]))

    def padded(self, rows: IntArray, padding: int) -> tuple[Tensor, Tensor]:
        """Items and gaps of some histories as tensors, padded at the end, shape (len(rows), longest)."""
        items, gaps = [self.items[row] for row in rows], [self.gaps[row] for row in rows]
        return padded(items, padding), padded(gaps, 0)


def _gaps(profiles: Profiles) -> FloatArray:
    """Seconds since the like before; NaN for the first and where a time is unknown."""
    gaps = np.full(len(profiles.times), np.nan)
    gaps[1:] = np.diff(profiles.times)
    gaps[profiles.indptr[:-1][profiles.lengths > 0]] = np.nan
    return gaps


def padded(rows: list[IntArray], padding: int) -> Tensor:
    """Rows as one tensor, padded at the end, shape (len(rows), longest, ...)."""
    padded = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), padding, dtype=np.int64)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = row
    return torch.from_numpy(padded)
