"""What every catalog format has in common: one frame of strings, whose index is the line of each row."""

from __future__ import annotations

import gzip
import io
import itertools
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is to be read; every reader takes the same options and uses those that concern it.

    Attributes:
        separator: what stands between two cells, any string; None lets the file's extension decide.
        columns: names for a file without a header; empty means that the first line is the header.
        encoding: how bytes become text.
        quote: the character that protects a separator inside a cell, "" for none; None lets the
            extension decide (a double quote for .csv, none otherwise).
        skip: lines to leave out at the top.
    """

    separator: str | None = None
    columns: tuple[str, ...] = ()
    encoding: str = "utf-8"
    quote: str | None = None
    skip: int = 0


class Reader(ABC):
    """One catalog format. A subclass in this folder is found by itself; `tests/contracts` runs on it.

    Attributes:
        name: what a card writes after `format:`.
        extensions: file name endings that select this reader where a card names no format.
    """

    name: ClassVar[str]
    extensions: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def read(self, path: Path, options: ReadOptions) -> pd.DataFrame:
        """The file as a frame of strings.

        Every cell is text exactly as written: "NA", "null" and "007" stay what they are, and a missing
        cell is "". The index, named "line" or "row", counts from 1 and is what error messages cite.

        Raises:
            CatalogError: the file is missing, empty, unreadable or has a broken row.
        """

    @abstractmethod
    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write a frame of strings so that `read` gives it back."""


def frame_of(
    path: Path,
    rows: Sequence[Sequence[str]],
    lines: Sequence[int],
    columns: Sequence[str],
    unit: str = "line",
) -> pd.DataFrame:
    """A frame of strings from rows and the places they come from.

    Raises:
        CatalogError: no rows, a column name used twice, or text that is not Unicode.
    """
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise CatalogError(
            f"{path}: column {twice[0]!r} occurs twice in the header; every column needs its own name"
        )
    if not rows:
        raise CatalogError(f"{path} has no rows; at least one was expected")
    try:
        cells = {
            name: pd.array(list(cell), dtype="str")
            for name, cell in zip(columns, zip(*rows, strict=True), strict=True)
        }
    except UnicodeEncodeError as error:
        line = next(line for line, row in zip(lines, rows, strict=True) if not _encodable(row))
        raise CatalogError(f"{path}, {unit} {line}: a lone surrogate, which is not text") from error
    return pd.DataFrame(cells, index=pd.Index(lines, name=unit))


def _encodable(row: Sequence[str]) -> bool:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def raw_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked if its name ends in .gz.

    Raises:
        CatalogError: the file is missing or is not gzip.
    """
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error


def text_lines(path: Path, options: ReadOptions) -> Iterator[str]:
    """The lines of a text file, unpacked if its name ends in .gz, line ends kept.

    Raises:
        CatalogError: the file is missing, is not gzip, or is not text in the given encoding.
    """
    encoding = (
        "utf-8-sig" if options.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else options.encoding
    )
    try:
        text = io.TextIOWrapper(io.BytesIO(raw_bytes(path)), encoding=encoding, newline="")
        yield from itertools.islice(text, options.skip, None)
    except UnicodeDecodeError as error:
        raise CatalogError(
            f"{path} is not {options.encoding} text ({error.reason}); "
            "name the right encoding with `encoding:`, for instance latin-1"
        ) from error
    except LookupError as error:
        raise CatalogError(
            f"{path}: there is no encoding {options.encoding!r}; try utf-8 or latin-1"
        ) from error


def unreadable(path: Path, error: Exception) -> CatalogError:
    """The error for a file that cannot be opened or unpacked."""
    if isinstance(error, FileNotFoundError):
        return CatalogError(f"{path} is missing; a file was expected there")
    if path.is_dir():
        return CatalogError(f"{path} is a folder; a file was expected there")
    return CatalogError(f"{path} cannot be read: {error}")


def write_text(path: Path, text: str, options: ReadOptions) -> None:
    """Write text, packed if the name ends in .gz."""
    data = text.encode(options.encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def extension(path: Path) -> str:
    """The ending that tells the format: "csv" for ratings.csv and for ratings.csv.gz."""
    return path.with_suffix("").suffix.lstrip(".") if path.suffix == ".gz" else path.suffix.lstrip(".")
