"""The bytes of a file: plain, gzip or a member of a zip archive, unpacked on the way and under limits."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.formats.base import Location, ReadOptions

PACKED = {".gz", ".zip"}
MOST_TIMES = 150  # unpacked bytes per packed byte; text seldom reaches 50, a bomb has a thousand
ALWAYS_ALLOWED = 2**24  # bytes that are unpacked whatever their ratio
MOST_UNPACKED = 2**38
MOST_SHOWN = 10
LONGEST_LINE = 2**24  # characters


class _Guarded(io.RawIOBase):
    """What is unpacked from a stream, as long as it is not out of proportion to what is packed."""

    def __init__(self, path: Path, packed: IO[bytes], unpacked: IO[bytes]) -> None:
        self._path, self._packed, self._unpacked = path, packed, unpacked
        self._start, self._count = packed.tell(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # Buffer is of 3.12
        data = self._unpacked.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        taken = max(self._packed.tell() - self._start, 0)
        if self._count > min(ALWAYS_ALLOWED + MOST_TIMES * taken, MOST_UNPACKED):
            raise CatalogError(
                f"{self._path} unpacks to more than {self._count // 2**20} MiB from {taken // 2**10} KiB; "
                f"at most {MOST_TIMES} times its size and {MOST_UNPACKED // 2**30} GiB are unpacked"
            )
        return len(data)


@contextmanager
def opened(path: Path, options: ReadOptions) -> Iterator[IO[bytes]]:
    """The bytes of a file as a stream, unpacked if its name ends in .gz or .zip.

    Nothing is ever unpacked to a place that an archive names.

    Raises:
        CatalogError: the archive is unsafe or holds no such member, or unpacks to far more than it is.
    """
    with ExitStack() as stack:
        raw: IO[bytes] = stack.enter_context(path.open("rb"))
        if path.suffix == ".gz":
            unpacked: IO[bytes] = stack.enter_context(gzip.open(raw))  # type: ignore[arg-type]
        elif path.suffix == ".zip":
            archive = stack.enter_context(zipfile.ZipFile(raw))
            unpacked = stack.enter_context(archive.open(_member(path, archive, options.member)))
        else:
            yield raw
            return
        yield stack.enter_context(io.BufferedReader(_Guarded(path, raw, unpacked), buffer_size=2**18))


def file(path: Location) -> Path:
    """The path of a file.

    Raises:
        CatalogError: it is a URL.
    """
    if "://" in str(path):
        raise CatalogError(f"{shown(path)} is a URL; a file was expected")
    return Path(path)


@contextmanager
def local(path: Path, options: ReadOptions) -> Iterator[Path]:
    """The file as one that can be opened by name; a packed one is unpacked into a temporary file."""
    if path.suffix not in PACKED:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=f".{extension(path, options)}") as copy:
        with opened(path, options) as stream:
            shutil.copyfileobj(stream, copy, 2**20)
        copy.flush()
        yield Path(copy.name)


def extension(path: Path, options: ReadOptions) -> str:
    """The ending that tells the format: "csv" for ratings.csv, ratings.csv.gz and a zip archive with one.

    Raises:
        CatalogError: a zip archive does not tell, and cannot be opened.
    """
    plain = path.with_suffix("") if path.suffix in PACKED else path
    if path.suffix == ".zip" and (options.member or not plain.suffix):
        with explained(path, options.encoding), zipfile.ZipFile(path) as archive:
            plain = Path(_member(path, archive, options.member).filename)
    return plain.suffix.lstrip(".").lower()


def _member(path: Path, archive: zipfile.ZipFile, name: str | None) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    unsafe = next((member for member in members if _unsafe(member)), None)
    if unsafe is not None:
        raise CatalogError(
            f"{path} holds {unsafe.filename!r}, which leads out of the archive; plain files were expected"
        )
    found = [member for member in members if name is None or member.filename == name]
    if len(found) != 1:
        shown = ", ".join(member.filename for member in members[:MOST_SHOWN]) or "nothing"
        more = ", …" if len(members) > MOST_SHOWN else ""
        wanted = "one file" if name is None else f"one file {name!r}"
        raise CatalogError(f"{path} holds {shown}{more}; {wanted} was expected (`member:` names one)")
    if found[0].flag_bits & 1:
        raise CatalogError(f"{path}: {found[0].filename!r} is encrypted; a plain file was expected")
    return found[0]


def _unsafe(member: zipfile.ZipInfo) -> bool:
    name = member.filename.replace("\\", "/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return is_link or ".." in PurePosixPath(name).parts or name.startswith("/") or name[1:2] == ":"


@contextmanager
def text(path: Path, options: ReadOptions) -> Iterator[io.TextIOWrapper]:
    """The text of a file, line ends kept; bytes that are not text become lone surrogates.

    So a broken row costs that row: `frame_of` rejects it.
    """
    with opened(path, options) as stream:
        wrapped = io.TextIOWrapper(stream, encoding(options), errors="surrogateescape", newline="")
        try:
            yield wrapped
        finally:
            wrapped.detach()


def encoding(options: ReadOptions) -> str:
    """The codec's name; UTF-8 may begin with a byte order mark.

    Raises:
        LookupError: there is none of that name; `explained` says so.
    """
    name = codecs.lookup(options.encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def lines(path: Path, options: ReadOptions) -> Iterator[tuple[int, str]]:
    """(number, line) of a text file from 1, line ends kept, without the lines to be skipped.

    Raises:
        CatalogError: a line is so long that it cannot be one.
    """
    with text(path, options) as stream:
        for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE), ""), start=1):
            if len(line) == LONGEST_LINE:
                raise CatalogError(
                    f"{path}, line {number} has more than {LONGEST_LINE:,} characters; fewer were expected"
                )
            if number > options.skip:
                yield number, line


@contextmanager
def explained(path: Location, encoding: str) -> Iterator[None]:
    """Turn what goes wrong in opening, unpacking and decoding into a CatalogError that names the file."""
    try:
        yield
    except UnicodeError as error:
        raise CatalogError(f"{path} is {not_text(encoding)}") from error
    except LookupError as error:
        if "encoding" not in str(error):
            raise
        raise CatalogError(f"{path}: there is no encoding {encoding!r}; try utf-8 or latin-1") from error
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise unreadable(path, error) from error


def not_text(encoding: str) -> str:
    """What is said of bytes that are not text in an encoding."""
    return (
        f"not {encoding} text; name the right encoding with `encoding:`, for instance "
        f"{'utf-8' if encoding == 'latin-1' else 'latin-1'}"
    )


def unreadable(path: Location, error: Exception) -> CatalogError:
    """The error for a file that cannot be opened or unpacked."""
    if isinstance(error, FileNotFoundError):
        return CatalogError(f"{shown(path)} is missing; a file was expected there")
    if Path(path).is_dir():
        return CatalogError(f"{path} is a folder; a file was expected there")
    return CatalogError(f"{shown(path)} cannot be read: {error}")


def shown(path: Location) -> str:
    """A file or a database's URL as it may be told: without user and password."""
    text = str(path)
    return re.sub(r"(?<=://).*@|(?<=password=)[^&]*", "", text) if "://" in text else text


def write_text(path: Path, text: str, options: ReadOptions) -> None:
    """Write text, packed if the name ends in .gz."""
    data = text.encode(options.encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
