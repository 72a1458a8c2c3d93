"""How near predicted ratings come to held-out ones, over all of them and where little is known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid import ratings as raters
from hybrid.evaluation import significance
from hybrid.evaluation.protocol import Evaluation
from hybrid.ratings.judge import learn, liked
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybrid.evaluation.significance import Comparison
    from hybrid.ratings.base import Rater
    from hybrid.ratings.judge import Judge
    from hybrid.scorers.base import Resources
    from kg.graph import BoolArray, FloatArray, Interactions, KnowledgeGraph

FEW = 5
SLICES = ("all", "cold users", "cold items")
METRICS = ("rmse", "mae", "log loss", "calibration error")
BINS = 10
BASELINE = "bias"


@dataclass(frozen=True, slots=True)
class Rated:
    """How one rater did.

    Attributes:
        name: the rater's.
        evaluation: its metrics, see `evaluate`.
        against: its squared error beside that of the biases, over people; None for the biases themselves.
        seconds: wall time to learn and predict.
    """

    name: str
    evaluation: Evaluation
    against: Comparison | None
    seconds: float


def evaluate(judge: Judge, graph: KnowledgeGraph, heldout: Interactions) -> Evaluation:
    """Compare predictions with held-out ratings.

    Args:
        judge: what predicts.
        graph: its ratings are those that were learned from; its likes and held-out likes say what is liked.
        heldout: the ratings to predict, at least one.

    Returns:
        Metrics by "metric@slice": "rmse", "mae", "log loss" (of whether the rating is a like, in nats),
        "calibration error" (of its chance, see `calibration_error`), NaN where a slice is empty, and "count",
        the number of ratings. The slices are "all", "cold users" and
        "cold items": those with fewer than five ratings to learn from. Per person: "mse", "mae", "log loss".

    Raises:
        QueryError: nothing is held out.
    """
    if not len(heldout):
        raise QueryError(f"dataset {graph.name!r} holds no ratings out, so there is nothing to evaluate on")
    errors = judge.ratings(heldout.users, heldout.items) - heldout.weights
    chances = judge.chances(heldout.users, heldout.items)
    truth = liked(heldout, graph.interactions, graph.heldout)
    losses = -np.log(np.clip(np.where(truth, chances, 1 - chances), np.finfo(float).tiny, None))
    each = {"mse": errors**2, "mae": np.abs(errors), "log loss": losses}
    metrics: dict[str, float] = {}
    for name, rows in _slices(graph, heldout).items():
        values = _means(each, rows) | {"calibration error": calibration_error(chances[rows], truth[rows])}
        metrics |= {f"{metric}@{name}": value for metric, value in values.items()}
    users, places = np.unique(heldout.users, return_inverse=True)
    counts = np.bincount(places)
    per_user = {name: np.bincount(places, values) / counts for name, values in each.items()}
    return Evaluation(metrics, per_user, users)


def calibration_error(chances: FloatArray, truth: BoolArray, bins: int = BINS) -> float:
    """How far chances are from what came true: the mean over bins of |mean chance - share of likes|.

    The expected calibration error of Naeini, Cooper and Hauskrecht (AAAI 2015), each bin weighed by its
    ratings, in bins of equal mass (Nguyen and O'Connor, EMNLP 2015), which are less biased than bins of
    equal width (Roelofs et al., AISTATS 2022). Equal chances share a bin, the one that the first of them
    falls into.

    Args:
        chances: chance of a like of each of n ratings, shape (n,).
        truth: whether it is one, shape (n,).
        bins: how many bins there are at most.

    Returns:
        From 0 to 1; NaN without ratings.
    """
    size = len(chances)
    if not size:
        return np.nan
    numbers = np.searchsorted(np.sort(chances), chances) * bins // size
    gaps = np.bincount(numbers, chances - truth)
    return float(np.abs(gaps).sum() / size)


def compare(
    graph: KnowledgeGraph, resources: Resources, some: Iterable[Rater] | None = None
) -> tuple[Rated, ...]:
    """Let every rater learn from a graph and predict what it holds out, the lowest RMSE first.

    Args:
        graph: with held-out ratings.
        resources: seed, device and so on.
        some: the raters; by default all that `hybrid.ratings.find` knows. The biases come along in any case.

    Raises:
        QueryError: the graph has no ratings to learn from, or none held out.
    """
    known = raters.find()
    chosen = {rater.name: rater for rater in (some or (rater() for rater in known.values()))}
    found: dict[str, tuple[Evaluation, float]] = {}
    for name, rater in {BASELINE: known[BASELINE](), **chosen}.items():
        resources.report(f"ratings: {name}")
        start = time.perf_counter()
        evaluation = evaluate(learn(rater, graph, resources), graph, graph.heldout_ratings)
        found[name] = evaluation, time.perf_counter() - start
    base = found[BASELINE][0]
    rated = [
        Rated(
            name,
            evaluation,
            None if name == BASELINE else significance.compare(evaluation, base, "mse", seed=resources.seed),
            seconds,
        )
        for name, (evaluation, seconds) in found.items()
    ]
    return tuple(sorted(rated, key=lambda each: each.evaluation.metrics["rmse@all"]))


def _slices(graph: KnowledgeGraph, heldout: Interactions) -> dict[str, BoolArray]:
    told = graph.ratings
    of_users, of_items = (
        np.bincount(rows, minlength=size)
        for rows, size in ((told.users, graph.num_users), (told.items, graph.num_items))
    )
    rows = (
        np.ones(len(heldout), dtype=np.bool_),
        of_users[heldout.users] < FEW,
        of_items[heldout.items] < FEW,
    )
    return dict(zip(SLICES, rows, strict=True))


def _means(each: dict[str, FloatArray], rows: BoolArray) -> dict[str, float]:
    count = int(rows.sum())
    means = {name: float(values[rows].mean()) if count else np.nan for name, values in each.items()}
    return {
        "rmse": float(np.sqrt(means["mse"])),
        "mae": means["mae"],
        "log loss": means["log loss"],
        "count": count,
    }
