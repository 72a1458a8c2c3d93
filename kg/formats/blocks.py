"""Plain tables in blocks of lines, by pyarrow: thirty times as fast as cell by cell."""

from __future__ import annotations

import codecs
import io
import re
from itertools import chain
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from kg.errors import CatalogError
from kg.formats.packed import LONGEST_LINE
from kg.formats.rows import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 2**22  # bytes
LINE_END = re.compile(rb"\r\n?|\n")
BLANK = (b"\n\n", b"\n\r", b"\r\r")
ONE_BYTE = re.compile(r"utf-8|ascii|latin-1|iso8859-\d+|cp125\d")


def possible(encoding: str, separator: str, quote: str) -> bool:
    """Whether lines and cells can be told apart in the bytes, without decoding them first."""
    name = codecs.lookup(encoding).name
    return bool(ONE_BYTE.fullmatch(name)) and len(separator) == 1 and (separator + quote).isascii()


def blocks(path: Path, stream: IO[bytes], skip: int, encoding: str) -> Iterator[bytes]:
    """The bytes of a file in pieces of whole lines, without the first `skip` lines and a byte order mark.

    Raises:
        CatalogError: a line is so long that it cannot be one.
    """
    tail = stream.read(len(codecs.BOM_UTF8))
    tail = b"" if tail == codecs.BOM_UTF8 and codecs.lookup(encoding).name == "utf-8" else tail
    while data := stream.read(BLOCK):
        data = tail + data
        if skip:
            data, skip = _without_lines(data, skip)
        cut = data.rfind(b"\n") + 1
        tail = data[cut:]
        if len(tail) > BLOCK + LONGEST_LINE:
            raise CatalogError(
                f"{path} has a line of more than {len(tail):,} bytes; shorter lines were expected"
            )
        if cut and not skip:
            yield data[:cut]
    if tail and not skip:
        yield tail


def _without_lines(data: bytes, skip: int) -> tuple[bytes, int]:
    """Data without its first lines, and how many lines are still to be skipped."""
    start = 0
    whole = data.removesuffix(b"\r")  # a line feed may follow it
    while skip and (end := LINE_END.search(whole, start)):
        start, skip = end.end(), skip - 1
    return data[start:], skip


class Lines:
    """(number, line) of the lines in blocks; at the end of each block comes (the next number, "").

    Bytes that are not text become lone surrogates.

    Args:
        block: the first block.
        others: those that come after it; they are taken only as far as lines are asked for.
        number: the first line's.
        encoding: one that `possible` allows.
    """

    def __init__(self, block: bytes, others: Iterator[bytes], number: int, encoding: str) -> None:
        self._blocks, self._encoding, self.number = chain([block], others), encoding, number

    def __iter__(self) -> Iterator[tuple[int, str]]:
        for block in self._blocks:
            for line in io.StringIO(block.decode(self._encoding, "surrogateescape"), newline=""):
                self.number += 1
                yield self.number - 1, line
            yield self.number, ""


def parsed(
    block: bytes, separator: str, quote: str, columns: tuple[str, ...], encoding: str
) -> list[pa.Array] | None:
    """A block's columns of text; None where a line is blank or broken: the slow way finds which and why."""
    if block[:1] in b"\r\n" or b"\0" in block or any(pair in block for pair in BLANK):
        return None
    quoted = bool(quote) and quote.encode() in block
    if quoted and not _well_quoted(block, separator, quote):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(block),
            arrow_csv.ReadOptions(column_names=columns, encoding=encoding),
            arrow_csv.ParseOptions(
                delimiter=separator, quote_char=quote if quoted else False, ignore_empty_lines=False
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=False
            ),
        )
    except (ValueError, LookupError):  # pyarrow's own errors are ValueErrors
        return None
    return list(table.columns) if all(map(clean, table.columns)) else None


def _well_quoted(block: bytes, separator: str, quote: str) -> bool:
    """Whether every quote opens a cell, closes one or is doubled within one, and no cell has a line end.

    The quotes of such a block open and close in turn: a doubled one closes and opens at once.
    """
    signs = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(signs == ord(quote))
    ends = np.flatnonzero((signs == ord("\n")) | (signs == ord("\r")))
    if len(quotes) % 2 or np.any(np.searchsorted(quotes, ends) % 2):
        return False
    around = np.zeros(256, dtype=np.bool_)
    around[[ord(separator), ord(quote), ord("\n"), ord("\r")]] = True
    before, after = quotes[::2] - 1, quotes[1::2] + 1
    before, after = before[before >= 0], after[after < len(signs)]
    return bool(around[signs[before]].all() and around[signs[after]].all())
