"""Statements as one row per subject; what belongs together is found on disk, so that memory stays flat."""

from __future__ import annotations

import math
import sqlite3
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from .names import column_names, prefixed_name, short_name
from .refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .statements import Statement

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE, FIRST, REST = range(3)  # the first predicates' numbers
FLOATS = {f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("double", "float")}
DEEPEST = 20
MOST_SHOWN = 10
BATCH = 10_000
TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE said (subject TEXT, predicate INTEGER, object TEXT, kind TEXT, language TEXT);
"""
NESTED = """
CREATE INDEX by_subject ON said (subject);
CREATE TABLE lists (subject TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT OR IGNORE INTO lists SELECT subject FROM said WHERE predicate = :first;
CREATE TABLE parents (blank TEXT PRIMARY KEY, parent TEXT, step INTEGER) WITHOUT ROWID;
INSERT INTO parents SELECT object, MIN(subject), MIN(predicate) <> :rest
    FROM (SELECT DISTINCT subject, predicate, object FROM said WHERE kind = 'blank')
    GROUP BY object HAVING COUNT(*) = 1;
CREATE INDEX by_parent ON parents (parent);
CREATE TABLE nested (blank TEXT PRIMARY KEY) WITHOUT ROWID;
WITH RECURSIVE reached (blank, depth) AS (
    SELECT blank, step FROM parents WHERE parent NOT IN (SELECT blank FROM parents)
    UNION ALL
    SELECT parents.blank, depth + step FROM reached JOIN parents ON parent = reached.blank
    WHERE depth + step <= :deepest
)
INSERT INTO nested SELECT blank FROM reached;
"""  # a blank node of one parent is nested, if the way up ends and is not too long; it begins at the top


class _Value(NamedTuple):
    predicate: int
    object: str
    kind: str
    language: str


class Subjects:
    """All statements of a file, in a temporary database that SQLite keeps in memory while it is small.

    Args:
        found: (statement, "") or (None, reason) as `statements` gives them.
        longest: characters of a cell.
        most: predicates.

    Raises:
        Refused: there are more predicates than a table may have columns.
    """

    def __init__(self, found: Iterable[tuple[Statement | None, str]], longest: int, most: int) -> None:
        self._longest, self._most = longest, most
        self._numbers = {f"{RDF}type": TYPE, f"{RDF}first": FIRST, f"{RDF}rest": REST}
        self._reasons: list[str] = []
        self._data = sqlite3.connect("")
        self._data.executescript(TABLES)
        rows = self._stored(found)
        while batch := list(islice(rows, BATCH)):
            self._data.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?)", batch)
        for command in NESTED.split(";\n")[:-1]:
            self._data.execute(command, {"first": FIRST, "rest": REST, "deepest": DEEPEST})
        self._names = column_names(list(self._numbers))

    def rows(self, wanted: str | None, separator: str) -> Iterator[tuple[int, dict[str, str] | str]]:
        """(number, cells by column) of every subject that has a row, in the order of their first statements.

        Args:
            wanted: only subjects of this class, an IRI or its last part.
            separator: what stands between several values.

        Raises:
            Refused: no subject is of the class.
        """
        yield from enumerate(self._reasons, start=1)
        subjects = self._of_class(wanted) if wanted else self._free()
        for number, subject in enumerate(subjects, start=len(self._reasons) + 1):
            cells: dict[str, list[str]] = {"id": [subject], "type": [], "types": []}
            self._collect(subject, "", (subject,), cells)
            row = {name: separator.join(values) for name, values in cells.items()}
            size = max(map(len, row.values()))
            fits = size <= self._longest
            yield number, row if fits else f"{subject[:200]} has {too_long(size, self._longest)}"

    def _stored(
        self, found: Iterable[tuple[Statement | None, str]]
    ) -> Iterator[tuple[str, int, str, str, str]]:
        for said, reason in found:
            if said is None:
                self._reasons.append(reason)
                continue
            number = self._numbers.setdefault(said.predicate, len(self._numbers))
            if number >= self._most:
                raise Refused(f"it has more than {self._most:,} predicates; fewer were expected")
            text = _plain(said.object) if said.datatype in FLOATS else said.object
            yield said.subject, number, text, said.kind, said.language

    def _free(self) -> Iterator[str]:
        """The subjects that are neither nested in another one nor a part of a list."""
        found = self._data.execute(
            "SELECT subject, MIN(rowid) AS place FROM said WHERE subject NOT IN (SELECT blank FROM nested) "
            "AND subject NOT IN (SELECT subject FROM lists) GROUP BY subject ORDER BY place"
        )
        return (subject for subject, _ in found)

    def _of_class(self, wanted: str) -> Iterator[str]:
        """The subjects of a class, nested or not."""
        found = self._data.execute("SELECT DISTINCT object FROM said WHERE predicate = ? ORDER BY 1", (TYPE,))
        classes = [name for (name,) in found]
        meant = [name for name in classes if wanted in {name, short_name(name), prefixed_name(name)}]
        if not meant:
            known = ", ".join(map(short_name, classes[:MOST_SHOWN])) or "none"
            raise Refused(f"no subject is of the class {wanted!r}; there are {known}")
        marks = ", ".join("?" * len(meant))
        rows = self._data.execute(
            f"SELECT subject, MIN(rowid) AS place FROM said WHERE predicate = {TYPE} "  # noqa: S608
            f"AND object IN ({marks}) GROUP BY subject ORDER BY place",
            meant,
        )
        return (subject for subject, _ in rows)

    def _collect(self, subject: str, prefix: str, way: tuple[str, ...], cells: dict[str, list[str]]) -> None:
        """Add what is said of a subject to the cells; `way` are the subjects that it is nested in."""
        for predicate, values in self._values(subject).items():
            if predicate == TYPE:
                cells.setdefault(f"{prefix}type", []).extend(short_name(value.object) for value in values)
                if not prefix:
                    cells["types"].extend(value.object for value in values)
                continue
            name = f"{prefix}{self._names[predicate]}"
            if len(values) == 1 and values[0].kind == "literal":  # what follows would only take longer
                cells.setdefault(name, []).append(values[0].object)
                continue
            for value in _preferred(self._unrolled(values)):
                nested = value.kind == "blank" and value.object not in way and len(way) <= DEEPEST
                if nested and self._has("nested", "blank", value.object):
                    self._collect(value.object, f"{name}.", (*way, value.object), cells)
                else:
                    cells.setdefault(name, []).append(value.object)

    def _values(self, subject: str) -> dict[int, list[_Value]]:
        rows = self._data.execute(
            "SELECT predicate, object, kind, language FROM said WHERE subject = ? ORDER BY rowid", (subject,)
        )
        found: dict[int, list[_Value]] = {}
        for value in dict.fromkeys(map(_Value._make, rows)):  # the same may be said in several graphs
            found.setdefault(value.predicate, []).append(value)
        return found

    def _unrolled(self, values: list[_Value]) -> Iterator[_Value]:
        """The values, with those in RDF lists in place of the lists."""
        for value in values:
            if value.object == f"{RDF}nil":
                continue
            if value.kind != "blank" or not self._has("lists", "subject", value.object):
                yield value
                continue
            seen: set[str] = set()
            node = value.object
            while node not in seen and node != f"{RDF}nil":
                seen.add(node)
                parts = self._values(node)
                yield from parts.get(FIRST, [])
                node = next((part.object for part in parts.get(REST, [])), f"{RDF}nil")

    def _has(self, table: str, column: str, subject: str) -> bool:
        """Whether a subject is in a table of subjects."""
        found = self._data.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (subject,))  # noqa: S608
        return found.fetchone() is not None


def too_long(size: int, most: int) -> str:
    """What is said of a cell."""
    return f"a cell of {size:,} characters; at most {most:,} are read"


def _preferred(values: Iterable[_Value]) -> list[_Value]:
    """The values without texts in a language that is not needed.

    Texts without a language and English ones stay; where there are none, those in the first text's language.
    """
    held = list(values)
    languages = [value.language for value in held if value.kind == "literal"]
    wanted = {name for name in languages if name.split("-")[0].lower() in {"", "en"}} or set(languages[:1])
    return [value for value in held if value.kind != "literal" or value.language in wanted]


def _plain(number: str) -> str:
    """A float as a table would have it: 19.99 for 1.999E1, 4 for 4.0E0."""
    try:
        value = float(number)
    except ValueError:
        return number
    return repr(value).removesuffix(".0") if math.isfinite(value) else number
