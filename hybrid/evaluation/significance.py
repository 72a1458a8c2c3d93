"""Is one scorer really better than another? A paired test over the people both were evaluated on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import stats

if TYPE_CHECKING:
    from hybrid.evaluation.protocol import Evaluation
    from kg.graph import FloatArray

_CELLS = 4_000_000  # numbers drawn at a time, 32 MB


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better the first of two scorers is.

    Attributes:
        metric: for instance "ndcg@10".
        difference: mean over the people of first minus second.
        low: lower end of the bootstrap interval of the difference.
        high: its upper end.
        p_value: chance of a mean at least this far from 0 if neither were better.
        num_users: number of people compared.
    """

    metric: str
    difference: float
    low: float
    high: float
    p_value: float
    num_users: int


def compare(
    first: Evaluation,
    second: Evaluation,
    metric: str = "ndcg@10",
    *,
    resamples: int = 9_999,
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Compare two scorers on the people evaluated with both.

    The p value is two-sided, from a paired permutation test: if neither scorer were better, the sign of each
    person's difference would be a coin toss. It agrees with the t-test and assumes less (Smucker, Allan and
    Carterette, CIKM 2007). The interval is the percentile bootstrap's over people.

    Raises:
        ValueError: nobody was evaluated with both.
        KeyError: an evaluation lacks the metric.
    """
    _, rows, other_rows = np.intersect1d(first.users, second.users, assume_unique=True, return_indices=True)
    if not len(rows):
        raise ValueError("the evaluations have no people in common, so they cannot be compared")
    differences: FloatArray = first.per_user[metric][rows] - second.per_user[metric][other_rows]
    size, rng = len(differences), np.random.default_rng(seed)
    batch = max(1, _CELLS // size)
    if size == 1:  # one person proves nothing
        return Comparison(metric, float(differences[0]), float(differences[0]), float(differences[0]), 1.0, 1)
    low, high = _interval(differences, resamples, confidence, batch, rng)
    test = stats.permutation_test(
        (differences,), _mean, permutation_type="samples", n_resamples=resamples, batch=batch, rng=rng
    )
    return Comparison(metric, float(differences.mean()), low, high, float(test.pvalue), size)


def _interval(
    differences: FloatArray, resamples: int, confidence: float, batch: int, rng: np.random.Generator
) -> tuple[float, float]:
    interval = stats.bootstrap(
        (differences,),
        _mean,
        method="percentile",
        n_resamples=resamples,
        confidence_level=confidence,
        batch=batch,
        rng=rng,
    ).confidence_interval
    return float(interval.low), float(interval.high)


def _mean(values: npt.NDArray[Any], axis: int = -1) -> npt.NDArray[Any]:
    return np.asarray(values.mean(axis=axis))
