"""Nested values as flat cells: "director.name", and several values of one field in one cell."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kg.errors import CatalogError
from kg.formats import rows
from kg.formats.untrusted.jsontext import Twice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Reject

LIST_SEPARATOR = "|"
DEEPEST = 20
ONLY_TEXT = {str}
SHORT_NAME, LONGEST_NAME = 100, 1_000  # characters of a name, and of a dotted one


class Unfit(ValueError):  # noqa: N818  (a reason, in words, for which a record is rejected)
    """A record that is no row; its text is the reason."""


TOLD: Mapping[type, Callable[[Any], str]] = {  # a bool is an int and a datetime is a date
    bool: lambda value: "true" if value else "false",
    float: lambda value: repr(value).removesuffix(".0"),
    Decimal: lambda value: format(value, "f"),
    dt.date: lambda value: value.isoformat(),
    dt.time: lambda value: value.isoformat(),
    bytes: bytes.hex,
    memoryview: memoryview.hex,
    dict: lambda value: json.dumps(value, ensure_ascii=False),
}


def flat(record: Mapping[str, object], separator: str = LIST_SEPARATOR) -> Mapping[str, str]:
    """A record as cells by column name.

    A field of an object within gets a dotted name. Several values, and the fields of several objects, are
    joined; null and an empty list are "".

    Raises:
        Unfit: it is nested too deep, has too many fields, or one twice.
    """
    cells = _shallow(record, separator)
    if cells is None:
        found: dict[str, list[str]] = {}
        for name, value in record.items():
            _collect(name, value, 1, found)
        cells = {name: separator.join(values) for name, values in found.items()}
    if len(cells) > rows.MOST_COLUMNS:
        raise Unfit(f"an object of {len(cells):,} fields; at most {rows.MOST_COLUMNS:,} were expected")
    return cells


def _shallow(record: Mapping[str, Any], separator: str) -> dict[str, str] | None:
    """The same for texts, lists of texts and objects of texts, several times as fast; None for any other."""
    cells: dict[str, str] = {}
    count = len(record)
    for name, value in record.items():
        kind = type(value)
        if kind is str:
            cells[name] = value
        elif kind is list and set(map(type, value)) == ONLY_TEXT:
            cells[name] = separator.join(value)
        elif kind is dict and len(name) < SHORT_NAME and set(map(type, value.values())) == ONLY_TEXT:
            for key, part in value.items():
                cells[f"{name}.{key}"] = part
            count += len(value) - 1
        else:
            return None
    return cells if count == len(cells) else None  # otherwise two fields have one name


def ambiguous(value: Twice) -> str:
    """What is said of an object in which a field occurs twice."""
    return f"the field {str(value)[:LONGEST_NAME]!r} occurs twice in one object"


def _collect(name: str, value: object, depth: int, found: dict[str, list[str]]) -> None:
    if depth > DEEPEST:
        raise Unfit(f"nested too deep; at most {DEEPEST} levels were expected")
    if isinstance(value, Twice) or len(name) > LONGEST_NAME:
        raise Unfit(
            ambiguous(value) if isinstance(value, Twice) else f"a field name of {len(name):,} characters"
        )
    if isinstance(value, dict):
        for key, part in value.items():
            _collect(f"{name}.{key}", part, depth + 1, found)
    elif isinstance(value, list):
        for part in value or (None,):
            _collect(name, part, depth + 1, found)
    elif value is None:
        found.setdefault(name, [])
    else:
        found.setdefault(name, []).append(text_of(value))


def text_of(value: object) -> str:
    """A single value as text: numbers in full, dates as ISO 8601, bytes as hexadecimal digits, none as "".

    A whole number kept as a float loses its ".0", which in tables a missing neighbour often gave it.
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124  NaN is not itself
        return ""
    return next((told(value) for kind, told in TOLD.items() if isinstance(value, kind)), str(value))


def frames(
    path: Path, records: Iterable[tuple[int, Mapping[str, str]]], reject: Reject, *, unit: str, encoding: str
) -> Iterator[pd.DataFrame]:
    """Frames of records that each name their own fields; a frame has all fields that occur in it.

    Raises:
        CatalogError: there are so many different fields that they must be data.
    """
    columns: dict[str, None] = {}
    seen: set[str] = set()
    held: list[tuple[int, Mapping[str, str]]] = []
    size = 0
    for line, record in records:
        if not record.keys() <= columns.keys():
            columns.update(dict.fromkeys(record))
            seen.update(record)
            if len(seen) > rows.MOST_COLUMNS:
                raise CatalogError(
                    f"{path} has records of more than {rows.MOST_COLUMNS:,} different fields; "
                    "fields that stay the same were expected"
                )
        held.append((line, record))
        size += sum(map(len, record.values()))
        full = len(held) >= rows.HELD_ROWS or len(held) * len(columns) >= rows.MOST_CELLS
        if full or size > rows.MOST_CHARACTERS:
            yield _frame(path, held, columns, reject, unit, encoding)
            held, columns, size = [], {}, 0
    if held:
        yield _frame(path, held, columns, reject, unit, encoding)


def _frame(
    path: Path,
    held: list[tuple[int, Mapping[str, str]]],
    columns: Iterable[str],
    reject: Reject,
    unit: str,
    encoding: str,
) -> pd.DataFrame:
    names = list(rows.named(path, list(columns), encoding))
    cells = [[record.get(name, "") for _, record in held] for name in names]
    lines = [line for line, _ in held]
    return rows.frame_of_cells(cells, lines, names, reject, unit=unit, encoding=encoding)
