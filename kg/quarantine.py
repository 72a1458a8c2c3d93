"""Rows that could not go into the graph, each with its place and the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COLUMNS = ("source", "line", "field", "value", "reason")
LONGEST_VALUE = 200


class Rejected(NamedTuple):
    """A row that was left out.

    Attributes:
        source: its file, as the card names it.
        line: its line, or its row where the format has no lines; from 1.
        field: the column that is wrong, "" where the whole row is.
        value: what stands there, shortened.
        reason: what was expected, in words.
    """

    source: str
    line: int
    field: str
    value: str
    reason: str


@dataclass(slots=True)
class Quarantine:
    """Rows left out of a catalog; give one to `kg.read` and it goes on where it would raise.

    Args:
        rows: rows that are to be left out from the start, as they were rejected before.
    """

    rows: dict[tuple[str, int], Rejected] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Rejected]:
        return iter(sorted(self.rows.values()))

    def add(self, source: str, line: int, reason: str, *, field: str = "", value: str = "") -> None:
        """Leave a row out; the first reason stands."""
        short = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
        self.rows.setdefault((source, line), Rejected(source, line, field, short, reason))

    def lines(self, source: str) -> list[int]:
        """The lines of a source that are left out."""
        return [line for name, line in self.rows if name == source]

    def counts(self) -> Mapping[str, int]:
        """How many rows of each source are left out."""
        return dict(sorted(Counter(row.source for row in self).items()))

    def frame(self) -> pd.DataFrame:
        """All of them, columns source, line, field, value and reason."""
        return pd.DataFrame(list(self), columns=list(COLUMNS))

    def write(self, path: Path) -> None:
        """Write the report, a CSV file."""
        self.frame().to_csv(path, index=False, lineterminator="\n")

    @classmethod
    def read(cls, path: Path) -> Quarantine:
        """Read a report that `write` wrote."""
        frame = pd.read_csv(
            path, dtype={name: "str" for name in COLUMNS if name != "line"}, keep_default_na=False
        )
        rows = (Rejected(*row) for row in frame[list(COLUMNS)].itertuples(index=False, name=None))
        return cls({(row.source, row.line): row for row in rows})
