"""Scores brought to one scale, person by person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.graph import FloatArray


def unit(scores: npt.NDArray[Any]) -> FloatArray:
    """Scores scaled to 0 .. 1 over each row; NaN stays, a row of equal scores has 1 throughout."""
    known = ~np.isnan(scores)
    high = np.where(known, scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    low = np.where(known, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    spread = np.where(high > low, high - low, 1.0)
    return np.asarray(1 - (np.where(np.isfinite(high), high, 0.0) - scores) / spread)


def standard(scores: npt.NDArray[Any]) -> FloatArray:
    """Scores with mean 0 and standard deviation 1 over each row; NaN stays, a row of equal scores has 0."""
    known = ~np.isnan(scores)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    centred = scores - np.where(known, scores, 0.0).sum(axis=1, keepdims=True) / counts
    variance = np.square(np.where(known, centred, 0.0)).sum(axis=1, keepdims=True) / counts
    return np.asarray(centred / np.sqrt(np.where(variance > 1e-12, variance, 1.0)))  # noqa: PLR2004


def neutral(values: npt.NDArray[Any]) -> FloatArray:
    """NaN replaced by the mean of the row's other values (0 where there is none).

    What nobody knows is neither good nor bad: an item without facts or date moves for no reason of its own.
    """
    known = ~np.isnan(values)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / counts
    return np.asarray(np.where(known, values, mean))
