"""RDF in Oxigraph: a store in memory, or a folder on disk."""

from __future__ import annotations

import gc
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib
from oxrdflib import OxigraphStore

from kg.errors import CatalogError, WorkspaceError
from kg.sparql import change_text
from kg.stores.apart import answer_apart, unanswered
from kg.stores.results import TsvReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    import pandas as pd

    from kg.stores.base import Answer, Limits


class OxigraphBackend:
    """Quads in Oxigraph.

    Args:
        folder: where they are kept; None keeps them in memory.
        read_only: open without the right to write; several processes may.

    Raises:
        WorkspaceError: the folder cannot be opened as a store.
    """

    def __init__(self, folder: Path | None, *, read_only: bool) -> None:
        self.folder, self.read_only, self._lent = folder, read_only, False
        try:
            self._store = _open(folder, read_only=read_only)
        except OSError as error:
            raise WorkspaceError(f"{folder} cannot be opened as an RDF store: {error}") from error

    def size(self) -> int:
        """The number of quads."""
        return len(self._store)

    def dataset(self) -> rdflib.Dataset:
        """The quads as rdflib sees them."""
        self._lent = True
        return rdflib.Dataset(store=OxigraphStore(store=self._store), default_union=True)

    def load(self, pieces: Iterable[bytes]) -> None:
        """Add N-Quads past the transaction log, which is four times as fast; compact several pieces.

        A piece is loaded while the next one is made: Oxigraph lets Python run meanwhile.

        Raises:
            CatalogError: a line is not N-Quads; pieces before it are in.
        """
        loads: list[Future[None]] = []
        with self._writing(), ThreadPoolExecutor(1) as loader:
            for piece in pieces:
                if loads:
                    loads[-1].result()
                loads.append(loader.submit(self._bulk, piece))
            for load in loads:
                load.result()
            if len(loads) > 1:
                self._store.optimize()

    def _bulk(self, piece: bytes) -> None:
        try:
            self._store.bulk_load(piece, format=ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise CatalogError(f"the catalog cannot be written as RDF: {error}") from error

    def change(self, add: list[ox.Quad], remove: list[ox.Quad]) -> None:
        """Remove quads and add others in one transaction."""
        with self._writing():
            self._store.update(change_text(add, remove))

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """What stands in a named graph."""
        return self._store.quads_for_pattern(None, None, None, ox.NamedNode(graph))

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold something."""
        held = (graph for graph in self._store.named_graphs() if isinstance(graph, ox.NamedNode))
        return sorted(graph.value for graph in held if any(self.quads(graph.value)))

    def drop(self, graph: str) -> None:
        """Remove a named graph in one transaction."""
        with self._writing():
            self._store.update(f"DROP SILENT GRAPH {ox.NamedNode(graph)}")

    def contains(self, quad: ox.Quad) -> bool:
        """Whether a quad is here."""
        return quad in self._store

    def select(self, sparql: str) -> pd.DataFrame:
        """The answer to a trusted SELECT query, written as text by Oxigraph itself."""
        try:
            solutions = self._store.query(sparql, use_default_graph_as_union=True)
            if not isinstance(solutions, ox.QuerySolutions):
                raise CatalogError("a SELECT query was expected")
            reader = TsvReader()
            solutions.serialize(reader, format=ox.QueryResultsFormat.TSV)  # type: ignore[arg-type]
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            raise unanswered(str(error)) from error
        return reader.frame()

    def answer(self, sparql: str, limits: Limits) -> Answer:
        """The answer to a person's query, from a process of its own on a folder of its own.

        A folder that is open for reading is shared. One that is open for writing is first snapshot by hard
        links, and a store in memory is first written to a folder, 100,000 quads a second; neither counts
        against the limit of time.
        """
        with self._frozen() as folder:
            return answer_apart(sparql, folder, limits)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
            self._store.flush()
        except (OSError, RuntimeError) as error:
            raise WorkspaceError(f"{self.folder} cannot be written to: {error}") from error

    @contextmanager
    def _frozen(self) -> Iterator[Path]:
        if self.folder is not None and self.read_only:
            yield self.folder
            return
        beside = None if self.folder is None else self.folder.parent
        with tempfile.TemporaryDirectory(dir=beside, prefix=".asked-") as aside:
            copy = Path(aside) / "store"
            if self.folder is None:
                self._copy(Path(aside))
            else:
                self._store.backup(copy)
            yield copy

    def _copy(self, aside: Path) -> None:
        text = aside / "store.nq"
        self._store.dump(text, ox.RdfFormat.N_QUADS)
        written = ox.Store(aside / "store")
        written.bulk_load(path=text)
        written.flush()
        text.unlink()

    def close(self) -> None:
        """Let go of the folder; again is no harm."""
        self.__dict__.pop("_store", None)
        if self._lent:  # rdflib's graphs refer to each other, and the lock goes with the last reference
            gc.collect()


def _open(folder: Path | None, *, read_only: bool) -> ox.Store:
    if folder is None:
        return ox.Store()
    return ox.Store.read_only(str(folder)) if read_only else ox.Store(folder)
