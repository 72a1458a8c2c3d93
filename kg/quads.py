"""A catalog as N-Quads, one named graph per source file, a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kg import rdf
from kg.catalog import KIND_NAMES, MERGED
from kg.errors import CatalogError
from kg.terms import PARENT, Terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.catalog import Catalog
    from kg.graph import IntArray
    from kg.terms import Sort

LARGE = pa.large_string()
ROWS = 100_000  # rows written at once: some ten megabytes of text
ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"))


@dataclass(frozen=True, slots=True)
class Writer:
    """What a catalog says, as N-Quads by named graph.

    Attributes:
        catalog: the catalog.
        terms: the IRIs of its classes, relations and properties.
        addresses: the IRI of every node, in the order of `catalog.nodes`.
        places: the ids of each kind and where they are among the nodes.
    """

    catalog: Catalog
    terms: Terms
    addresses: pd.Series
    places: Mapping[str, tuple[pd.Index, IntArray]]

    @classmethod
    def of(cls, catalog: Catalog) -> Writer:
        """A writer for a catalog.

        Raises:
            CatalogError: a web address is the id of two nodes of different kinds.
        """
        nodes = catalog.nodes
        found = [
            rdf.iri(catalog.name, kind, external)
            for kind, external in zip(nodes["kind"].to_list(), nodes["id"].to_list(), strict=True)
        ]
        addresses = pd.Series(found, index=nodes.index, dtype="str")
        _check_apart(nodes, addresses)
        rows = {kind: np.flatnonzero((nodes["kind"] == kind).to_numpy()) for kind in KIND_NAMES}
        places = {kind: (pd.Index(nodes["id"].iloc[of_kind]), of_kind) for kind, of_kind in rows.items()}
        return cls(catalog, _terms(catalog), addresses, places)

    def sources(self) -> list[str]:
        """The source files that say something, sorted."""
        frames = (self.catalog.nodes, self.catalog.facts, self.catalog.properties)
        return sorted({str(source) for frame in frames for source in pd.unique(frame["source"])})

    def schema(self) -> Iterator[bytes]:
        """What is said of the dataset, its classes, relations and properties."""
        graph = rdf.schema_graph(self.catalog.name)
        lines = [*self._about(), *self._classes(), *self._relations(), *self._properties(), *self._merges()]
        yield "".join(
            f"<{me}> <{predicate}> {target} <{graph}> .\n" for me, predicate, target in lines
        ).encode()

    def source(self, source: str) -> Iterator[bytes]:
        """What one source file says, in pieces of some megabytes."""
        graph = rdf.source_graph(self.catalog.name, source)
        for write, frame in (
            (self._node_lines, self.catalog.nodes),
            (self._property_lines, self.catalog.properties),
            (self._fact_lines, self.catalog.facts),
        ):
            rows = np.flatnonzero((frame["source"] == source).to_numpy())
            for start in range(0, len(rows), ROWS):
                yield from write(rows[start : start + ROWS], graph)

    def _about(self) -> Iterator[tuple[str, str, str]]:
        catalog = self.catalog
        me = rdf.iri(catalog.name, "dataset", catalog.name)
        yield me, rdf.RDF_TYPE, f"<{rdf.DATASET}>"
        yield me, rdf.NAME, rdf.literal(catalog.name)
        yield me, rdf.DESCRIPTION, rdf.literal(catalog.description)
        yield me, rdf.LICENCE, rdf.literal(catalog.licence)

    def _classes(self) -> Iterator[tuple[str, str, str]]:
        for name, address in self.terms.iris["class"].items():
            yield address, rdf.RDF_TYPE, f"<{rdf.RDFS_CLASS}>"
            yield from self._named("class", name, address)

    def _relations(self) -> Iterator[tuple[str, str, str]]:
        columns = (self.catalog.relations[name].to_list() for name in ("id", "label", "inverse_label"))
        for external, label, inverse in zip(*columns, strict=True):
            me = self.terms.iris["relation"][external]
            yield me, rdf.RDF_TYPE, f"<{rdf.OBJECT_PROPERTY}>"
            yield me, rdf.IDENTIFIER, rdf.literal(external)
            yield from self._named("relation", label, me)
            yield me, rdf.INVERSE_LABEL, rdf.literal(inverse)

    def _properties(self) -> Iterator[tuple[str, str, str]]:
        for name, address in self.terms.iris["property"].items():
            yield address, rdf.RDF_TYPE, f"<{rdf.DATATYPE_PROPERTY}>"
            yield from self._named("property", name, address)

    def _merges(self) -> Iterator[tuple[str, str, str]]:
        merged = self.catalog.merges[self.catalog.merges["verdict"] == MERGED]
        for kept, gone in zip(merged["kept"].to_list(), merged["merged"].to_list(), strict=True):
            one, other = (rdf.iri(self.catalog.name, "entity", external) for external in (kept, gone))
            yield other, rdf.SAME_AS, f"<{one}>"

    def _named(self, sort: Sort, label: str, address: str) -> Iterator[tuple[str, str, str]]:
        yield address, rdf.RDFS_LABEL, rdf.literal(label)
        if address in self.terms.parents:
            yield address, PARENT[sort], f"<{self.terms.parents[address]}>"

    def _node_lines(self, rows: IntArray, graph: str) -> Iterator[bytes]:
        nodes = self.catalog.nodes.iloc[rows]
        subjects = _iris(self.addresses.iloc[rows])
        kinds = _iris(nodes["kind"].map(rdf.KIND_CLASSES))
        classes = _iris(nodes["class"].map(dict(self.terms.iris["class"])))
        yield _lines(subjects, f" <{rdf.RDF_TYPE}> ", kinds, f" <{graph}> .\n")
        yield _lines(subjects, f" <{rdf.RDF_TYPE}> ", classes, f" <{graph}> .\n")
        for column, predicate in (("label", rdf.RDFS_LABEL), ("text", rdf.DESCRIPTION)):
            told = (nodes[column] != "").to_numpy()
            values = _literals(nodes[column][told])
            yield _lines(subjects.filter(pa.array(told)), f" <{predicate}> ", values, f" <{graph}> .\n")

    def _property_lines(self, rows: IntArray, graph: str) -> Iterator[bytes]:
        frame = self.catalog.properties.iloc[rows]
        subjects = _iris(self.addresses_of(frame["kind"], frame["id"]))
        predicates = _iris(frame["property"].map(dict(self.terms.iris["property"])))
        datatypes = {name: f"^^<{iri}>" if iri else "" for name, iri in {**rdf.DATATYPES, "": ""}.items()}
        types = pa.array(frame["type"].map(datatypes), pa.large_string())
        yield _lines(subjects, " ", predicates, " ", _literals(frame["value"]), types, f" <{graph}> .\n")

    def _fact_lines(self, rows: IntArray, graph: str) -> Iterator[bytes]:
        frame = self.catalog.facts.iloc[rows]
        heads = _iris(self.addresses_of(frame["head_kind"], frame["head"]))
        tails = _iris(self.addresses_of(frame["tail_kind"], frame["tail"]))
        predicates = _iris(frame["relation"].map(dict(self.terms.iris["relation"])))
        yield _lines(heads, " ", predicates, " ", tails, f" <{graph}> .\n")

    def addresses_of(self, kinds: pd.Series, externals: pd.Series) -> pd.Series:
        """The IRIs of nodes."""
        places = np.empty(len(kinds), dtype=np.int64)
        for kind, (index, rows) in self.places.items():
            mask = (kinds == kind).to_numpy()
            places[mask] = rows[index.get_indexer(pd.Index(externals[mask]))]
        return self.addresses.iloc[places]


def _terms(catalog: Catalog) -> Terms:
    names: dict[Sort, list[str]] = {
        "class": _sorted(catalog.nodes["class"]),
        "relation": sorted(catalog.relations["id"]),
        "property": _sorted(catalog.properties["property"]),
    }
    return Terms.of(catalog.name, names, catalog.iris)


def _sorted(names: pd.Series) -> list[str]:
    return sorted(map(str, pd.unique(names)))


def _check_apart(nodes: pd.DataFrame, addresses: pd.Series) -> None:
    twice = addresses.duplicated(keep=False).to_numpy()
    if twice.any():
        kinds = nodes["kind"][twice & (addresses == addresses[twice].iloc[0]).to_numpy()].to_list()
        external = nodes["id"][twice].iloc[0]
        raise CatalogError(
            f"{external!r} is both {kinds[0]} and {kinds[1]}; say with `same:` that they are one"
        )


def _iris(addresses: pd.Series) -> pa.Array:
    return _joined("<", _texts(addresses), ">")


def _literals(texts: pd.Series) -> pa.Array:
    escaped = _texts(texts)
    for sign, written in ESCAPES:
        escaped = pc.replace_substring(escaped, sign, written)
    return _joined('"', escaped, '"')


def _texts(values: pd.Series) -> pa.Array:
    array = pa.array(values, LARGE)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _joined(*parts: pa.Array | str) -> pa.Array:
    columns = [pa.scalar(part, LARGE) if isinstance(part, str) else part for part in (*parts, "")]
    return pc.binary_join_element_wise(*columns)


def _lines(*parts: pa.Array | str) -> bytes:
    """The parts of every row joined, all rows one after another."""
    joined = _joined(*parts)
    return bytes(joined.buffers()[2].to_pybytes()) if len(joined) else b""
