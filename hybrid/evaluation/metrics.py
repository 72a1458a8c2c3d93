"""Metrics of a ranked list, for many people at once.

A metric is a function of `hits`, `sizes` and `k`; adding one is adding it to `METRICS`.

- `hits`: whether the item at each place is one of the person's test items, best place first, bool, shape
  (n, places) with places >= k. An empty place is no hit.
- `sizes`: number of test items of each person, at least 1, shape (n,).
- `k`: length of the list that counts.

Each gives one number a person, between 0 and 1, shape (n,), float64.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hybrid.scorers import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray


def recall(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:
    """The share of the test items that is in the list: hits / number of test items."""
    return _count(hits, k) / sizes


def precision(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:  # noqa: ARG001
    """The share of the list that is test items: hits / k, also where fewer than k items could be ranked."""
    return _count(hits, k) / k


def hit(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:  # noqa: ARG001
    """1 where any test item is in the list."""
    return np.minimum(_count(hits, k), 1.0)


def mrr(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:
    """1 / place of the first test item (1 is the best place), 0 where the list has none."""
    first = hits[:, :k].argmax(axis=1)
    return np.asarray(hit(hits, sizes, k) / (first + 1.0))


def ndcg(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:
    """Discounted gain over the best that could be had (Järvelin and Kekäläinen, TOIS 2002).

    A hit at place p (from 1) gains 1 / log2(p + 1). The best list has min(k, number of test items) hits at
    its top, whatever was found: normalising by the sorted found hits instead would reward finding fewer.
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(sizes, k)]
    gained = np.asarray(hits[:, :k], dtype=np.float64) @ discounts
    return np.asarray(gained / best)


def average_precision(hits: BoolArray, sizes: IntArray, k: int) -> FloatArray:
    """The precision of the list as far as each hit, summed and divided by min(k, number of test items).

    So that a perfect list has 1. trec_eval's map_cut (AP@k of ir-measures) divides by the number of test
    items and is therefore min(k, sizes) / sizes times as large.
    """
    listed = hits[:, :k]
    precisions = np.cumsum(listed, axis=1) / np.arange(1, k + 1)
    return np.asarray((precisions * listed).sum(axis=1) / np.minimum(sizes, k))


def _count(hits: BoolArray, k: int) -> FloatArray:
    return np.asarray(hits[:, :k].sum(axis=1), dtype=np.float64)


METRICS: Mapping[str, Callable[[BoolArray, IntArray, int], FloatArray]] = {
    "ndcg": ndcg,
    "recall": recall,
    "mrr": mrr,
    "hit": hit,
    "precision": precision,
    "map": average_precision,
}


def find_hits(top: IntArray, rows: IntArray, items: IntArray, num_items: int) -> BoolArray:
    """Which places of the lists hold a test item.

    Args:
        top: item rows, best first, -1 for an empty place, shape (n, places).
        rows: the row of `top` that each test item belongs to, shape (m,).
        items: the test items, shape (m,).
        num_items: size of the catalog.

    Returns:
        Shape (n, places), False at empty places.
    """
    places = np.arange(len(top))[:, None] * num_items + top
    wanted = np.append(np.sort(rows * num_items + items), -1)  # far faster than numpy's own sets
    return np.asarray((wanted[np.searchsorted(wanted[:-1], places)] == places) & (top >= 0))


def beaten_shares(scores: ScoreArray, starts: IntArray, items: IntArray, blocked: IntArray) -> FloatArray:
    """Of the items that a person neither liked nor will, the share that each test item scores above.

    Equal scores count half. The mean over a person's test items is the AUC of Rendle et al. (UAI 2009): the
    chance that a test item scores above one that is none.

    Args:
        scores: shape (n, num_items), float32, -inf for what has none (it is below all others) and for the
            person's history. Changed: the test items are -inf afterwards.
        starts: where each person's test items start and end in `items`, shape (n + 1,).
        items: the test items, not in the history, shape (starts[-1],).
        blocked: number of items in each person's history, shape (n,).

    Returns:
        Shape (starts[-1],); NaN where the person has no other item.
    """
    shares = np.full(len(items), np.nan)
    for row, (start, end) in enumerate(pairwise(starts)):
        wanted = scores[row, items[start:end]]
        scores[row, items[start:end]] = -np.inf
        others = np.sort(scores[row])  # what is left out comes first
        out = blocked[row] + end - start
        if out < len(others):
            below = np.maximum(np.searchsorted(others, wanted) - out, 0)
            upto = np.searchsorted(others, wanted, side="right") - out
            shares[start:end] = (below + upto) / (2 * (len(others) - out))
    return shares
