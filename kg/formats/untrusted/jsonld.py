"""JSON-LD under limits: how deep it goes and which contexts it names; a small one stands for schema.org's."""

from __future__ import annotations

import io
import json
import re
from typing import IO, TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox

from .jsontext import Cursor, NotJson, Twice, unambiguous
from .refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA_ORG = re.compile(r"https?://(?:www\.)?schema\.org(?:/|/docs/jsonldcontext\.jsonl?d?)?")
RESOURCES = (
    "url", "sameAs", "image", "logo", "contentUrl", "embedUrl", "thumbnailUrl", "mainEntityOfPage",
    "additionalType", "license", "acceptedPaymentMethod", "availability", "itemCondition",
)  # fmt: skip
CONTEXT = {
    "@vocab": "https://schema.org/",
    "schema": "https://schema.org/",
    "id": "@id",
    "type": "@type",
    **{name: {"@type": "@id"} for name in RESOURCES},
}
DEEPEST = 100  # the parser crashes at some thousands
LONGEST_TEXT = 2**21  # characters, that may be parsed; a cell may be half as long
TOGETHER = 2**20  # characters of subjects that are parsed at once
WHOLE = 2**22  # characters of a document that is parsed in one piece; the parser needs sixteen times as much


def _no_number(name: str) -> NoReturn:
    raise Refused(f"it is not JSON ({name} is no number)")


DECODER = json.JSONDecoder(object_pairs_hook=unambiguous, parse_constant=_no_number)


def quads(stream: IO[bytes], base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    """(statement, "") for what can be read, (None, reason) for subjects that cannot.

    A list of subjects, and the `@graph` of an object that has nothing but a `@context` before it, are read
    subject by subject. Any other document has to be short.

    Args:
        stream: UTF-8.
        base: the IRI against which relative ones are read.

    Raises:
        Refused: the document cannot be read, or is no list of subjects and long.
    """
    try:
        with io.TextIOWrapper(stream, encoding="utf-8-sig") as text:
            start = text.read(WHOLE)
            if len(start) < WHOLE:
                yield from _document(DECODER.decode(start), base)
            else:
                text.seek(0)
                yield from _stream(Cursor(text, DECODER), base)
    except UnicodeDecodeError as error:
        raise Refused("it is not UTF-8 text; JSON-LD in UTF-8 was expected") from error
    except NotJson as error:
        raise Refused(f"line {error.line}: {error}") from error
    except json.JSONDecodeError as error:
        raise Refused(f"line {error.lineno}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise Refused(f"it is nested too deep; at most {DEEPEST} levels were expected") from error


def _document(data: object, base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    if isinstance(data, list):
        yield from _subjects(None, data, base)
    elif (
        isinstance(data, dict) and data.keys() == {"@context", "@graph"} and isinstance(data["@graph"], list)
    ):
        yield from _subjects(data["@context"], data["@graph"], base)
    else:
        yield from ((quad, "") for quad in _parsed(json.dumps(_checked(data)), base))


def _stream(cursor: Cursor, base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    context: object = None
    if cursor.peek() == "[":
        yield from _subjects(None, (cursor.value() for _ in cursor.items()), base)
        return
    done = False
    for name in cursor.fields():
        if name == "@context" and not done:
            context = cursor.value()
        elif name == "@graph" and cursor.peek() == "[" and not done:
            yield from _subjects(context, (cursor.value() for _ in cursor.items()), base)
            done = True
        else:
            raise Refused(
                f"it has more than {WHOLE:,} characters and a field {name[:100]!r}; "
                "of long documents, lists and objects of a @context and then a @graph are read"
            )


def _subjects(context: object, items: Iterable[object], base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    """The statements of many subjects; one that cannot be read is told apart from the others."""
    head = "" if context is None else f'"@context": {json.dumps(_context(context, 1))}, '
    held: list[str] = []
    size = 0
    for item in items:
        try:
            held.append(json.dumps(_checked_subject(item)))
        except Refused as reason:
            yield None, str(reason)
            continue
        size += len(held[-1])
        if size > TOGETHER:
            yield from _together(head, held, base)
            held, size = [], 0
    yield from _together(head, held, base)


def _together(head: str, texts: list[str], base: str) -> Iterator[tuple[ox.Quad | None, str]]:
    try:
        yield from [(quad, "") for quad in _parsed(f'{{{head}"@graph": [{", ".join(texts)}]}}', base)]
    except Refused as reason:
        if len(texts) == 1:
            yield None, str(reason)
            return
        for text in texts:
            yield from _together(head, [text], base)


def _parsed(text: str, base: str) -> Iterator[ox.Quad]:
    try:
        yield from ox.parse(text, ox.RdfFormat.JSON_LD, base_iri=base)
    except (SyntaxError, ValueError, OSError) as error:
        raise Refused(f"it is not JSON-LD ({error})") from error


def _checked_subject(item: object) -> object:
    if not isinstance(item, dict | Twice):
        raise Refused("a single value or a list where an object was expected")
    return _checked(item)


def _checked(value: Any, depth: int = 1) -> Any:  # noqa: ANN401
    """A value whose contexts are known, and which is neither too deep nor too long nor ambiguous.

    Raises:
        Refused: it is not.
    """
    if depth > DEEPEST:
        raise Refused(f"it is nested too deep; at most {DEEPEST} levels were expected")
    if isinstance(value, dict):
        return {name: _field(name, part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_checked(part, depth + 1) for part in value]
    if isinstance(value, Twice):
        raise Refused(f"the field {str(value)[:100]!r} occurs twice in one object")
    if isinstance(value, str):
        _check_text(value)
    return value


def _field(name: str, value: object, depth: int) -> object:
    _check_text(name)
    if name == "@import":
        raise Refused("it imports a context from elsewhere; only schema.org's is known, nothing is fetched")
    return _context(value, depth) if name == "@context" else _checked(value, depth)


def _context(value: object, depth: int) -> object:
    """A context in which schema.org's stands as it is known here."""
    if isinstance(value, list):
        return [
            _context(part, depth + 1) if isinstance(part, str) else _checked(part, depth + 1)
            for part in value
        ]
    if not isinstance(value, str) or isinstance(value, Twice):
        return _checked(value, depth)
    if not SCHEMA_ORG.fullmatch(value):
        raise Refused(f"it names the context {value[:100]!r}; only schema.org's is known, nothing is fetched")
    return CONTEXT


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise Refused(f"a text of {len(text):,} characters; at most {LONGEST_TEXT:,} are read")
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Refused("it has a lone surrogate, which is not text")


def blocks_of_html(page: bytes) -> list[bytes]:
    """The JSON-LD blocks of a page, found as a browser finds where a script begins and ends.

    Raises:
        Refused: it has none.
    """
    blocks: list[bytes] = []
    lower, at = page.lower(), 0  # lower() of bytes changes no length
    while (start := lower.find(b"<script", at)) >= 0 and (end := lower.find(b">", start)) >= 0:
        close = lower.find(b"</script", end)
        at = close if close >= 0 else len(page)
        if b"application/ld+json" in lower[start:end]:
            blocks.append(page[end + 1 : at])
    if not blocks:
        raise Refused('it has no <script type="application/ld+json">; one was expected')
    return blocks
