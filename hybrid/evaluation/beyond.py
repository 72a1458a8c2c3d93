"""What accuracy does not say of lists: how new, varied and surprising they are, and whom they serve.

A metric is a function of `Lists` and `k`, the length of the list that counts; adding one is adding it to
`PER_PERSON` (one number a person, shape (n,), float64, NaN where there is nothing to tell) or to `OVERALL`
(one number of all lists together, NaN likewise).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.base import likes
from hybrid.scorers.bridges import item_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the catalog before anybody is asked.

    Attributes:
        people: number of people who like anything.
        popularity: number of people who like each item, shape (num_items,).
        facts: what is said of each item, every relation of it with the same weight (`bridges.item_facts`),
            rows of length 1 (or 0 without facts), shape (num_items, n), float32.
    """

    people: int
    popularity: IntArray
    facts: sparse.csr_array

    @classmethod
    def of(cls, graph: KnowledgeGraph) -> Known:
        """What a graph's interactions and facts say; held-out interactions are not read."""
        liked = likes(graph)
        people = int((np.diff(liked.indptr) > 0).sum())
        return cls(people, np.bincount(liked.indices, minlength=graph.num_items), item_facts(graph)[0])


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of n people, of items that are not in their histories.

    Attributes:
        top: item rows, best first, -1 for an empty place, shape (n, places).
        hits: whether the item at each place is one of the person's test items, shape (n, places).
        histories: what each person liked before, once each, shape (n, num_items).
        known: the catalog.
    """

    top: IntArray
    hits: BoolArray
    histories: sparse.csr_array
    known: Known


def novelty(lists: Lists, k: int) -> FloatArray:
    """How little known the list is, in bits: the mean of -log2(share of people who like the item).

    The mean self-information of Zhou et al. (PNAS 2010). An item that nobody likes counts as if one person
    did: more than log2(number of people) cannot be told from so many.
    """
    bits = np.log2(max(lists.known.people, 1)) - np.log2(np.maximum(lists.known.popularity, 1))
    return _mean_over_list(bits, lists.top[:, :k])


def serendipity(lists: Lists, k: int) -> FloatArray:
    """Hits that the k most popular items outside the person's history do not have, divided by k.

    What is useful and not expected of a primitive recommender (Ge, Delgado-Battenfeld and Jannach, RecSys
    2010). It is at most precision. Among equally popular items the list of the primitive one takes the first.
    """
    popularity, histories = lists.known.popularity, lists.histories
    num_items = len(popularity)
    place = np.empty(num_items, dtype=np.int64)
    place[np.argsort(-popularity, kind="stable")] = np.arange(num_items)
    owners = np.repeat(np.arange(len(lists.top)), np.diff(histories.indptr))
    seen = np.sort(owners * num_items + place[histories.indices])
    rows, columns = np.nonzero(lists.hits[:, :k])
    hit = place[lists.top[rows, columns]]
    better = np.searchsorted(seen, rows * num_items + hit) - histories.indptr[rows]
    surprising = rows[hit - better >= k]
    return np.asarray(np.bincount(surprising, minlength=len(lists.top)) / k)


def diversity(lists: Lists, k: int) -> FloatArray:
    """How unlike the list's items are: the mean over its pairs of 1 - cosine of their facts.

    Intra-list distance (Ziegler et al., WWW 2005; Castells, Hurley and Vargas, Recommender Systems Handbook
    2015), from 0, all have the same facts, to 1, no two share any. Items without facts are left out; a list
    of fewer than two with facts has no number. The cosines of all pairs sum to (|sum of the rows|^2 - m) /
    2 where m rows have length 1.
    """
    top, facts = lists.top[:, :k], lists.known.facts
    told = (top >= 0) & (np.diff(facts.indptr) > 0)[top]
    counts = told.sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(counts)])
    ones = np.ones(starts[-1], dtype=np.float32)
    sums = sparse.csr_array((ones, top[told], starts), shape=(len(top), facts.shape[0])) @ facts
    np.square(sums.data, out=sums.data)
    lengths = sums @ np.ones(facts.shape[1])
    pairs = np.where(counts > 1, counts * (counts - 1.0), np.nan)
    return np.asarray(np.maximum(1.0 - (lengths - counts) / pairs, 0.0))  # not a rounding error below


def coverage(lists: Lists, k: int) -> float:
    """The share of the catalog that is in anybody's list."""
    return float((_exposure(lists, k) > 0).mean())


def gini(lists: Lists, k: int) -> float:
    """How unequally the places of all lists are shared out among the catalog's N items.

    With x_i the number of lists that the i-th item is in, fewest first: sum (2 i - N - 1) x_i / ((N - 1)
    sum x_i) (Shani and Gunawardana, Recommender Systems Handbook 2011). 0: every item is in as many lists;
    1: one item is in all of them and no other in any.
    """
    exposure = np.sort(_exposure(lists, k))
    size, total = len(exposure), exposure.sum()
    if size == 1 or total == 0:
        return np.nan
    return float((2 * np.arange(1, size + 1) - size - 1) @ exposure / ((size - 1) * total))


def popularity_lift(lists: Lists, k: int) -> float:
    """How much more popular the lists are than the histories: GAP of lists / GAP of histories - 1.

    GAP, the group average popularity, is the mean over people of the mean popularity of their items
    (Abdollahpouri et al., RMSE workshop at RecSys 2019). 0: as popular as what people like; 1: twice. It
    speaks of the group, for a ratio of one person's would be ruled by those who like what nobody else does.
    """
    popularity, histories = lists.known.popularity.astype(np.float64), lists.histories
    listed = _mean_over_list(popularity, lists.top[:, :k])
    lengths = np.diff(histories.indptr)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    liked = np.bincount(owners, popularity[histories.indices], minlength=len(lengths))
    both = ~np.isnan(listed) & (lengths > 0)
    if not both.any():
        return np.nan
    return float(listed[both].mean() / (liked[both] / lengths[both]).mean() - 1.0)


PER_PERSON: Mapping[str, Callable[[Lists, int], FloatArray]] = {
    "novelty": novelty,
    "serendipity": serendipity,
    "diversity": diversity,
}
OVERALL: Mapping[str, Callable[[Lists, int], float]] = {
    "coverage": coverage,
    "gini": gini,
    "popularity_lift": popularity_lift,
}


def _exposure(lists: Lists, k: int) -> IntArray:
    top = lists.top[:, :k]
    return np.bincount(top[top >= 0], minlength=len(lists.known.popularity))


def _mean_over_list(values: FloatArray, top: IntArray) -> FloatArray:
    there = top >= 0
    counts = there.sum(axis=1)
    sums = np.where(there, values[top], 0.0).sum(axis=1)
    return np.asarray(sums / np.where(counts > 0, counts, np.nan))
