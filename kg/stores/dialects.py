"""What servers do their own way where SPARQL 1.1 leaves it open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the standard leaves open, as a server does it.

    Attributes:
        union: parameters that make a query see the union of all graphs; None where each graph must be named.
        graphs: a query for the graphs that hold something.
        load: what takes N-Quads, in place of the last "query" in the address of queries; "" for nothing.
        own: graphs that the server keeps for itself.
    """

    union: tuple[tuple[str, str], ...] | None = None
    graphs: str = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
    load: str = ""
    own: tuple[str, ...] = ()


KNOWN = {  # by how the header "Server" begins
    "Oxigraph": Dialect(
        union=(("union-default-graph", ""),),
        graphs="SELECT ?g WHERE { GRAPH ?g {} FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } }",
        load="store?no_transaction",
    ),
    "Virtuoso": Dialect(
        own=(
            "http://localuriqaserver/sparql",
            "http://www.openlinksw.com/schemas/virtrdf#",
            "http://www.w3.org/2002/07/owl#",
            "http://www.w3.org/ns/ldp#",
        )
    ),
}


def dialect_of(server: str) -> Dialect:
    """What is known of a server by its HTTP header "Server"; the standard's own way for all others."""
    return next((dialect for name, dialect in KNOWN.items() if server.startswith(name)), Dialect())
