"""Calibrates scorers to one scale and weighs them, by what validation shows each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray

_CLIP = 12.0  # standard deviations
_STEPS = (0.2, 0.1, 0.05)
_FLOOR, _WORTH, _K, _SHORT = 0.01, 1e-5, 20, 100


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

    def by_name(self) -> dict[str, float]:
        """The weight of each scorer."""
        return dict(zip(self.names, self.weights.tolist(), strict=True))

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
        return self.total(self.parts(scores, candidates))

    def total(self, parts: npt.NDArray[np.float32]) -> ScoreArray:
        """The sum of parts over the first axis; NaN where every scorer that has a weight abstains."""
        used = parts[self.weights > 0]
        return np.where(np.isnan(used).all(axis=0), np.float32(np.nan), np.nansum(used, axis=0))


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


def learn(names: Sequence[str], features: npt.NDArray[np.float32], positives: BoolArray) -> Ranker:
    """Weights that put the validation items on top.

    Coordinate ascent on NDCG@20 itself (Metzler and Croft, "Linear feature-based models for information
    retrieval", 2007), from equal weights, in ever smaller steps. A likelihood is smoother but looks at
    the whole ranking: weights fitted to it were worse on top (LOG.md). No weight falls below 0.01, so that a
    scorer of little worth to people with a history still speaks where others abstain; a mute one has 0.

    Args:
        names: the scorers.
        features: calibrated scores, shape (num_scorers, n, num_items); NaN where a scorer abstains. An item
            for which all are NaN is no candidate.
        positives: the items liked in the validation interactions, shape (n, num_items).

    Raises:
        ValueError: no positive among the candidates.
    """
    speaks = np.asarray(~np.isnan(features).all(axis=(1, 2)))
    candidates = np.asarray(~np.isnan(features).all(axis=0))
    targets = positives & candidates
    rows = targets.any(axis=1)
    if not rows.any():
        raise ValueError("no validation item is among the candidates, so no weight can be learned")
    usable, sizes = features[:, rows], targets[rows].sum(axis=1)
    chosen, real = _shortlist(usable, candidates[rows])
    usable = np.nan_to_num(np.take_along_axis(usable, chosen[None], axis=2))
    found = np.take_along_axis(targets[rows], chosen, axis=1) & real
    blocked = np.where(real, np.float32(0), np.float32(-np.inf))

    def reached(weights: FloatArray) -> float:
        return _ndcg(np.tensordot(weights.astype(np.float32), usable, axes=1) + blocked, found, sizes)

    weights = speaks / speaks.sum()
    best = reached(weights)
    for step in _STEPS:
        improved = True
        while improved:
            improved = False
            for trial in _neighbours(weights, step, speaks):
                value = reached(trial)
                if value > best + _WORTH:
                    weights, best, improved = trial, value, True
    return Ranker(tuple(names), weights)


def _neighbours(weights: FloatArray, step: float, speaks: BoolArray) -> Iterator[FloatArray]:
    """The weights with one of them a step higher or lower, summing to 1."""
    for index in np.flatnonzero(speaks):
        for change in (step, -step):
            trial = weights.copy()
            trial[index] = max(_FLOOR, trial[index] + change)
            if trial[index] != weights[index]:
                yield trial / trial.sum()


def _shortlist(features: npt.NDArray[np.float32], candidates: BoolArray) -> tuple[IntArray, BoolArray]:
    """The items that some scorer has among its first 100, and which columns are real, shape (n, width).

    No other item comes near the top of a weighted sum; leaving them out makes a trial several times faster.
    """
    k = min(_SHORT, candidates.shape[1])
    some = np.zeros_like(candidates)
    for scores in features:
        best = np.argpartition(-np.nan_to_num(scores, nan=-np.inf), k - 1, axis=1)[:, :k]
        np.put_along_axis(some, best, values=True, axis=1)
    some &= candidates
    width = int(some.sum(axis=1).max())
    chosen = np.argsort(~some, axis=1, kind="stable")[:, :width]
    return chosen, np.take_along_axis(some, chosen, axis=1)


def _ndcg(scores: ScoreArray, positives: BoolArray, sizes: IntArray) -> float:
    """Mean NDCG@20; `sizes` counts each row's positives, those that are not among the scores too."""
    k = min(_K, scores.shape[1])
    top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    hits = np.take_along_axis(positives, np.take_along_axis(top, order, axis=1), axis=1)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discounts)[np.minimum(sizes, k) - 1]
    return float(((hits * discounts).sum(axis=1) / ideal).mean())
