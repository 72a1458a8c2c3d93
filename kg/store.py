"""The RDF truth: quads in named graphs, wherever they are kept, seen through rdflib and SPARQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import CatalogError
from kg.sparql import bound, check_reading
from kg.stores.base import PIECE_BYTES, Limits
from kg.stores.endpoint import EndpointBackend
from kg.stores.oxigraph import OxigraphBackend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    import pandas as pd
    import rdflib

    from kg.stores.base import Answer, Backend


class GraphStore:
    """RDF quads; queries see the union of all graphs.

    Whatever WhyRec writes stands in a named graph, one per source file and one for the schema. A statement
    that stands in several graphs is found several times; SELECT DISTINCT gives it once.

    Args:
        folder: where Oxigraph keeps the store; None keeps it in memory. `at` takes an endpoint instead.
        read_only: open without the right to write; several processes may.

    Raises:
        WorkspaceError: the folder cannot be opened as a store.
    """

    def __init__(self, folder: str | Path | None = None, *, read_only: bool = False) -> None:
        place = None if folder is None else Path(folder)
        self._backend: Backend = OxigraphBackend(place, read_only=read_only)

    @classmethod
    def at(
        cls,
        url: str,
        update_url: str | None = None,
        load_url: str | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        timeout_s: float = 600.0,
    ) -> Self:
        """The store at a SPARQL 1.1 endpoint, which is asked over HTTP and never followed elsewhere.

        Graphs that others add are seen after the next call of `graphs`, at Oxigraph at once. A query that is
        ended goes on at the server as long as the server lets it.

        Oxigraph's server needs no more than the address of its queries. What a server does with a `change`
        that fails halfway is its own affair; the standard asks it to undo it.

        Args:
            url: where queries go; a name and a password may stand in it.
            update_url: where updates go; by default `url` with "update" for a last "query", or `url` itself.
            load_url: what takes N-Quads by POST ("/data" at Fuseki, "/statements" at RDF4J and GraphDB);
                where there is none, `load` uses updates, which is slower.
            user: for HTTP's basic authentication.
            password: likewise; it is in no message.
            timeout_s: seconds for each request but those of `query`.

        Raises:
            WorkspaceError: it is no such address, or no endpoint answers there as the standard asks. All
                other methods raise it too, when the server cannot be reached or does not do its part.
        """
        store = cls.__new__(cls)
        store._backend = EndpointBackend(
            url, update_url, load_url, user=user, password=password, timeout_s=timeout_s
        )
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return self._backend.size()

    @property
    def dataset(self) -> rdflib.Dataset:
        """The store as an rdflib dataset whose default graph is the union of all graphs."""
        return self._backend.dataset()

    def load(self, chunks: Iterable[bytes] | Iterable[str]) -> None:
        """Add N-Quads in bulk, some megabytes at once, so that memory stays flat; not as one transaction.

        Args:
            chunks: the text, cut anywhere. A blank node keeps its name only within 64 MB: name it first.

        Raises:
            CatalogError: a line is not N-Quads; what came before it may be in.
        """
        self._backend.load(_pieces(chunks))

    def change(self, add: Iterable[ox.Quad] = (), remove: Iterable[ox.Quad] = ()) -> None:
        """Remove quads and add others, all or nothing; what is in both lists stays.

        Raises:
            CatalogError: a quad has a blank node, whose name does not last.
        """
        new, old = list(add), list(remove)
        for quad in (*new, *old):
            if any(isinstance(term, ox.BlankNode | ox.Triple) for term in quad):
                raise CatalogError(f"{quad} cannot be changed: only IRIs and texts have a lasting name")
        if new or old:
            self._backend.change(new, old)

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """Everything that stands in one named graph."""
        return self._backend.quads(graph)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold something, sorted."""
        return self._backend.graphs()

    def drop(self, graph: str) -> None:
        """Remove one named graph as a whole; one that is not there stays away."""
        self._backend.drop(graph)

    def contains(self, quad: ox.Quad) -> bool:
        """Whether a quad is here."""
        return self._backend.contains(quad)

    def rows(
        self, sparql: str, *, bind: Mapping[str, ox.NamedNode | ox.Literal | str] | None = None
    ) -> pd.DataFrame:
        """The answer to a SELECT query of WhyRec's own: a column of strings per variable, NaN where unbound.

        IRIs and texts come as plain values, without language or type, a blank node as "_:name".

        Args:
            sparql: the query; it is trusted, and nothing limits it.
            bind: values of variables, see `kg.sparql.bound`. What a person wrote reaches a query only here.

        Raises:
            CatalogError: it is not a SELECT query, or a value is no IRI or text.
        """
        return self._backend.select(bound(sparql, bind))

    def query(
        self,
        sparql: str,
        limit_s: float = 30.0,
        max_rows: int = 100_000,
        *,
        bind: Mapping[str, ox.NamedNode | ox.Literal | str] | None = None,
    ) -> list[dict[str, str]]:
        """The answer to a person's query: a dictionary per row, without the variables that are unbound.

        The query may only read this store, and it is ended when it takes too long: a folder answers in a
        process of its own with 2 GiB of memory (a store in memory is first written to one), an endpoint is
        hung up on.

        Args:
            sparql: a SELECT query, or an ASK query, whose answer is one row: "answer" is "true" or "false".
            limit_s: seconds until the last row is there.
            max_rows: more rows are an error.
            bind: values of variables, see `kg.sparql.bound`.

        Raises:
            CatalogError: it is no such query, it reaches outside (SERVICE, LOAD, FROM), or a limit is passed.
        """
        answer = self._answer(sparql, Limits(seconds=limit_s, rows=max_rows), bind)
        if isinstance(answer, bool):
            return [{"answer": "true" if answer else "false"}]
        names = [str(name) for name in answer.columns]
        return [
            {name: value for name, value in zip(names, row, strict=True) if isinstance(value, str)}
            for row in answer.itertuples(index=False, name=None)
        ]

    def first(self, sparql: str, limit_s: float = 30.0, max_rows: int = 1_000_000) -> list[str]:
        """What a person's SELECT query gives for its first variable, without the rows where it is unbound.

        Args:
            sparql: the query; see `query`.
            limit_s: seconds until the last row is there.
            max_rows: more rows are an error.

        Raises:
            CatalogError: as for `query`, or it is an ASK query.
        """
        answer = self._answer(sparql, Limits(seconds=limit_s, rows=max_rows))
        if isinstance(answer, bool):
            raise CatalogError("a SELECT query was expected; an ASK query only says yes or no")
        if not len(answer.columns):
            return []
        return [value for value in answer.iloc[:, 0].tolist() if isinstance(value, str)]

    def _answer(
        self,
        sparql: str,
        limits: Limits,
        bind: Mapping[str, ox.NamedNode | ox.Literal | str] | None = None,
    ) -> Answer:
        check_reading(sparql)
        return self._backend.answer(bound(sparql, bind), limits)

    def close(self) -> None:
        """Let go of the folder; the store cannot be used afterwards."""
        self._backend.close()


def _pieces(chunks: Iterable[bytes] | Iterable[str]) -> Iterator[bytes]:
    """The text again, in pieces of some megabytes that end with a line."""
    held = bytearray()
    for chunk in chunks:
        held += chunk.encode() if isinstance(chunk, str) else chunk
        if len(held) >= PIECE_BYTES and (end := held.rfind(b"\n") + 1):
            yield bytes(held[:end])
            del held[:end]
    if held:
        yield bytes(held)
