"""Catalog formats, one reader per file; `read` finds the right one by name or by the file's ending."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kg import discovery
from kg.errors import CatalogError
from kg.formats import folders, packed
from kg.formats.base import Reader, ReadOptions, Writer, joined, refuse
from kg.formats.rows import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from kg.formats.base import Location, Reject

__all__ = ["BATCH_ROWS", "ReadOptions", "Reader", "Writer", "batches", "find", "read", "refuse"]


@cache
def find() -> dict[str, Reader]:
    """All readers of this folder, by name."""
    readers = discovery.subclasses(__name__, Reader)  # type: ignore[type-abstract]
    return {name: reader() for name, reader in readers.items()}


def read(
    path: Location,
    format: str | None = None,  # noqa: A002
    options: ReadOptions | None = None,
    reject: Reject = refuse,
) -> pd.DataFrame:
    """Read a catalog file, a folder of files or a database table as one frame; see `batches`."""
    return joined(batches(path, format, options, reject))


def batches(
    path: Location,
    format: str | None = None,  # noqa: A002
    options: ReadOptions | None = None,
    reject: Reject = refuse,
) -> Iterator[pd.DataFrame]:
    """Read a catalog file as frames of strings, one row per record, at most `BATCH_ROWS` in each.

    Args:
        path: a file; or a folder whose files, of one format and with the same columns, are read in the order
            of their names; or a database's URL, such as sqlite:///shop.db. What ends in .gz or .zip is
            unpacked on the way. Nothing is ever fetched.
        format: a reader's name, such as "tables" or "kgat"; by default the ending decides.
        options: separator, columns, encoding and the like.
        reject: called with line and reason for every row that cannot be read; by default that is an error.

    Raises:
        CatalogError: no reader is right, or the file is missing, empty or broken.
    """
    options = options or ReadOptions()
    if "://" in str(path):
        return _by_scheme(str(path)).batches(str(path), options, reject)
    path = Path(path)
    if not path.is_dir():
        return _reader(path, format, options).batches(path, options, reject)
    parts = folders.parts(path, _reader_named(path, format).extensions if format else _extensions())
    return folders.batches(path, [(part, _reader(part, format, options)) for part in parts], options, reject)


def _by_scheme(url: str) -> Reader:
    scheme = url.split("://", 1)[0].split("+", maxsplit=1)[0].lower()
    for reader in find().values():
        if scheme in reader.schemes:
            return reader
    known = ", ".join(scheme for reader in find().values() for scheme in reader.schemes)
    raise CatalogError(f"{packed.shown(url)} is not fetched; a file or a database ({known}) was expected")


def _reader(path: Path, name: str | None, options: ReadOptions) -> Reader:
    if name is not None:
        return _reader_named(path, name)
    ending = packed.extension(path, options)
    for reader in find().values():
        if ending in reader.extensions:
            return reader
    raise CatalogError(f"{path}: no format reads .{ending} files by itself; name one of {', '.join(find())}")


def _reader_named(path: Path, name: str) -> Reader:
    if name not in find():
        raise CatalogError(f"{path}: there is no format {name!r}; there are {', '.join(find())}")
    return find()[name]


def _extensions() -> tuple[str, ...]:
    return tuple(ending for reader in find().values() for ending in reader.extensions)
