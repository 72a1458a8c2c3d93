"""What a query becomes, and what is said of the parts that could not be used."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hybrid.asking import Reader
from hybrid.profiles import Profiles, Wish
from hybrid.query import Query
from kg.errors import QueryError, UnknownIdError
from tests.cinema import CINEMA

KNOWN = Profiles.of_users(CINEMA, np.arange(CINEMA.num_users))


def scorer(value, **reads):
    """One that says the same of every item."""
    told = dict.fromkeys(("reads_text", "reads_entities", "reads_people"), False) | reads
    return SimpleNamespace(**told, score=lambda profiles: np.full((len(profiles), 6), value))


ALL = scorer(1.0, reads_text=True, reads_entities=True, reads_people=True)
NONE = scorer(1.0)
SILENT = scorer(np.nan, reads_text=True, reads_entities=True, reads_people=True)


def read(members=(ALL,), **query):
    return Reader(CINEMA, KNOWN, members, worded=True).read(Query(**query))


def items(mask):
    return set(np.flatnonzero(mask).tolist())


def rows(*externals):
    return tuple(CINEMA.entities.number(external) for external in externals)


def test_everything_at_once():
    asked = read(
        likes=("i1",), dislikes=("i2",), text="dark", person={"age": "30"}, about=("ridley scott",),
        wanted=("price <= 40",), exclude=("Jo Smith",), ratings={"i5": 5},
    )  # fmt: skip
    assert asked.profile.history(0).tolist() == [5, 1]
    assert asked.profile.users.tolist() == [-1]
    assert asked.profile.wishes == (Wish("dark", rows("d1"), rows("25-34")),)
    assert asked.disliked.items.tolist() == [2]
    assert items(asked.allowed) == {
        0
    }  # i1 is liked, i2 disliked, i3 by a Smith, i4 too dear and by the other
    assert asked.narrowed
    namesakes, line = (note for note in asked.notes)
    assert line.startswith("exclude 'Jo Smith' was read as 'Jo Smith' (d2) and 'Jo Smith' (d3)")
    assert namesakes.startswith("ratings of 4 or more")


def test_a_known_user_brings_a_history():
    asked = read(user="u0", likes=("i4",), dislikes=("i1",))
    assert asked.profile.history(0).tolist() == [0, 2, 4]
    assert asked.profile.users.tolist() == [0]
    assert asked.notes == ("item 'i1' is liked in the graph; that it is disliked counts",)
    assert items(asked.allowed) == {3, 5}


def test_an_unknown_user_needs_something_else():
    with pytest.raises(UnknownIdError, match="user 'nobody' is not in the graph"):
        read(user="nobody")
    assert read(user="nobody", wanted=("genre = Comedy",)).notes == (
        "user 'nobody' is not in the graph; the answer is for somebody new",
    )


def test_of_several_entities_the_best_linked_is_taken():
    asked = read(about=("jo smith", "scott", "Fargo", "nobody"))
    assert asked.profile.wishes[0].entities == rows("d2", "d1")
    several, words, item, unknown = asked.notes
    assert (
        several
        == "about 'jo smith' was read as Director 'Jo Smith' (d2), not as d3, which are less often linked"
    )
    assert words == "about 'scott' was read as Director 'Ridley Scott' (d1)"
    assert item == "about 'Fargo' was not used: it is an item; name it among the likes"
    assert unknown.startswith(
        "about 'nobody' was not used: no item is linked to anything of this name; known are"
    )


def test_what_is_avoided_is_left_out():
    assert items(read(text="x", exclude=("Comedy", "i0", "nothing")).allowed) == {1, 4, 5}
    assert (
        read(text="x", exclude=("nothing",))
        .notes[0]
        .startswith("exclude 'nothing' was not used: 'nothing' is not in the graph")
    )
    liked = read(likes=("i0",), exclude=("i0",))
    assert liked.notes == ("item 'i0' is excluded and liked: the like counts",)


def test_what_is_both_wanted_and_avoided_is_refused():
    with pytest.raises(QueryError, match=r"'Comedy' is both wanted \(about\) and avoided \(exclude\)"):
        read(about=("comedy",), exclude=("Comedy",))


def test_conditions_that_nothing_meets_are_told_with_their_counts():
    asked = read(text="x", wanted=("genre = Comedy", "price < 20", "colour = red"))
    with pytest.raises(QueryError) as told:
        _ = asked.allowed
    assert str(told.value).startswith(
        "no item meets all that is wanted; 'genre = Comedy' by 2, 'price < 20' by 1; wanted 'colour = red'"
    )
    with pytest.raises(QueryError, match="all items that meet what is wanted are liked already"):
        _ = read(likes=("i2", "i3"), wanted=("genre = Comedy",)).allowed


def test_what_no_scorer_reads_is_said():
    asked = read((NONE,), text="dark", about=("Comedy",), person={"age": "30"})
    assert [note.partition(" was")[0] for note in asked.notes] == [
        "the words were not used: no scorer of this model reads that",
        "what it should be about",
        "what is said of the person",
    ]
    assert str(asked.nothing()).startswith("nothing in the query says anything to any scorer; the words were")
    silent = read((SILENT,), text="dark", about=("Comedy",))
    assert silent.notes == (
        "the words were not used: nothing here fits them",
        "what it should be about was not used: no scorer can tell anything of that",
    )
    textless = Reader(CINEMA, KNOWN, (SILENT,), worded=False).read(Query(text="dark"))
    assert textless.notes == ("the words were not used: no item of this graph has text",)


def test_a_filter_alone_is_answered_and_nothing_alone_is_not():
    assert read(wanted=("genre = Comedy",)).narrowed
    assert not read(wanted=("colour = red",)).narrowed
    assert not read(text="x", exclude=("Comedy",)).narrowed
    assert not read(wanted=("colour = red",), exclude=("Comedy",)).narrowed


def test_the_answer_tells_how_few_fit():
    asked = read(wanted=("genre = Comedy",))
    assert asked.told(2, 10, guessed=True) == (
        "nothing told what is liked, so what most people like comes first",
        "only 2 of the 10 items asked for: no others meet what is wanted",
    )
    assert asked.told(2, 2, guessed=False) == ()
    assert asked.unmet(0) == ("it does not meet 'genre = Comedy'",)
    assert asked.unmet(2) == ()
    assert replace(asked, liked=np.ones(6, dtype=np.bool_)).unmet(2) == ("it is liked already",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "a query needs a user, likes or text"),
        ({"exclude": ("i0",)}, "a query needs a user, likes or text"),
        ({"likes": "i0"}, "likes is one text, 'i0'; expected several"),
        ({"likes": ("",)}, "likes: expected a text, found ''"),
        ({"user": 196}, "user: expected a text, found 196"),
        ({"likes": (50,)}, "likes: expected a text, found 50"),
        ({"likes": ("i0",), "dislikes": ("i0",)}, "item 'i0' is both liked and disliked"),
        ({"ratings": {"i0": float("inf")}}, "ratings of 'i0': expected a number, found inf"),
        ({"text": "x", "n": 0}, "n: expected a whole number of items, 1 or more, found 0"),
        ({"wanted": ("genre",)}, "wanted 'genre': expected one of"),
    ],
)
def test_what_is_no_query(fields, message):
    with pytest.raises(QueryError) as told:
        Query(**fields)
    assert message in str(told.value)


def test_lists_become_tuples_and_numbers_words():
    assert Query(person={"age": 27}) == Query(person={"age": "27"})
    assert Query(likes=["i0"], about=["x"]) == Query(likes=("i0",), about=("x",))


def test_what_a_known_user_rated_without_liking_it_is_not_recommended_again():
    asked = read(user="u1")
    assert items(asked.allowed) == {1, 2, 4, 5}
    assert asked.unmet(3) == ("it does not meet 'not rated already'",)
    assert not asked.narrowed
    assert asked.disliked is None
    assert items(read(user="u1", likes=("i3",)).fitting) == set(range(6))  # they have come to like it
    assert not read(user="u0").filters  # all that was rated is liked, and told as that
    assert not read(likes=("i0",)).filters  # nobody known
