"""Calibrates scorers to one scale and weighs them, by what validation shows each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray

_CLIP = 12.0


@dataclass(frozen=True)
class Ranker:
    """A weighted sum of calibrated scores; the parts of every score are kept and add up to it.

    Calibration: each scorer's scores of one person, over the items that may be recommended, are shifted and
    scaled to mean 0 and standard deviation 1. An abstaining scorer (NaN) gives no part: the others decide.

    Attributes:
        names: the scorers, in order.
        weights: of each, 0 or above, shape (num_scorers,).
    """

    names: tuple[str, ...]
    weights: FloatArray

    def parts(self, scores: Mapping[str, ScoreArray], candidates: BoolArray) -> npt.NDArray[np.float32]:
        """What each scorer gives to each item's score.

        Args:
            scores: by scorer, shape (n, num_items) each, NaN where it abstains.
            candidates: True for what may be recommended, shape (n, num_items).

        Returns:
            Shape (num_scorers, n, num_items); NaN where a scorer abstains and for what is no candidate.
        """
        return np.stack(
            [
                calibrated(scores[name], candidates) * np.float32(weight)
                for name, weight in zip(self.names, self.weights, strict=True)
            ]
        )

    def combine(self, scores: Mapping[str, ScoreArray], candidates: BoolArray) -> ScoreArray:
        """The summed parts, shape (n, num_items); NaN where every scorer abstains."""
        total = np.zeros(candidates.shape, dtype=np.float32)
        told = np.zeros(candidates.shape, dtype=np.bool_)
        for name, weight in zip(self.names, self.weights, strict=True):
            if weight > 0:
                part = calibrated(scores[name], candidates)
                known = ~np.isnan(part)
                total[known] += np.float32(weight) * part[known]
                told |= known
        total[~told] = np.nan
        return total


def calibrated(scores: ScoreArray, candidates: BoolArray) -> ScoreArray:
    """Scores with mean 0 and standard deviation 1 over each person's candidates; NaN elsewhere.

    Args:
        scores: shape (n, num_items), NaN where the scorer abstains.
        candidates: shape (n, num_items).

    Returns:
        Shape (n, num_items), float32, cut at 12 standard deviations; 0 where all scores are the same.
    """
    kept = np.where(candidates & np.isfinite(scores), scores, np.nan).astype(np.float32)
    counts = np.maximum((~np.isnan(kept)).sum(1, keepdims=True), 1)
    mean = np.nansum(kept, axis=1, keepdims=True) / counts
    kept -= mean
    deviation = np.sqrt(np.nansum(np.square(kept), axis=1, keepdims=True) / counts)
    scaled: ScoreArray = np.clip(kept / np.maximum(deviation, 1e-6), -_CLIP, _CLIP)
    return scaled


def learn(
    names: Sequence[str], features: npt.NDArray[np.float32], positives: BoolArray, *, penalty: float = 1e-3
) -> Ranker:
    """Weights that make the validation items likely.

    Maximises the mean log-softmax of each person's validation items among their candidates (as in ListNet, Cao
    et al. 2007) with weights held at 0 or above: a convex problem with one weight per scorer.

    Args:
        names: the scorers.
        features: calibrated scores, shape (num_scorers, n, num_items); NaN where a scorer abstains. An item
            for which all are NaN is no candidate.
        positives: the items liked in the validation interactions, shape (n, num_items).
        penalty: weight of the squared weights.

    Raises:
        ValueError: no positive among the candidates.
    """
    candidates = np.asarray(~np.isnan(features).all(axis=0))
    targets = (positives & candidates).astype(np.float32)
    counts = targets.sum(1)
    rows = counts > 0
    if not rows.any():
        raise ValueError("no validation item is among the candidates, so no weight can be learned")
    usable = np.nan_to_num(features[:, rows])
    blocked = np.where(candidates[rows], np.float32(0), np.float32(-np.inf))
    targets = targets[rows] / counts[rows, None]
    wanted = np.einsum("sni,ni->s", usable, targets, optimize=True).astype(np.float64)

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logits = np.tensordot(weights.astype(np.float32), usable, axes=1) + blocked
        top = logits.max(1, keepdims=True)
        likely = np.exp(logits - top)
        total = likely.sum(1, keepdims=True)
        likely /= total
        value = float((np.log(total) + top).sum()) - float(weights @ wanted)
        slope = np.tensordot(usable, likely, axes=2).astype(np.float64) - wanted
        size = len(targets)
        return value / size + penalty * float(weights @ weights), slope / size + 2 * penalty * weights

    start = np.full(len(names), 1 / len(names))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(names))
    return Ranker(tuple(names), np.asarray(found.x, dtype=np.float64))
