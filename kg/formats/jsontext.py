"""JSON text, value by value: a long list is never whole in memory, and numbers stay as they are written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kg.errors import CatalogError
from kg.formats.flat import Twice

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 2**20  # characters
LONGEST_VALUE = 2**24  # characters of a record
LONGEST_TOKEN = 16  # characters at the end that may be the beginning of a token: -Infinity, \ud83d\ude00
SPACE = re.compile(r"[ \t\r\n]*")


def _object(pairs: list[tuple[str, object]]) -> object:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return Twice(next(name for name in names if names.count(name) > 1))


DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)


class Cursor:
    """A place in a JSON text that moves forward.

    Args:
        path: the file, for errors.
        text: its text.
    """

    def __init__(self, path: Path, text: io.TextIOBase) -> None:
        self._path, self._text = path, text
        self._buffer, self._at, self._lines, self._ended = "", 0, 1, False

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            space = SPACE.match(self._buffer, self._at)
            self._at = self._at if space is None else space.end()
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def value(self) -> object:
        """The value that stands here: objects as dicts, numbers as text, `Twice` for an ambiguous object.

        Raises:
            CatalogError: it is not JSON, nested too deep, or too long for a record.
        """
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if not self._cut_off(error) or not self._more():
                    raise self.error(error.msg, error.pos) from error
                continue
            except RecursionError as error:
                raise CatalogError(
                    f"{self._path}: JSON nested too deep; a list of flat objects was expected"
                ) from error
            if end < len(self._buffer) or not self._more():  # a number may go on
                self._at = end
                return found

    def items(self) -> Iterator[None]:
        """Stop at each item of the list that stands here; each must be read before the next."""
        yield from self._parts("[", "]")

    def fields(self) -> Iterator[str]:
        """The name of each field of the object that stands here; each value must be read before the next."""
        for _ in self._parts("{", "}"):
            if self.peek() != '"':
                raise self.error("a field's name in quotes was expected", self._at)
            name = self.value()
            self._take(":")
            yield str(name)

    def error(self, message: str, at: int | None = None) -> CatalogError:
        """An error that names the line."""
        line = self._lines + self._buffer.count("\n", 0, self._at if at is None else at)
        return CatalogError(f"{self._path}, line {line}: not JSON ({message})")

    def _parts(self, first: str, last: str) -> Iterator[None]:
        self._take(first)
        if self.peek() == last:
            self._take(last)
            return
        while True:
            yield None
            if self.peek() == last:
                self._take(last)
                return
            self._take(",")

    def _take(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.error(f"{sign!r} was expected", self._at)
        self._at += 1

    def _cut_off(self, error: json.JSONDecodeError) -> bool:
        """Whether an error may come from the end of what has been read so far."""
        return "Unterminated string" in error.msg or error.pos >= len(self._buffer) - LONGEST_TOKEN

    def _more(self) -> bool:
        """Read on, twice as much as is held, so that a long value is not parsed again too often."""
        if self._ended:
            return False
        held = len(self._buffer) - self._at
        if held > LONGEST_VALUE:
            raise self.error(f"a record of more than {LONGEST_VALUE:,} characters")
        data = self._text.read(max(CHUNK, held))
        self._ended = not data
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer, self._at = self._buffer[self._at :] + data, 0
        return not self._ended
