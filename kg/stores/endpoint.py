"""RDF at any SPARQL 1.1 endpoint, over HTTP."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

import pandas as pd
import pyoxigraph as ox
import rdflib

from kg.errors import CatalogError, WorkspaceError
from kg.stores.answering import Full, Measured
from kg.stores.apart import too_long, too_slow
from kg.stores.oxigraph import change_text
from kg.stores.remote import RemoteStore
from kg.stores.results import TsvReader, read_json
from kg.stores.wire import RefusedError, TooSlowError, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from http.client import HTTPMessage

    from kg.stores.base import Limits
    from kg.stores.wire import Sink

JSON, TSV, TRIPLES = "application/sparql-results+json", "text/tab-separated-values", "application/n-triples"
BATCH = 2_000  # statements in one INSERT DATA; some servers take no more than 10,000
GRAPHS = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
HARD = 'q"\\\n\t\r, \u00e9\U0001f600'  # a text that TSV must bring back as it is
TRIAL = f"SELECT ?x ?u ?y WHERE {{ VALUES (?x ?u ?y) {{ ({ox.Literal(HARD)} UNDEF {ox.Literal('')}) }} }}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the standard leaves open, as a server does it.

    Attributes:
        union: parameters that make a query see the union of all graphs; None where each graph must be named.
        graphs: a query for the graphs that hold something.
        load: what stands in the address that takes N-Quads where the address of queries has "query", "" for none.
    """

    union: tuple[tuple[str, str], ...] | None = None
    graphs: str = GRAPHS
    load: str = ""


KNOWN = {  # by how the header "Server" begins
    "Oxigraph": Dialect(
        union=(("union-default-graph", ""),),
        graphs="SELECT ?g WHERE { GRAPH ?g {} FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } }",
        load="store?no_transaction",
    ),
    "Virtuoso": Dialect(union=()),
}


class EndpointBackend:
    """Quads at an endpoint.

    Args:
        url: where queries go; a name and a password may stand in it.
        update_url: where updates go; by default `url` with "update" for a last "query", else `url` itself.
        load_url: what takes N-Quads by POST; where there is none, updates are used, which is slower.
        user: for basic authentication.
        password: likewise; it is in no message.
        timeout_s: seconds for each of WhyRec's own requests.

    Raises:
        WorkspaceError: it is no address, or no SPARQL endpoint answers there.
    """

    def __init__(
        self,
        url: str,
        update_url: str | None = None,
        load_url: str | None = None,
        *,
        user: str | None = None,
        password: str | None = None,
        timeout_s: float = 600.0,
    ) -> None:
        self._seconds = timeout_s
        self._queries = Wire(url, user, password)
        self._updates = Wire(update_url or _sibling(url, "update") or url, user, password)
        said = self._ask([("query", "ASK { ?s ?p ?o }")], JSON, io.BytesIO(), timeout_s).get("Server", "")
        self._dialect = next((KNOWN[name] for name in KNOWN if said.startswith(name)), Dialect())
        bulk = load_url or (self._dialect.load and _sibling(url, self._dialect.load))
        self._bulk = Wire(bulk, user, password) if bulk else None
        self._graphs: list[str] | None = None
        self._accept = ""

    def size(self) -> int:
        """The number of quads in named graphs."""
        return int(self.select("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")["n"].iloc[0])

    def dataset(self) -> rdflib.Dataset:
        """The quads as rdflib sees them."""
        return rdflib.Dataset(store=RemoteStore(self._found, self.update), default_union=True)

    def load(self, pieces: Iterable[bytes]) -> None:
        """Add N-Quads, as such where the server takes them, else by INSERT DATA.

        Raises:
            CatalogError: a line is not N-Quads.
        """
        for piece in pieces:
            try:
                if self._bulk is None:
                    self._insert(piece)
                else:
                    self._send(self._bulk, piece, "application/n-quads")
            except (SyntaxError, RefusedError) as error:
                reason = error.told if isinstance(error, RefusedError) else error
                raise CatalogError(f"the catalog cannot be written as RDF: {reason}") from error

    def _insert(self, piece: bytes) -> None:
        quads = ox.parse(piece, format=ox.RdfFormat.N_QUADS)
        while batch := list(islice(quads, BATCH)):
            self.update(change_text(batch, []))

    def change(self, add: list[ox.Quad], remove: list[ox.Quad]) -> None:
        """Remove quads and add others in one request, which servers should do as a whole (SPARQL 1.1 Update, 2.2)."""
        self.update(change_text(add, remove))

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """What stands in a named graph, fetched as a whole into a file before the first is given."""
        name = ox.NamedNode(graph)
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {name} {{ ?s ?p ?o }} }}"
        with tempfile.TemporaryFile() as kept:
            headers = self._ask([("query", query)], TRIPLES, kept, self._seconds)
            kept.seek(0)
            count = 0
            for count, quad in enumerate(ox.parse(kept, format=ox.RdfFormat.N_TRIPLES), 1):  # noqa: B007
                yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
        _check_whole(headers, count)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold something."""
        answer = io.BytesIO()
        self._ask([("query", self._dialect.graphs)], JSON, answer, self._seconds)
        found = _rows(read_json(answer.getvalue()))["g"]
        self._graphs = sorted(graph for graph in found.to_list() if not graph.startswith("_:"))
        return self._graphs

    def drop(self, graph: str) -> None:
        """Remove a named graph."""
        self.update(f"DROP SILENT GRAPH {ox.NamedNode(graph)}")

    def contains(self, quad: ox.Quad) -> bool:
        """Whether a quad is here."""
        triple = f"{quad.subject} {quad.predicate} {quad.object}"
        where = f"GRAPH {quad.graph_name} {{ {triple} }}" if isinstance(quad.graph_name, ox.NamedNode) else triple
        return self._found(f"ASK {{ {where} }}", None) is True

    def select(self, sparql: str) -> pd.DataFrame:
        """The answer to a trusted SELECT query."""
        return _rows(self._told(sparql, self._seconds, None))

    def answer(self, sparql: str, limits: Limits) -> pd.DataFrame | bool:
        """The answer to a person's query; the server is hung up on at the limit."""
        try:
            return self._told(sparql, limits.seconds, limits)
        except TooSlowError as error:
            raise too_slow(limits) from error
        except Full as error:
            raise too_long(limits) from error

    def update(self, sparql: str) -> None:
        """Send a trusted update."""
        self._send(self._updates, sparql.encode(), "application/sparql-update")

    def close(self) -> None:
        """Nothing is held open."""
