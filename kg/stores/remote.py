"""An endpoint as rdflib sees it: its own SPARQL store, with every request sent the way that WhyRec sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import Graph, Variable
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdflib.query import Result
    from rdflib.term import Node

    Pattern = tuple[Node | None, Node | None, Node | None]


class RemoteStore(SPARQLUpdateStore):
    """Triples of an endpoint and the graphs that they stand in.

    rdflib's store follows redirects, waits for ever and does not know which graph a triple is in; what it
    does besides is kept.

    Args:
        ask: answers a query over one graph, or over the union of all for None.
        update: sends an update.
        graphs: the query for the graphs that hold something.
    """

    def __init__(
        self, ask: Callable[[str, str | None], Result], update: Callable[[str], None], graphs: str
    ) -> None:
        super().__init__(query_endpoint="ask", update_endpoint="update")
        self._ask, self._send, self._listing = ask, update, graphs

    def _query(self, query: str, default_graph: str | None = None, **_: Any) -> Result:  # noqa: ANN401
        return self._ask(query, default_graph)

    def _update(self, update: str) -> None:
        self._send(update)

    def triples(  # type: ignore[override]
        self, spo: Pattern, context: Graph | None = None
    ) -> Iterator[tuple[Pattern, Iterator[Graph]]]:
        """The triples of a pattern, each with its graph; once per graph."""
        terms = self._terms(spo)
        inside = self.node_to_sparql(context.identifier) if self._is_contextual(context) else "?g"
        found = self._ask(f"SELECT * WHERE {{ GRAPH {inside} {{ {self._text(terms)} }} }}", None)
        for row in found.bindings:
            graph = row.get(Variable("g"))
            told = context if graph is None else Graph(store=self, identifier=graph)
            yield tuple(row.get(term, term) for term in terms), iter((told,))

    def contexts(self, triple: Pattern | None = None) -> Iterator[Any]:  # type: ignore[override]
        """The names of the graphs that hold a pattern, or anything."""
        if triple is None:
            return (row[Variable("g")] for row in self._ask(self._listing, None).bindings)
        pattern = self._text(self._terms(triple))
        query = f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ {pattern} }} }}"
        return (row[Variable("g")] for row in self._ask(query, None).bindings)

    def __len__(self, context: Graph | None = None) -> int:
        inside = "?s ?p ?o"
        if self._is_contextual(context):
            inside = f"GRAPH {self.node_to_sparql(context.identifier)} {{ ?s ?p ?o }}"
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {{ {inside} }} }}"
        return int(next(iter(self._ask(query, None).bindings))[Variable("n")])

    def add_graph(self, graph: Graph) -> None:
        """Nothing: a graph is there when something stands in it."""

    def _terms(self, spo: Pattern) -> list[Node]:
        return [Variable(name) if term is None else term for name, term in zip("spo", spo, strict=True)]

    def _text(self, terms: list[Node]) -> str:
        return " ".join(map(self.node_to_sparql, terms))
