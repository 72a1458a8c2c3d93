"""Equal scores: nobody is preferred, whether the tie lies inside the list or across its end."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from hybrid.evaluation.protocol import top_k
from hybrid.evaluation.ties import BLOCKED, best_places, comparable

ROWS = 6_000


def shown(row, k, seed=0):
    scores = np.tile(np.array(row, dtype=np.float32), (ROWS, 1))
    return top_k(scores, k, np.random.default_rng(seed))


def is_uniform(counts):
    return stats.chisquare(counts).pvalue > 0.001


def test_across_the_end_each_has_the_same_chance_of_each_place():
    # Items 1 and 4 are sure of their places; two of items 0, 2, 5, 6, 7 get the other two.
    top = shown([1, 3, 1, 0, 2, 1, 1, 1, np.nan], 4)
    np.testing.assert_array_equal(top[:, :2], np.tile([1, 4], (ROWS, 1)))
    tied = [0, 2, 5, 6, 7]
    pairs = [int(((top[:, 2] == a) & (top[:, 3] == b)).sum()) for a, b in permutations(tied, 2)]
    assert sum(pairs) == ROWS
    assert is_uniform(pairs)


def test_inside_the_list_each_order_is_as_likely():
    top = shown([5, 2, 2, 2, 1], 4)
    assert set(top[:, 0]) == {0}
    orders = [int((top[:, 1:] == order).all(axis=1).sum()) for order in permutations([1, 2, 3])]
    assert sum(orders) == ROWS
    assert is_uniform(orders)


def test_a_tie_that_ends_with_the_list_is_no_tie_with_what_comes_after():
    top = shown([2, 1, 1, 0, 0], 3)
    assert {tuple(row) for row in top} == {(0, 1, 2), (0, 2, 1)}


def test_all_equal_and_most_left_out():
    scores = np.full((ROWS, 40), np.nan, dtype=np.float32)
    scores[:, 10:17] = -np.inf
    top = top_k(scores, 3, np.random.default_rng(0))
    assert set(np.unique(top)) == set(range(10, 17))
    assert is_uniform(np.bincount(top.ravel() - 10))


def test_the_lists_have_the_best_values_whatever_is_tied_or_left_out():
    rng = np.random.default_rng(3)
    for k in (1, 3, 10, 30, 50):
        scores = rng.integers(6, size=(200, 30)).astype(np.float32)
        scores[rng.random(scores.shape) < 0.2] = np.nan
        exclude = rng.random(scores.shape) < 0.3
        scores[0], exclude[1] = np.nan, True
        top = top_k(scores, k, rng, exclude=exclude)
        for row, out, listed in zip(scores, exclude, top, strict=True):
            best = np.sort(row[~out & ~np.isnan(row)])[::-1][:k]
            found = listed[: len(best)]
            np.testing.assert_array_equal(row[found], best)
            assert len(set(found)) == len(found)
            assert not out[found].any()
            assert (listed[len(best) :] == -1).all()


def test_the_scores_are_left_alone_and_may_be_read_only_or_of_double_precision():
    scores = np.broadcast_to(np.array([[1, np.nan, 2]]), (4, 3))
    top = top_k(scores, 2, np.random.default_rng(0), exclude=np.zeros((4, 3), dtype=bool))
    np.testing.assert_array_equal(top, np.tile([2, 0], (4, 1)))
    assert np.isnan(scores[:, 1]).all()


@pytest.mark.parametrize("given", [False, True])
def test_only_what_has_no_score_is_blocked(given):
    scores = np.array([[np.nan, -np.inf, -1, np.inf]], dtype=np.float32)
    room = np.zeros((1, 4), dtype=np.float32) if given else None
    able = comparable(scores, room)
    assert (able == BLOCKED).tolist() == [[True, False, False, False]]
    assert (able is room) == given
    assert best_places(able, 4, np.random.default_rng(0)).tolist() == [[3, 2, 1, -1]]
