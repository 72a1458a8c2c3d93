"""Tables: CSV, TSV, and lines of cells with any separator."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from kg.errors import CatalogError
from kg.formats import blocks, packed, quoted, rows
from kg.formats.base import ReadOptions, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.formats.base import Location, Reject

SEPARATORS = {"csv": ",", "tsv": "\t", "tab": "\t"}
LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one file is cut into lines and cells."""

    path: Path
    options: ReadOptions
    separator: str
    quote: str

    def records(
        self, lines: Iterator[tuple[int, str]], columns: tuple[str, ...], reject: Reject
    ) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) for every line that is not blank; rows of another length are rejected."""
        if self.quote:
            yield from quoted.records(self.path, lines, self.separator, self.quote, columns, reject)
            return
        for number, line in lines:
            if not line:  # the end of a block
                return
            text = line.rstrip("\r\n")
            cells = text.split(self.separator) if text else []
            if cells and columns and len(cells) != len(columns):
                reject(number, quoted.wrong_width(len(cells), columns))
            elif cells:
                yield number, cells

    def frames(
        self, lines: Iterator[tuple[int, str]], columns: tuple[str, ...], reject: Reject
    ) -> Iterator[pd.DataFrame]:
        """The rows of text lines."""
        encoding = self.options.encoding
        for numbers, cells in rows.batches(self.records(lines, columns, reject), len(columns)):
            yield rows.frame_of(cells, numbers, columns, reject, encoding=encoding)


class Tables(Writer):
    """Rows of cells, with a header or with the column names given."""

    name: ClassVar[str] = "tables"
    extensions: ClassVar[tuple[str, ...]] = ("csv", "tsv", "tab", "txt", "dat", "data")

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The table as strings; see `Reader.stream`."""
        layout = _layout(packed.file(path), options)
        columns, skip, fast = _header(layout)
        if fast and blocks.possible(options.encoding, layout.separator, layout.quote):
            yield from _by_blocks(layout, columns, skip, reject)
        else:
            lines = packed.lines(layout.path, replace(options, skip=skip))
            yield from layout.frames(lines, columns, reject)

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write the table; see `Writer.write`."""
        layout = _layout(path, options)
        cells = [list(row) for row in frame.itertuples(index=False)]
        cells = cells if options.columns else [list(frame.columns), *cells]
        if layout.quote:
            text = io.StringIO()
            writer = csv.writer(text, delimiter=layout.separator, quotechar=layout.quote, lineterminator="\n")
            writer.writerows(cells)
            packed.write_text(path, text.getvalue(), options)
        else:
            packed.write_text(path, "".join(layout.separator.join(row) + "\n" for row in cells), options)


def _layout(path: Path, options: ReadOptions) -> _Layout:
    ending = packed.extension(path, options)
    separator = SEPARATORS.get(ending) if options.separator is None else options.separator
    if not separator:
        raise CatalogError(f"{path}: the ending .{ending} does not tell the separator; give `separator:`")
    quote = ('"' if ending == "csv" else "") if options.quote is None else options.quote
    return _Layout(path, options, separator, quote if len(separator) == 1 else "")


def _header(layout: _Layout) -> tuple[tuple[str, ...], int, bool]:
    """Column names, how many lines come before the first row, and whether lines end in a line feed."""
    lines = packed.lines(layout.path, layout.options)
    first = next(lines, None)
    if first is None:
        raise CatalogError(f"{layout.path} is empty; a header line was expected")
    fast = not first[1].endswith("\r")
    if layout.options.columns:
        return rows.named(layout.path, layout.options.columns), layout.options.skip, fast

    def broken(line: int, reason: str) -> None:
        raise CatalogError(f"{layout.path}, line {line}, the header: {reason}")

    line, cells = next(layout.records(chain([first], lines), (), broken), (0, []))
    if not cells:
        raise CatalogError(f"{layout.path} is empty; a header line was expected")
    skip = line + sum(len(LINE_END.findall(cell)) for cell in cells)
    return rows.named(layout.path, cells, layout.options.encoding), skip, fast


def _by_blocks(
    layout: _Layout, columns: tuple[str, ...], skip: int, reject: Reject
) -> Iterator[pd.DataFrame]:
    """The rows by pyarrow, block by block; cell by cell where rows are broken or cells have several lines."""
    number, encoding = skip + 1, layout.options.encoding
    with packed.opened(layout.path, layout.options) as stream:
        pieces = blocks.blocks(layout.path, stream, skip, encoding)
        for block in pieces:
            cells = blocks.parsed(block, layout.separator, layout.quote, columns, encoding)
            if cells is None:
                lines = blocks.Lines(block, pieces, number, encoding)
                yield from layout.frames(iter(lines), columns, reject)
                number = lines.number
            else:
                index = pd.RangeIndex(number, number + len(cells[0]), name="line")
                yield rows.text_frame(cells, columns, index)
                number += len(index)
