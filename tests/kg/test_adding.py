"""Items join a workspace whole or not at all; its RDF and its pages know them; a later build keeps them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kg import frames, rdf
from kg.adding import add_items
from kg.building import build_workspace
from kg.entity import page
from kg.errors import CatalogError, UnknownIdError
from kg.workspace import open_graph, open_store, read_manifest, write_workspace
from tests.worlds import make_graph

ITEMS = [
    {
        "id": "t1",
        "label": "Dark City",
        "text": 'A man "without" memory.\nNight.',
        "links": {"genre": ["Crime", "Drama"]},
        "new": {"director": "Proyas"},
        "numbers": {"year": 1998},
    },
    {"id": "t2", "text": "Rain."},
]
SOURCE = "added/0001-items.json"
PROVENANCE = """SELECT ?sum { ?g <http://www.w3.org/ns/prov#wasDerivedFrom> ?f .
  ?f <https://schema.org/name> "added/0001-items.json" ; <https://schema.org/sha256> ?sum }"""


@pytest.fixture
def home(files, tmp_path):
    files.change("dataset.yaml", "{year: year}", "{year: {column: year, type: integer}}")
    build_workspace(files.card, tmp_path / "space")
    return tmp_path / "space"


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "items.json"
    path.write_text(json.dumps(ITEMS))
    return path


def ask(home, sparql):
    with open_store(home) as store:
        return store.query(sparql)


def statements(home):
    """Everything that the RDF says, but for when and by which file."""
    with open_store(home) as store:
        return {
            str(quad)
            for graph in store.graphs()
            for quad in store.quads(graph)
            if not graph.endswith("provenance")
        }


def test_graph_and_rdf_know_the_items(home, items):
    before, said = open_graph(home), statements(home)
    assert [item.id for item in add_items(home, items)] == ["t1", "t2"]
    graph = open_graph(home)
    assert graph.items.ids == (*before.items.ids, "t1", "t2")
    np.testing.assert_array_equal(graph.heldout.items, before.heldout.items)
    assert graph.numbers["year"][graph.node("item", "t1")] == 1998
    assert said < statements(home)
    found = page(home, "Dark City")
    assert (found.node.class_name, found.text) == ("Movie", ITEMS[0]["text"])
    assert [(each.name, each.value, each.files) for each in found.properties] == [("year", "1998", (SOURCE,))]
    told = {(facts.relation, fact.node.label): fact.files for facts in found.facts for fact in facts.shown}
    assert told == dict.fromkeys([("genre", "Crime"), ("genre", "Drama"), ("director", "Proyas")], (SOURCE,))
    (answer,) = ask(home, PROVENANCE)
    assert answer["sum"] == read_manifest(home)["files"][SOURCE]


def test_a_query_finds_the_items_by_the_terms_of_the_others(home, items):
    add_items(home, items)
    graph = open_graph(home)
    asked = """SELECT ?genre { ?film <http://www.w3.org/2000/01/rdf-schema#label> "Dark City" ;
        <https://schema.org/genre> ?genre }"""
    assert {row["genre"] for row in ask(home, asked)} == {
        rdf.iri(graph.name, "entity", f"genre:{name}") for name in ("Crime", "Drama")
    }


def test_files_are_told_apart(home, items):
    add_items(home, items)
    items.write_text('[{"id": "t3", "links": {"director": "Proyas"}}]')
    add_items(home, items)
    assert open_graph(home).items.ids[-3:] == ("t1", "t2", "t3")
    assert set(read_manifest(home)["sources"]) >= {SOURCE, "added/0002-items.json"}
    assert [facts.count for facts in page(home, "Proyas").facts] == [2]


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ('[{"id": "f1", "text": "x"}]', CatalogError, "items.json: item 'f1', field 'id'"),
        (
            '[{"id": "a", "text": "x"}, {"id": "b", "links": {"genre": "Crimes"}}]',
            UnknownIdError,
            "items.json: item 'b': 'genre': entity 'Crimes' is not in the graph; did you mean 'Crime'",
        ),
    ],
)
def test_what_is_wrong_changes_nothing(home, items, text, kind, told):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    items.write_text(text)
    with pytest.raises(kind, match=told):
        add_items(home, items)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_failure_at_the_end_leaves_what_was_there(home, items):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    def finish(new, added):
        assert open_graph(new).items.ids[-2:] == ("t1", "t2")
        assert len(added) == 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_items(home, items, finish)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert not list(home.parent.glob(".space-*"))


def test_a_workspace_without_rdf(tmp_path, items):
    write_workspace(make_graph([(0, 0)], name="bare"), tmp_path / "bare")
    items.write_text('[{"id": "t1", "text": "x"}]')
    add_items(tmp_path / "bare", items)
    assert open_graph(tmp_path / "bare").items.ids == ("i0", "t1")


def test_a_build_that_has_nothing_to_do_keeps_the_items(files, home, items):
    add_items(home, items)
    built = build_workspace(files.card, home)
    assert not built.written
    assert "t1" in built.graph.items


def test_a_build_with_new_files_adds_the_items_again(files, home, items):
    add_items(home, items)
    said = {line for line in statements(home) if "0001-items" in line}
    files.change("films.csv", "Scott,Rain.\n", "Scott,Rain.\nf9,Dune,1984,,Scott,\n")
    built = build_workspace(files.card, home)
    assert built.changes == {"films.csv": (6, 0)}
    assert built.left_out == ()
    assert set(built.graph.items.ids) >= {"f9", "t1", "t2"}
    assert frames.read(home, "tiny").items.ids == built.graph.items.ids
    assert {line for line in statements(home) if "0001-items" in line} == said
    assert len(said) == 14
    assert len(ask(home, PROVENANCE)) == 1
    assert not build_workspace(files.card, home).written


def test_a_build_leaves_out_what_the_catalog_has_by_now_and_what_no_longer_fits(files, home, items):
    add_items(home, items)
    files.change("films.csv", "Scott,Rain.\n", "Scott,Rain.\nt2,Rain Man,1988,,Levinson,\n")
    files.change("films.csv", "Crime|Drama", "Crime")
    built = build_workspace(files.card, home)
    assert built.graph.labels[built.graph.node("item", "t2")] == "Rain Man"
    assert "t1" not in built.graph.items
    assert [reason.split(":")[0] for reason in built.left_out] == [SOURCE, SOURCE]
    assert "'t1': 'genre': entity 'Drama'" in built.left_out[0]
    assert "'t2', field 'id': the graph has such an item" in built.left_out[1]


def test_another_dataset_takes_nothing_over(files, home, items):
    add_items(home, items)
    files.change("dataset.yaml", "name: tiny", "name: other")
    assert "t1" not in build_workspace(files.card, home).graph.items
