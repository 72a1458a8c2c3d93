"""Asking and looking on the command line: answers in plain words, mistakes in one sentence."""

from __future__ import annotations

import csv
import io
import json
import sys

import networkx as nx
import pytest
import typer

from hybrid import cli_data
from hybrid.show_data import short_iri
from kg.building import build_workspace
from kg.errors import WhyRecError
from tests.hybrid.test_cli import write_catalog

FILMS = "SELECT ?name { ?film a schema:Movie ; rdfs:label ?name } ORDER BY ?name"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace with a film of a hostile title."""
    folder = tmp_path_factory.mktemp("data")
    card = write_catalog(folder)
    films = folder / "films.csv"
    films.write_text(films.read_text().replace("f3,Space 3", "f3,[bold red]<script>[/] 3", 1))
    build_workspace(card, folder / "space")
    return folder / "space"


@pytest.fixture
def app():
    made = typer.Typer()
    cli_data.register(made)
    return made


@pytest.fixture
def ask(app, capsys):
    """Runs a command and gives what it prints."""

    def run(*words):
        capsys.readouterr()
        app([str(word) for word in words], standalone_mode=False)
        return capsys.readouterr().out

    return run


def flat(text):
    return " ".join(text.split())


def test_query_prints_a_table(ask, home):
    told = ask("query", home, "SELECT ?film ?type { ?film a ?type ; rdfs:label 'Space 1' }")
    assert "https://whyrec.org/id/films/item/f1" in told
    assert "whyrec:Item" in told
    assert "schema:Movie" in told
    assert told.rstrip().endswith("2 rows")


def test_query_prints_hostile_titles_as_words(ask, home):
    told = ask("query", home, "SELECT ?name { ?film rdfs:label ?name FILTER(CONTAINS(?name, 'script')) }")
    assert "[bold red]<script>[/] 3" in told
    assert told.rstrip().endswith("1 row")


def test_query_for_machines_and_for_spreadsheets(ask, home):
    asked = "SELECT ?film ?name { ?film rdfs:label ?name FILTER(?name = 'Space 1') }"
    row = {"film": "https://whyrec.org/id/films/item/f1", "name": "Space 1"}
    assert json.loads(ask("query", home, asked, "--json")) == {"rows": [row]}
    assert [*csv.DictReader(io.StringIO(ask("query", home, asked, "--csv")))] == [row]
    assert json.loads(ask("query", home, "ASK { ?film a schema:Book }", "--json")) == {
        "rows": [{"answer": "false"}]
    }


def test_query_from_the_input(ask, home, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT ?s { ?s rdfs:label 'Space 1' }"))
    assert len(json.loads(ask("query", home, "-", "--json"))["rows"]) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["DELETE WHERE { ?s ?p ?o }"], "SELECT or an ASK"),
        (["SELECT ?s { SERVICE <http://x.org/> { ?s ?p ?o } }"], "may only read this store"),
        (["SELECT ?s { ?s ?p "], "cannot be answered"),
        (["SELECT ?s { ?s nope:p ?o }"], "cannot be answered"),
        (["SELECT ?s { ?s ?p ?o }", "--rows", "3"], "longer than 3 rows"),
        (["SELECT ?s { ?s ?p ?o }", "--json", "--csv"], "exclude each other"),
    ],
)
def test_query_mistakes(ask, home, words, expected):
    with pytest.raises(WhyRecError, match=expected):
        ask("query", home, *words)


def test_iris_are_shortened_where_that_is_a_name():
    assert short_iri("https://schema.org/Movie") == "schema:Movie"
    assert short_iri("http://www.w3.org/2000/01/rdf-schema#label") == "rdfs:label"
    for same in ("https://schema.org/", "https://schema.org/a/b", "http://x.org/a", "Movie", ""):
        assert short_iri(same) == same


def test_describe_tells_what_there_is(ask, home):
    told = flat(ask("describe", home))
    assert "films: 27 nodes and 12 facts" in told
    assert "is of the genre Film → Genre 12 1 1" in told
    assert "12 people like 12 items: 60 likes" in told
    assert "Nodes without any fact or like: 1, for example User newcomer." in told
    assert "films.csv" in told


def test_describe_for_machines(ask, home):
    told = json.loads(ask("describe", home, "--json"))
    assert (told["nodes"], told["facts"], told["orphans"]["count"]) == (27, 12, 1)
    assert told["relations"][0]["links"] == [{"head": "Film", "tail": "Genre", "facts": 12}]


def test_describe_one_node(ask, home):
    told = flat(ask("describe", home, "f3"))
    assert told.startswith("[bold red]<script>[/] 3 (Film)")
    assert "is of the genre Space (Genre) [films.csv]" in told
    assert "Liked by 5 people" in told
    assert json.loads(ask("describe", home, "f3", "--json"))["node"]["id"] == "f3"
    assert "is the genre of" in ask("describe", home, "genre:Space")
    assert "Likes 5 items" in flat(ask("describe", home, "p0"))


def test_describe_what_is_not_there(ask, home, tmp_path):
    with pytest.raises(WhyRecError, match="did you mean 'Space 1'"):
        ask("describe", home, "Spaec 1")
    with pytest.raises(WhyRecError, match="--html describes the whole workspace"):
        ask("describe", home, "f3", "--html", tmp_path / "page.html")
    with pytest.raises(WhyRecError, match="is not a workspace"):
        ask("describe", tmp_path)


def test_describe_writes_a_page(ask, home, tmp_path):
    told = ask("describe", home, "--html", tmp_path / "page.html")
    assert f"Written to {tmp_path / 'page.html'}" in told
    assert "films" in (tmp_path / "page.html").read_text()


def test_export_says_what_it_wrote(ask, home, tmp_path):
    told = ask("export", home, tmp_path / "all.graphml")
    edges = nx.read_graphml(tmp_path / "all.graphml", force_multigraph=True).number_of_edges()
    assert f"{edges:,} edges" in told
    more = ask("export", home, tmp_path / "more.graphml", "--with-heldout")
    assert f"{12 + 60} edges" in more
    assert "statements" in ask("export", home, tmp_path / "all.nt.gz")
    with pytest.raises(WhyRecError, match="the ending says what to write"):
        ask("export", home, tmp_path / "all.docx")


def test_a_drafted_card_builds(ask, tmp_path):
    write_catalog(tmp_path).unlink()
    card = tmp_path / "dataset.yaml"
    ask("draft", tmp_path, "--into", card, "--name", "films")
    graph = build_workspace(card, tmp_path / "space").graph
    assert (len(graph.items), len(graph.users)) == (12, 12)
    assert {graph.item_label(item) for item in range(12)} >= {"Space 0", "Love 5"}
    with pytest.raises(WhyRecError, match="is there already"):
        ask("draft", tmp_path, "--into", card)
    assert ask("draft", tmp_path, "--name", "again").count("name: again\n") == 1


def test_an_audit_without_links_cannot_tell(ask, home):
    assert "cannot tell" in ask("audit", home, "--json")


def test_an_audit_of_broken_links_exits_with_1(app, tmp_path):
    """Sixty films in two genres; the graph knows their makers, and the list of links is turned round."""
    films = ["id,title,genre", *(f"f{row},Film {row},{'Space' if row < 30 else 'Love'}" for row in range(60))]
    facts = [
        "head,relation,tail",
        *(f"e{row},maker,{'s' if row < 30 else 'l'}{row % 5}" for row in range(60)),
    ]
    links = ["film,entity", *(f"f{row},e{(row * 7) % 60}" for row in range(60))]
    for name, lines in (("films.csv", films), ("facts.csv", facts), ("links.csv", links)):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    card = tmp_path / "dataset.yaml"
    card.write_text(
        "name: made\nnodes:\n"
        "  - {kind: item, class: Movie, file: films.csv, id: id, label: title,\n"
        "     links: [{column: genre, relation: genre, class: Genre}]}\n"
        "same:\n  - {file: links.csv, item: film, entity: entity}\n"
        "facts:\n  - {file: facts.csv, head: head, relation: relation, tail: tail}\n"
    )
    assert app(["audit", str(card)], standalone_mode=False) == 1
