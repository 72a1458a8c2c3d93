"""Catalog -> RDF -> numbered graph: nothing is lost, nothing in a text can break out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg import Catalog, CatalogError, rdf
from kg.build import number
from kg.store import GraphStore

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
ID = TEXT.filter(bool)


def catalog_of(ids: list[str], text: str = "") -> Catalog:
    nodes = pd.DataFrame({"kind": "item", "id": ids, "label": text, "text": text, "class": text or "Thing"})
    facts = pd.DataFrame(
        {
            "head_kind": "item",
            "head": ids,
            "relation": [f"r{text}" for _ in ids],
            "tail_kind": "entity",
            "tail": [f"e{external}" for external in ids],
            "source": text,
        }
    )
    properties = pd.DataFrame({"kind": "item", "id": ids, "property": text or "p", "value": text})
    return Catalog.of("test", nodes=nodes, facts=facts, properties=properties, description=text)


@settings(max_examples=60, deadline=None)
@given(st.lists(ID, min_size=1, max_size=4, unique=True), TEXT)
def test_any_text_survives_and_breaks_nothing(ids: list[str], text: str) -> None:
    graph = kg.build(catalog_of(ids, text))
    assert list(graph.items) == sorted(ids, key=lambda external: (len(external), external))
    assert set(graph.entities) == {f"e{external}" for external in ids}
    assert set(graph.labels[: len(ids)]) == {text}
    assert set(graph.item_texts) == {text}
    assert [relation.id for relation in graph.relations] == [f"r{text}"]
    assert len(graph.edges) == len(ids)


@settings(max_examples=300, deadline=None)
@given(
    ID,
    st.sampled_from(["", "http://", "https://x.org/", "https://whyrec.org/id/test/item/", "http://x.org/a#"]),
)
def test_an_id_comes_back_exactly(external: str, start: str) -> None:
    address = rdf.iri("test", "item", start + external)
    assert rdf.external_id("test", "item", address) == start + external


@pytest.mark.parametrize(
    "address",
    [
        "http://dbpedia.org/resource/AC/DC",
        "http://dbpedia.org/resource/Björk",
        "http://www.wikidata.org/entity/Q386724",
        "http://purl.org/dc/terms/subject",
        "https://x.org/a?b=c#d",
        "http://x.org/100%25",
    ],
)
def test_web_addresses_are_kept_as_they_are(address: str) -> None:
    assert rdf.iri("test", "entity", address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://dbpedia.org/resource/100%_Hits",
        'http://x.org/"a"',
        "http://x.org/a b",
        "http://x.org/> <http://y.org",
        "http://[bad",
        "ftp://x.org/",
        rdf.RDF_TYPE,
        rdf.RDFS_LABEL,
        "https://whyrec.org/id/test/item/x",
    ],
)
def test_what_is_no_plain_address_is_encoded(address: str) -> None:
    encoded = rdf.iri("test", "entity", address)
    assert encoded.startswith("https://whyrec.org/id/test/entity/")
    assert rdf.external_id("test", "entity", encoded) == address


def test_relations_named_like_rdfs_own_words_do_no_harm() -> None:
    facts = pd.DataFrame(
        {
            "head_kind": "item",
            "head": ["http://x.org/i", "http://x.org/i", "http://x.org/i"],
            "relation": [rdf.RDF_TYPE, rdf.RDFS_LABEL, "http://x.org/i"],
            "tail_kind": "entity",
            "tail": ["http://x.org/t", "http://x.org/u", "http://x.org/v"],
        }
    )
    nodes = pd.DataFrame(
        {"kind": ["item"], "id": ["http://x.org/i"], "class": ["http://x.org/t"], "label": ["I"]}
    )
    graph = kg.build(Catalog.of("test", nodes=nodes, facts=facts))
    assert len(graph.edges) == 3
    assert graph.item_label(0) == "I"
    assert graph.class_names == ("http://x.org/t", "Entity")


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(CatalogError, match="which is not text"):
        Catalog.of(
            "c", nodes=pd.DataFrame({"kind": "item", "id": ["1"], "label": pd.Series([text], dtype=object)})
        )


def test_one_address_is_not_two_kinds_of_node() -> None:
    nodes = pd.DataFrame({"kind": ["item", "entity"], "id": "http://x.org/a"})
    with pytest.raises(CatalogError, match="is both item and entity; say with `same:` that they are one"):
        kg.build(Catalog.of("test", nodes=nodes))


def test_the_same_plain_id_may_be_a_user_and_an_item() -> None:
    graph = kg.build(Catalog.of("test", interactions=pd.DataFrame({"user": ["1"], "item": ["1"]})))
    assert (graph.users.ids, graph.items.ids) == (("1",), ("1",))


def test_the_graph_of_the_small_catalog(graph) -> None:
    assert graph.users.ids == ("ann", "bob", "cid")
    assert graph.items.ids == ("f1", "f2", "f3", "f4")
    assert graph.count_nodes() == {
        "Movie": 4, "User": 3, "Genre": 3, "Age group": 2, "Director": 2, "Country": 2,
    }  # fmt: skip
    assert graph.count_edges() == {"genre": 3, "director": 3, "http://x.org/country": 2, "age": 2}
    assert graph.relations[1] == kg.Relation("director", "directed by", "directed")
    assert graph.item_label(0) == "The Usual Suspects"


def test_numbers_do_not_depend_on_the_order_of_rows(files) -> None:
    catalog = files.read()
    turned = {name: getattr(catalog, name).iloc[::-1] for name in ("nodes", "facts", "relations")}
    first, second = kg.build(catalog), kg.build(replace(catalog, **turned))
    assert first.entities.ids == second.entities.ids
    assert first.class_names == second.class_names
    for column in ("heads", "relations", "tails"):
        np.testing.assert_array_equal(getattr(first.edges, column), getattr(second.edges, column))


def test_a_store_that_is_in_use_is_refused(files) -> None:
    store = GraphStore()
    kg.build(files.read(), store)
    with pytest.raises(CatalogError, match="an empty one was expected"):
        kg.build(files.read(), store)


def test_a_store_without_a_catalog_cannot_be_numbered() -> None:
    with pytest.raises(CatalogError, match="holds no catalog"):
        number(GraphStore(), "test", pd.DataFrame(), pd.DataFrame())
