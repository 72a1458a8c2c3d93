"""An endpoint as rdflib sees it: its own SPARQL store, whose requests are sent as WhyRec sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdflib import Graph, Variable
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rdflib.query import Result
    from rdflib.term import Identifier, Node

    Pattern = tuple[Node | None, Node | None, Node | None]

GRAPH = Variable("g")


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
    ) -> Iterator[tuple[tuple[Node, ...], Iterator[Graph]]]:
        """The triples of a pattern, each with its graph; once per graph."""
        terms, only = _terms(spo), self._only(context)
        place = GRAPH if only is None else only
        for row in self._rows(f"SELECT * WHERE {{ {self._text(terms, place)} }}"):
            graph = Graph(store=self, identifier=row.get(GRAPH, only))
            yield tuple(_value(term, row) for term in terms), iter((graph,))

    def contexts(self, triple: Pattern | None = None) -> Iterator[Identifier]:  # type: ignore[override]
        """The names of the graphs that hold a pattern, or anything."""
        pattern = "" if triple is None else self._text(_terms(triple), GRAPH)
        query = f"SELECT DISTINCT ?g WHERE {{ {pattern} }}" if pattern else self._listing
        return (row[GRAPH] for row in self._rows(query))

    def __len__(self, context: Graph | None = None) -> int:
        only, spo = self._only(context), _terms((None, None, None))
        inside = self._text(spo, GRAPH if only is None else only)
        query = f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {{ {inside} }} }}"
        return int(self._rows(query)[0][Variable("n")])

    def add_graph(self, graph: Graph) -> None:
        """Nothing: a graph is there when something stands in it."""

    def _rows(self, query: str) -> list[Mapping[Variable, Identifier]]:
        return list(self._ask(query, None).bindings)

    def _only(self, context: Graph | None) -> Identifier | None:
        """The one graph that is meant, None for the union."""
        return context.identifier if context is not None and self._is_contextual(context) else None

    def _text(self, terms: list[Node], graph: Node) -> str:
        return f"GRAPH {self.node_to_sparql(graph)} {{ {' '.join(map(self.node_to_sparql, terms))} }}"


def _terms(spo: Pattern) -> list[Node]:
    return [Variable(name) if term is None else term for name, term in zip("spo", spo, strict=True)]


def _value(term: Node, row: Mapping[Variable, Identifier]) -> Node:
    return row[term] if isinstance(term, Variable) else term
