"""Metrics of a ranked list, for many people at once.

A metric is a function of `hits`, `sizes` and `k`; adding one is adding it to `METRICS`.

- `hits`: whether the item at each place is one of the person's test items, best place first, bool, shape
  (n, places) with places >= k. An empty place is no hit.
- `sizes`: number of test items of each person, at least 1, shape (n,).
- `k`: length of the list that counts.

Each gives one number a person, between 0 and 1, shape (n,), float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def _count(hits: BoolArray, k: int) -> FloatArray:
    return np.asarray(hits[:, :k].sum(axis=1), dtype=np.float64)


METRICS: Mapping[str, Callable[[BoolArray, IntArray, int], FloatArray]] = {
    "ndcg": ndcg,
    "recall": recall,
    "mrr": mrr,
    "hit": hit,
    "precision": precision,
}


def coverage(top: IntArray, num_items: int, k: int) -> float:
    """The share of the catalog that is in anybody's list.

    Args:
        top: item rows, best first, -1 for an empty place, shape (n, places) with places >= k.
        num_items: size of the catalog, at least 1.
        k: length of the list that counts.
    """
    listed = np.unique(top[:, :k])
    return float((listed >= 0).sum() / num_items)


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
    return np.isin(places, rows * num_items + items) & (top >= 0)
