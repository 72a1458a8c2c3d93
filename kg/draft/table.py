"""One file as a table: its columns looked at in one pass, and what its rows have in common with others'."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from kg import formats
from kg.draft import joins, names
from kg.draft.column import MOST_HASHES, Column, HashArray

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from kg.draft.layout import Layout

KEPT_ROWS = 200_000


@dataclass(eq=False)
class Table:
    """A file that can be read as rows.

    Attributes:
        file: its path under the folder, with slashes.
        path: where it is.
        layout: how it is read.
        columns: in the file's order.
        rows: how many there are.
        row_hashes: of its distinct rows whatever the order of their cells, sorted.
        used: what the draft makes of it, in words; empty while nothing.
    """

    file: str
    path: Path
    layout: Layout
    columns: list[Column] = field(default_factory=list)
    rows: int = 0
    row_hashes: HashArray = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    used: list[str] = field(default_factory=list)
    _frame: pd.DataFrame | None = None

    @property
    def stem(self) -> str:
        """The file's name without its endings and its folder."""
        return stem(self.file)

    @property
    def folder(self) -> str:
        """The folder under the root, "." for none."""
        return str(PurePosixPath(self.file).parent)

    @property
    def holds(self) -> str:
        """What the name says that the rows are: "movie" for movies.csv."""
        return names.held(self.stem)

    def called(self, column: Column) -> str:
        """What a column of ids calls; without a name of its own, what the table's name says."""
        before, after = ("", "") if column.given else names.sides(self.stem)
        if before:
            return before if column.place == 0 else after
        return names.called(column.name if column.given else "", self.stem)

    def values(self, column: Column) -> joins.Values:
        """A column's values, to be compared with others'."""
        called = self.called(column)
        role = names.role(called) or (names.role(self.holds) if column.unique else "")
        return joins.values([column], called, role=role, where=f"{self.file}, {column.name}")

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(column for column in self.columns if column.name == name)

    def frame(self) -> pd.DataFrame:
        """The first 200,000 rows as text, under the columns' present names; read again where not kept."""
        if self._frame is None:
            self._frame = next(_batches(self)).head(KEPT_ROWS)
        return self._frame.set_axis([column.name for column in self.columns], axis=1)

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


def stem(file: str) -> str:
    """A file's name without folder and endings: "u" for u.item would say nothing, so that ending stays."""
    name = PurePosixPath(file).name
    plain = name.split(".")
    known = {ending for reader in formats.find().values() for ending in reader.extensions}
    while len(plain) > 1 and (plain[-1] in known - {"user", "item", "inter", "kg", "link"} or plain[-1] == "gz"):
        plain.pop()
    return " ".join(plain)


def _batches(table: Table):  # type: ignore[no-untyped-def]
    return formats.batches(table.path, table.layout.format, table.layout.options)


def look(file: str, path: Path, layout: Layout) -> Table:
    """Read a file once from end to end and keep what is worth knowing.

    Raises:
        CatalogError: the file cannot be read as it is laid out.
    """
    table, types = Table(file, path, layout), dict(layout.types)
    for frame in _batches(table):
        if not table.columns:
            table.columns = [
                Column(name, place, given=layout.headed, hint=types.get(name, ""))
                for place, name in enumerate(map(str, frame.columns))
            ]
            table._frame = frame.head(KEPT_ROWS)
        table.rows += len(frame)
        _take(table, frame)
    return table


def _take(table: Table, frame: pd.DataFrame) -> None:
    rows = np.zeros(len(frame), dtype=np.uint64)
    for column, (_, cells) in zip(table.columns, frame.items(), strict=True):
        rows += column.add(cells)
    if len(table.row_hashes) < MOST_HASHES:
        table.row_hashes = np.union1d(table.row_hashes, rows)[:MOST_HASHES]
