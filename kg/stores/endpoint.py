"""RDF at any SPARQL 1.1 endpoint, over HTTP."""

from __future__ import annotations

import io
import tempfile
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

import pandas as pd
import pyoxigraph as ox
import rdflib

from kg.errors import CatalogError, WorkspaceError
from kg.sparql import READING, change_text, form, quads_text
from kg.stores.answering import Full, Measured
from kg.stores.apart import too_long, too_slow, unanswered
from kg.stores.dialects import dialect_of
from kg.stores.remote import RemoteStore
from kg.stores.results import TsvReader, read_json
from kg.stores.wire import RefusedError, TooSlowError, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from http.client import HTTPMessage

    from kg.stores.answering import Sink
    from kg.stores.base import Answer, Limits

    Fields = list[tuple[str, str]]  # of a form

JSON, TSV, TRIPLES = "application/sparql-results+json", "text/tab-separated-values", "application/n-triples"
NOTHING = "urn:whyrec:nothing"  # a graph in which nothing stands
BATCH = 2_000  # statements in one INSERT DATA; some servers take no more than 10,000
HARD = 'q"\\\n\t\r, \u00e9\U0001f600'  # a text that TSV must bring back as it is
TRIAL = f"SELECT ?x ?u ?y WHERE {{ VALUES (?x ?u ?y) {{ ({ox.Literal(HARD)} UNDEF {ox.Literal('')}) }} }}"


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
        said = self._post([("query", "ASK { ?s ?p ?o }")], JSON, io.BytesIO(), timeout_s).get("Server", "")
        self._dialect = dialect_of(said)
        bulk = load_url or (self._dialect.load and _sibling(url, self._dialect.load))
        self._bulk = Wire(bulk, user, password) if bulk else None
        self._exact_tsv: bool | None = None
        self._graphs: list[str] | None = None  # None when they may have changed

    def size(self) -> int:
        """The number of quads in named graphs."""
        return int(self.select("SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")["n"].iloc[0])

    def dataset(self) -> rdflib.Dataset:
        """The quads as rdflib sees them."""
        store = RemoteStore(self._result, self.update, self._dialect.graphs)
        return rdflib.Dataset(store=store, default_union=True)

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
        """Remove quads and add others in one request, one transaction by SPARQL 1.1 Update, section 2.2."""
        self.update(change_text(add, remove))

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """What stands in a named graph, fetched as a whole into a file before the first is given."""
        name = ox.NamedNode(graph)
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {name} {{ ?s ?p ?o }} }}"
        with tempfile.TemporaryFile() as kept:
            headers = self._post([("query", query)], TRIPLES, kept, self._seconds)
            kept.seek(0)
            count = 0
            try:
                for quad in ox.parse(kept, format=ox.RdfFormat.N_TRIPLES):
                    count += 1
                    yield ox.Quad(quad.subject, quad.predicate, quad.object, name)
            except SyntaxError as error:
                raise WorkspaceError(
                    f"what the server sends for {name} is not in N-Triples: {error}"
                ) from error
        _check_whole(headers, count)

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold something."""
        found = _rows(self._json([("query", self._dialect.graphs)], self._seconds, None))
        named = {graph for graph in found["g"].to_list() if not graph.startswith("_:")}
        self._graphs = sorted(named.difference(self._dialect.own))
        return [*self._graphs]

    def drop(self, graph: str) -> None:
        """Remove a named graph."""
        self.update(f"DROP SILENT GRAPH {ox.NamedNode(graph)}")

    def contains(self, quad: ox.Quad) -> bool:
        """Whether a quad is here."""
        found = self._json([("query", f"ASK {{ {quads_text([quad])} }}")], self._seconds, None)
        return found is True

    def select(self, sparql: str) -> pd.DataFrame:
        """The answer to a trusted SELECT query."""
        return _rows(self._told(sparql, self._seconds, None))

    def answer(self, sparql: str, limits: Limits) -> Answer:
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

    def _told(self, sparql: str, seconds: float, limits: Limits | None) -> Answer:
        fields = [("query", sparql), *self._union()]
        try:
            if form(sparql) == "SELECT" and self._is_exact():
                return self._tsv(fields, seconds, limits)
            return self._json(fields, seconds, limits)
        except RefusedError as error:
            raise unanswered(error.told) from error

    def _tsv(self, fields: Fields, seconds: float, limits: Limits | None) -> pd.DataFrame:
        reader = TsvReader()
        sink: Sink = reader if limits is None else Measured(reader, limits.rows, limits.answer_bytes)
        headers = self._post(fields, TSV, sink, seconds)
        frame = reader.frame()
        _check_whole(headers, len(frame))
        return frame

    def _json(self, fields: Fields, seconds: float, limits: Limits | None) -> Answer:
        answer = io.BytesIO()
        sink: Sink = answer if limits is None else Measured(answer, limits.answer_bytes, limits.answer_bytes)
        headers = self._post(fields, JSON, sink, seconds)
        told = read_json(answer.getvalue())
        if isinstance(told, pd.DataFrame):
            if limits is not None and len(told) > limits.rows:
                raise Full
            _check_whole(headers, len(told))
        return told

    def _is_exact(self) -> bool:
        """Whether the server's TSV is as the standard says; answers then come twice as fast as in JSON."""
        if self._exact_tsv is None:
            try:
                row = self._tsv([("query", TRIAL)], self._seconds, None)
                self._exact_tsv = row.fillna("-").to_numpy().tolist() == [[HARD, "-", ""]]
            except WorkspaceError:
                self._exact_tsv = False
        return self._exact_tsv

    def _union(self) -> Fields:
        """What makes the union of all graphs the default graph, and leaves GRAPH as it is."""
        if self._dialect.union is not None:
            return [*self._dialect.union]
        graphs = (self.graphs() if self._graphs is None else self._graphs) or [NOTHING]
        return [(name, graph) for name in ("default-graph-uri", "named-graph-uri") for graph in graphs]

    def _result(self, sparql: str, graph: str | None) -> rdflib.query.Result:
        """What rdflib makes of an answer, over one graph or the union."""
        over = self._union() if graph is None else [("default-graph-uri", graph)]
        accept = JSON if form(sparql) in READING else TRIPLES
        answer = io.BytesIO()
        self._post([("query", sparql), *over], accept, answer, self._seconds)
        if form(sparql) == "ASK":
            asked = rdflib.query.Result("ASK")
            asked.askAnswer = read_json(answer.getvalue()) is True
            return asked
        answer.seek(0)
        return rdflib.query.Result.parse(answer, content_type=accept)

    def _post(self, fields: Fields, accept: str, sink: Sink, seconds: float) -> HTTPMessage:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        return self._queries.post(urlencode(fields).encode(), headers, sink, seconds)

    def _send(self, wire: Wire, body: bytes, kind: str) -> None:
        self._graphs = None
        wire.post(body, {"Content-Type": kind}, io.BytesIO(), self._seconds)


def _rows(told: Answer) -> pd.DataFrame:
    if isinstance(told, bool):
        raise CatalogError("a SELECT query was expected")
    return told


def _check_whole(headers: HTTPMessage, count: int) -> None:
    """Some servers, Virtuoso for one, cut an answer off and say so in a header only."""
    if "X-SQL-State" in headers:
        raise WorkspaceError("the SPARQL server gave up on a query and sent part of the answer")
    most = headers.get("X-SPARQL-MaxRows", "")
    if most.isdigit() and count >= int(most):
        raise WorkspaceError(f"the SPARQL server cuts answers off at {most} rows; raise its ResultSetMaxRows")


def _sibling(url: str, name: str) -> str:
    """The address with another name for a last "query", "" where it ends otherwise."""
    parts = urlsplit(url)
    folder, _, last = parts.path.rstrip("/").rpartition("/")
    path, _, asked = name.partition("?")
    return urlunsplit((*parts[:2], f"{folder}/{path}", asked, "")) if last == "query" else ""
