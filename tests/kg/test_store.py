"""The RDF store: rdflib and SPARQL see what was written, in memory and on disk, and nothing outside it."""

from __future__ import annotations

import pytest
import rdflib

import kg
from kg import CatalogError, WorkspaceError
from kg.store import GraphStore

DIRECTED = """
SELECT ?film ?name WHERE {
    ?film <https://whyrec.org/id/tiny/relation/director> ?who .
    ?who <http://www.w3.org/2000/01/rdf-schema#label> ?name . FILTER(?name = "Scott")
} ORDER BY ?film
"""


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
    assert len(dataset) == len(store)


def test_every_statement_of_a_file_stands_in_that_files_graph(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    rows = store.query(
        "SELECT DISTINCT ?file WHERE { GRAPH ?g { ?film <https://whyrec.org/id/tiny/relation/director> ?d } "
        "?g <http://www.w3.org/ns/prov#wasDerivedFrom> ?file }"
    )
    assert rows == [{"file": "films.csv"}]


def test_interactions_are_not_rdf(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    user, item = "<https://whyrec.org/id/tiny/user/ann>", "<https://whyrec.org/id/tiny/item/f4>"
    assert store.query(f"SELECT ?p WHERE {{ {user} ?p {item} }}") == []


def test_a_store_on_disk_is_read_again(files, tmp_path) -> None:
    store = GraphStore(tmp_path / "store")
    kg.build(files.read(), store)
    size = len(store)
    store.close()
    again = GraphStore(tmp_path / "store", read_only=True)
    assert len(again) == size
    assert len(again.query(DIRECTED)) == 2


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?s FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
        "SELECT ?s WHERE { SERVICE <http://x.org/> { ?s ?p ?o } }",
        "LOAD <file:///etc/passwd>",
        "SELECT ?s WHERE { FILTER(?a<3)SERVICE?x{?s?p?o}FILTER(?b>2) }",
        "SELECT ?s WHERE { ?s ?p '''it's''' SERVICE <http://x.org/> { ?s ?q ' ' } }",
        "SELECT ?s #\nfrom <file:///etc/passwd> WHERE { ?s ?p ?o }",
    ],
)
def test_queries_do_not_reach_outside(sparql: str) -> None:
    with pytest.raises(CatalogError, match="may only read this store"):
        GraphStore().query(sparql)


def test_words_in_texts_are_no_commands() -> None:
    assert GraphStore().query('SELECT ?from WHERE { ?from <http://x.org/load> "from service load" }') == []


@pytest.mark.parametrize("sparql", ["SELECT", "ASK { ?s ?p ?o }", "DELETE WHERE { ?s ?p ?o }"])
def test_only_select_is_answered(sparql: str) -> None:
    with pytest.raises(CatalogError):
        GraphStore().query(sparql)


def test_a_folder_that_is_no_store_is_named(tmp_path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened as an RDF store"):
        GraphStore(tmp_path / "nowhere", read_only=True)
