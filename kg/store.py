"""The RDF truth: one Oxigraph store, in memory or on disk, seen through rdflib, SPARQL and a fast scan."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import rdflib
from oxrdflib import OxigraphStore

from kg.errors import CatalogError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OUTSIDE = re.compile(r"(?<![\w?$:])(SERVICE|LOAD|FROM)\b", re.IGNORECASE)
QUOTED = re.compile(  # what a SPARQL parser takes for an address, a text or a comment, and not for a command
    r"""<[^<>"{}|^`\\\s]*>|#[^\r\n]*"""
    r"""|\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"""
    r"""|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'""",
    re.DOTALL,
)


class GraphStore:
    """RDF quads; the union of all graphs is what is queried.

    Every source file of a catalog is a named graph. What is said of the dataset, of relations and of classes
    stands in the default graph, so that a node which shares its address with one of them is not mistaken.

    Args:
        folder: where the store is kept; None keeps it in memory.
        read_only: open without the right to write; several processes may.

    Raises:
        WorkspaceError: the folder cannot be opened as a store.
    """

    def __init__(self, folder: str | Path | None = None, *, read_only: bool = False) -> None:
        self.folder = None if folder is None else Path(folder)
        try:
            self._store = _open(self.folder, read_only=read_only)
        except OSError as error:
            raise WorkspaceError(f"{folder} cannot be opened as an RDF store: {error}") from error

    def __len__(self) -> int:
        return len(self._store)

    @property
    def dataset(self) -> rdflib.Dataset:
        """The store as an rdflib dataset whose default graph is the union of all named graphs."""
        return rdflib.Dataset(store=OxigraphStore(store=self._store), default_union=True)

    def load(self, quads: Iterable[str]) -> None:
        """Add N-Quads lines in bulk.

        Raises:
            CatalogError: a line is not N-Quads.
        """
        try:
            self._store.bulk_load("".join(quads).encode(), format=ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise CatalogError(f"the catalog cannot be written as RDF: {error}") from error
        self._store.flush()

    def close(self) -> None:
        """Let go of the folder; the store cannot be used afterwards."""
        del self._store
        gc.collect()  # the lock on the folder goes with the last reference

    def texts(self, predicate: str, *, schema: bool = False) -> Iterator[tuple[str, str]]:
        """(subject, text) of every statement with a predicate whose object is a text.

        Args:
            predicate: its IRI.
            schema: read what is said of relations, classes and the dataset, not of nodes.
        """
        return self._scan(predicate, ox.Literal, schema=schema)

    def links(self, predicate: str, *, schema: bool = False) -> Iterator[tuple[str, str]]:
        """(subject, object) of every statement with a predicate whose object is a resource.

        A statement that stands in several named graphs comes several times.
        """
        return self._scan(predicate, ox.NamedNode, schema=schema)

    def _scan(self, predicate: str, kind: Any, *, schema: bool) -> Iterator[tuple[str, str]]:  # noqa: ANN401
        graph = ox.DefaultGraph() if schema else None
        quads = self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, graph)
        for subject, _, target, name in quads:
            if isinstance(target, kind) and (schema or not isinstance(name, ox.DefaultGraph)):
                yield subject.value, target.value

    def query(self, sparql: str) -> list[dict[str, str]]:
        """The rows of a SPARQL SELECT query over the union of all graphs, as plain strings.

        Raises:
            CatalogError: it is not a SELECT query, or it reaches outside the store (SERVICE, LOAD, FROM).
        """
        if OUTSIDE.search(QUOTED.sub(" ", sparql)):
            raise CatalogError("a query may only read this store; SERVICE, LOAD and FROM are not allowed")
        try:
            solutions = self._store.query(sparql, use_default_graph_as_union=True)
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            raise CatalogError(f"the SPARQL query cannot be answered: {error}") from error
        if not isinstance(solutions, ox.QuerySolutions):
            raise CatalogError("a SELECT query was expected")
        names = [variable.value for variable in solutions.variables]
        return [
            {
                name: term.value
                for name, term in zip(names, row, strict=True)
                if isinstance(term, ox.NamedNode | ox.Literal | ox.BlankNode)
            }
            for row in solutions
        ]


def _open(folder: Path | None, *, read_only: bool) -> ox.Store:
    if folder is None:
        return ox.Store()
    return ox.Store.read_only(str(folder)) if read_only else ox.Store(str(folder))
