"""Likes in order, dislikes, and ratings that are either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid.names import Names
from hybrid.opinions import dividing_line, opinions
from hybrid.query import Query
from kg.errors import QueryError
from kg.graph import Interactions
from tests.cinema import CINEMA, NAMES


def said(**query):
    return opinions(Query(**query), NAMES)


def test_likes_keep_their_order_and_the_last_mention():
    found = said(likes=("i3", "i1", "i3", "Bound"))
    assert found.likes.tolist() == [1, 3, 5]
    assert np.isnan(found.times).all()
    assert found.notes == ("'Bound' was read as item 'i5'",)


def test_times_order_the_likes_and_those_without_are_the_newest():
    found = said(likes=("i0", "i1", "i2", "i3"), times={"i2": 50.0, "i1": 90.0, "i5": 1.0})
    assert found.likes.tolist() == [2, 1, 0, 3]
    assert found.times[:2].tolist() == [50.0, 90.0]
    assert np.isnan(found.times[2:]).all()
    assert found.notes == ("the time of item 'i5' was not used: it is not among the likes",)


def test_a_history_comes_first_unless_times_say_otherwise():
    theirs = np.array([0, 1, 2]), np.array([100.0, 200.0, 300.0])
    items, times = said(likes=("i5", "i3", "i0"), times={"i3": 150.0}, dislikes=("i1",)).after(*theirs)
    assert items.tolist() == [3, 2, 5, 0]  # i0 is liked again, now; i1 no more
    assert times[:2].tolist() == [150.0, 300.0]


def test_ratings_are_divided_where_likes_begin_in_the_graph():
    found = said(ratings={"i4": 4, "i5": 3.5, "i0": 5.0, "i9": 5}, likes=("i3",))
    assert (found.likes.tolist(), found.dislikes.tolist()) == ([4, 0, 3], [5])
    unknown, line = found.notes
    assert unknown.startswith("item 'i9' is not in the graph")
    assert line == (
        "ratings of 4 or more count as likes, lower ones as dislikes: that is where likes begin in this graph"
    )


def test_the_mean_divides_where_likes_do_not():
    no_ratings = replace(CINEMA, ratings=Interactions.of([], []))
    assert dividing_line(no_ratings, [1, 5, 3])[0] == 3
    assert dividing_line(no_ratings, [])[0] == 0
    no_likes = CINEMA.with_interactions(Interactions.of([], []))
    assert dividing_line(no_likes, [1])[0] == pytest.approx(np.mean([5, 4, 4, 5, 4, 5, 2]))
    assert opinions(Query(ratings={"i0": 2}), Names(no_ratings)).likes.tolist() == [0]  # nothing is higher


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"likes": ("i3",), "dislikes": ("Fargo",)}, "item 'i3' is both liked and disliked"),
        ({"likes": ("i3",), "ratings": {"i3": 2}}, "item 'i3' is liked, and rated 2, which is a dislike"),
        ({"dislikes": ("i3",), "ratings": {"i3": 5}}, "item 'i3' is disliked, and rated 5, which is a like"),
    ],
)
def test_two_opinions_of_one_item_are_refused(query, message):
    with pytest.raises(QueryError, match=message):
        said(**query)
