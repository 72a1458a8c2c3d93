"""What the process does: set its own limits, read one file, say what it found in lines of JSON."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

from .refused import Refused
from .statements import Statement, statements
from .subjects import Subjects, too_long

if TYPE_CHECKING:
    from collections.abc import Iterator


def main(task: str) -> None:
    """Read what a task names, and say: {"columns", "places", "rows"}, {"reject"}, {"error"} or {"end"}.

    Args:
        task: JSON with the fields of `kg.formats.isolated.Task` and the limits that go with it.
    """
    wanted = json.loads(task)
    _limit(wanted)
    try:
        _read(wanted)
        _say({"end": True})
    except Refused as error:
        _say({"error": str(error)})
    except MemoryError as error:
        too_long = "buffer" in str(error)  # the parser's own limit
        needs = (
            "a text of more than 16 MiB"
            if too_long
            else f"more than {wanted['memory'] // 2**20} MiB of memory"
        )
        _say({"error": f"it cannot be read, for it takes {needs}"})
    except (sqlite3.Error, OSError) as error:
        _say({"error": f"it cannot be read within {wanted['disk'] // 2**20} MiB on disk: {error}"})


def _limit(wanted: dict[str, Any]) -> None:
    """Memory, seconds of computing and bytes on disk; no core dumps."""
    for kind, most in (
        (resource.RLIMIT_AS, wanted["memory"]),
        (resource.RLIMIT_CPU, wanted["seconds"]),
        (resource.RLIMIT_FSIZE, wanted["disk"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _read(wanted: dict[str, Any]) -> None:
    found = statements(wanted["path"], wanted["syntax"], wanted["base"])
    most = wanted["most"]
    if wanted["shape"] == "triples":
        _send_statements(found, most)
    else:
        subjects = Subjects(found, most["cell"], most["columns"])
        _send(subjects.rows(wanted["type"], wanted["separator"]), most)


def _send_statements(found: Iterator[tuple[Statement | None, str]], most: dict[str, int]) -> None:
    """One row per statement, in batches; it is what `_send` does, without a name at every cell."""
    held: list[Statement] = []
    places: list[int] = []
    size = 0
    for place, (said, reason) in enumerate(found, start=1):
        if said is None or len(said.object) > most["cell"]:
            _say({"reject": [place, reason or too_long(len(said.object) if said else 0, most["cell"])]})
            continue
        held.append(said)
        places.append(place)
        size += len(said.object) + len(said.subject)
        if len(held) >= most["rows"] or size >= most["characters"]:
            _say({"columns": Statement._fields, "places": places, "rows": held})
            held, places, size = [], [], 0
    if held:
        _say({"columns": Statement._fields, "places": places, "rows": held})


def _send(rows: Iterator[tuple[int, dict[str, str] | str]], most: dict[str, int]) -> None:
    """Rows in batches of so many rows, cells and characters; a text in place of a row says why it is none."""
    held: list[tuple[int, dict[str, str]]] = []
    columns: dict[str, None] = {}
    size = 0
    for place, row in rows:
        if isinstance(row, str):
            _say({"reject": [place, row]})
            continue
        held.append((place, row))
        columns.update(dict.fromkeys(row))
        size += sum(map(len, row.values()))
        if (
            len(held) >= most["rows"]
            or len(held) * len(columns) >= most["cells"]
            or size >= most["characters"]
        ):
            _say_rows(held, list(columns))
            held, columns, size = [], {}, 0
    if held:
        _say_rows(held, list(columns))


def _say_rows(held: list[tuple[int, dict[str, str]]], columns: list[str]) -> None:
    rows = [[row.get(name, "") for name in columns] for _, row in held]
    _say({"columns": columns, "places": [place for place, _ in held], "rows": rows})


def _say(message: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody listens any more
        os._exit(0)
