"""CSV records with cells in quotes (RFC 4180), and the way back after a quote that does not belong."""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from kg.errors import CatalogError
from kg.formats.packed import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.formats.base import Reject

LONGEST_RECORD = 2**21  # characters, of a record that goes over several lines
MOST_READ_AGAIN = 2**24  # characters of lines that are read again after broken records, and all read once
HINT = "a quote inside a cell in quotes is written twice"


class _TooLong(Exception):  # noqa: N818  (it ends a record, and is not seen outside)
    """A quote stays open for too long."""


class _Feed:
    """The lines of one record after the other; those of a broken record after its first can be had again."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._ahead: deque[tuple[int, str]] = deque()
        self._held: list[tuple[int, str]] = []
        self._size = self._again = self._once = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        pair = self._ahead.popleft() if self._ahead else self._next()
        self._held.append(pair)
        self._size += len(pair[1])
        if self._size > LONGEST_RECORD and len(self._held) > 1:
            raise _TooLong
        return pair[1]

    def _next(self) -> tuple[int, str]:
        pair = next(self._lines)
        if not pair[1]:  # the end of a block, where reading stops unless a record goes on
            if not self._held:
                raise StopIteration
            pair = next(self._lines)
        self._once += len(pair[1])
        return pair

    @property
    def lost(self) -> bool:
        """Whether lines were read again so often that there is no end to it."""
        return self._again > MOST_READ_AGAIN + self._once

    @property
    def first(self) -> int:
        """The number of the line at which the record begins."""
        return self._held[0][0]

    def start(self) -> None:
        """Begin a record."""
        self._held.clear()
        self._size = 0

    def back(self) -> None:
        """Give the lines of this record again, without its first."""
        self._again += self._size
        self._ahead.extendleft(reversed(self._held[1:]))


def records(
    path: Path,
    lines: Iterator[tuple[int, str]],
    separator: str,
    quote: str,
    columns: tuple[str, ...],
    reject: Reject,
) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every record that is not blank; a record may go over several lines.

    Where a quote is closed in the middle of a cell, is never closed, or makes a record of several lines with
    the wrong number of cells, the line at which the record begins is rejected and reading goes on at the next
    line: a stray quote costs its own line, whatever stands below.

    Args:
        path: the file, for errors.
        lines: (number, line) with line ends; an empty line ends the records, unless one is open there.
        separator: one character.
        quote: one character.
        columns: their names; () accepts records of any length.
        reject: told of broken records.

    Raises:
        CatalogError: so many quotes are astray that the file is not written with this quote.
    """
    csv.field_size_limit(LONGEST_LINE)
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=separator, quotechar=quote, strict=True)
    while True:
        feed.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong) as error:
            reject(feed.first, f"a broken row, {_words(error)} ({HINT})")
            feed.back()
        else:
            if cells and columns and len(cells) != len(columns):
                reject(feed.first, wrong_width(len(cells), columns))
                feed.back()
            elif cells:
                yield feed.first, cells
        if feed.lost:
            raise CatalogError(
                f"{path}, line {feed.first}: too many quotes are astray; "
                f'where {quote} is part of the text, say `quote: ""`'
            )


def wrong_width(count: int, columns: tuple[str, ...]) -> str:
    """What is said of a row with more or fewer cells than there are columns."""
    return f"{count} cells where {len(columns)} were expected ({', '.join(columns)})"


def _words(error: Exception) -> str:
    if isinstance(error, _TooLong):
        return f"in which a quote is still open after {LONGEST_RECORD:,} characters"
    if "unexpected end" in str(error):
        return "in which a quote is opened and never closed"
    return "in which a quote is closed and the cell goes on"
