"""JSON-LD under limits: how deep it goes and which contexts it names; a small one stands for schema.org's."""

from __future__ import annotations

import io
import json
import re
from typing import IO, TYPE_CHECKING, cast

import pyoxigraph as ox

from .refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^"{}\[\],:]++', re.DOTALL)
SCHEMA_ORG = re.compile(r"https?://(?:www\.)?schema\.org(?:/|/docs/jsonldcontext\.jsonl?d?)?")
RESOURCES = (
    "url", "sameAs", "image", "logo", "contentUrl", "embedUrl", "thumbnailUrl", "mainEntityOfPage",
    "additionalType", "license", "acceptedPaymentMethod", "availability", "itemCondition",
)  # fmt: skip
CONTEXT = json.dumps(
    {
        "@vocab": "https://schema.org/",
        "schema": "https://schema.org/",
        "id": "@id",
        "type": "@type",
        **{name: {"@type": "@id"} for name in RESOURCES},
    }
)
DEEPEST = 100
CHUNK = 2**20  # characters
LONGEST_TOKEN = 2**21  # characters; the parser holds 16 MiB and takes twice what it needs


class Expanded(io.RawIOBase):
    """JSON-LD text as bytes that name no context any more, made as they are read.

    The text is passed on token by token and otherwise as it is, so that the parser judges it.

    Args:
        stream: UTF-8.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self._ready, self._at = b"", 0
        self._parts = self._rewritten()
        self._open: list[list[str]] = []  # [kind, key]: kind is { or [, or c for a list of contexts
        self._key_next = False
        self._reason: Exception | None = None

    @classmethod
    def from_text(cls, text: str) -> Expanded:
        """The same of a text."""
        return cls(io.BytesIO(text.encode()))

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, b"" at the end; a refusal, which the parser would hide, is kept for `parse`."""
        try:
            while self._at >= len(self._ready):
                self._ready, self._at = next(self._parts).encode(), 0
        except (StopIteration, Refused, UnicodeError) as end:
            self._reason = None if isinstance(end, StopIteration) else end
            return b""
        start = self._at
        self._at = len(self._ready) if size < 0 else start + size
        return self._ready[start : self._at]

    def parse(self, base: str) -> Iterator[ox.Quad]:
        """The statements.

        Raises:
            Refused: it is not JSON-LD, is nested too deep, or names a context that is not here.
        """
        try:
            yield from ox.parse(cast(IO[bytes], self), ox.RdfFormat.JSON_LD, base_iri=base)
        except (SyntaxError, ValueError, OSError) as error:
            raise self._told(error) from error
        if self._reason is not None:
            raise self._told(self._reason)

    def _told(self, error: Exception) -> Refused:
        error = self._reason or error
        if isinstance(error, Refused):
            return error
        if isinstance(error, UnicodeError):
            return Refused("it is not UTF-8 text; JSON-LD in UTF-8 was expected")
        return Refused(f"it is not JSON-LD ({error})")

    def _rewritten(self) -> Iterator[str]:
        """Pieces of text; a token that may go on in what is not read yet is held back."""
        held, ended = "", False
        while not ended:
            data = self._text.read(max(CHUNK, len(held)))
            held, ended, at, parts = held + data, not data, 0, []
            while (token := TOKEN.match(held, at)) and (ended or token.end() < len(held)):
                parts.append(self._passed(token[0]))
                at = token.end()
            held = held[at:]
            if len(held) > LONGEST_TOKEN:
                raise Refused(
                    f"it has a text of more than {LONGEST_TOKEN:,} characters; shorter ones are read"
                )
            yield "".join(parts)
        yield held  # what is no token, for the parser to refuse

    def _passed(self, token: str) -> str:
        first = token[0]
        if first in "{[":
            self._enter(first)
        elif first in "}]":
            self._open[-1:] = []
            self._key_next = False
        elif first == ",":
            self._key_next = bool(self._open) and self._open[-1][0] == "{"
        elif first == '"':
            return self._string(token)
        return token

    def _enter(self, first: str) -> None:
        kind = "c" if first == "[" and self._in_context() else first
        self._open.append([kind, ""])
        self._key_next = first == "{"
        if len(self._open) > DEEPEST:
            raise Refused(f"it is nested too deep; at most {DEEPEST} levels were expected")

    def _in_context(self) -> bool:
        return bool(self._open) and (self._open[-1][0] == "c" or self._open[-1][1] == "@context")

    def _string(self, token: str) -> str:
        if "\\u" in token and not _is_text(token):
            raise Refused("it has a lone surrogate, which is not text")
        if self._key_next:
            self._open[-1][1] = key = _decoded(token)
            self._key_next = False
            if key == "@import":
                raise Refused(
                    "it imports a context from elsewhere; only schema.org's is known, nothing is fetched"
                )
        elif self._in_context():
            name = _decoded(token)
            if not SCHEMA_ORG.fullmatch(name):
                raise Refused(
                    f"it names the context {name[:200]!r}; only schema.org's is known, nothing is fetched"
                )
            return CONTEXT
        return token


def _is_text(token: str) -> bool:
    """Whether a string has no half a character, which the parser would take for the end of the file."""
    try:
        str(json.loads(token, strict=False)).encode()
    except UnicodeEncodeError:
        return False
    except ValueError:  # the parser refuses it
        return True
    return True


def _decoded(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token  # the parser refuses it


def blocks_of_html(page: bytes) -> list[str]:
    """The texts of the JSON-LD blocks in a page, found as a browser finds where a script begins and ends.

    Raises:
        Refused: it is not UTF-8, or has none.
    """
    blocks: list[str] = []
    lower, at = page.lower(), 0  # lower() of bytes changes no length
    while (start := lower.find(b"<script", at)) >= 0 and (end := lower.find(b">", start)) >= 0:
        close = lower.find(b"</script", end)
        at = close if close >= 0 else len(page)
        if b"application/ld+json" in lower[start:end]:
            blocks.append(_text(page[end + 1 : at]))
    if not blocks:
        raise Refused('it has no <script type="application/ld+json">; one was expected')
    return blocks


def _text(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        raise Refused("it is not UTF-8 text; a page in UTF-8 was expected") from error
