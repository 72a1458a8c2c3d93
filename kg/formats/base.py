"""What every catalog format has in common: frames of strings, in batches, indexed by the line of each row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from kg.errors import CatalogError
from kg.formats import packed
from kg.formats.rows import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Reject = Callable[[int, str], None]
    Location = Path | str


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is to be read; every reader takes the same options and uses those that concern it.

    Attributes:
        separator: what stands between two cells, any string; None lets the file's extension decide. In
            formats whose cells hold lists (JSON, RDF, Parquet) it joins a list's values, "|" by default.
        columns: names for a file without a header; empty means that the first line is the header.
        encoding: how bytes become text.
        quote: the character that protects a separator inside a cell, "" for none; None lets the
            extension decide (a double quote for .csv, none otherwise).
        skip: lines to leave out at the top.
        table: SQL: a table's name, or one SELECT statement; None takes the only table there is.
        member: the file inside a zip archive; None takes the only one there is.
        records: JSON: the dotted path to the list of records, such as "data.items"; None is the whole file.
        type: RDF: only subjects of this class, an IRI or its last part.
    """

    separator: str | None = None
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"
    quote: str | None = None
    skip: int = 0
    table: str | None = None
    member: str | None = None
    records: str | None = None
    type: str | None = None


def refuse(line: int, reason: str) -> None:
    """What is done with a row that cannot be read where nothing else is asked for: stop at the first.

    Raises:
        CatalogError: always; a reader names its file as well.
    """
    raise CatalogError(f"line {line}: {reason}")


class Reader(ABC):
    """One catalog format. A subclass in this folder is found by itself; `tests/contracts` runs on it.

    Attributes:
        name: what a card writes after `format:`.
        extensions: file name endings that select this reader where a card names no format.
        schemes: the URL schemes that select it.
        unit: what is counted, "line" or "row"; the name of the frames' index.
        fixed: all frames of a file have the same columns; otherwise a frame has those that occur in it.
    """

    name: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]] = ()
    schemes: ClassVar[tuple[str, ...]] = ()
    unit: ClassVar[str] = "line"
    fixed: ClassVar[bool] = True

    @abstractmethod
    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """What a format has to say: frames as in `batches`, of any length; none or empty ones are allowed."""

    def batches(
        self, path: Location, options: ReadOptions, reject: Reject = refuse
    ) -> Iterator[pd.DataFrame]:
        """The file as frames of strings of at most `BATCH_ROWS` rows; memory does not grow with the file.

        Every cell is text exactly as written: "NA", "null" and "007" stay what they are, and a missing
        cell is "". The index, named "line" or "row", counts from 1 and is what error messages cite.

        Args:
            path: the file, or a database's URL.
            options: separator, columns, encoding and the like.
            reject: called with the line and the reason, in words, for every row that cannot be read; the row
                is left out. By default the first such row is an error.

        Raises:
            CatalogError: the file is missing, empty or unreadable as a whole, or has a broken row.
        """
        found = lost = 0

        def told(line: int, reason: str) -> None:
            nonlocal lost
            if reject is refuse:
                raise CatalogError(f"{packed.shown(path)}, {self.unit} {line}: {reason}")
            lost += 1
            reject(line, reason)

        with packed.explained(path, options.encoding):
            for frame in self.stream(path, options, told):
                found += len(frame)
                yield from sliced(frame)
        if not found:
            raise CatalogError(
                f"{packed.shown(path)} has no rows{' that can be read' if lost else ''}; "
                "at least one was expected"
            )

    def read(self, path: Location, options: ReadOptions, reject: Reject = refuse) -> pd.DataFrame:
        """The file as one frame; what a record does not have is "". See `batches`."""
        return joined(self.batches(path, options, reject))


class Writer(Reader):
    """A format that can be written, too: what it writes, it reads back."""

    @abstractmethod
    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write a frame of strings so that `read` gives it back."""


def sliced(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """A frame cut into pieces of at most `BATCH_ROWS` rows."""
    for start in range(0, len(frame), BATCH_ROWS):
        yield frame.iloc[start : start + BATCH_ROWS] if len(frame) > BATCH_ROWS else frame


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Frames of strings one below the other; a column that one of them lacks is "" there."""
    parts = list(frames)
    if len(parts) == 1:
        return parts[0]
    columns = list(dict.fromkeys(name for part in parts for name in part.columns))
    return pd.concat([part if list(part.columns) == columns else _widened(part, columns) for part in parts])


def _widened(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    empty = pd.Series("", index=frame.index, dtype="str")
    return pd.DataFrame({name: frame.get(name, empty) for name in columns})
