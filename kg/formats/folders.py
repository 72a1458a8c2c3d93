"""A folder of files of one format and the same columns, read one after the other as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.errors import CatalogError
from kg.formats.base import refuse
from kg.formats.packed import PACKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Reader, ReadOptions, Reject


def parts(folder: Path, extensions: Sequence[str]) -> list[Path]:
    """The files of a folder that have one of some endings (any, where there are none), in the order of names.

    Files whose names begin with "." or "_" (such as Spark's `_SUCCESS`) are no part of a table.

    Raises:
        CatalogError: there are none.
    """
    found = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
    taken = [path for path in found if not extensions or _ending(path) in extensions]
    if not taken:
        raise CatalogError(f"{folder} is a folder without files that can be read; a file was expected")
    return taken


def batches(
    folder: Path, files: Sequence[tuple[Path, Reader]], options: ReadOptions, reject: Reject
) -> Iterator[pd.DataFrame]:
    """The files' frames; the index, named "row", goes on counting from one file to the next.

    An error and the reason of a rejected row name the file and its line there.

    Raises:
        CatalogError: a file is broken, is of another format than the first, or has other columns.
    """
    columns: list[str] | None = None
    before = 0
    for path, reader in files:
        if reader.name != files[0][1].name:
            raise CatalogError(
                f"{folder} holds {files[0][0].name} and {path.name}; files of one format were expected"
            )
        place = _Place(path.name, reader.unit, before, reject)
        for frame in reader.batches(path, options, refuse if reject is refuse else place.reject):
            columns = list(frame.columns) if columns is None else columns
            if reader.fixed and list(frame.columns) != columns:
                raise CatalogError(
                    f"{path} has the columns {', '.join(frame.columns)}; "
                    f"those of {files[0][0].name} were expected ({', '.join(columns)})"
                )
            place.last = max(place.last, before + int(frame.index[-1]))
            yield frame.set_index((frame.index + before).rename("row"))
        before = place.last


class _Place:
    """Where in a folder's numbering a file's lines are."""

    def __init__(self, name: str, unit: str, before: int, reject: Reject) -> None:
        self._name, self._unit, self._before, self._reject = name, unit, before, reject
        self.last = before

    def reject(self, line: int, reason: str) -> None:
        """Pass on a rejected row with the name of its file."""
        self.last = max(self.last, self._before + line)
        self._reject(self._before + line, f"{self._name}, {self._unit} {line}: {reason}")


def _ending(path: Path) -> str:
    plain = path.with_suffix("") if path.suffix in PACKED else path
    return plain.suffix.lstrip(".").lower()
