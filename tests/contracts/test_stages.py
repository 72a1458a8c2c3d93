"""What every re-ranking stage must do; discovery finds them, so a new one is tested without a word here."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Stock, find, parse
from hybrid.rerank.rulefile import Group, Rule
from tests.shop import SHOP, STOCK, context, order, people, ranked

NAMES = tuple(find())
NEEDED = {
    "calibrated": {"relation": "has_colour"},
    "rules": {
        "rules": (Rule("exclude", Group("item", "i2")), Rule("at_most", Group("has_colour", "red"), 2))
    },
}
MADE = {name: stage(**NEEDED.get(name, {})) for name, stage in find().items()}
LISTS = ((0, 1, 2, 3, 6, 4, 5, 7), (7, 5, 3, 1), (4,), ())


def everybody(*, explain: bool = False) -> Context:
    return context(0, 1, 2, 9, explain=explain)


def test_there_are_stages():
    assert {
        "mmr",
        "dpp",
        "popularity",
        "exposure",
        "calibrated",
        "freshness",
        "rules",
    } <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_who_it_is(name):
    assert MADE[name].name == name
    assert MADE[name].purpose
    assert MADE[name].__doc__
    assert str(MADE[name]).startswith(f"{name}:")
    with pytest.raises(AttributeError):
        setattr(MADE[name], fields(MADE[name])[0].name, 1)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "rules"])
def test_it_is_read_as_it_is_written(name):
    assert parse(str(MADE[name])) == MADE[name]


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_up_no_item_and_loses_none_that_nobody_excluded(name):
    given = ranked(*LISTS)
    after = MADE[name].apply(given, everybody())
    assert after.items.shape == after.scores.shape
    for row in range(len(LISTS)):
        assert sorted(order(after, row)) == sorted(
            set(order(given, row)) - ({2} if name == "rules" else set())
        )


@pytest.mark.parametrize("name", NAMES)
def test_empty_places_are_last_and_scores_never_rise(name):
    after = MADE[name].apply(ranked(*LISTS), everybody())
    assert (np.diff(after.filled.astype(int), axis=1) <= 0).all()
    np.testing.assert_array_equal(np.isnan(after.scores), ~after.filled)
    falls = np.diff(after.scores, axis=1)
    assert (falls[~np.isnan(falls)] <= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_it_is_given_is_not_changed(name):
    given = ranked(*LISTS)
    MADE[name].apply(given, everybody())
    np.testing.assert_array_equal(given.items, ranked(*LISTS).items)
    np.testing.assert_array_equal(given.scores, ranked(*LISTS).scores)


@pytest.mark.parametrize("name", NAMES)
def test_it_does_the_same_again_and_explaining_changes_nothing(name):
    first, second = (MADE[name].apply(ranked(*LISTS), everybody(explain=told)) for told in (False, True))
    np.testing.assert_array_equal(first.items, second.items)
    assert not first.notes


@pytest.mark.parametrize("name", NAMES)
def test_what_is_moved_within_the_list_is_told(name):
    given = ranked(*LISTS)
    after = MADE[name].apply(given, everybody(explain=True))
    for row, before in enumerate(LISTS):
        listed = order(after, row)[:4]
        risen = [
            item for place, item in enumerate(listed) if place < before.index(item) and before.index(item) > 3
        ]
        passed = [item for item in before[:4] if item not in listed]
        assert all(after.told(row, item) for item in risen) or (name == "rules" and set(passed) <= {2})
    assert all(note.stage == name and note.text and 0 <= note.row < 4 for note in after.notes)


@pytest.mark.parametrize("name", NAMES)
def test_earlier_notes_are_kept(name):
    once = MADE["mmr"].apply(ranked(*LISTS), everybody(explain=True))
    assert once.notes
    twice = MADE[name].apply(once, everybody(explain=True))
    assert twice.notes[: len(once.notes)] == once.notes


@pytest.mark.parametrize("name", NAMES)
def test_nobody_to_rank_for(name):
    nothing = Candidates(np.zeros((0, 5), dtype=np.int64), np.zeros((0, 5)))
    after = MADE[name].apply(nothing, Context(STOCK, people(), explain=True))
    assert len(after) == 0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_rank(name):
    empty = Candidates(np.zeros((1, 0), dtype=np.int64), np.zeros((1, 0)))
    assert order(MADE[name].apply(empty, context(explain=True))) == []


@pytest.mark.parametrize("name", NAMES)
def test_people_do_not_change_each_others_lists_unless_places_are_dealt_out(name):
    alone = [
        MADE[name].apply(ranked(row), context(user)) for row, user in zip(LISTS[:2], (0, 1), strict=True)
    ]
    together = MADE[name].apply(ranked(*LISTS), everybody())
    same = [order(one) == order(together, row) for row, one in enumerate(alone)]
    assert all(same) or name == "exposure"


@pytest.mark.parametrize("name", NAMES)
def test_heldout_likes_are_not_looked_at(name):
    plain = MADE[name].apply(ranked(*LISTS), everybody())
    told = replace(SHOP, heldout=SHOP.interactions)
    profiles = Profiles.of_users(told, np.array([0, 1, 2, 9]))
    again = MADE[name].apply(ranked(*LISTS), Context(Stock(told, STOCK.text), profiles, 4))
    np.testing.assert_array_equal(plain.items, again.items)
