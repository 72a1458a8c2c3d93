"""Conditions and SPARQL choose exactly the items that meet them."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid.conditions import parse
from hybrid.wanting import chosen, condition
from kg.building import build_workspace
from kg.errors import CatalogError, QueryError
from kg.workspace import open_graph, write_workspace
from tests.cinema import CINEMA, ITEMS
from tests.hybrid.test_cli import write_catalog


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("genre = Comedy", {2, 3}),
        ("genre = noir | western", {0, 1, 3, 4}),
        ("genre != Comedy", {0, 1, 4, 5}),
        ("genre != Comedy | Western", {0, 5}),
        ("director = Ridley Scott", {0, 1}),
        ("directed by = jo smith", {2, 3, 4}),  # two of that name
        ("decade = 1985", {1, 2}),
        ("decade < 1990", {0, 1, 2}),
        ("decade <= 1989", {0, 1, 2}),
        ("decade < 1989", {0}),  # some of the eighties are not before it
        ("decade >= 1980", {1, 2, 3}),
        ("decade > 1980", {3}),
        ("decade > 2000", set()),
        ("price < 30", {0, 1}),
        ("PRICE <= 30", {0, 1, 2}),
        ("price >= 40", {3, 4}),
        ("price = 10 | 50", {0, 4}),
        ("price != 10", {1, 2, 3, 4}),  # i5 has no price, so nothing is said of it
    ],
)
def test_a_condition_is_met_by(text, items):
    found, _ = condition(parse(text), ITEMS)
    assert set(np.flatnonzero(found.met).tolist()) == items
    assert found.words == text


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "gerne = Comedy",
            "wanted 'gerne = Comedy' was not used: items here have no such attribute; known are",
        ),
        (
            "genre = Comdy",
            "'Comdy' was not used: no item here has such a genre; known are 'Film-Noir', 'Western'",
        ),
        ("genre < 3", "was not used: items here have no such number; known are 'Price'"),
        ("price = cheap", "'cheap' was not used, as 'Price' is a number"),
    ],
)
def test_what_is_unknown_is_no_condition(text, note):
    found, (told,) = condition(parse(text), ITEMS)
    assert found is None
    assert note in told


def test_the_known_value_of_two_is_enough():
    found, (note,) = condition(parse("genre = Comedy | Comdy"), ITEMS)
    assert set(np.flatnonzero(found.met).tolist()) == {2, 3}
    assert "'Comdy'" in note


def test_words_of_a_value_are_told():
    _, (note,) = condition(parse("genre = noir"), ITEMS)
    assert note == "wanted 'genre = noir': 'noir' was read as 'Film-Noir'"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wanting")
    build_workspace(write_catalog(folder), folder / "space")
    return folder / "space"


def test_sparql_names_items_by_its_first_variable(home):
    graph = open_graph(home)
    sparql = 'SELECT ?f ?name { ?f rdfs:label ?name FILTER(STRENDS(?name, " 3")) } ORDER BY ?name'
    found, notes = chosen(sparql, graph, home)
    assert {graph.items.ids[row] for row in np.flatnonzero(found.met)} == {"f3", "f9"}
    assert notes == ()


def test_answers_that_are_no_items_are_counted(home):
    graph = open_graph(home)
    found, (note,) = chosen("SELECT ?name ?f { ?f a schema:Movie ; rdfs:label ?name }", graph, home)
    assert not found.met.any()
    assert note == "sparql: 12 of the answers are no items and were left out"


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?f FROM <file:///etc/passwd> { ?f ?p ?o }",
        "SELECT ?f { SERVICE <http://x.org> { ?f ?p ?o } }",
        "DROP ALL",
        "ASK { ?f ?p ?o }",
        "SELECT ?f { ?f",
    ],
)
def test_sparql_may_only_read_and_must_name_something(home, sparql):
    with pytest.raises(CatalogError):
        chosen(sparql, open_graph(home), home)


def test_without_rdf_sparql_is_refused(tmp_path):
    write_workspace(CINEMA, tmp_path / "space")
    for place in (None, tmp_path / "space"):
        with pytest.raises(QueryError, match="sparql: the graph is not here as RDF; build a workspace"):
            chosen("SELECT ?f { ?f ?p ?o }", CINEMA, place)
