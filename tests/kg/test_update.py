"""Building again changes exactly what changed in the files; every fact knows the file that it comes from."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from kg import CatalogError, rdf
from kg.building import build_workspace
from kg.quads import Writer
from kg.store import GraphStore
from kg.sync import SourceRecord, sync
from kg.terms import Terms, expand
from kg.workspace import REPORT, open_graph, open_store

PROVENANCE = """
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX schema: <https://schema.org/>
SELECT ?file ?sum ?loaded ?modified {
  GRAPH ?g { ?film <http://www.w3.org/2000/01/rdf-schema#label> "Alien" }
  ?g prov:wasDerivedFrom ?f ; prov:generatedAtTime ?loaded .
  ?f schema:name ?file ; schema:sha256 ?sum ; prov:generatedAtTime ?modified }
"""


def everything(folder):
    """All statements of a workspace but their provenance, and all its other files."""
    with GraphStore(folder / "store", read_only=True) as store:
        graphs = [graph for graph in store.graphs() if not graph.endswith("/provenance")]
        quads = sorted(str(quad) for graph in graphs for quad in store.quads(graph))
    return quads, {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


def stamps(folder):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def home(files, tmp_path):
    build_workspace(files.card, tmp_path / "space")
    return tmp_path / "space"


def test_a_second_build_writes_nothing(files, home) -> None:
    before = stamps(home)
    built = build_workspace(files.card, home)
    assert (built.written, dict(built.changes)) == (False, {})
    assert stamps(home) == before
    assert built.graph.items.ids == open_graph(home).items.ids


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("films.csv", "f2,Alien,1979", "f2,Alien,1980", {"films.csv": (1, 1)}),
        ("films.csv", "f3,Blade Runner,1982,,Scott,Rain.\n", "", {"films.csv": (0, 6), "likes.csv": (2, 0)}),
        ("films.csv", "Scott,Rain.\n", "Scott,Rain.\nf9,Dune,1984,,Scott,\n", {"films.csv": (6, 0)}),
        ("facts.csv", "m.09c7w0", "m.1", {"facts.csv": (3, 3)}),
        ("likes.csv", "ann,f1,5,1", "ann,f1,4,1", {}),
        ("dataset.yaml", "four films", "many films", {"schema": (1, 1)}),
        ("dataset.yaml", "same:\n  - {file: same.tsv, item: film, entity: entity}\n", "", None),
        (
            "dataset.yaml",
            "facts:\n  - {file: facts.csv, head: head, relation: relation, tail: tail}\n",
            "",
            None,
        ),
    ],
)
def test_a_build_changes_what_changed_and_gives_what_a_new_one_would(
    files, home, tmp_path, file: str, old: str, new: str, changes
) -> None:
    files.change(file, old, new)
    built = build_workspace(files.card, home)
    assert built.written
    if changes is not None:
        assert {source: counts for source, counts in built.changes.items() if counts} == changes
    build_workspace(files.card, tmp_path / "fresh")
    assert everything(home) == everything(tmp_path / "fresh")
    assert not build_workspace(files.card, home).written


def test_a_source_that_is_gone_from_the_card_is_gone_from_the_graph(files, home) -> None:
    gone = "facts:\n  - {file: facts.csv, head: head, relation: relation, tail: tail}\n"
    files.change("dataset.yaml", gone, "")
    build_workspace(files.card, home)
    assert rdf.source_graph("tiny", "facts.csv") not in open_store(home).graphs()
    assert "http://x.org/country" not in [relation.id for relation in open_graph(home).relations]


def test_every_fact_knows_its_file_and_times(files, home) -> None:
    (row,) = open_store(home).query(PROVENANCE)
    assert row["file"] == "films.csv"
    assert row["sum"] == json.loads((home / "workspace.json").read_text())["inputs"]["films.csv"]
    assert row["loaded"][:4] >= "2026" <= row["modified"][:4]


def test_times_stay_where_nothing_changed(files, home) -> None:
    def record(source):
        return json.loads((home / "workspace.json").read_text())["sources"][source]

    before = {source: record(source) for source in ("films.csv", "people.csv")}
    os.utime(files.folder / "people.csv", (1, 1))
    files.change("films.csv", "Alien", "Aliens")
    build_workspace(files.card, home)
    assert record("people.csv") == before["people.csv"]
    assert record("films.csv")["digest"] != before["films.csv"]["digest"]


def test_a_killed_build_leaves_the_old_graph_whole(files, home) -> None:
    before = everything(home)
    files.change("films.csv", "Alien", "Aliens")
    code = (
        "import os, sys, kg.building as w\n"
        "w.number = lambda *a: os._exit(9)\n"
        "w.build_workspace(sys.argv[1], sys.argv[2])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(files.card), str(home)], check=False)
    assert done.returncode == 9
    assert everything(home) == before
    assert "Alien" in open_graph(home).labels
    build_workspace(files.card, home)
    assert "Aliens" in open_graph(home).labels


def test_wrong_rows_are_left_out_with_the_reason_and_the_rest_goes_in(files, home) -> None:
    files.change("likes.csv", "ann,f2,4,2", "ann,f2,four,2")
    files.change("films.csv", "f3,Blade", ",Blade")
    files.change("facts.csv", "http://x.org/resource/Alien,http://x.org/country", ",http://x.org/country")
    built = build_workspace(files.card, home)
    rows = [(row.source, row.line, row.field, row.value) for row in built.quarantine]
    assert rows == [
        ("facts.csv", 2, "head", ""),
        ("films.csv", 4, "id", ""),
        ("likes.csv", 3, "stars", "four"),
    ]
    assert "a number was expected" in (home / REPORT).read_text()
    assert len(built.graph.interactions) + len(built.graph.heldout) == 5
    assert "Blade Runner" not in built.graph.labels
    assert not build_workspace(files.card, home).written
    files.change("films.csv", ",Blade", "f3,Blade")
    again = build_workspace(files.card, home)
    assert {row.source for row in again.quarantine} == {"facts.csv", "likes.csv"}
    assert "Blade Runner" in again.graph.labels


def test_a_file_without_a_single_right_row_is_an_error(files, tmp_path) -> None:
    files.write("likes.csv", "user,film,stars,at\nann,f1,many,1\nann,f2,few,2\n")
    with pytest.raises(CatalogError, match=r"likes\.csv: no row can be used; the first, line 2: a number"):
        build_workspace(files.card, tmp_path / "space")


def test_a_repeated_id_costs_the_second_row(files, tmp_path) -> None:
    files.change("films.csv", "f2,Alien", "f1,Alien")
    built = build_workspace(files.card, tmp_path / "space")
    assert [(row.source, row.line, row.value) for row in built.quarantine] == [("films.csv", 3, "f1")]
    assert "The Usual Suspects" in built.graph.labels


def test_statements_are_compared_as_a_store_writes_them(files) -> None:
    files.change("dataset.yaml", "{year: year}", "{year: {column: year, type: number}}")
    store = GraphStore()
    first = sync(store, Writer.of(files.read()), {}, {})
    forgotten = {source: SourceRecord(digest="unknown") for source in first.records}
    files.change("films.csv", "1979", "1979.0")
    assert sync(store, Writer.of(files.read()), forgotten, {}).changes == {}


def test_words_become_terms_of_known_vocabularies(files) -> None:
    terms = Writer.of(files.read()).terms
    assert terms.iris["class"]["Movie"] == "https://schema.org/Movie"
    assert terms.iris["relation"]["genre"] == "https://schema.org/genre"
    own = rdf.iri("tiny", "class", "Director")
    assert terms.iris["class"]["Director"] == own
    assert terms.parents[own] == "https://schema.org/Person"
    assert terms.parents[rdf.iri("tiny", "class", "Genre")] == "http://www.w3.org/2004/02/skos/core#Concept"
    assert terms.iris["relation"]["http://x.org/country"] == "http://x.org/country"


def test_a_card_may_name_the_terms(files) -> None:
    files.change("dataset.yaml", "same:\n", 'classes: {Movie: {iri: "dbo:Film"}}\nsame:\n')
    files.change("dataset.yaml", "{year: year}", '{year: {column: year, iri: "http://x.org/year"}}')
    files.change(
        "dataset.yaml", "directed by, inverse_label: directed}", 'a, inverse_label: b, iri: "dbo:director"}'
    )
    terms = Writer.of(files.read()).terms
    assert terms.iris["class"]["Movie"] == "http://dbpedia.org/ontology/Film"
    assert terms.iris["property"]["year"] == "http://x.org/year"
    assert terms.iris["relation"]["director"] == "http://dbpedia.org/ontology/director"


def test_two_names_never_share_a_term() -> None:
    terms = Terms.of("d", {"class": ["Film", "Movie"]}, {})
    assert terms.iris["class"] == {"Film": expand("schema:Movie"), "Movie": rdf.iri("d", "class", "Movie")}
    assert terms.parents == {rdf.iri("d", "class", "Movie"): expand("schema:Movie")}
    terms = Terms.of("d", {"relation": ["film.film.genre", "genre"]}, {})
    assert terms.iris["relation"]["genre"] == expand("schema:genre")


def test_rows_that_break_a_shape_are_left_out_like_any_other(files, tmp_path) -> None:
    files.change("dataset.yaml", "{year: year}", "{year: {column: year, type: integer, minimum: 1900}}")
    files.change("films.csv", "1979", "19x9")
    files.change("films.csv", "1982", "1182")
    built = build_workspace(files.card, tmp_path / "space")
    rows = {(row.source, row.line): (row.field, row.value) for row in built.quarantine}
    assert rows == {("films.csv", 3): ("year", "19x9"), ("films.csv", 4): ("year", "1182")}
    assert "Scott" not in built.graph.labels
    assert "The Usual Suspects" in built.graph.labels
    files.change("films.csv", "19x9", "1979")
    built = build_workspace(files.card, tmp_path / "space")
    assert [row.line for row in built.quarantine] == [4]
    build_workspace(files.card, tmp_path / "fresh")
    assert everything(tmp_path / "space") == everything(tmp_path / "fresh")


def test_a_missing_label_costs_the_row_but_not_a_node_that_only_likes_name(files, tmp_path) -> None:
    files.change("films.csv", "f3,Blade Runner", "f3,")
    built = build_workspace(files.card, tmp_path / "space")
    assert [(row.source, row.line, row.field) for row in built.quarantine] == [("films.csv", 4, "label")]
    assert "f4" in built.graph.items.ids
    assert [node.rpartition("/")[2] for node in built.warnings["node"]] == ["f3", "f4"]


def test_a_wrong_value_costs_the_row_that_it_comes_from(files, tmp_path) -> None:
    more = "    id: {column: id, map: numbers, missing: drop}\n    text: text\n"
    rule = "    properties: {seen: {column: seen, values: [home]}}\n"
    files.change("dataset.yaml", more, more + rule)
    files.write("more.json", '[{"id": "0", "text": "Five.", "seen": "away"}, {"id": "1", "seen": "home"}]')
    built = build_workspace(files.card, tmp_path / "space")
    assert [(row.source, row.line, row.value) for row in built.quarantine] == [("more.json", 1, "away")]
    assert "The Usual Suspects" in built.graph.labels


def test_shapes_of_the_user_count_too(files, tmp_path) -> None:
    files.write(
        "more.ttl",
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix schema: <https://schema.org/> .\n"
        "[] a sh:NodeShape ; sh:targetClass schema:Movie ;\n"
        "  sh:property [ sh:path schema:genre ; sh:minCount 1 ; sh:message 'a film needs a genre' ] .\n",
    )
    files.change("dataset.yaml", "same:\n", "shapes: [more.ttl]\nsame:\n")
    built = build_workspace(files.card, tmp_path / "space")
    assert [(row.line, row.reason) for row in built.quarantine] == [(4, "a film needs a genre")]
