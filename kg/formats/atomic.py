"""RecBole atomic files: tab-separated, with `name:type` in the header."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats.base import Reader, ReadOptions
from kg.formats.tables import Tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TYPES = ("token", "token_seq", "float", "float_seq")


class Atomic(Reader):
    """`.inter`, `.item`, `.user`, `.kg` and `.link`; a `token_seq` cell keeps its spaces."""

    name: ClassVar[str] = "atomic"
    extensions: ClassVar[tuple[str, ...]] = ("inter", "item", "user", "kg", "link", "net")

    def read(self, path: Path, options: ReadOptions) -> pd.DataFrame:
        """The table with the types stripped from its column names; see `Reader.read`."""
        frame = Tables().read(path, replace(options, separator=options.separator or "\t"))
        return frame.rename(columns={column: _name(path, column) for column in frame.columns})

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write every column as a token; see `Reader.write`."""
        typed = frame.rename(columns={column: f"{column}:token" for column in frame.columns})
        Tables().write(typed, path, replace(options, separator=options.separator or "\t"))


def _name(path: Path, column: str) -> str:
    name, _, kind = column.rpartition(":")
    if not name or kind not in TYPES:
        raise CatalogError(
            f"{path}, line 1: column {column!r} where name:type was expected, type in {', '.join(TYPES)}"
        )
    return name
