"""Which sort of values a column holds: ids, numbers, times, names, text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from kg.draft import lexicon, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column

MOSTLY = 0.95
MOST_ODD = 10
SECONDS = (4e8, 4e9)  # 1982 to 2096
MILLISECONDS = (4e11, 4e12)
YEARS = (1000, 2100)
LONG_TEXT = 8.0  # words
TOKEN = re.compile(r"^<.*>$", re.DOTALL)
URL = re.compile(r"^(https?://|www\.)\S+$")
IRI = re.compile(r"^https?://\S+(/(resource|entity|ontology|property|ns|page|wiki|id|concept)/|#)\S+$")
CODE = re.compile(r"^(?=.*\d)[\w.:/+-]+$")
COMMA_NUMBER = re.compile(r"^-?\d{1,3}(\.\d{3})*,\d+$|^-?\d+,\d+$")
ISO = re.compile(r"^\d{4}-\d\d?(-\d\d?)?([T ]\d\d?:\d\d.*)?$")
OTHER_DATE = re.compile(
    r"^\d{1,2}[-./ ]([A-Za-z]{3,9}|\d{1,2})[-./ ]\d{2,4}( \d\d?:\d\d.*)?$|^[A-Za-z]{3,9} \d{1,2},? \d{4}$"
)
FLAGS = ({"0", "1"}, {"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"})
IDS = frozenset({"integer", "code", "iri", "word"})


def sort_of(column: Column) -> str:
    """The sort of a column's values.

    "empty", "constant", "flag", "integer", "number", "comma number" (3,5), "s" and "ms" (since 1970), "iso",
    "date" (any other way to write one), "year", "url", "iri", "token" (a model's `<a_12>`), "code", "word" (a
    name or a few words) or "text".
    """
    values = column.values
    if not values:
        return "empty"
    if len(values) == 1 and column.filled > 1:
        return "constant"
    if len(values) <= 2 and {value.lower() for value in values} <= _flags(values):  # noqa: PLR2004
        return "flag"
    if column.numbers >= MOSTLY * column.checked and len(column.odd) <= MOST_ODD:
        return _number(column)
    return _written(values)


def _flags(values: Sequence[str]) -> set[str]:
    low = {value.lower() for value in values}
    return next((pair for pair in FLAGS if low <= pair), set())


def _number(column: Column) -> str:
    timely = names.has(column.name, lexicon.TIME) if column.named else column.place > 1
    if timely:
        for unit, (first, last) in (("s", SECONDS), ("ms", MILLISECONDS)):
            if column.low >= first and column.high <= last and column.distinct > 1:
                return unit
    whole = column.wholes == column.numbers
    if whole and names.has(column.name, lexicon.YEAR) and YEARS[0] <= column.low <= column.high <= YEARS[1]:
        return "year"
    return "integer" if whole else "number"


def _written(values: Sequence[str]) -> str:
    patterns = (("comma number", COMMA_NUMBER), ("iso", ISO), ("date", OTHER_DATE), ("token", TOKEN))
    for sort, pattern in (*patterns, ("iri", IRI), ("url", URL), ("code", CODE)):
        if _share(values, pattern) >= MOSTLY and (sort != "iso" or _iso(values)):
            return sort
    return "text" if mean_words(values) >= LONG_TEXT else "word"


def _share(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.match(value)) for value in values) / len(values)


def _iso(values: Sequence[str]) -> bool:
    """Whether the card's reader of dates takes all of them."""
    moments = pd.to_datetime(pd.Series(values, dtype="str"), errors="coerce", utc=True, format="ISO8601")
    return bool(moments.notna().all())


def mean_words(values: Sequence[str]) -> float:
    """How many words a value has, on average."""
    return sum(len(value.split()) for value in values) / max(len(values), 1)
