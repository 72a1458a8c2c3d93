"""Nodes are found by id, label or words; what is not found is answered with what is near."""

from __future__ import annotations

import pytest

from hybrid.names import Found, hint
from tests.cinema import CINEMA, NAMES, entity

ITEM, ENTITY = NAMES.of("item"), NAMES.of("entity")


def film(row):
    return CINEMA.num_users + row


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("i3", Found((film(3),), "id")),
        ("fargo", Found((film(3),), "label")),
        ("ALIEN", Found((film(0),), "label")),  # not "Alien Nation", of which it is only a word
        ("alien_ nation", Found((film(4),), "label")),
        ("nation", Found((film(4),), "words")),
        ("Comedy", Found()),  # no item
        ("u0", Found()),
        ("", Found()),
    ],
)
def test_items_are_found(asked, found):
    assert NAMES.find(asked, ITEM, words=True) == found


def test_words_must_be_asked_for_and_mean_one_label():
    assert NAMES.find("nation", ITEM) == Found()
    assert NAMES.find("noir", ENTITY, words=True) == Found((entity("Film-Noir"),), "words")
    assert NAMES.find("25", ENTITY, words=True).nodes == (entity("25-34"),)
    assert NAMES.find("18", ENTITY, words=True) == Found()  # "under 18" or "18-24"


def test_of_one_name_the_best_linked_comes_first():
    assert NAMES.find("jo smith", ENTITY) == Found((entity("d2"), entity("d3")), "label")


def test_hints_name_what_is_near_or_the_few_that_there_are():
    assert NAMES.hint("farrgo", ITEM).startswith("; known are 'Alien', 'Heat'")
    titles = [f"Film number {number}" for number in range(30)] + ["Fargo", "Far"]
    assert hint("farrgo", titles) == "; did you mean 'Fargo' or 'Far'?"
    assert hint("xyzzy", titles) == ""
    assert hint("anything", []) == ""


def test_entities_of_people_alone_are_not_linked_to_items():
    assert NAMES.linked_entities[entity("Comedy")]
    assert not NAMES.linked_entities[entity("writer")]
