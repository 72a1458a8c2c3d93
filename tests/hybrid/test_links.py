"""Relations go by id, words, the last part of the id, or the class they lead to; values by name or range."""

from __future__ import annotations

import pytest

from tests.cinema import CINEMA, ITEMS, PEOPLE, entity

NUMBER = {relation.id: 2 * row for row, relation in enumerate(CINEMA.relations)}


@pytest.mark.parametrize(
    "asked", ["film.film.directed_by", "Directed By", "directed_by", "director", "DIRECTED  by"]
)
def test_a_relation_has_many_names(asked):
    assert ITEMS.relations(asked) == (NUMBER["film.film.directed_by"],)


def test_people_have_relations_of_their_own():
    assert PEOPLE.relations("age") == PEOPLE.relations("age_group") == (NUMBER["age group"],)
    assert PEOPLE.relations("genre") == ()
    assert PEOPLE.hint("job") == "; known are 'age group', 'occupation'"


@pytest.mark.parametrize(
    ("asked", "group"),
    [("27", "25-34"), ("17", "under 18"), ("18", "18-24"), ("24.9", "18-24"), ("90", "35 and over"),
     ("25-34", "25-34")],
)  # fmt: skip
def test_an_age_falls_into_its_group(asked, group):
    assert PEOPLE.value(asked, PEOPLE.relations("age")).nodes == (entity(group),)


def test_a_value_belongs_to_its_relation():
    assert ITEMS.value("noir", ITEMS.relations("genre")).nodes == (entity("Film-Noir"),)
    assert ITEMS.value("writer", ITEMS.relations("genre")).nodes == ()
    assert ITEMS.value("nan", PEOPLE.relations("age")).nodes == ()


def test_who_is_linked():
    comedy, scott = (entity("Comedy"),), (entity("d1"),)
    assert ITEMS.linked(comedy).tolist() == [False, False, True, True, False, False]
    assert ITEMS.linked(scott, ITEMS.relations("genre")).tolist() == [False] * 6
    assert PEOPLE.of(0, PEOPLE.relations("occupation")) == (entity("writer"),)
    assert PEOPLE.of(2, PEOPLE.relations("occupation")) == ()
