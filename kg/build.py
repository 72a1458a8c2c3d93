"""Catalog -> RDF store -> numbered KnowledgeGraph."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import rdf
from kg.catalog import KIND_NAMES, Catalog
from kg.columns import mapped
from kg.errors import CatalogError
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.split import parts
from kg.store import GraphStore
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.graph import IntArray


def build(catalog: Catalog, store: GraphStore | None = None) -> KnowledgeGraph:
    """Write a catalog into an RDF store and read it back as a numbered graph.

    Nodes are numbered in the catalog's order, facts by relation, head and tail; the same catalog always
    gets the same numbers. Test interactions go to `heldout`, validation rows are marked.

    Args:
        catalog: what to build.
        store: an empty store to keep the RDF in; in memory by default.

    Raises:
        CatalogError: one id is given to two kinds of node, the split does not fit, or the store is not empty.
    """
    store = GraphStore() if store is None else store
    if len(store):
        raise CatalogError(f"the store already holds {len(store)} statements; an empty one was expected")
    write(catalog, store)
    return number(store, interactions(catalog))


def interactions(catalog: Catalog) -> pd.DataFrame:
    """The catalog's interactions with every part assigned; this frame, not RDF, is where they are kept."""
    return catalog.interactions.assign(part=parts(catalog))


def write(catalog: Catalog, store: GraphStore) -> None:
    """Write everything but the interactions as RDF.

    Raises:
        CatalogError: a web address is the id of two nodes of different kinds.
    """
    name = catalog.name
    addresses = {kind: _addresses(name, kind, catalog.nodes) for kind in KIND_NAMES}
    _check_apart(addresses)
    relations = {relation: rdf.iri(name, "relation", relation) for relation in catalog.relations["id"]}
    store.load(
        chain(
            _about(catalog),
            _relation_quads(catalog, relations),
            _node_quads(catalog, addresses),
            _property_quads(catalog, addresses),
            _fact_quads(catalog, addresses, relations),
        )
    )


def _addresses(name: str, kind: str, nodes: pd.DataFrame) -> dict[str, str]:
    return {external: rdf.iri(name, kind, external) for external in nodes.loc[nodes["kind"] == kind, "id"]}


def _check_apart(addresses: Mapping[str, Mapping[str, str]]) -> None:
    seen: dict[str, str] = {}
    for kind, known in addresses.items():
        for external, address in known.items():
            other = seen.setdefault(address, kind)
            if other != kind:
                raise CatalogError(
                    f"{external!r} is both {other} and {kind}; say with `same:` that they are one"
                )


def _graph(name: str, source: str) -> str:
    return f"<{rdf.iri(name, 'source', source or 'catalog')}>"


def _about(catalog: Catalog) -> Iterator[str]:
    """The dataset itself, and which file each named graph comes from."""
    me = f"<{rdf.iri(catalog.name, 'dataset', catalog.name)}>"
    yield f"{me} <{rdf.RDF_TYPE}> <{rdf.DATASET}> .\n{me} <{rdf.NAME}> {rdf.literal(catalog.name)} .\n"
    yield f"{me} <{rdf.DESCRIPTION}> {rdf.literal(catalog.description)} .\n"
    yield f"{me} <{rdf.LICENCE}> {rdf.literal(catalog.licence)} .\n"
    sources = pd.concat([frame["source"] for frame in (catalog.nodes, catalog.facts, catalog.properties)])
    for source in pd.unique(sources):
        yield f"{_graph(catalog.name, source)} <{rdf.DERIVED_FROM}> {rdf.literal(source or 'catalog')} .\n"


def _relation_quads(catalog: Catalog, relations: Mapping[str, str]) -> Iterator[str]:
    columns = (catalog.relations[name].to_list() for name in ("id", "label", "inverse_label"))
    for row, (external, label, inverse) in enumerate(zip(*columns, strict=True)):
        me = f"<{relations[external]}>"
        yield f"{me} <{rdf.IN_RELATION}> {rdf.integer(row)} .\n"
        yield f"{me} <{rdf.RDFS_LABEL}> {rdf.literal(label)} .\n"
        yield f"{me} <{rdf.INVERSE_LABEL}> {rdf.literal(inverse)} .\n"


def _node_quads(catalog: Catalog, addresses: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    classes = {name: rdf.iri(catalog.name, "class", name) for name in pd.unique(catalog.nodes["class"])}
    for name, address in classes.items():
        yield f"<{address}> <{rdf.RDF_TYPE}> <{rdf.RDFS_CLASS}> .\n"
        yield f"<{address}> <{rdf.RDFS_LABEL}> {rdf.literal(name)} .\n"
    graphs = {source: _graph(catalog.name, source) for source in pd.unique(catalog.nodes["source"])}
    columns = (catalog.nodes[name].to_list() for name in ("kind", "id", "class", "label", "text", "source"))
    for row, (kind, external, node_class, label, text, source) in enumerate(zip(*columns, strict=True)):
        me, graph = f"<{addresses[kind][external]}>", graphs[source]
        yield f'{me} <{rdf.KIND}> "{kind}" {graph} .\n{me} <{rdf.NUMBER}> {rdf.integer(row)} {graph} .\n'
        yield f"{me} <{rdf.RDF_TYPE}> <{classes[node_class]}> {graph} .\n"
        if label:
            yield f"{me} <{rdf.RDFS_LABEL}> {rdf.literal(label)} {graph} .\n"
        if text:
            yield f"{me} <{rdf.DESCRIPTION}> {rdf.literal(text)} {graph} .\n"


def _property_quads(catalog: Catalog, addresses: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    frame, name = catalog.properties, catalog.name
    predicates = {value: rdf.iri(name, "property", value) for value in pd.unique(frame["property"])}
    graphs = {source: _graph(name, source) for source in pd.unique(frame["source"])}
    columns = (frame[column].to_list() for column in ("kind", "id", "property", "value", "source"))
    for kind, external, predicate, value, source in zip(*columns, strict=True):
        me = f"<{addresses[kind][external]}>"
        yield f"{me} <{predicates[predicate]}> {rdf.literal(value)} {graphs[source]} .\n"


def _fact_quads(
    catalog: Catalog, addresses: Mapping[str, Mapping[str, str]], relations: Mapping[str, str]
) -> Iterator[str]:
    frame = catalog.facts
    graphs = {source: _graph(catalog.name, source) for source in pd.unique(frame["source"])}
    columns = (
        frame[name].to_list() for name in ("head_kind", "head", "relation", "tail_kind", "tail", "source")
    )
    for head_kind, head, relation, tail_kind, tail, source in zip(*columns, strict=True):
        subject, target = addresses[head_kind][head], addresses[tail_kind][tail]
        yield f"<{subject}> <{relations[relation]}> <{target}> {graphs[source]} .\n"


def number(store: GraphStore, interactions: pd.DataFrame) -> KnowledgeGraph:
    """Read a store that `write` filled as a numbered graph.

    Args:
        store: the RDF.
        interactions: columns user, item, weight, time and part, as `interactions` gives them.

    Raises:
        CatalogError: the store holds no catalog.
        UnknownIdError: an interaction names a user or an item that the store does not hold.
    """
    name = next((value for _, value in store.texts(rdf.NAME, schema=True)), None)
    if name is None:
        raise CatalogError("the store holds no catalog; build one into it first")
    nodes = _nodes(store)
    rows = {address: row for row, address in enumerate(nodes["address"])}
    vocabularies = {
        kind: Vocabulary(
            kind,
            (rdf.external_id(name, kind, address) for address in nodes["address"][nodes["kind"] == kind]),
        )
        for kind in KIND_NAMES
    }
    class_names = dict(store.texts(rdf.RDFS_LABEL, schema=True))
    named = nodes["class"].map(class_names)
    classes, class_order = pd.factorize(named)
    relations, edges = _edges(store, name, rows)
    likes, heldout = _interactions(interactions, vocabularies)
    return KnowledgeGraph(
        name=name,
        users=vocabularies["user"],
        items=vocabularies["item"],
        entities=vocabularies["entity"],
        labels=nodes["label"].to_numpy(dtype=object),
        class_names=tuple(map(str, class_order)),
        classes=classes.astype(np.int64),
        texts=nodes["text"].to_numpy(dtype=object),
        relations=relations,
        edges=edges,
        interactions=likes,
        heldout=heldout,
    )


def _nodes(store: GraphStore) -> pd.DataFrame:
    """One row per node in the order of its number: address, kind, class, label, text."""
    order = pd.Series(dict(store.texts(rdf.NUMBER)), dtype="object").astype("int64")
    nodes = pd.DataFrame({"address": order.index.astype(object), "order": order.to_numpy()})
    nodes["class"] = nodes["address"].map(dict(store.links(rdf.RDF_TYPE)))
    for column, predicate in {"kind": rdf.KIND, "label": rdf.RDFS_LABEL, "text": rdf.DESCRIPTION}.items():
        nodes[column] = mapped(nodes["address"], dict(store.texts(predicate)))
    nodes["rank"] = nodes["kind"].map({kind: rank for rank, kind in enumerate(KIND_NAMES)})
    return nodes.sort_values(["rank", "order"]).reset_index(drop=True)


def _edges(store: GraphStore, name: str, rows: Mapping[str, int]) -> tuple[tuple[Relation, ...], Edges]:
    labels = dict(store.texts(rdf.RDFS_LABEL, schema=True))
    inverses = dict(store.texts(rdf.INVERSE_LABEL, schema=True))
    addresses = [
        address
        for address, _ in sorted(store.texts(rdf.IN_RELATION, schema=True), key=lambda pair: int(pair[1]))
    ]
    triples = [
        (row, rows[head], rows[tail])
        for row, address in enumerate(addresses)
        for head, tail in store.links(address)
    ]
    table = np.unique(np.array(triples, dtype=np.int64).reshape(-1, 3), axis=0)
    relations = tuple(
        Relation(rdf.external_id(name, "relation", address), labels[address], inverses[address])
        for address in addresses
    )
    return relations, Edges(heads=table[:, 1], relations=table[:, 0], tails=table[:, 2])


def _interactions(
    frame: pd.DataFrame, vocabularies: Mapping[str, Vocabulary]
) -> tuple[Interactions, Interactions]:
    part = frame["part"].to_numpy(dtype=str)
    likes = Interactions.of(
        _numbers(frame["user"], vocabularies["user"]),
        _numbers(frame["item"], vocabularies["item"]),
        weights=frame["weight"].to_numpy(dtype=np.float64),
        times=frame["time"].to_numpy(dtype=np.float64),
        validation=part == "valid",
    )
    return likes.take(part != "test"), likes.take(part == "test")


def _numbers(externals: pd.Series, vocabulary: Vocabulary) -> IntArray:
    codes, known = pd.factorize(externals)
    numbers = vocabulary.numbers(_strings(known))
    return numbers[codes] if len(numbers) else np.zeros(0, dtype=np.int64)


def _strings(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values]
