"""Starts the process that reads untrusted RDF, and turns what it says into frames."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from kg.errors import CatalogError
from kg.formats import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from kg.formats.base import Reject

MEMORY = 2**29  # bytes that the process may take
SECONDS = 5  # of computing, and one more per MiB
DISK, DISK_TIMES = 2**30, 50  # bytes on disk: so many, and so many more per byte of the file
LONGEST_MESSAGE = 2**30  # bytes
START = "import sys; sys.path += sys.argv[1:3]; from untrusted.main import main; main(sys.argv[3])"


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is to do.

    Attributes:
        path: an unpacked file.
        syntax: "turtle", "trig", "ntriples", "nquads", "xml", "jsonld" or "html".
        shape: "rows", one per subject, or "triples", one per statement.
        base: the IRI against which relative ones are read.
        type: the class whose subjects are wanted, None for all.
        separator: what stands between several values of a cell.
    """

    path: str
    syntax: str
    shape: str
    base: str
    type: str | None = None
    separator: str = "|"


def frames(path: Path, task: Task, reject: Reject) -> Iterator[pd.DataFrame]:
    """The rows that the process finds.

    Args:
        path: the file as it is called in errors.
        task: what is read and how.
        reject: told of what is no row.

    Raises:
        CatalogError: the file cannot be read, takes too much of anything, or makes the parser crash.
    """
    with _process(task) as process:
        for message in _messages(path, process):
            if "reject" in message:
                reject(*message["reject"])
            elif "error" in message:
                raise CatalogError(f"{path}: {message['error']}")
            else:
                yield _frame(path, message, reject)


@contextlib.contextmanager
def _process(task: Task) -> Iterator[subprocess.Popen[bytes]]:
    size = Path(task.path).stat().st_size
    most = {
        "rows": rows.HELD_ROWS,
        "cells": rows.MOST_CELLS // 10,
        "characters": rows.MOST_CHARACTERS // 10,
        "cell": rows.LONGEST_CELL,
        "columns": rows.MOST_COLUMNS,
    }
    limits = {
        "memory": MEMORY,
        "seconds": SECONDS + size // 2**20,
        "disk": DISK + DISK_TIMES * size,
        "most": most,
    }
    folders = [str(Path(__file__).parent), _folder_of("pyoxigraph")]
    command = [sys.executable, "-I", "-S", "-c", START, *folders, json.dumps(asdict(task) | limits)]
    environment = {name: os.environ[name] for name in ("TMPDIR",) if name in os.environ}
    with subprocess.Popen(  # noqa: S603  (this interpreter, and nothing of it comes from the file)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _folder_of(package: str) -> str:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise CatalogError(f"RDF cannot be read without the package {package}; install it")
    return str(Path(found.origin).parents[1])


def _messages(path: Path, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    output: IO[bytes] = process.stdout  # type: ignore[assignment]
    while line := output.readline(LONGEST_MESSAGE):
        try:
            message = json.loads(line)
        except ValueError:
            break
        if "end" in message:
            return
        yield message
    process.wait()
    raise CatalogError(f"{path}: {_ending(process.returncode)}")


def _ending(status: int) -> str:
    """Why the process ended before it was done, in words."""
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return "it takes too long to be read; it was given up"
    if status < 0:
        name = signal.Signals(-status).name
        return f"it makes the parser crash ({name}: too deep, too large or damaged); nothing of it was read"
    return f"it cannot be read; the process that reads it ended with {status}"


def _frame(path: Path, message: dict[str, Any], reject: Reject) -> pd.DataFrame:
    try:
        columns = rows.named(path, message["columns"])
        return rows.frame_of(message["rows"], message["places"], columns, reject, unit="row")
    except (KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise CatalogError(f"{path}: the process that reads it gave no rows ({error})") from error
