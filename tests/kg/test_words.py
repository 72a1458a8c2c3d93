"""Paths in words, one template each; names come from labels, never from ids."""

from __future__ import annotations

import pytest

from kg import words
from tests.worlds import make_graph

FILM, GENRE = 0, 2  # codes: relation times two, plus one against its direction


@pytest.mark.parametrize(
    ("codes", "labels", "steps", "people", "expected"),
    [
        pytest.param(
            (0, 1),
            ("Alien", "Ridley Scott", "Gladiator"),
            ("is directed by", "directed"),
            0,
            "You liked Alien. Like it, Gladiator is directed by Ridley Scott.",
            id="something shared",
        ),
        pytest.param(
            (1, 0),
            ("Ridley Scott", "Alien", "Sigourney Weaver"),
            ("directed", "is directed by"),
            0,
            "You liked Ridley Scott. Like it, Sigourney Weaver directed Alien.",
            id="something shared, the other way round",
        ),
        pytest.param(
            (4,),
            ("Alien", "Aliens"),
            ("is followed by",),
            0,
            "You liked Alien, which is followed by Aliens.",
            id="one step",
        ),
        pytest.param(
            (0, 2),
            ("Alien", "Ridley Scott", "The Duellists"),
            ("is directed by", "is known for"),
            0,
            "You liked Alien, which is directed by Ridley Scott; Ridley Scott is known for The Duellists.",
            id="two different steps",
        ),
        pytest.param(
            (0, 6, 1),
            ("Alien", "Ridley Scott", "Tony Scott", "Top Gun"),
            ("is directed by", "is the brother of", "directed"),
            0,
            "You liked Alien, which is directed by Ridley Scott; Ridley Scott is the brother of Tony Scott; "
            "Tony Scott directed Top Gun.",
            id="three steps",
        ),
        pytest.param(
            (-1, -1),
            ("Alien", "somebody", "Heat"),
            ("", ""),
            1,
            "You liked Alien. Somebody who liked it also liked Heat.",
            id="one person",
        ),
        pytest.param(
            (-1, -1),
            ("Alien", "somebody", "Heat"),
            ("", ""),
            12,
            "You liked Alien. 12 people who liked it also liked Heat.",
            id="many people",
        ),
    ],
)
def test_sentences(codes, labels, steps, people, expected):
    assert words.sentence(labels, codes, steps, people) == expected


@pytest.fixture
def graph():
    facts = [("i0", "directed_by", "d"), ("i1", "directed_by", "d"), ("i2", "directed_by", "e")]
    return make_graph(
        [(0, 0)], num_items=3, facts=facts, labels={"i0": "A long title", "i1": "Heat", "u0": ""}
    )


def test_a_step_is_read_in_its_direction(graph):
    assert words.step(graph, 0) == "directed by"
    assert words.step(graph, 1) == "directed by of"


def name(graph, external, near, **more):
    kind = {"u": "user", "i": "item"}.get(external[0], "entity")
    neighbours = [graph.node("item", other) for other in near]
    return words.name(graph, graph.node(kind, external), neighbours, **more)


def test_names(graph):
    assert name(graph, "i1", []) == "Heat"
    assert (
        name(graph, "d", ["i2", "i0", "i1"]) == "an entity shared with A long title"
    )  # the first with a name
    beside = {"besides": [graph.node("item", "i0")]}
    assert name(graph, "d", ["i0", "i1"], **beside) == "an entity shared with Heat"
    assert name(graph, "e", ["i2"]) == "the same entity"  # its only neighbour has no name either
    assert name(graph, "u0", []) == "somebody"
    assert name(graph, "i2", []) == "item i2"  # what is recommended must be told apart


def test_no_entity_and_no_user_is_named_by_an_id(graph):
    ids = {graph.id(node) for node in range(graph.num_nodes)}
    for node in range(graph.num_nodes):
        for neighbours in ([], range(graph.num_nodes)):
            told = words.name(graph, node, neighbours)
            assert told
            assert graph.kind(node) == "item" or not ids & set(told.split())
