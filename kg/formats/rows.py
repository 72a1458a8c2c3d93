"""Rows of cells as a frame; rows that no table should hold are rejected here, for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
from pyarrow import compute

from kg.errors import CatalogError
from kg.formats.packed import not_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from kg.formats.base import Reject

LONGEST_CELL = 2**20  # characters: a novel's first chapters; what is longer is no cell of a catalog
MOST_COLUMNS = 2_000
MOST_CELLS = 2**22  # of a batch; wide tables come in shorter batches
MOST_CHARACTERS = 2**26  # of a batch
BATCH_ROWS = 100_000
HELD_ROWS = 10_000  # as Python's objects: with many more, its garbage collector takes a third of the time


def named(path: Path, columns: Sequence[str], encoding: str = "utf-8") -> tuple[str, ...]:
    """Column names, checked.

    Raises:
        CatalogError: a name is used twice or is not text, or there are too many.
    """
    if len(columns) > MOST_COLUMNS:
        raise CatalogError(f"{path} has {len(columns):,} columns; at most {MOST_COLUMNS:,} were expected")
    reason = fault(columns, encoding)
    if reason:
        raise CatalogError(f"{path}, the column names: {reason}")
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise CatalogError(
                f"{path}: column {name!r} occurs twice in the header; every column needs its own name"
            )
        seen.add(name)
    return tuple(columns)


def frame_of(
    rows: Sequence[Sequence[str]],
    lines: Sequence[int],
    columns: Sequence[str],
    reject: Reject,
    *,
    unit: str = "line",
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """A frame of strings from rows, each as long as `columns`, and the places they come from.

    A row with a cell that is too long or is not text is rejected.
    """
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return frame_of_cells(cells, lines, columns, reject, unit=unit, encoding=encoding)


def frame_of_cells(
    cells: Sequence[Sequence[str]],
    lines: Sequence[int],
    columns: Sequence[str],
    reject: Reject,
    *,
    unit: str = "line",
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """The same from columns, each as long as `lines`."""
    arrays = _arrays(cells)
    if arrays is None:
        rows = zip(lines, zip(*cells, strict=True), strict=True)
        kept = [(line, row) for line, row in rows if _fine(line, row, reject, encoding)]
        lines = [line for line, _ in kept]
        arrays = _arrays(list(zip(*(row for _, row in kept), strict=True)) or [()] * len(columns)) or []
    return text_frame(arrays, columns, pd.Index(list(lines), name=unit, dtype="int64"))


def text_frame(arrays: Iterable[pa.Array], columns: Sequence[str], index: pd.Index) -> pd.DataFrame:
    """A frame of Arrow columns of text."""
    cells = {name: pd.array(array, dtype="str") for name, array in zip(columns, arrays, strict=True)}
    return pd.DataFrame(cells, index=index, columns=None if cells else [])


def clean(array: pa.Array) -> bool:
    """Whether every cell of an Arrow column of text is short enough and free of NUL."""
    if not len(array):
        return True
    longest = compute.max(compute.utf8_length(array)).as_py() or 0
    return longest <= LONGEST_CELL and not compute.any(compute.match_substring(array, "\0")).as_py()


def fault(cells: Iterable[str], encoding: str = "utf-8") -> str:
    """Why cells are no text for a table, in words; "" where they are."""
    for cell in cells:
        if len(cell) > LONGEST_CELL:
            return f"a cell of {len(cell):,} characters; at most {LONGEST_CELL:,} are read"
        if "\0" in cell:
            return "a NUL character, which is not text"
        if not cell.isascii():
            lone = next((sign for sign in cell if "\ud800" <= sign <= "\udfff"), "")
            if lone >= "\udc80" and lone <= "\udcff":
                return not_text(encoding)
            if lone:
                return "a lone surrogate, which is not text"
    return ""


def batches(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterator[tuple[list[int], list[list[str]]]]:
    """(lines, rows) of at most so many rows, cells and characters that memory stays flat."""
    lines: list[int] = []
    held: list[list[str]] = []
    size, most = 0, max(min(HELD_ROWS, MOST_CELLS // width), 1)
    for line, cells in rows:
        lines.append(line)
        held.append(cells)
        size += sum(map(len, cells))
        if len(held) >= most or size > MOST_CHARACTERS:
            yield lines, held
            lines, held, size = [], [], 0
    if held:
        yield lines, held


def _fine(line: int, row: Sequence[str], reject: Reject, encoding: str) -> bool:
    reason = fault(row, encoding)
    if reason:
        reject(line, reason)
    return not reason


def _arrays(cells: Sequence[Sequence[str]]) -> list[pa.Array] | None:
    """One Arrow array per column; None where a cell is not one for a table."""
    try:
        arrays = [pa.array(column, pa.large_string()) for column in cells]
    except UnicodeEncodeError:
        return None
    return arrays if all(map(clean, arrays)) else None
