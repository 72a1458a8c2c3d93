"""Paths in words, one template each; names come from labels and roles, never from an entity's id."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kg.graph import Relation
from kg.paths import PathFinder
from tests.worlds import make_graph

WORDS = {
    "director": ("is directed by", "directed"),
    "sequel": ("is followed by", "follows"),
    "brother": ("is the brother of", "is the brother of"),
    "known": ("is known for", "made known"),
    "actor": ("stars", "acts in"),
}
LABELS = {"i0": "Alien", "i1": "Gladiator", "i2": "Heat", "scott": "Ridley Scott", "tony": "Tony Scott"}


def film_graph(facts, likes=(), labels=LABELS):
    """Films, in which everything that is no film is a director or, with an id like a1, an actor."""
    known = {name for fact in facts for name in (fact[0], fact[2])} | {"i0", "i1", "i2"}
    chosen = {name: label for name, label in labels.items() if name in known}
    graph = make_graph(likes, num_users=8, num_items=3, facts=facts, labels=chosen)
    classes = [1 if graph.kind(node) == "item" else 2 if graph.kind(node) == "entity" else 0
               for node in range(graph.num_nodes)]  # fmt: skip
    for node in range(graph.first("entity"), graph.num_nodes):
        classes[node] += graph.id(node).startswith("a")
    return replace(
        graph,
        relations=tuple(Relation(relation.id, *WORDS[relation.id]) for relation in graph.relations),
        class_names=("User", "Film", "Director", "Actor"),
        classes=np.array(classes),
    )


def sentences(graph, liked=0, item=1):
    finder = PathFinder(graph, np.ones((graph.num_nodes, 2), np.float32))
    return [path.sentence for path in finder.best(np.array([liked]), np.ones(1), item, k=9)]


SHARED = [("i0", "director", "scott"), ("i1", "director", "scott")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SHARED, "You liked Alien. Like it, Gladiator is directed by Ridley Scott."),
        (
            [("scott", "known", "i0"), ("scott", "known", "i1")],
            "You liked Alien. Like it, Gladiator made known Ridley Scott.",
        ),
        ([("i0", "sequel", "i1")], "You liked Alien, which is followed by Gladiator."),
        ([("i1", "sequel", "i0")], "You liked Alien, which follows Gladiator."),
        (
            [("i0", "director", "scott"), ("scott", "known", "i1")],
            "You liked Alien, which is directed by Ridley Scott; Ridley Scott is known for Gladiator.",
        ),
        (
            [("i0", "director", "scott"), ("scott", "brother", "tony"), ("i1", "director", "tony")],
            "You liked Alien, which is directed by Ridley Scott; Ridley Scott is the brother of Tony Scott; "
            "Tony Scott directed Gladiator.",
        ),
    ],
    ids=["shared", "shared, against the relation", "one step", "one step back", "two steps", "three steps"],
)
def test_facts(facts, expected):
    assert sentences(film_graph(facts)) == [expected]


@pytest.mark.parametrize(("people", "who"), [(1, "Somebody"), (2, "2 people"), (7, "7 people")])
def test_people(people, who):
    likes = [(user, item) for user in range(people) for item in (0, 1)]
    assert sentences(film_graph([], likes)) == [f"You liked Alien. {who} who liked it also liked Gladiator."]


def test_an_entity_without_a_name_is_told_by_what_it_is_to_others():
    facts = [(f"i{row}", "director", "Q2001") for row in range(3)]
    told = sentences(film_graph(facts))
    assert told == ["You liked Alien. Like it, Gladiator is directed by a director shared with Heat."]


def test_without_another_to_name_it_by_it_is_the_same_one():
    facts = [("i0", "director", "Q2001"), ("i1", "director", "Q2001")]
    assert sentences(film_graph(facts)) == [
        "You liked Alien. Like it, Gladiator is directed by the same director."
    ]


def test_somebody_with_two_roles_is_told_by_the_one_in_the_path():
    """Q2001 acts, as most who act do; here it matters that it directed."""
    facts = [
        ("i0", "director", "a9"),
        ("i1", "director", "a9"),
        ("i2", "director", "d"),
        ("i2", "director", "e"),
    ]
    assert sentences(film_graph(facts)) == [
        "You liked Alien. Like it, Gladiator is directed by the same director."
    ]


def test_the_best_known_other_names_it():
    graph = make_graph(
        [(user, 3) for user in range(5)],
        num_items=4,
        facts=[(f"i{row}", "director", "Q2001") for row in range(4)],
        labels={"i0": "Alien", "i1": "Gladiator", "i2": "Heat", "i3": "A film that everybody knows"},
    )
    graph = replace(graph, relations=(Relation("director", *WORDS["director"]),))
    assert sentences(graph)[0].endswith("shared with A film that everybody knows.")


def test_no_entity_is_named_by_its_id():
    facts = [("i0", "director", "Q1"), ("Q1", "brother", "Q2"), ("i1", "director", "Q2")]
    (told,) = sentences(film_graph(facts))
    assert "Q1" not in told
    assert "Q2" not in told
    assert told.startswith("You liked Alien, which is directed by a director")


def test_an_item_without_a_name_is_told_apart_by_its_id():
    (told,) = sentences(film_graph(SHARED, labels={"scott": "Ridley Scott"}))
    assert told == "You liked film i0. Like it, film i1 is directed by Ridley Scott."
