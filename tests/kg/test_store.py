"""The RDF store: what a build writes is seen everywhere, and people only read, within limits."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

import kg
from kg import CatalogError, WorkspaceError
from kg.sparql import bound, check_reading, form
from kg.store import GraphStore
from kg.stores import answering
from kg.stores.apart import answer_apart
from kg.stores.base import Limits

ROOT = Path(kg.__file__).parents[1]
DIRECTED = """
SELECT ?film ?name WHERE {
    ?film <https://schema.org/director> ?who .
    ?who <http://www.w3.org/2000/01/rdf-schema#label> ?name . FILTER(?name = "Scott")
} ORDER BY ?film
"""
EVERY = "SELECT ?s ?o { ?s ?p ?o }"


def quads(number, graph="http://x.org/g"):
    """So many statements that all differ."""
    return [
        ox.Quad(
            ox.NamedNode(f"http://x.org/{at}"),
            ox.NamedNode("http://x.org/p"),
            ox.Literal(str(at)),
            ox.NamedNode(graph),
        )
        for at in range(number)
    ]


def lines(*given):
    return ["".join(f"{quad} .\n" for quad in given)]


def test_sparql_reads_facts(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    assert store.query(DIRECTED) == [
        {"film": "https://whyrec.org/id/tiny/item/f2", "name": "Scott"},
        {"film": "https://whyrec.org/id/tiny/item/f3", "name": "Scott"},
    ]


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")  # rdflib warns of itself
def test_rdflib_sees_the_union_of_all_files(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    film = rdflib.URIRef("https://whyrec.org/id/tiny/item/f1")
    dataset = store.dataset
    assert str(dataset.value(film, rdflib.RDFS.label)) == "The Usual Suspects"
    assert str(dataset.value(film, rdflib.URIRef("https://whyrec.org/id/tiny/property/year"))) == "1995"
    assert sum(1 for _ in dataset.quads((None, None, None, None))) == len(store)


def test_every_statement_of_a_file_stands_in_that_files_graph(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    rows = store.query(
        "SELECT DISTINCT ?name WHERE { GRAPH ?g { ?film <https://schema.org/director> ?d } "
        "?g <http://www.w3.org/ns/prov#wasDerivedFrom> ?file . ?file <https://schema.org/name> ?name }"
    )
    assert rows == [{"name": "films.csv"}]


def test_everything_stands_in_a_named_graph(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    assert sum(1 for graph in store.graphs() for _ in store.quads(graph)) == len(store)


def test_interactions_are_not_rdf(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    user, item = (rdflib.URIRef(f"https://whyrec.org/id/tiny/{name}") for name in ("user/ann", "item/f4"))
    assert len(store.rows("SELECT ?p { ?user ?p ?thing }", bind={"user": user})) > 0
    assert store.rows("SELECT ?p { ?user ?p ?item }", bind={"user": user, "item": item}).empty


def test_a_store_on_disk_is_read_again(files, tmp_path) -> None:
    with GraphStore(tmp_path / "store") as store:
        kg.build(files.read(), store)
        size = len(store)
    with (
        GraphStore(tmp_path / "store", read_only=True) as again,
        GraphStore(tmp_path / "store", read_only=True) as two,
    ):
        assert len(again) == len(two) == size
        assert len(again.query(DIRECTED)) == 2
    assert not list(tmp_path.glob(".asked-*"))


def test_a_store_that_is_open_for_writing_can_be_asked(tmp_path) -> None:
    with GraphStore(tmp_path / "store") as store:
        store.change(add=quads(3))
        assert len(store.query(EVERY)) == 3
        store.change(remove=quads(2))
        assert len(store.query(EVERY)) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_store_that_is_only_read_cannot_be_changed(tmp_path) -> None:
    GraphStore(tmp_path / "store").close()
    with GraphStore(tmp_path / "store", read_only=True) as store:
        for write in (
            lambda: store.change(add=quads(1)),
            lambda: store.drop("http://x.org/g"),
            lambda: store.load(lines(*quads(1))),
        ):
            with pytest.raises(WorkspaceError, match="cannot be written to"):
                write()


def test_a_folder_that_is_no_store_is_named(tmp_path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened as an RDF store"):
        GraphStore(tmp_path / "nowhere", read_only=True)


CHANGING = """
import sys, pyoxigraph as ox
from kg.store import GraphStore
def quads(number, graph):
    p, g = ox.NamedNode("http://x.org/p"), ox.NamedNode(graph)
    return [ox.Quad(ox.NamedNode(f"http://x.org/{at}"), p, ox.Literal(str(at)), g) for at in range(number)]
store, new, old = GraphStore(sys.argv[1]), quads(60_000, "http://x.org/g"), quads(5, "http://x.org/old")
print("now", flush=True)
store.change(new, old)
print("done", flush=True)
"""


def test_a_killed_change_leaves_the_old_state(tmp_path) -> None:
    with GraphStore(tmp_path / "store") as store:
        store.load(lines(*quads(5, "http://x.org/old")))
    command = [sys.executable, "-c", CHANGING, str(tmp_path / "store")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "now\n"
        time.sleep(0.3)
        child.kill()
        finished = "done" in child.stdout.read()
    with GraphStore(tmp_path / "store") as store:
        assert (len(store), store.graphs()) == (
            (60_000, ["http://x.org/g"]) if finished else (5, ["http://x.org/old"])
        )


REFUSED = [
    "SELECT ?s FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
    "SELECT ?s WHERE { SERVICE <http://x.org/> { ?s ?p ?o } }",
    "LOAD <file:///etc/passwd>",
    "SELECT ?s WHERE { FILTER(?a<3)SERVICE?x{?s?p?o}FILTER(?b>2) }",
    "SELECT ?s WHERE { ?s ?p '''it's''' SERVICE <http://x.org/> { ?s ?q ' ' } }",
    "SELECT ?s #\nfrom <file:///etc/passwd> WHERE { ?s ?p ?o }",
    r"SELECT ?s { \u0053ERVICE <http://x.org/> { ?s ?p ?o } }",
    r"SELECT ?s { ?s ?p '\u0027 . SERVICE <http://x.org/> { ?s ?q \u0027' } }",
    r"SELECT ?s { \U00000053ERVICE <http://x.org/> { ?s ?p ?o } }",
]


@pytest.mark.parametrize("sparql", REFUSED)
def test_queries_do_not_reach_outside(sparql: str) -> None:
    with pytest.raises(CatalogError, match="may only read this store"):
        GraphStore().query(sparql)


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT",
        "DELETE WHERE { ?s ?p ?o }",
        "",
        "# SELECT",
        "PREFIX x: <http://x.org/> DROP ALL",
        "DESCRIBE <x:y>",
    ],
)
def test_only_questions_are_answered(sparql: str) -> None:
    with pytest.raises(CatalogError):
        GraphStore().query(sparql)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(CatalogError, match="lone surrogate"):
        check_reading("SELECT ?s { ?s ?p '\ud800' }")
    with pytest.raises(CatalogError, match="cannot be a value"):
        bound("SELECT ?s { ?s ?p ?o }", {"o": "\ud800"})


def test_words_in_texts_are_no_commands() -> None:
    assert GraphStore().query('SELECT ?from WHERE { ?from <http://x.org/load> "from service load" }') == []


@pytest.mark.parametrize(
    ("sparql", "word"),
    [
        ("select * {}", "SELECT"),
        ("PREFIX : <http://x.org/> PREFIX a-b.c: <http://x.org/>\nBASE <http://x.org/> # it\n ask{}", "ASK"),
        ("prefix:<http://x.org/>SELECT(1 AS ?x){}", "SELECT"),
        ("BASE<x:select>PREFIX select: <x:y> CONSTRUCT {} WHERE {}", "CONSTRUCT"),
        ("{", ""),
    ],
)
def test_the_form_of_a_query_is_its_first_word(sparql: str, word: str) -> None:
    assert form(sparql) == word


def test_values_are_put_where_variables_are_and_nowhere_else() -> None:
    sparql = 'SELECT ?x { ?x <http://x.org/?y#?y> \'?y\' . ?x ?p """$y""" # ?y\n . ?x $y ?yy FILTER(?y = 1) }'
    assert bound(sparql, {"y": ox.NamedNode("http://y.org/")}) == (
        'SELECT ?x { ?x <http://x.org/?y#?y> \'?y\' . ?x ?p """$y""" # ?y\n'
        " . ?x <http://y.org/> ?yy FILTER(<http://y.org/> = 1) }"
    )


def test_a_value_without_its_variable_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"no variable \?y"):
        bound("SELECT ?x { ?x ?p '?y' }", {"y": "text"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store with 2,000 statements."""
    place = tmp_path_factory.mktemp("asked") / "store"
    with GraphStore(place) as store:
        store.load(lines(*quads(2000)))
    return place


def test_a_query_that_needs_too_much_memory_is_ended(folder) -> None:
    triples = "SELECT DISTINCT ?a ?b ?c { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"
    with pytest.raises(CatalogError, match="more than 256 MB of memory"):
        answer_apart(f"SELECT (COUNT(*) AS ?n) {{ {triples} }}", folder, Limits(memory_bytes=256 << 20))


def test_a_query_that_is_nested_too_deeply_is_ended(folder) -> None:
    with pytest.raises(CatalogError, match="nested too deeply"):
        answer_apart("SELECT * {" + "{" * 20_000 + "}" * 20_000 + "}", folder, Limits())


def test_an_answer_with_too_much_text_is_ended(folder) -> None:
    with pytest.raises(CatalogError, match="rows or 0 MB"):
        answer_apart(EVERY, folder, Limits(answer_bytes=10_000))


def test_a_query_is_ended_even_when_nobody_waits_for_it(folder) -> None:
    endless = (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?j && ?d = ?c) }"
    )
    given = (folder, 0.5, 1 << 30, 10, 10_000)
    command = [sys.executable, "-P", answering.__file__, *map(str, given)]
    assert subprocess.run(command, input=endless.encode(), check=False).returncode == -signal.SIGALRM


def test_a_crowd_can_ask_at_once(folder) -> None:
    with GraphStore(folder, read_only=True) as store, ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: len(store.query(EVERY)), range(8)))
    assert answers == [2000] * 8
