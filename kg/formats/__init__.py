"""Catalog formats, one reader per file; `read` finds the right one by name or by the file's ending."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg import discovery
from kg.errors import CatalogError
from kg.formats.base import Reader, ReadOptions, extension

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ReadOptions", "Reader", "find", "read"]


@cache
def find() -> dict[str, Reader]:
    """All readers of this folder, by name."""
    readers = discovery.subclasses(__name__, Reader)  # type: ignore[type-abstract]
    return {name: reader() for name, reader in readers.items()}


def read(path: str | Path, format: str | None = None, options: ReadOptions | None = None) -> pd.DataFrame:  # noqa: A002
    """Read a catalog file as a frame of strings, one row per record.

    Args:
        path: the file; a name ending in .gz is unpacked on the way.
        format: a reader's name, such as "tables" or "kgat"; by default the ending decides.
        options: separator, columns, encoding and the like.

    Raises:
        CatalogError: no reader is right, or the file is missing, empty or broken.
    """
    return _reader(Path(path), format).read(Path(path), options or ReadOptions())


def _reader(path: Path, name: str | None) -> Reader:
    readers = find()
    if name is not None:
        if name not in readers:
            raise CatalogError(f"{path}: there is no format {name!r}; there are {', '.join(readers)}")
        return readers[name]
    ending = extension(path)
    for reader in readers.values():
        if ending in reader.extensions:
            return reader
    raise CatalogError(f"{path}: no format reads .{ending} files by itself; name one of {', '.join(readers)}")
