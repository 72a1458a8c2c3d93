"""Shapes files: Turtle, read under limits, every statement with the line it stands on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.errors import CardError

if TYPE_CHECKING:
    from collections.abc import Iterator

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Place = tuple[str, int]

SHACL = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IMPORTS = "http://www.w3.org/2002/07/owl#imports"
LARGEST = 1_000_000  # bytes of a file
MOST = 50_000  # statements of all files together
ONCE = frozenset(
    f"{SHACL}{name}"
    for name in (
        "minCount", "maxCount", "datatype", "nodeKind", "minInclusive", "maxInclusive", "minExclusive",
        "maxExclusive", "minLength", "maxLength", "pattern", "flags", "in", "languageIn", "uniqueLang",
        "closed", "ignoredProperties", "severity", "message", "deactivated", "name", "path",
        "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShape",
    )
)  # fmt: skip
TRANSLATED = frozenset({f"{SHACL}message", f"{SHACL}name"})
PARSER_PLACE = re.compile(r"^Parser error (?:at|between) line \d+ .*?: ")


class Statements:
    """The statements of all shapes files.

    What may be said once, such as a severity, may be said again in a later file, which then counts: so a
    user's file can soften or switch off what the card asks for.
    """

    def __init__(self) -> None:
        self._found: dict[Term, dict[str, list[tuple[Term, Place]]]] = {}
        self._count = 0

    def add(self, name: str, text: bytes) -> None:
        """Read one file more.

        Args:
            name: what errors call it.
            text: Turtle in UTF-8.

        Raises:
            CardError: it is too large or not Turtle, or asks for another file (`owl:imports`).
        """
        if len(text) > LARGEST:
            raise CardError(f"{name} has more than {LARGEST:,} bytes; a file of shapes was expected")
        mine: dict[tuple[Term, str], list[tuple[Term, Place]]] = {}
        for subject, predicate, target, line in _parse(name, text):
            if predicate == IMPORTS:
                raise CardError(
                    f"{name}, line {line}: owl:imports; nothing is fetched, so name the file under `shapes:`"
                )
            mine.setdefault((subject, predicate), []).append((target, (name, line)))
        self._count += sum(map(len, mine.values()))
        if self._count > MOST:
            raise CardError(f"{name} brings the shapes to {self._count} statements; at most {MOST} may be")
        for (subject, predicate), told in mine.items():
            known = self._found.setdefault(subject, {})
            known[predicate] = told if predicate in ONCE else [*known.get(predicate, ()), *told]

    def subjects(self) -> list[Term]:
        """Everything of which something is said, in the order of the files."""
        return list(self._found)

    def predicates(self, subject: Term) -> list[str]:
        """What is said of a subject."""
        return list(self._found.get(subject, ()))

    def objects(self, subject: Term, predicate: str) -> list[tuple[Term, Place]]:
        """The objects of a predicate and where each is said.

        Raises:
            CardError: there are several of what may be said once.
        """
        told = self._found.get(subject, {}).get(predicate, [])
        if predicate in ONCE - TRANSLATED and len({target for target, _ in told}) > 1:
            raise error(told[1][1], f"{short(predicate)} is given twice")
        return told

    def one(self, subject: Term, predicate: str) -> tuple[Term, Place] | None:
        """The one object of a predicate, or the first."""
        return next(iter(self.objects(subject, predicate)), None)

    def items(self, head: Term, place: Place) -> tuple[Term, ...]:
        """The members of an RDF list.

        Raises:
            CardError: it is not a list with an end.
        """
        members: list[Term] = []
        seen = set()
        while head != ox.NamedNode(f"{RDF}nil"):
            first, rest = self.one(head, f"{RDF}first"), self.one(head, f"{RDF}rest")
            if first is None or rest is None or head in seen:
                raise error(place, "a list in parentheses was expected")
            seen.add(head)
            members.append(first[0])
            head = rest[0]
        return tuple(members)


def error(place: Place, message: str) -> CardError:
    """An error that names file and line."""
    return CardError(f"{place[0]}, line {place[1]}: {message}")


def short(address: str) -> str:
    """An IRI as people write it: sh:minCount."""
    for prefix, space in (("sh:", SHACL), ("rdf:", RDF), ("xsd:", "http://www.w3.org/2001/XMLSchema#")):
        if address.startswith(space):
            return prefix + address.removeprefix(space)
    return f"<{address}>"


class _Lines:
    """Gives a parser one line at a time, and so knows which one it is at.

    A line longer than what is asked for comes in parts: the parser aborts the process on more.
    """

    def __init__(self, text: bytes) -> None:
        self._text, self._start, self._ended = text, 0, True
        self.line = 0

    def read(self, size: int) -> bytes:
        self.line += self._ended
        stop = self._text.find(b"\n", self._start, self._start + size) + 1 or self._start + size
        part = self._text[self._start : stop]
        self._start, self._ended = stop, part.endswith(b"\n")
        return part


def _parse(name: str, text: bytes) -> Iterator[tuple[Term, str, Term, int]]:
    lines = _Lines(text)
    try:
        for quad in ox.parse(lines, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):  # type: ignore[arg-type]
            if isinstance(quad.object, ox.Triple):
                raise CardError(f"{name}, line {lines.line}: a statement about a statement; shapes have none")
            yield quad.subject, quad.predicate.value, quad.object, lines.line
    except SyntaxError as problem:
        told = PARSER_PLACE.sub("", str(problem.msg))
        raise CardError(f"{name}, line {problem.lineno or lines.line}: not Turtle ({told})") from problem
