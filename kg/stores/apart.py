"""Answers a person's query in a process of its own, which is ended when it takes too long or too much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGABRT, SIGALRM, SIGSEGV
from typing import TYPE_CHECKING

from kg.errors import CatalogError
from kg.stores import answering
from kg.stores.results import TsvReader

if TYPE_CHECKING:
    from kg.stores.base import Answer, Limits

TOLD = 200  # characters of a parser's own words that are passed on


def answer_apart(sparql: str, folder: Path, limits: Limits) -> Answer:
    """The answer to a SELECT or ASK query over an Oxigraph folder that nobody writes to.

    Oxigraph can neither be interrupted nor be held to a size from inside, hence the process.

    Raises:
        CatalogError: the query is not SPARQL, or its answer goes beyond a limit.
    """
    script = str(Path(answering.__file__))
    given = (folder, limits.seconds, limits.memory_bytes, limits.rows, limits.answer_bytes)
    command = [sys.executable, "-P", script, *map(str, given)]
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}  # else 64 MB of addresses for every thread
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=sparql.encode(),
            env=environment,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise too_slow(limits) from error
    if done.returncode:
        raise _reason(done.returncode, done.stderr.decode(errors="replace").strip(), limits)
    if done.stdout in answering.ANSWERS:
        return done.stdout == answering.ANSWERS[True]
    reader = TsvReader()
    reader.write(done.stdout)
    return reader.frame()


def unanswered(told: str) -> CatalogError:
    """What to say of a query that is not SPARQL; parsers list all that they would have taken."""
    reason = " ".join(told.split())
    return CatalogError(
        f"the SPARQL query cannot be answered: {reason if len(reason) <= TOLD else reason[:TOLD] + '…'}"
    )


def too_slow(limits: Limits) -> CatalogError:
    """What to say of a query that ran into its limit of time."""
    return CatalogError(f"the query was not answered within {limits.seconds:g} seconds and was ended")


def too_long(limits: Limits) -> CatalogError:
    """What to say of an answer with too many rows or too much text."""
    size = f"{limits.rows:,} rows or {limits.answer_bytes >> 20} MB"
    return CatalogError(f"the answer to the query is longer than {size}; ask for less, as with LIMIT")


def _reason(status: int, told: str, limits: Limits) -> CatalogError:
    if status == answering.TOO_LONG:
        return too_long(limits)
    if status == -SIGALRM:
        return too_slow(limits)
    if status == -SIGSEGV or "overflowed its stack" in told:
        return CatalogError("the query is nested too deeply and was ended")
    if status == -SIGABRT or "MemoryError" in told:
        size = limits.memory_bytes >> 20
        return CatalogError(f"the query needs more than {size} MB of memory and was ended")
    return unanswered(told.splitlines()[-1] if told else f"it ended with status {status}")
