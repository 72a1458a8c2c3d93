"""What a person's SPARQL may do, and how values get into a query."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib

from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OUTSIDE = re.compile(r"(?<![\w?$:])(SERVICE|LOAD|FROM)\b", re.IGNORECASE)
QUOTED = re.compile(  # what a SPARQL parser takes for an address, a text or a comment, and not for a command
    r"""<[^<>"{}|^`\\\s]*>|#[^\r\n]*"""
    r"""|\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"""
    r"""|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'""",
    re.DOTALL,
)
FORM = re.compile(r"\s*(?:(?:PREFIX\s*[^\s:]*:|BASE\b)\s*)*(\w*)", re.IGNORECASE)
SURROGATE = re.compile(r"[\ud800-\udfff]")
READING = ("SELECT", "ASK")
CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
VARIABLE = re.compile(f"(?P<quoted>{QUOTED.pattern})|[?$](?P<name>\\w+)", re.DOTALL)


def check_reading(sparql: str) -> None:
    r"""Refuse a query that is more than a SELECT or an ASK of the store itself.

    Parsers resolve `\u0053ERVICE` before they look for commands (SPARQL 1.1, section 19.2), so both readings
    must pass.

    Raises:
        CatalogError: it reaches outside the store (SERVICE, LOAD, FROM), is neither SELECT nor ASK, or
            is no text.
    """
    if not sparql.isascii() and SURROGATE.search(sparql):
        raise CatalogError("a query must be text; this one has half of a character (a lone surrogate)")
    for reading in (sparql, CODEPOINT.sub(_character, sparql)):
        bare = QUOTED.sub(" ", reading)
        if OUTSIDE.search(bare):
            raise CatalogError("a query may only read this store; SERVICE, LOAD and FROM are not allowed")
        if form(bare) not in READING:
            raise CatalogError("a SELECT or an ASK query was expected")


def form(sparql: str) -> str:
    """The word that a query begins with after its prefixes, in capitals; "" where there is none."""
    found = FORM.match(QUOTED.sub(" ", sparql))
    return found.group(1).upper() if found else ""


def _character(escape: re.Match[str]) -> str:
    number = int(escape.group(1) or escape.group(2), 16)
    return chr(number) if number <= sys.maxunicode else escape.group()


def bound(sparql: str, values: Mapping[str, ox.NamedNode | ox.Literal | str] | None) -> str:
    """A query with the values of some variables.

    The SPARQL protocol has no parameters, so a value stands in the query as one term, escaped as N-Triples
    asks; it cannot end where it should not. Variables inside texts, addresses and comments stay as they are.

    Args:
        sparql: the query; it may not select a variable that has a value.
        values: by variable, without its question mark: an IRI (`ox.NamedNode`, `rdflib.URIRef`) or a text
            (`ox.Literal`, `rdflib.Literal`, a plain string).

    Raises:
        CatalogError: a value is no IRI or no text, or the query does not have its variable.
    """
    if not values:
        return sparql
    terms = {name: str(term(value)) for name, value in values.items()}
    used: set[str] = set()

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in terms:
            return found.group()
        used.add(name)
        return terms[name]

    told = VARIABLE.sub(put, sparql)
    for name in sorted(set(terms) - used):
        raise CatalogError(f"the query has no variable ?{name} to take a value")
    return told


def term(value: ox.NamedNode | ox.Literal | str) -> ox.NamedNode | ox.Literal:
    """A value as an RDF term; see `bound`.

    Raises:
        CatalogError: it is no IRI or no text.
    """
    try:
        if isinstance(value, rdflib.URIRef):
            return ox.NamedNode(str(value))
        if isinstance(value, rdflib.Literal):
            datatype = None if value.datatype is None else ox.NamedNode(str(value.datatype))
            return ox.Literal(str(value), language=value.language, datatype=datatype)
        return ox.Literal(value) if isinstance(value, str) else value
    except ValueError as error:
        raise CatalogError(f"{str(value)!r} cannot be a value in a query: {error}") from error


def change_text(add: Iterable[ox.Quad], remove: Iterable[ox.Quad]) -> str:
    """An update that removes quads and then adds others; none may have a blank node."""
    parts = {"DELETE DATA": quads_text(remove), "INSERT DATA": quads_text(add)}
    return ";\n".join(f"{word} {{\n{text}\n}}" for word, text in parts.items() if text)


def quads_text(quads: Iterable[ox.Quad]) -> str:
    """Quads as SPARQL writes them, those of one graph that follow each other together."""
    return "\n".join(
        f"GRAPH {graph} {{\n{_triples(same)}\n}}" if isinstance(graph, ox.NamedNode) else _triples(same)
        for graph, same in groupby(quads, key=lambda quad: quad.graph_name)
    )


def _triples(quads: Iterable[ox.Quad]) -> str:
    return "\n".join(f"{quad.subject} {quad.predicate} {quad.object} ." for quad in quads)
