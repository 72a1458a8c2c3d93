"""Popularity, freshness and exposure, each by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Shown, Stock
from hybrid.rerank.exposure import Exposure
from hybrid.rerank.freshness import Freshness
from hybrid.rerank.popularity import Popularity
from kg.errors import QueryError
from tests.shop import DAY, SHOP, STOCK, context, order, ranked
from tests.worlds import make_graph


def test_how_many_people_like_an_item():
    assert STOCK.popularity.tolist() == [9, 7, 6, 6, 4, 4, 2, 1]


def test_popularity_is_its_formula():
    given = ranked((0, 6, 3), scores=(3.0, 2.0, 1.0))
    after = Popularity(weight=1.5).apply(given, context())
    logs = np.log1p([9, 2, 6])
    expected = (np.array([3, 2, 1]) - 2) / np.sqrt(2 / 3) - 1.5 * (logs - logs.mean()) / logs.std()
    assert order(after) == [(0, 6, 3)[index] for index in np.argsort(-expected)]
    np.testing.assert_allclose(after.scores[0], -np.sort(-expected))


def test_the_more_weight_the_less_popular():
    assert order(Popularity(weight=0.0).apply(ranked((0, 1, 4, 7)), context())) == [0, 1, 4, 7]
    assert order(Popularity(weight=99.0).apply(ranked((0, 1, 4, 7)), context())) == [7, 4, 1, 0]


def test_equally_popular_keeps_the_order():
    assert order(Popularity(weight=5.0).apply(ranked((3, 2)), context())) == [3, 2]


def test_popularity_is_told():
    after = Popularity(weight=0.8).apply(ranked((0, 1, 7, 4)), context(explain=True))
    assert order(after)[0] == 7
    than = "fewer than what it changed places with"
    assert after.told(0, 7) == (f"popularity: moved up from place 3 to 1: 1 of 10 people like it, {than}",)


def test_first_likes_and_the_last():
    assert (STOCK.first_likes / DAY).tolist() == list(range(8))
    assert STOCK.latest == 1_000 * DAY


def test_freshness_is_its_formula():
    given = ranked((0, 5, 7), scores=(1.0, 0.9, 0.0))
    after = Freshness(weight=1.0, half_life=5.0).apply(given, context(times=np.array([10.0 * DAY])))
    expected = {0: 1 + 2 ** -(10 / 5), 5: 0.9 + 2 ** -(5 / 5), 7: 0 + 2 ** -(3 / 5)}
    assert order(after) == sorted(expected, key=expected.get, reverse=True) == [5, 0, 7]
    np.testing.assert_allclose(after.scores[0], sorted(expected.values(), reverse=True))


def test_what_is_newer_than_the_query_is_as_good_as_new():
    after = Freshness(weight=1.0).apply(ranked((3, 4)), context(times=np.array([0.0])))
    np.testing.assert_allclose(after.scores[0], [2, 1])


def test_without_a_time_the_query_is_of_the_last_like():
    for times in (None, np.array([np.nan])):
        after = Freshness(weight=1.0, half_life=1_000.0).apply(ranked((0,)), context(times=times))
        np.testing.assert_allclose(after.scores, [[1.5]])


def test_a_year_may_be_the_date():
    after = Freshness(weight=1.0, half_life=365.2425, year="year").apply(ranked((0, 1, 6)), context())
    ages = np.maximum(1_000 / 365.2425 - (np.array([2000, 2001, 2006]) - 1970), 0)
    assert (ages == 0).all()  # the likes are of 1972: what is from later is new
    assert order(after) == [0, 1, 6]
    later = context(times=np.array([(2006 - 1970) * 365.2425 * DAY]))
    after = Freshness(weight=2.0, half_life=365.2425, year="year").apply(ranked((0, 1, 6)), later)
    np.testing.assert_allclose(after.scores[0], [0 + 2, 1 + 2 * 2**-6, 0.5 + 2 * 2**-5])
    assert order(after) == [6, 0, 1]


def test_an_item_without_a_date_gets_the_mean_premium():
    now = context(times=np.array([(2006 - 1970) * 365.2425 * DAY]))
    after = Freshness(weight=1.0, half_life=365.2425, year="year").apply(ranked((6, 7, 5)), now)
    assert order(after) == [6, 7, 5]
    np.testing.assert_allclose(after.scores[0], [1 + 1, 0.5 + (1 + 0.5) / 2, 0 + 0.5])


def test_likes_without_times_need_a_year():
    graph = replace(make_graph([(0, 0), (1, 1)]), numbers={})
    bare = Context(Stock(graph), Profiles.of_users(graph, np.array([0])))
    with pytest.raises(QueryError, match="no like of graph 'world' has a time; name the number"):
        Freshness().apply(ranked((0,)), bare)
    with pytest.raises(QueryError, match="no item of graph 'world' has a number 'year'; there are none"):
        Freshness(year="year").apply(ranked((0,)), bare)
    dated = replace(graph, numbers={"year": np.array([np.nan, np.nan, 1990.0, 1991.0])})
    after = Freshness(9.0, 365.2425, "year").apply(
        ranked((0, 1)), Context(Stock(dated), bare.profiles, explain=True)
    )
    np.testing.assert_allclose(after.scores, [[9, 1 + 4.5]])  # the newest item is new
    assert after.told(0, 1) == (
        "freshness: moved up from place 2 to 1: it is from 1991, newer than what it changed places with",
    )


def test_a_first_like_is_told():
    after = Freshness(weight=9.0, half_life=1.0).apply(
        ranked((0, 7)), context(times=np.array([9.0 * DAY]), explain=True)
    )
    assert after.told(0, 7) == (
        "freshness: moved up from place 2 to 1: first liked on 1970-01-08, "
        "newer than what it changed places with",
    )


def crowd(size, width=8):
    """Everybody has the same candidates."""
    return Candidates(np.tile(np.arange(width), (size, 1)), np.tile(np.linspace(1, 0, width), (size, 1)))


def dealt(size, share, n=2, **options):
    profiles = Profiles.of_users(SHOP, np.zeros(size, dtype=np.int64))
    return Exposure(share).apply(crowd(size), Context(STOCK, profiles, n, **options))


def listed(candidates, n=2):
    return np.bincount(candidates.items[:, :n].ravel(), minlength=8)


def test_no_item_is_in_more_lists_than_allowed():
    assert listed(dealt(8, 0.25)).tolist() == [2] * 8
    assert listed(dealt(8, 0.5)).tolist() == [4, 4, 4, 4, 0, 0, 0, 0]
    assert listed(dealt(8, 1.0)).tolist() == [8, 8, 0, 0, 0, 0, 0, 0]


def test_lists_are_full_though_too_little_is_allowed():
    after = dealt(8, 0.01)
    assert listed(after).sum() == 16
    assert listed(after).tolist() == [2] * 8  # the least shown fill the gaps


def test_who_is_served_first_is_drawn():
    first, again, other = dealt(8, 0.5), dealt(8, 0.5), dealt(8, 0.5, seed=5)
    np.testing.assert_array_equal(first.items, again.items)
    assert (first.items != other.items).any()
    best_off = (first.items[:, 0] == 0).nonzero()[0].tolist()
    assert best_off != list(range(len(best_off)))


def test_the_best_served_have_their_own_order():
    after = dealt(8, 0.5)
    assert {tuple(row) for row in after.items.tolist()} == {
        (0, 1, 2, 3, 4, 5, 6, 7),
        (2, 3, 0, 1, 4, 5, 6, 7),
    }


def test_a_single_query_is_bounded_by_what_was_shown_before():
    shown = Shown(np.array([50, 49, 0, 0, 0, 0, 0, 0]), 199)
    after = dealt(1, 0.25, shown=shown, explain=True)
    assert order(after) == [1, 2, 0, 3, 4, 5, 6, 7]
    assert order(dealt(1, 0.25)) == list(range(8))
    assert shown.counts.tolist() == [50, 49, 0, 0, 0, 0, 0, 0]


def test_exposure_is_told():
    shown = Shown(np.array([50, 50, 0, 0, 0, 0, 0, 0]), 199)
    known = context(n=4, shown=shown, explain=True)
    after = Exposure(0.25).apply(ranked((0, 2, 3, 1)), known)
    assert order(after) == [2, 3, 0, 1]
    assert after.told(0, 0) == (
        "exposure: moved down from place 1 to 3: it is shown often enough: "
        "25% of the lists are allowed, and was in 50 of 199",
    )
