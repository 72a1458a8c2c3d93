"""Is one scorer really better than another? Paired tests over the people all were evaluated on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from hybrid.evaluation.protocol import Evaluation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.graph import FloatArray, IntArray

RESAMPLES = 9_999
CONFIDENCE = 0.95
_CELLS, _PEOPLE = 400_000, 1_024  # coins at a time, and of how many: 3 MB, which the processor's cache holds


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better the first of two scorers is.

    Attributes:
        metric: for instance "ndcg@10".
        difference: mean over the people of first minus second.
        low: lower end of the bootstrap interval of the difference.
        high: its upper end.
        p_value: chance of a mean at least this far from 0 if neither were better, at least 1 / (resamples +
            1).
        num_users: number of people compared.
    """

    metric: str
    difference: float
    low: float
    high: float
    p_value: float
    num_users: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of several scorers beside the one they are all compared with.

    Attributes:
        name: the scorer.
        reference: what it is compared with.
        comparison: the scorer minus the reference, on its own.
        corrected: the p value corrected for all comparisons made together, at least that of `comparison`.
    """

    name: str
    reference: str
    comparison: Comparison
    corrected: float


def compare(
    first: Evaluation,
    second: Evaluation,
    metric: str = "ndcg@10",
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Comparison:
    """Compare two scorers on the people who have the metric with both.

    The p value is two-sided, from a paired permutation test: if neither scorer were better, the sign of each
    person's difference would be a coin toss. It agrees with the t-test and assumes less (Smucker, Allan and
    Carterette, CIKM 2007). The interval is of the percentile bootstrap over people, who are in a resample
    twice or not at all, as a coin says ("double-or-nothing", Owen and Eckles, Annals of Applied Statistics
    2012): the weights' mean and variance are those of drawing with replacement, and one coin serves test
    and interval. Where there are no more than `resamples` ways for the coins to fall, each is taken once.

    Raises:
        ValueError: nobody has the metric with both.
        KeyError: an evaluation lacks the metric.
    """
    numbers = _paired([first, second], [metric])
    (found,) = _compared([metric], numbers[:, 0] - numbers[:, 1], resamples, confidence, seed)
    return found


def compare_all(
    evaluations: Mapping[str, Evaluation],
    *metrics: str,
    reference: str | None = None,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> tuple[Verdict, ...]:
    """Compare every scorer with one of them as `compare` would, on the people who have all metrics with all.

    The p values are corrected over scorers and metrics together (Holm, Scandinavian Journal of Statistics
    1979): with `corrected` < .05 as the rule, the chance of one false alarm or more is below .05.

    Args:
        evaluations: by the scorer's name, at least two.
        metrics: for instance "ndcg@10", the default.
        reference: the scorer to compare with, the first where not given.
        resamples: how often to toss coins.
        confidence: of the intervals, which are not corrected.
        seed: of the coins, which all comparisons share.

    Returns:
        Metric by metric, the scorers in their order, without the reference.

    Raises:
        ValueError: nobody has all metrics with all.
        KeyError: an evaluation lacks a metric, or there is no evaluation of the reference.
    """
    base = next(iter(evaluations)) if reference is None else reference
    others = [name for name in evaluations if name != base]
    asked = metrics or ("ndcg@10",)
    numbers = _paired([evaluations[name] for name in (base, *others)], asked)
    differences = (numbers[:, 1:] - numbers[:, :1]).transpose(0, 2, 1).reshape(len(numbers), -1)
    each_metric = [metric for metric in asked for _ in others]
    found = _compared(each_metric, differences, resamples, confidence, seed)
    corrected = _holm(np.array([each.p_value for each in found]))
    return tuple(
        Verdict(name, base, comparison, float(p))
        for name, comparison, p in zip(others * len(asked), found, corrected, strict=True)
    )


def best_of(
    evaluations: Mapping[str, Evaluation],
    metric: str = "ndcg@10",
    *,
    alpha: float = 0.05,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[str, ...]:
    """The scorers to mark in a table: the one with the highest mean, and those not significantly below it.

    Worse is who is at `corrected` <= alpha in `compare_all` with the best. That the best was chosen by the
    same numbers makes it look better than it is.

    Returns:
        Names in their order in `evaluations`, at least one.

    Raises:
        ValueError: nobody has the metric with all.
        KeyError: an evaluation lacks the metric.
    """
    means = _paired(list(evaluations.values()), [metric]).mean(axis=0)
    best = list(evaluations)[int(means.argmax())]
    verdicts = compare_all(evaluations, metric, reference=best, resamples=resamples, seed=seed)
    worse = {verdict.name for verdict in verdicts if verdict.corrected <= alpha}
    return tuple(name for name in evaluations if name not in worse)


def average(evaluations: Sequence[Evaluation]) -> Evaluation:
    """One model's evaluations with several seeds as one: each person's numbers, and the means, averaged.

    Two averages compare two models with the chance of their seeds mostly taken out; people, not seeds, are
    what the test then draws. Metrics that not all have are left out; NaN for a person in one is NaN.

    Raises:
        ValueError: there are no evaluations, or they are not of the same people.
    """
    if not evaluations or any(not np.array_equal(each.users, evaluations[0].users) for each in evaluations):
        raise ValueError("only evaluations of the same people can be averaged, and at least one is needed")
    names = [name for name in evaluations[0].metrics if all(name in each.metrics for each in evaluations)]
    metrics = {name: float(np.mean([each.metrics[name] for each in evaluations])) for name in names}
    per_user = {
        name: np.asarray(np.mean([each.per_user[name] for each in evaluations], axis=0))
        for name in evaluations[0].per_user
        if all(name in each.per_user for each in evaluations)
    }
    return Evaluation(metrics, per_user, evaluations[0].users)


def pooled(evaluations: Sequence[Evaluation]) -> Evaluation:
    """One model's evaluations of different people, by several seeds, as one: who is in some counts once.

    Such a person's number is the mean of theirs. NaN in one of them counts for nothing.

    Raises:
        ValueError: there are no evaluations.
    """
    if not evaluations:
        raise ValueError("at least one evaluation is needed to pool")
    users = np.concatenate([each.users for each in evaluations])
    people, rows = np.unique(users, return_inverse=True)
    per_user = {}
    for name in evaluations[0].per_user:
        values = np.concatenate([each.per_user[name] for each in evaluations])
        there = ~np.isnan(values)
        counts = np.bincount(rows[there], minlength=len(people))
        sums = np.bincount(rows[there], values[there], minlength=len(people))
        per_user[name] = np.divide(sums, counts, out=np.full(len(people), np.nan), where=counts > 0)
    means = {name: values[~np.isnan(values)] for name, values in per_user.items()}
    metrics = {name: float(values.mean()) for name, values in means.items() if len(values)}
    return Evaluation(metrics, per_user, people)


def _paired(evaluations: Sequence[Evaluation], metrics: Sequence[str]) -> FloatArray:
    """The numbers of the n people who have all metrics in all evaluations, (n, evaluations, metrics)."""
    told: list[tuple[IntArray, FloatArray]] = []
    for each in evaluations:
        values = np.column_stack([each.per_user[metric] for metric in metrics])
        there = ~np.isnan(values).any(axis=1)
        told.append((each.users[there], values[there]))
    common = reduce(np.intersect1d, (users for users, _ in told))
    if not len(common):
        raise ValueError(f"the evaluations have no people in common who have {' and '.join(metrics)}")
    return np.stack([values[np.searchsorted(users, common)] for users, values in told], axis=1)


def _compared(
    metrics: Sequence[str], differences: FloatArray, resamples: int, confidence: float, seed: int
) -> list[Comparison]:
    """What each column of differences says, a person in each row and a metric for each column."""
    size, total = len(differences), differences.sum(axis=0)
    sums, counts = _resampled(differences, resamples, np.random.default_rng(seed))
    slack = 1e-10 * np.abs(differences).sum(axis=0)  # sums of the same numbers in another order are equal
    far = (np.abs(2 * sums - total) >= np.abs(total) - slack).sum(axis=0)
    own = int(not _few(size, resamples))  # the people as they are, which drawn coins need not show
    p_values = (far + own) / (len(sums) + own)
    filled = counts > 0
    ends = (1 - confidence) / 2, (1 + confidence) / 2
    lows, highs = np.quantile(sums[filled] / counts[filled, None], ends, axis=0)
    return [
        Comparison(metric, float(mean), float(low), float(high), float(p), size)
        for metric, mean, low, high, p in zip(metrics, total / size, lows, highs, p_values, strict=True)
    ]


def _resampled(
    differences: FloatArray, resamples: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The sums over the people whose coin shows heads, and how many those are, for each resample."""
    size = len(differences)
    if _few(size, resamples):
        ways = (np.arange(2**size)[:, None] >> np.arange(size) & 1).astype(np.float64)
        return ways @ differences, ways.sum(axis=1)
    sums, counts = np.zeros((resamples, differences.shape[1])), np.zeros(resamples)
    with threadpool_limits(1, "blas"):  # the products are small: threads would mostly wait for each other
        for first in range(0, size, _PEOPLE):
            part = differences[first : first + _PEOPLE]
            step = _CELLS // len(part)
            for start in range(0, resamples, step):
                heads = _tosses(min(step, resamples - start), len(part), rng)
                sums[start : start + step] += heads @ part
                counts[start : start + step] += heads.sum(axis=1)
    return sums, counts


def _tosses(rows: int, columns: int, rng: np.random.Generator) -> FloatArray:
    """1 for heads, 0 for tails, shape (rows, columns)."""
    width = -(-columns // 8)
    packed = np.frombuffer(rng.bytes(rows * width), dtype=np.uint8).reshape(rows, width)
    return np.unpackbits(packed, axis=1, count=columns).astype(np.float64)


def _few(size: int, resamples: int) -> bool:
    """Whether the coins of so many people fall in no more than `resamples` ways."""
    return size < resamples.bit_length()


def _holm(p_values: FloatArray) -> FloatArray:
    order = np.argsort(p_values, kind="stable")
    raised = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(raised, 1.0)
    return corrected
