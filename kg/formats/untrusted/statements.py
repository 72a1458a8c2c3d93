"""RDF files of any syntax as statements, one after the other."""

from __future__ import annotations

import io
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from . import jsonld
from .refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.DefaultGraph

SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "xml": ox.RdfFormat.RDF_XML,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
}
LINES = 10_000  # of N-Triples or N-Quads that are parsed together
LONGEST_IRI = 4_096  # characters, of all that a statement has together
CHUNK = 2**20  # bytes
DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
KINDS = {ox.NamedNode: "iri", ox.BlankNode: "blank", ox.Literal: "literal"}


class Statement(NamedTuple):
    """A statement as texts; "" where there is nothing. A blank node is "_:b1", numbered as they occur."""

    subject: str
    predicate: str
    object: str
    kind: str
    datatype: str
    language: str
    graph: str


def statements(path: str, syntax: str, base: str) -> Iterator[tuple[Statement | None, str]]:
    """(statement, "") for what can be read, (None, reason) for what cannot.

    Args:
        path: an unpacked file.
        syntax: a key of `SYNTAXES`, "jsonld" or "html".
        base: the IRI against which relative ones are read.

    Raises:
        Refused: the file as a whole cannot be read.
    """
    blanks: dict[str, str] = {}
    with Path(path).open("rb") as stream:
        for quad, reason in _quads(stream, syntax, base):
            yield (None, reason) if quad is None else _statement(quad, blanks)


def _quads(stream: IO[bytes], syntax: str, base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    if syntax in {"ntriples", "nquads"}:
        yield from _by_line(stream, SYNTAXES[syntax])
    elif syntax == "html":
        for number, block in enumerate(jsonld.blocks_of_html(stream.read()), start=1):
            try:
                yield from jsonld.quads(io.BytesIO(block), base)
            except Refused as error:
                yield None, f"JSON-LD block {number}: {error}"
    elif syntax == "jsonld":
        yield from jsonld.quads(stream, base)
    else:
        if syntax == "xml":
            _refuse_doctype(stream)
        yield from _whole(stream, SYNTAXES[syntax], base)


def _whole(stream: IO[bytes], syntax: ox.RdfFormat, base: str) -> Iterator[tuple[ox.Quad, str]]:
    try:
        for quad in ox.parse(stream, syntax, base_iri=base):
            yield quad, ""
    except (SyntaxError, ValueError) as error:
        raise Refused(f"it is not {syntax.name} ({error})") from error


def _by_line(stream: IO[bytes], syntax: ox.RdfFormat) -> Iterator[tuple[ox.Quad | None, str]]:
    """Statements of a syntax of one line each; a broken line costs that line."""
    before = 0
    while lines := list(islice(stream, LINES)):
        texts: list[str] = []
        for number, line in enumerate(lines, start=before + 1):
            try:
                texts.append(line.decode())
            except UnicodeDecodeError:
                texts.append("\n")
                yield None, f"line {number}: not utf-8 text"
        yield from _recovering(ox.parse("".join(texts), syntax), before)
        before += len(lines)


def _recovering(parser: ox.QuadParser, before: int) -> Iterator[tuple[ox.Quad | None, str]]:
    while True:
        try:
            quad = next(parser)
        except StopIteration:
            return
        except SyntaxError as error:
            told = re.sub(r"^Parser error at line .*?: | \(line \d+\)$", "", str(error))
            yield None, f"line {before + (error.lineno or 1)}: {told}"
        else:
            yield quad, ""


def _refuse_doctype(stream: IO[bytes]) -> None:
    """Refuse XML with a DOCTYPE, which may define entities, before any of it is parsed."""
    tail = b""
    while data := stream.read(CHUNK):
        if b"\0" in data:
            raise Refused("it is not UTF-8 text; RDF/XML in UTF-8 was expected")
        if DOCTYPE.search(tail + data):
            raise Refused("it has a DOCTYPE, which may define entities; RDF/XML without one was expected")
        tail = data[-64:]
    stream.seek(0)


def _statement(quad: ox.Quad, blanks: dict[str, str]) -> tuple[Statement | None, str]:
    source, target = quad.subject, quad.object
    kind = KINDS.get(type(target), "")
    datatype = language = ""
    if isinstance(target, ox.Triple) or isinstance(source, ox.Triple):
        return None, "a statement about a statement; a resource or a literal was expected"
    if isinstance(target, ox.Literal):
        text, datatype, language = target.value, target.datatype.value, target.language or ""
    else:
        text = _text(target, blanks)
    subject, predicate, graph = (
        _text(source, blanks),
        quad.predicate.value,
        _text(quad.graph_name, blanks),
    )
    address = text if kind == "iri" else ""
    if len(subject) + len(predicate) + len(graph) + len(address) > LONGEST_IRI:
        longest = max(map(len, (subject, predicate, graph, address)))
        return None, f"an address of {longest:,} characters; at most {LONGEST_IRI:,} in a statement are read"
    if "\0" in text:
        return None, "a NUL character, which is not text"
    return Statement(subject, predicate, text, kind, datatype, language, graph), ""


def _text(term: Term, blanks: dict[str, str]) -> str:
    if type(term) is ox.NamedNode:
        return term.value
    if isinstance(term, ox.BlankNode):
        return blanks.setdefault(term.value, f"_:b{len(blanks) + 1}")
    return "" if isinstance(term, ox.DefaultGraph) else term.value
