"""One file as a table: its columns looked at in one pass, and what its rows have in common with others'."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import formats
from kg.draft import joins, names
from kg.draft.column import MOST_HASHES, Column, HashArray, distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.draft.layout import Layout
    from kg.formats.base import Location

KEPT_ROWS = 100_000
MOST_ROWS = 20_000_000


@dataclass(eq=False)
class Table:
    """A file that can be read as rows.

    Attributes:
        file: its path under the folder, with slashes; what a card writes after `file:`.
        path: where it is, or a database's URL.
        layout: how it is read.
        columns: in the file's order.
        rows: how many there are.
        row_hashes: of its distinct rows whatever the order of their cells, sorted.
        used: what the draft makes of it, in words; empty while nothing.
    """

    file: str
    path: Location
    layout: Layout
    columns: list[Column] = field(default_factory=list)
    rows: int = 0
    row_hashes: HashArray = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    used: list[str] = field(default_factory=list)
    _frame: pd.DataFrame | None = None

    @property
    def name(self) -> str:
        """The file, and the part of it that is meant: "shop.db#orders"."""
        part = part_of(self.layout.options)
        return f"{self.file}#{part}" if part else self.file

    @property
    def stem(self) -> str:
        """The name of the file or of its part, without endings and folder."""
        return stem(part_of(self.layout.options) or self.file)

    @property
    def folder(self) -> str:
        """The folder under the root, "." for none; of a part, its file."""
        return self.file if part_of(self.layout.options) else str(PurePosixPath(self.file).parent)

    @property
    def holds(self) -> str:
        """What the name says that the rows are: "movie" for movies.csv."""
        return names.held(self.stem)

    def called(self, column: Column) -> str:
        """What a column of ids calls; without a name of its own, what the table's name says."""
        before, after = ("", "") if column.named else names.sides(self.stem)
        if before:
            return before if column.place == 0 else after
        return names.called(column.name if column.named else "", self.stem)

    def values(self, column: Column) -> joins.Values:
        """A column's values, to be compared with others'."""
        called = self.called(column)
        role = names.role(called) or (names.role(self.holds) if column.unique else "")
        return joins.values([column], called, role=role, where=f"{self.name}, {column.name}")

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(column for column in self.columns if column.name == name)

    def frame(self) -> pd.DataFrame:
        """The first 100,000 rows as text, under the columns' present names; read again where not kept."""
        if self._frame is None:
            self._frame = next(_batches(self)).head(KEPT_ROWS)
        cells = {
            column.name: self._frame.iloc[:, column.place]
            for column in self.columns
            if column.place < self._frame.shape[1]
        }
        return pd.DataFrame(cells)

    def call(self, **wanted: Column | None) -> None:
        """Name columns that the file itself gives no name."""
        for name, column in wanted.items():
            taken = {other.name for other in self.columns if other is not column}
            if column is not None and not column.given and name not in taken:
                column.name, column.given = name, True

    def options(self) -> formats.ReadOptions:
        """How to read the file, with the names that its columns have by now."""
        options = self.layout.options
        if not options.columns and self.layout.headed:
            return options
        return replace(options, columns=tuple(column.name for column in self.columns))


def part_of(options: formats.ReadOptions) -> str:
    """The table, member, list or class that is read of a file, "" for all of it."""
    return options.table or options.member or options.records or options.type or ""


def stem(file: str) -> str:
    """A file's name without folder and endings: "u" for u.item would say nothing, so that ending stays."""
    name = PurePosixPath(file).name
    plain = name.split(".")
    known = {ending for reader in formats.find().values() for ending in reader.extensions}
    while len(plain) > 1 and (
        plain[-1] in known - {"user", "item", "inter", "kg", "link"} or plain[-1] == "gz"
    ):
        plain.pop()
    return " ".join(plain)


def _batches(table: Table) -> Iterator[pd.DataFrame]:
    return formats.batches(table.path, table.layout.format, table.layout.options)


def look(file: str, path: Location, layout: Layout) -> Table:
    """Read a file once from end to end and keep what is worth knowing.

    Raises:
        CatalogError: the file cannot be read as it is laid out.
    """
    table, hashes = Table(file, path, layout), [np.empty(0, dtype=np.uint64)]
    for frame in _batches(table):
        _widen(table, frame)
        if table._frame is None:
            table._frame = frame.head(KEPT_ROWS)
        table.rows += len(frame)
        rows = _take(table, frame)
        hashes += [rows] if table.rows <= MOST_HASHES else []
        if table.rows >= MOST_ROWS:
            break
    table.row_hashes = distinct(np.concatenate(hashes))
    return table


def _widen(table: Table, frame: pd.DataFrame) -> None:
    """Add columns that a frame has for the first time: where records name their fields, not all have all."""
    known, types = {column.name for column in table.columns}, dict(table.layout.types)
    for name in map(str, frame.columns):
        if name not in known:
            column = Column(name, len(table.columns), given=table.layout.headed, hint=types.get(name, ""))
            column.rows = table.rows
            table.columns.append(column)


def _take(table: Table, frame: pd.DataFrame) -> HashArray:
    """Take in a batch; gives a hash of every row, whatever the order of its cells."""
    rows = np.zeros(len(frame), dtype=np.uint64)
    for column in table.columns:
        if column.name in frame:
            rows += column.add(frame[column.name])
        else:
            column.rows += len(frame)
    return rows
