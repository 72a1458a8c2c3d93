"""Property paths of SHACL as paths of SPARQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyoxigraph as ox

from kg.shapes.model import Path
from kg.shapes.statements import RDF, SHACL, error

if TYPE_CHECKING:
    from kg.shapes.statements import Place, Statements, Term

DEEPEST = 10
SIGNS = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


def local(address: str) -> str:
    """The last part of an IRI, in words that may be read.

    >>> local("https://whyrec.org/id/films/property/release%20year")
    'release year'
    """
    return unquote(re.split(r"[/#]", address.rstrip("/#"))[-1]) or address


def read_path(statements: Statements, term: Term, place: Place, depth: int = 0) -> Path:
    """The path that a term of the shapes says.

    Raises:
        CardError: it is no path, or is nested too deep.
    """
    if isinstance(term, ox.NamedNode) and term.value != f"{RDF}nil":
        return Path(str(term), term.value, local(term.value), simple=True)
    if depth > DEEPEST or not isinstance(term, ox.BlankNode):
        raise error(place, "a property path of a few steps was expected")
    if statements.one(term, f"{RDF}first"):
        return _joined(statements, term, place, depth, "/")
    for name in statements.predicates(term):
        kind, inner = name.removeprefix(SHACL), statements.objects(term, name)[0][0]
        if kind == "alternativePath":
            return _joined(statements, inner, place, depth, "|")
        if kind == "inversePath" or kind in SIGNS:
            return _changed(read_path(statements, inner, place, depth + 1), kind)
    raise error(
        place, "a property path was expected: a predicate, a list, sh:inversePath, sh:alternativePath"
    )


def _joined(statements: Statements, head: Term, place: Place, depth: int, glue: str) -> Path:
    parts = [read_path(statements, term, place, depth + 1) for term in statements.items(head, place)]
    words = (" or " if glue == "|" else " ").join(part.words for part in parts)
    return Path(f"({glue.join(part.sparql for part in parts)})", "", words, simple=False)


def _changed(path: Path, kind: str) -> Path:
    if kind == "inversePath":
        return Path(f"^({path.sparql})", "", f"{path.words} (inverse)", simple=bool(path.predicate))
    return Path(f"({path.sparql}){SIGNS[kind]}", "", path.words, simple=False)
