"""Tables: CSV, TSV, Parquet, and lines of cells with any separator."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, ClassVar

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from kg.errors import CatalogError
from kg.formats.base import (
    Reader,
    ReadOptions,
    extension,
    frame_of,
    raw_bytes,
    text_lines,
    unreadable,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SEPARATORS = {"csv": ",", "tsv": "\t", "tab": "\t"}
LONGEST_CELL = 2**26  # the csv module's own limit of 128 KiB is below a long review or plot


class Tables(Reader):
    """Rows of cells, with a header or with the column names given."""

    name: ClassVar[str] = "tables"
    extensions: ClassVar[tuple[str, ...]] = ("csv", "tsv", "tab", "txt", "dat", "data", "parquet")

    def read(self, path: Path, options: ReadOptions) -> pd.DataFrame:
        """The table as strings; see `Reader.read`."""
        if extension(path) == "parquet":
            return _read_parquet(path)
        separator = _separator(path, options)
        records = _records(path, separator, options)
        columns = options.columns or tuple(next(records, ("", ()))[1])
        if not columns:
            raise CatalogError(f"{path} is empty; a header line was expected")
        plain = _read_plain(path, separator, columns, options)
        return table(path, records, columns) if plain is None else plain

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write the table; see `Reader.write`."""
        if extension(path) == "parquet":
            frame.to_parquet(path, index=False)
            return
        separator = _separator(path, options)
        rows = [list(row) for row in frame.itertuples(index=False)]
        rows = rows if options.columns else [list(frame.columns), *rows]
        if len(separator) > 1 or not _quote(path, options):
            text = "".join(separator.join(row) + "\n" for row in rows)
        else:
            text = _quoted(rows, separator, _quote(path, options))
        write_text(path, text, options)


def table(path: Path, records: Iterable[tuple[int, list[str]]], columns: tuple[str, ...]) -> pd.DataFrame:
    """A frame from (line, cells) records, each with one cell per column.

    Raises:
        CatalogError: a row has more or fewer cells than there are columns, or there is no row.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    width = len(columns)
    for line, cells in records:
        if len(cells) != width:
            raise CatalogError(
                f"{path}, line {line}: {len(cells)} cells where {width} were expected ({', '.join(columns)})"
            )
        rows.append(cells)
        lines.append(line)
    return frame_of(path, rows, lines, columns)


def _read_plain(
    path: Path, separator: str, columns: tuple[str, ...], options: ReadOptions
) -> pd.DataFrame | None:
    """The table by pyarrow, thirty times as fast, where no cell is quoted and no line is blank or broken.

    None where it cannot be read so: the slow way then reads it, or says what is wrong and in which line.
    """
    raw, quote = raw_bytes(path), _quote(path, options)
    first = options.skip + (0 if options.columns else 1)
    blank = raw[:1] in {b"\n", b"\r"} or any(pair in raw for pair in (b"\n\n", b"\n\r", b"\r\r"))
    plain = len(separator) == 1 and len(set(columns)) == len(columns) > 1
    if blank or not plain or (quote and quote.encode() in raw):
        return None
    try:
        cells = arrow_csv.read_csv(
            pa.py_buffer(raw),
            arrow_csv.ReadOptions(skip_rows=first, column_names=columns, encoding=options.encoding),
            arrow_csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except (ValueError, LookupError):  # pyarrow's own errors are ValueErrors
        return None
    frame = pd.DataFrame({name: pd.array(cells[name], dtype="str") for name in columns})
    return (
        frame.set_index(pd.RangeIndex(first + 1, first + 1 + len(frame), name="line")) if len(frame) else None
    )


def _records(path: Path, separator: str, options: ReadOptions) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) for every line that is not blank."""
    quote = _quote(path, options)
    if len(separator) > 1 or not quote:
        return _split(path, separator, options)
    return _parse(path, separator, quote, options)


def _split(path: Path, separator: str, options: ReadOptions) -> Iterator[tuple[int, list[str]]]:
    for number, raw in enumerate(text_lines(path, options), start=options.skip + 1):
        line = raw.rstrip("\r\n")
        if line:
            yield number, line.split(separator)


def _parse(path: Path, separator: str, quote: str, options: ReadOptions) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text_lines(path, options), delimiter=separator, quotechar=quote, strict=True)
    line = options.skip + 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = options.skip + reader.line_num + 1
    except csv.Error as error:
        raise CatalogError(
            f"{path}, line {line}: a broken row ({error}); cells in quotes were expected"
        ) from error


def _separator(path: Path, options: ReadOptions) -> str:
    separator = SEPARATORS.get(extension(path)) if options.separator is None else options.separator
    if not separator:
        raise CatalogError(
            f"{path}: the ending .{extension(path)} does not tell the separator; give `separator:`"
        )
    return separator


def _quote(path: Path, options: ReadOptions) -> str:
    return ('"' if extension(path) == "csv" else "") if options.quote is None else options.quote


def _quoted(rows: list[list[str]], separator: str, quote: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, quotechar=quote, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(raw_bytes(path)))
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise unreadable(path, error) from error
    columns = [str(name) for name in frame.columns]
    cells = [[_text(value) for value in frame.iloc[:, column]] for column in range(len(columns))]
    return frame_of(path, list(zip(*cells, strict=True)), range(1, len(frame) + 1), columns, unit="row")


def _text(value: object) -> str:
    """A Parquet cell as text; a whole number keeps no ".0" that a missing neighbour gave it."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  NaN is not itself
        return ""
    return re.sub(r"\.0$", "", str(value)) if isinstance(value, float) else str(value)
