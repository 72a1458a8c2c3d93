"""The best places of each row of scores, with equal ones in random order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    import numpy.typing as npt

    from hybrid.scorers import ScoreArray
    from kg.graph import BoolArray, IntArray

BLOCKED = np.float32(-np.inf)
_LOWEST = np.finfo(np.float32).min


def comparable(scores: ScoreArray, out: ScoreArray | None = None) -> ScoreArray:
    """Scores in which only what may not be listed is `BLOCKED`: NaN is, and -inf becomes the lowest number.

    Args:
        scores: any shape.
        out: where to write the result, of the same shape; a new array where not given.
    """
    able = np.maximum(scores, _LOWEST, out=out, dtype=np.float32)  # keeps NaN
    return np.fmax(able, BLOCKED, out=able)


def best_places(able: ScoreArray, k: int, rng: np.random.Generator) -> IntArray:
    """The columns of the k best scores of each row, best first; each order of equal ones is as likely.

    Args:
        able: as `comparable` gives them, shape (n, num_items), num_items at least 1.
        k: places in the list, at least 1.
        rng: breaks the ties. How much of it is used depends on the ties alone.

    Returns:
        Shape (n, k); -1 where all that is left is `BLOCKED`.
    """
    width = min(k, able.shape[1])
    best = torch.topk(torch.from_numpy(able), min(k + 1, able.shape[1]), dim=1)
    values, columns = best.values.numpy(), best.indices.numpy()[:, :width]
    # Which of the items that tie for the last place are among them is torch's whim where some are not.
    torn = (values[:, width - 1] == values[:, -1]) & (values[:, -1] > BLOCKED) & (width < able.shape[1])
    values = values[:, :width]
    if torn.any():
        columns[torn] = _drawn(able[torn], values[torn], columns[torn], rng)
    tied = (values[:, 1:] == values[:, :-1]).any(axis=1)
    if tied.any():
        columns[tied] = _shuffled(values[tied], columns[tied], rng)
    top = np.full((len(able), k), -1, dtype=np.int64)
    top[:, :width] = np.where(values > BLOCKED, columns, -1)
    return top


def _drawn(able: ScoreArray, values: ScoreArray, columns: IntArray, rng: np.random.Generator) -> IntArray:
    """The columns with those that share the last value drawn from all of the row that have it."""
    last = values[:, -1:]
    lots = rng.integers(2**31, size=able.shape, dtype=np.int32)
    lots[able != last] = -1
    drawn = torch.topk(torch.from_numpy(lots), values.shape[1], dim=1).indices.numpy()
    sharing = values == last  # the last places of the row
    return _filled(columns, sharing, drawn)


def _filled(columns: IntArray, sharing: BoolArray, drawn: IntArray) -> IntArray:
    places = np.cumsum(sharing, axis=1) - 1
    return np.where(sharing, np.take_along_axis(drawn, np.maximum(places, 0), axis=1), columns)


def _shuffled(values: ScoreArray, columns: IntArray, rng: np.random.Generator) -> IntArray:
    lots: npt.NDArray[np.float64] = rng.random(values.shape)
    return np.take_along_axis(columns, np.lexsort((lots, -values), axis=1), axis=1)
