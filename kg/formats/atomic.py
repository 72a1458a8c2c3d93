"""RecBole atomic files: tab-separated, with `name:type` in the header."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats.base import ReadOptions, Writer
from kg.formats.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Location, Reject

TYPES = ("token", "token_seq", "float", "float_seq")


class Atomic(Writer):
    """`.inter`, `.item`, `.user`, `.kg` and `.link`; a `token_seq` cell keeps its spaces."""

    name: ClassVar[str] = "atomic"
    extensions: ClassVar[tuple[str, ...]] = ("inter", "item", "user", "kg", "link", "net")

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The table with the types stripped from its column names; see `Reader.stream`."""
        for frame in Tables().stream(path, _tabs(options), reject):
            yield frame.set_axis([_name(path, column) for column in frame.columns], axis=1)

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write every column as a token; see `Writer.write`."""
        typed = frame.rename(columns={column: f"{column}:token" for column in frame.columns})
        Tables().write(typed, path, _tabs(options))


def _tabs(options: ReadOptions) -> ReadOptions:
    return replace(options, separator=options.separator or "\t")


def _name(path: Location, column: str) -> str:
    name, _, kind = column.rpartition(":")
    if not name or kind not in TYPES:
        raise CatalogError(
            f"{path}, line 1: column {column!r} where name:type was expected, type in {', '.join(TYPES)}"
        )
    return name
