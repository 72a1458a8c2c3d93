"""The process that answers one query: reads SPARQL from stdin, writes TSV to stdout.

It is run by its path, not as part of the package, so that it starts in 50 ms; it imports nothing of WhyRec.
"""

from __future__ import annotations

import resource
import signal
import sys
from typing import Protocol

import pyoxigraph as ox

REFUSED, TOO_LONG = 3, 4  # exit statuses; 1 is Python's own
ANSWERS = (b"no", b"yes")  # to an ASK query; TSV begins with a question mark or an empty line


class Full(Exception):  # noqa: N818  (nothing is wrong with it)
    """The answer is longer than it may be."""


class Sink(Protocol):
    """Takes an answer as it comes."""

    def write(self, data: bytes, /) -> int:
        """Take some of it, cut anywhere."""

    def flush(self) -> None:
        """Pass on what is held back."""


class Measured:
    """A stream that takes so many lines and bytes, the first line not counted."""

    def __init__(self, out: Sink, lines: int, size: int) -> None:
        self._out, self._lines, self._size = out, lines + 1, size

    def write(self, data: bytes) -> int:
        """Pass data on.

        Raises:
            Full: it is too much.
        """
        self._lines -= data.count(b"\n")
        self._size -= len(data)
        if self._lines < 0 or self._size < 0:
            raise Full
        return self._out.write(data)

    def flush(self) -> None:
        """Pass on what is held back."""
        self._out.flush()


def main(folder: str, seconds: float, memory: int, rows: int, size: int) -> int:
    """Answer the query on stdin; gives the exit status."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.setitimer(signal.ITIMER_REAL, seconds)  # ends it also when whoever asked is gone
    try:
        store, sparql = ox.Store.read_only(folder), sys.stdin.buffer.read().decode()
        answer = store.query(sparql, use_default_graph_as_union=True)
        if isinstance(answer, ox.QueryBoolean):
            sys.stdout.buffer.write(ANSWERS[bool(answer)])
        elif isinstance(answer, ox.QuerySolutions):
            answer.serialize(Measured(sys.stdout.buffer, rows, size), format=ox.QueryResultsFormat.TSV)  # type: ignore[arg-type]
    except Full:
        return TOO_LONG
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(" ".join(str(error).split()))
        return REFUSED
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), *map(int, sys.argv[3:6])))
