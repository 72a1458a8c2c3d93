"""What every place for RDF must do: memory, a folder, and endpoints, real servers that the tests start.

Virtuoso is tried where its programs `virtuoso-t` and `isql-vt` are (Debian: virtuoso-opensource-7-bin).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg import CatalogError
from kg.store import GraphStore

# rdflib warns of itself
pytestmark = pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")

X = "http://x.org/"
ONE, TWO = f"{X}graph/1", f"{X}graph/2"
XSD = "http://www.w3.org/2001/XMLSchema#"
NASTY = [
    "",
    " ",
    "\t",
    "a\tb\nc\r\nd",
    "say \"no\", or 'yes'",
    "\\n \\t \\u0041 \\",
    '"} DROP ALL #',
    "<b>x</b>",
    "_:b",
    "?p",
    "naïve – 漢字 \U0001f600",
    "line\u2028paragraph\u2029next\x85end",
    "a,b;c|d",
    "x" * 100_000,
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(command, port, folder):
    """A server on loopback, ready when its port answers and killed at the end."""
    with (
        (folder / "out").open("wb") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as server,
    ):
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                raise AssertionError((folder / "out").read_text())
            yield
        finally:
            server.kill()


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory):
    """The address of Oxigraph's own server, from the `oxigraph` package."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        pytest.skip("the package oxigraph, a server for tests, is not installed")
    folder, port = tmp_path_factory.mktemp("oxigraph"), free_port()
    with served(
        [program, "serve", "--location", folder / "db", "--bind", f"127.0.0.1:{port}", "--timeout-s", "3"],
        port,
        folder,
    ):
        yield f"http://127.0.0.1:{port}/query"


VIRTUOSO = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[Parameters]
ServerPort = 127.0.0.1:{admin}
NumberOfBuffers = 5000
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{port}
"""


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory):
    """The address of a Virtuoso of which anybody may ask and change anything."""
    programs = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if None in programs:
        pytest.skip("Virtuoso (virtuoso-t and isql-vt) is not installed")
    folder, port, admin = tmp_path_factory.mktemp("virtuoso"), free_port(), free_port()
    (folder / "v.ini").write_text(VIRTUOSO.format(port=port, admin=admin))
    with served([programs[0], "-f", "-c", "v.ini"], port, folder):
        grant = 'grant SPARQL_UPDATE to "SPARQL";'
        subprocess.run(
            [programs[1], f"127.0.0.1:{admin}", "dba", "dba"],
            input=grant,
            text=True,
            capture_output=True,
            check=True,
        )
        yield f"http://127.0.0.1:{port}/sparql"


@pytest.fixture(params=["memory", "disk", "oxigraph", "virtuoso", "unknown server"])
def store(request, tmp_path, monkeypatch):
    """An empty store of each kind; the unknown server is one of which only the standard can be expected."""
    if request.param == "memory":
        opened = GraphStore()
    elif request.param == "disk":
        opened = GraphStore(tmp_path / "store")
    else:
        if request.param == "unknown server":
            monkeypatch.setattr("kg.stores.dialects.KNOWN", {})
        opened = GraphStore.at(
            request.getfixturevalue("virtuoso" if request.param == "virtuoso" else "oxigraph"), timeout_s=60
        )
        for graph in opened.graphs():
            opened.drop(graph)
    with opened:
        yield opened


def quad(subject, predicate, target, graph=ONE):
    term = target if not isinstance(target, str) else ox.NamedNode(X + target)
    return ox.Quad(ox.NamedNode(X + subject), ox.NamedNode(X + predicate), term, ox.NamedNode(graph))


def lines(*quads):
    return ["".join(f"{quad} .\n" for quad in quads).encode()]


FILMS = (
    quad("f1", "by", "ann"),
    quad("f2", "by", "ann"),
    quad("f2", "by", "bob", TWO),
    quad("f1", "name", ox.Literal("One")),
    quad("f2", "name", ox.Literal("Zwei", language="de"), TWO),
    quad("f2", "year", ox.Literal("1995", datatype=ox.NamedNode(f"{XSD}integer")), TWO),
    quad("f2", "seen", ox.Literal("1995-01-31", datatype=ox.NamedNode(f"{XSD}date")), TWO),
)
ANN = {f"{X}f1", f"{X}f2"}


def told(store, sparql, **options):
    """The rows of an answer as tuples, unbound as None, sorted."""
    frame = store.rows(sparql, **options)
    assert all(str(dtype) == "str" for dtype in frame.dtypes)
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    return sorted(rows, key=str)


def test_an_empty_store_has_nothing(store):
    assert (len(store), store.graphs(), list(store.quads(ONE))) == (0, [], [])
    frame = store.rows("SELECT ?film ?who { ?film ?by ?who }")
    assert list(frame.columns) == ["film", "who"]
    assert frame.empty
    assert store.query("SELECT ?film { ?film ?by ?who }") == []
    assert store.query("ASK { ?film ?by ?who }") == [{"answer": "false"}]
    assert len(store.dataset) == 0


def test_what_is_loaded_is_there(store):
    store.load(lines(*FILMS))
    assert len(store) == len(FILMS)
    assert store.graphs() == [ONE, TWO]
    for graph in (ONE, TWO):
        assert set(store.quads(graph)) == {quad for quad in FILMS if quad.graph_name.value == graph}
    assert all(store.contains(quad) for quad in FILMS)
    assert not store.contains(quad("f1", "by", "ann", TWO))
    assert not store.contains(quad("f1", "name", ox.Literal("One", language="en")))


def test_loading_takes_text_cut_anywhere(store, monkeypatch):
    monkeypatch.setattr("kg.store.PIECE_BYTES", 200)
    text = lines(*FILMS)[0].decode()
    store.load(text[start : start + 7] for start in range(0, len(text), 7))
    assert len(store) == len(FILMS)


def test_loading_again_changes_nothing(store):
    store.load(lines(*FILMS))
    store.load(lines(*FILMS))
    assert len(store) == len(FILMS)


@pytest.mark.parametrize(
    "line", ["<http://x.org/a> <http://x.org/b> .", '<http://x.org/a b> <http://x.org/p> "1" .', "nonsense"]
)
def test_lines_that_are_no_quads_are_refused(store, line):
    with pytest.raises(CatalogError, match="cannot be written as RDF"):
        store.load([f"{line}\n"])
    assert store.graphs() == []


def test_rows_are_plain_values(store):
    store.load(lines(*FILMS))
    assert told(store, f"SELECT ?p ?o {{ <{X}f2> ?p ?o }}") == sorted(
        [
            (f"{X}by", f"{X}ann"),
            (f"{X}by", f"{X}bob"),
            (f"{X}name", "Zwei"),
            (f"{X}year", "1995"),
            (f"{X}seen", "1995-01-31"),
        ],
        key=str,
    )


def test_unbound_is_not_empty(store):
    store.load(lines(quad("a", "is", "b"), quad("a", "name", ox.Literal("")), quad("b", "is", "c")))
    found = told(store, f"SELECT ?x ?n {{ ?x <{X}is> ?y OPTIONAL {{ ?x <{X}name> ?n }} }}")
    assert found == [(f"{X}a", ""), (f"{X}b", None)]
    only = told(store, f"SELECT ?n {{ ?x <{X}is> ?y OPTIONAL {{ ?x <{X}name> ?n }} }}")
    assert only == [("",), (None,)]


def test_texts_come_back_exactly(store):
    quads = [quad(f"t{number}", "says", ox.Literal(text)) for number, text in enumerate(NASTY)]
    store.load(lines(*quads))
    assert told(store, f"SELECT ?o {{ ?s <{X}says> ?o }}") == sorted(((text,) for text in NASTY), key=str)
    assert {quad.object.value for quad in store.quads(ONE)} == set(NASTY)
    assert {str(target) for target in store.dataset.objects(None, rdflib.URIRef(f"{X}says"))} == set(NASTY)
    answers = store.query(f"SELECT ?o {{ ?s <{X}says> ?o }}")
    assert sorted(row["o"] for row in answers) == sorted(NASTY)


def test_the_union_is_what_queries_see(store):
    store.load(lines(*FILMS))
    assert told(store, f"SELECT ?g {{ GRAPH ?g {{ ?f <{X}by> <{X}bob> }} }}") == [(TWO,)]
    joined = f"SELECT ?name {{ ?f <{X}by> <{X}bob> . ?f <{X}by> <{X}ann> . ?f <{X}name> ?name }}"
    assert told(store, joined) == [("Zwei",)]
    assert store.query(joined) == [{"name": "Zwei"}]


def test_change_adds_and_removes(store):
    store.load(lines(*FILMS))
    new = quad("f3", "name", ox.Literal('"Three"\n'), TWO)
    store.change(add=[new, FILMS[0]], remove=[FILMS[0], FILMS[1], quad("nobody", "by", "nobody")])
    assert len(store) == len(FILMS)
    assert store.contains(new)
    assert store.contains(FILMS[0]), "what is removed and added stays"
    assert not store.contains(FILMS[1])
    store.change()
    assert len(store) == len(FILMS)


def test_change_can_take_the_last_of_a_graph(store):
    store.load(lines(*FILMS))
    store.change(remove=[quad for quad in FILMS if quad.graph_name.value == TWO])
    assert store.graphs() == [ONE]


def test_change_refuses_what_has_no_lasting_name(store):
    nameless = ox.Quad(ox.BlankNode("b"), ox.NamedNode(f"{X}p"), ox.Literal("1"), ox.NamedNode(ONE))
    with pytest.raises(CatalogError, match="lasting name"):
        store.change(add=[FILMS[0], nameless])
    assert len(store) == 0


def test_dropping_takes_one_graph(store):
    store.load(lines(*FILMS))
    store.drop(TWO)
    store.drop(f"{X}graph/of/nobody")
    assert store.graphs() == [ONE]
    assert list(store.quads(TWO)) == []
    assert len(store) == 3


def test_a_text_reaches_a_query_as_a_value_only(store):
    hostile = ['"} DROP ALL #', "'''", "\\", '\\"', "\n} ; DROP ALL", "?p", f"<{X}ann>"]
    named = [quad(f"h{number}", "name", ox.Literal(text)) for number, text in enumerate(hostile)]
    store.load(lines(*FILMS, *named))
    for number, text in enumerate(hostile):
        found = told(store, "SELECT ?f { ?f ?p ?o FILTER(?o = ?wanted) }", bind={"wanted": text})
        assert found == [(f"{X}h{number}",)], text
    assert store.query("SELECT ?f { ?f ?p ?wanted }", bind={"wanted": hostile[0]}) == [{"f": f"{X}h0"}]
    assert len(store) == len(FILMS) + len(hostile)


def test_an_address_reaches_a_query_as_a_value_only(store):
    for hostile in (f"{X}> ?x }} ; DROP ALL #", "no iri", "", f"{X}a b"):
        with pytest.raises(CatalogError, match="cannot be a value"):
            store.rows("SELECT ?f { ?f ?p ?who }", bind={"who": rdflib.URIRef(hostile)})


def test_bound_addresses_work_in_every_part_of_a_query(store):
    store.load(lines(*FILMS))
    who = rdflib.URIRef(f"{X}ann")
    for where in (
        "{ ?f ?p ?who }",
        "{ ?f ?p ?o FILTER(?o = ?who) }",
        "{ { ?f ?p ?who } UNION { ?who ?p ?f } }",
        "{ { SELECT ?f { ?f ?p $who } } }",
        f"{{ ?f <{X}by> ?o FILTER EXISTS {{ ?f ?p ?who FILTER(?o = ?who) }} }}",
    ):
        assert {f for (f,) in told(store, f"SELECT ?f {where}", bind={"who": who})} == ANN


def test_typed_values_are_bound_as_such(store):
    store.load(lines(*FILMS))
    year = ox.Literal("1995", datatype=ox.NamedNode(f"{XSD}integer"))
    german = rdflib.Literal("Zwei", lang="de")
    for value in (year, rdflib.Literal(1995), german):
        assert told(store, "SELECT ?f { ?f ?p ?value }", bind={"value": value}) == [(f"{X}f2",)]
    assert told(store, "SELECT ?f { ?f ?p ?value }", bind={"value": "1995"}) == []


def test_rdflib_sees_the_same(store):
    store.load(lines(*FILMS))
    dataset, by = store.dataset, rdflib.URIRef(f"{X}by")
    one, two = rdflib.URIRef(ONE), rdflib.URIRef(TWO)
    assert len(dataset) == len(FILMS)
    assert {str(film) for film in dataset.subjects(by, rdflib.URIRef(f"{X}ann"))} == ANN
    assert dataset.value(rdflib.URIRef(f"{X}f2"), rdflib.URIRef(f"{X}name")) == rdflib.Literal(
        "Zwei", lang="de"
    )
    assert set(dataset.quads((None, by, None, None))) == {
        (rdflib.URIRef(f"{X}f1"), by, rdflib.URIRef(f"{X}ann"), one),
        (rdflib.URIRef(f"{X}f2"), by, rdflib.URIRef(f"{X}ann"), one),
        (rdflib.URIRef(f"{X}f2"), by, rdflib.URIRef(f"{X}bob"), two),
    }
    graph = dataset.graph(two)
    assert len(graph) == 4
    assert (rdflib.URIRef(f"{X}f2"), by, rdflib.URIRef(f"{X}bob")) in graph
    assert (rdflib.URIRef(f"{X}f1"), by, None) not in graph
    assert {str(name.identifier) for name in dataset.graphs()} >= {ONE, TWO}
    rows = dataset.query("SELECT (COUNT(*) AS ?n) { ?f ?by ?who . FILTER(isIRI(?who)) }", initNs={})
    assert [int(row.n) for row in rows] == [3]
    assert dataset.query(f"ASK {{ <{X}f1> ?p ?o }}").askAnswer


def test_rdflib_writes_to_a_graph(store):
    graph = store.dataset.graph(rdflib.URIRef(TWO))
    triple = rdflib.URIRef(f"{X}f1"), rdflib.URIRef(f"{X}name"), rdflib.Literal('a "b"\n')
    graph.add(triple)
    assert store.graphs() == [TWO]
    assert told(store, "SELECT ?o { ?s ?p ?o }") == [('a "b"\n',)]
    graph.remove(triple)
    assert len(store) == 0


def test_people_only_read(store):
    store.load(lines(*FILMS))
    for sparql in (
        "SELECT ?s FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
        "SELECT ?s WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "LOAD <file:///etc/passwd>",
        "DROP ALL",
        "DELETE WHERE { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        'define get:soft "replace" SELECT ?s { ?s ?p ?o }',
    ):
        with pytest.raises(
            CatalogError, match=r"may only read this store|SELECT or an ASK query was expected"
        ):
            store.query(sparql)
    assert len(store) == len(FILMS)


def test_what_is_not_sparql_is_refused(store):
    for sparql in ("SELECT ?s { ?s ?p", "ASK { DROP ALL }", "SELECT ?s {} ; DROP ALL"):
        with pytest.raises(CatalogError, match="cannot be answered"):
            store.query(sparql)


def test_people_ask_within_limits(store):
    store.load(lines(*FILMS))
    every = "SELECT ?s ?p ?o { ?s ?p ?o }"
    assert len(store.query(every, max_rows=len(FILMS))) == len(FILMS)
    with pytest.raises(CatalogError, match="longer than 6 rows"):
        store.query(every, max_rows=len(FILMS) - 1)
    assert store.query(f"ASK {{ <{X}f1> ?p ?o }}") == [{"answer": "true"}]


def test_the_first_variable_of_an_answer(store):
    store.load(lines(quad("s1", "p", "o1"), quad("s2", "p", "o1"), quad("s2", "q", "o2")))
    found = store.first(f"SELECT ?q ?s {{ ?s <{X}p> ?o OPTIONAL {{ ?s <{X}q> ?q }} }}")
    assert found == [f"{X}o2"]
    assert store.first("SELECT ?s { ?s ?p 1 }") == []
    with pytest.raises(CatalogError, match="a SELECT query was expected; an ASK query only says yes or no"):
        store.first("ASK { ?s ?p ?o }")
    with pytest.raises(CatalogError, match="may only read this store"):
        store.first("SELECT ?s FROM <file:///etc/passwd> { ?s ?p ?o }")


ENDLESS = """\
SELECT (COUNT(*) AS ?n) WHERE {
    ?a ?p1 ?v1 . ?b ?p2 ?v2 . ?c ?p3 ?v3 . ?d ?p4 ?v4 . ?e ?p5 ?v5 .
    FILTER(STRLEN(CONCAT(STR(?a), STR(?e))) < 0)
}
"""


def test_a_query_that_takes_too_long_is_ended(store):
    store.load(lines(*(quad(f"s{number}", "p", f"o{number}") for number in range(200))))
    with pytest.raises(CatalogError, match=r"not answered within 0\.5 seconds"):
        store.query(ENDLESS, limit_s=0.5)
    assert len(store) == 200


def test_rows_want_a_select_query(store):
    for sparql in ("ASK { ?s ?p ?o }", "SELECT ?s { ?s ?p"):
        with pytest.raises(CatalogError):
            store.rows(sparql)
