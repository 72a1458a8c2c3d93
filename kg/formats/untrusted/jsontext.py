"""JSON text, value by value: a long list is never whole in memory, and numbers stay as they are written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

CHUNK = 2**20  # characters
LONGEST_VALUE = 2**24  # characters of a record
LONGEST_TOKEN = 16  # characters at the end that may be the beginning of a token: -Infinity, \ud83d\ude00
SPACE = re.compile(r"[ \t\r\n]*")


class NotJson(ValueError):  # noqa: N818  (a reason, in words)
    """A text that is not JSON or goes beyond a limit; `str` is the reason, `line` where it was found."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Twice(str):
    """Stands for an object in which a field, this one, occurs twice."""

    __slots__ = ()


def unambiguous(pairs: list[tuple[str, object]]) -> object:
    """An object of its fields, or `Twice`."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return Twice(next(name for name in names if names.count(name) > 1))


AS_WRITTEN = json.JSONDecoder(
    parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=unambiguous
)


class Cursor:
    """A place in a JSON text that moves forward.

    Args:
        text: the text.
        decoder: how a value is read; by default numbers become the text that they are written as.
    """

    def __init__(self, text: io.TextIOBase, decoder: json.JSONDecoder = AS_WRITTEN) -> None:
        self._text, self._decoder = text, decoder
        self._buffer, self._at, self._lines, self._ended = "", 0, 1, False

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            space = SPACE.match(self._buffer, self._at)
            self._at = self._at if space is None else space.end()
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def value(self) -> object:
        """The value that stands here: objects as dicts, `Twice` for an ambiguous one.

        Raises:
            NotJson: it is not JSON, nested too deep, or too long for a record.
        """
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if not self._cut_off(error) or not self._more():
                    raise self.error(error.msg, error.pos) from error
                continue
            except RecursionError as error:
                raise NotJson(self.line(self._at), "nested too deep") from error
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

    def line(self, at: int) -> int:
        """The number of the line of a place in what is held."""
        return self._lines + self._buffer.count("\n", 0, at)

    def error(self, message: str, at: int | None = None) -> NotJson:
        """An error that knows its line."""
        return NotJson(self.line(self._at if at is None else at), f"not JSON ({message})")

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
            raise NotJson(self.line(self._at), f"a record of more than {LONGEST_VALUE:,} characters")
        data = self._text.read(max(CHUNK, held))
        self._ended = not data
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer, self._at = self._buffer[self._at :] + data, 0
        return not self._ended
