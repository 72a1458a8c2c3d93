"""Catalog -> RDF store -> numbered KnowledgeGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import rdf
from kg.catalog import KIND_NAMES, Catalog
from kg.columns import filled, mapped
from kg.errors import CatalogError
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.quads import Writer
from kg.split import parts, rating_parts
from kg.store import GraphStore
from kg.sync import sync
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kg.graph import FloatArray, IntArray

NAMED = "SELECT ?s ?o WHERE { GRAPH ?g { ?s <%s> ?o } FILTER(?g NOT IN (<%s>, <%s>)) }"
NUMBERS = "SELECT ?s ?o WHERE { GRAPH ?g { ?s <%s> ?o } FILTER(isNumeric(?o)) }"
SCHEMA = "SELECT ?s ?o WHERE { GRAPH <%s> { ?s <%s> ?o } }"


def build(catalog: Catalog, store: GraphStore | None = None) -> KnowledgeGraph:
    """Write a catalog into an RDF store and read it back as a numbered graph.

    The same catalog always gets the same numbers, whatever the order of its rows: see `number`. Test
    interactions go to `heldout`, validation rows are marked.

    Args:
        catalog: what to build.
        store: an empty store to keep the RDF in; in memory by default.

    Raises:
        CatalogError: one id is given to two kinds of node, the split does not fit, or the store is not empty.
    """
    store = GraphStore() if store is None else store
    if store.graphs():
        raise CatalogError(f"the store already holds {len(store)} statements; an empty one was expected")
    sync(store, Writer.of(catalog), {}, {})
    return number(store, catalog.name, *interactions(catalog))


def interactions(catalog: Catalog) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The catalog's interactions and ratings with every part assigned; these frames, not RDF, keep them."""
    likes = parts(catalog)
    ratings = catalog.ratings.assign(part=rating_parts(catalog, likes))
    return catalog.interactions.assign(part=likes), ratings


def number(store: GraphStore, name: str, interactions: pd.DataFrame, ratings: pd.DataFrame) -> KnowledgeGraph:
    """Read what `kg.sync` put into a store as a numbered graph.

    Nodes are numbered by kind and then by id, shorter ids first, so that "9" comes before "10"; relations by
    id; facts by relation, head and tail.

    Args:
        store: the RDF.
        name: the dataset's name.
        interactions: columns user, item, weight, time and part, as `interactions` gives them.
        ratings: columns user, item, rating, time and part, likewise.

    Raises:
        CatalogError: the store does not hold this catalog.
        UnknownIdError: an interaction or a rating names a user or an item that the store does not hold.
    """
    if rdf.schema_graph(name) not in store.graphs():
        raise CatalogError(f"the store holds no catalog {name!r}; build it into the store first")
    reader = _Reader(store, name)
    nodes = reader.nodes()
    vocabularies = {kind: Vocabulary(kind, nodes["id"][nodes["kind"] == kind]) for kind in KIND_NAMES}
    classes, class_order = pd.factorize(nodes["class"])
    relations, edges = reader.edges(pd.Index(nodes["address"]))
    likes, heldout = _interactions(interactions, "weight", vocabularies)
    rated, heldout_ratings = _interactions(ratings, "rating", vocabularies)
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
        ratings=rated,
        heldout_ratings=heldout_ratings,
        numbers=reader.numbers(pd.Index(nodes["address"])),
    )


class _Reader:
    """Reads the statements of one dataset from a store."""

    def __init__(self, store: GraphStore, name: str) -> None:
        self.store, self.name = store, name

    def nodes(self) -> pd.DataFrame:
        """One row per node in the order of its number: address, kind, id, class, label, text."""
        types = self._pairs(rdf.RDF_TYPE).drop_duplicates()
        kinds = {address: kind for kind, address in rdf.KIND_CLASSES.items()}
        is_kind = types["o"].isin(list(kinds))
        nodes = pd.DataFrame({"address": types["s"][is_kind], "kind": types["o"][is_kind].map(kinds)})
        nodes["id"] = [
            rdf.external_id(self.name, kind, address)
            for kind, address in zip(nodes["kind"].to_list(), nodes["address"].to_list(), strict=True)
        ]
        rank = nodes["kind"].map({kind: rank for rank, kind in enumerate(KIND_NAMES)})
        order = nodes.assign(rank=rank, length=nodes["id"].str.len()).sort_values(["rank", "length", "id"])
        nodes = order[["address", "kind", "id"]].reset_index(drop=True)
        classes = types[~is_kind].drop_duplicates("s")
        names = self._schema(rdf.RDFS_LABEL)
        columns = {
            "class": classes.assign(o=mapped(classes["o"], names)),
            "label": self._pairs(rdf.RDFS_LABEL).drop_duplicates("s"),
            "text": self._pairs(rdf.DESCRIPTION).drop_duplicates("s"),
        }
        for column, pairs in columns.items():
            places = pd.Index(pairs["s"]).get_indexer(pd.Index(nodes["address"]))
            nodes[column] = filled(
                pd.Series(pairs["o"].to_numpy(), dtype="str").reindex(places).reset_index(drop=True)
            )
        return nodes

    def edges(self, addresses: pd.Index) -> tuple[tuple[Relation, ...], Edges]:
        """The relations by id, and the facts by relation, head and tail, each once."""
        labels, inverses = self._schema(rdf.RDFS_LABEL), self._schema(rdf.INVERSE_LABEL)
        named = sorted((external, address) for address, external in self._schema(rdf.IDENTIFIER).items())
        triples = [np.zeros((0, 3), dtype=np.int64)]
        for row, (_, address) in enumerate(named):
            pairs = self._pairs(address)
            ends = [addresses.get_indexer(pd.Index(pairs[end])) for end in ("s", "o")]
            triples.append(np.column_stack([np.full(len(pairs), row), *ends]).astype(np.int64))
        table = np.unique(np.concatenate(triples), axis=0)
        relations = tuple(
            Relation(external, labels[address], inverses[address]) for external, address in named
        )
        return relations, Edges(heads=table[:, 1], relations=table[:, 0], tails=table[:, 2])

    def numbers(self, addresses: pd.Index) -> dict[str, FloatArray]:
        """The numeric properties by name, NaN where a node has none; of several numbers the first."""
        names = self._schema(rdf.RDFS_LABEL)
        types = self._schema(rdf.RDF_TYPE)
        found: dict[str, FloatArray] = {}
        for address in sorted(known for known, kind in types.items() if kind == rdf.DATATYPE_PROPERTY):
            pairs = self.store.rows(NUMBERS % address).drop_duplicates("s")
            if len(pairs):
                values = np.full(len(addresses), np.nan)
                values[addresses.get_indexer(pd.Index(pairs["s"]))] = pairs["o"].astype("float64")
                found[names[address]] = values
        return found

    def _pairs(self, predicate: str) -> pd.DataFrame:
        """(s, o) of all that sources say with a predicate; twice where two of them say it."""
        graphs = rdf.schema_graph(self.name), rdf.provenance_graph(self.name)
        return self.store.rows(NAMED % (predicate, *graphs))

    def _schema(self, predicate: str) -> dict[str, str]:
        pairs = self.store.rows(SCHEMA % (rdf.schema_graph(self.name), predicate))
        return dict(zip(pairs["s"].to_list(), pairs["o"].to_list(), strict=True))


def _interactions(
    frame: pd.DataFrame, weight: str, vocabularies: Mapping[str, Vocabulary]
) -> tuple[Interactions, Interactions]:
    part = frame["part"].to_numpy(dtype=str)
    likes = Interactions.of(
        _numbers(frame["user"], vocabularies["user"]),
        _numbers(frame["item"], vocabularies["item"]),
        weights=frame[weight].to_numpy(dtype=np.float64),
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
