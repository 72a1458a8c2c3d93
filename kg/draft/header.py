"""Whether a table's first line names its columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.draft import lexicon, names

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = re.compile(r"^\s*-?\d+([.,]\d+)?\s*$")
NAME = re.compile(r"^[^\W\d]\S*( \S+){0,4}$")
RECBOLE = ("token", "token_seq", "float", "float_seq")
MOSTLY = 0.95
ENOUGH = 2  # columns whose values repeat
FEWEST = 12
KNOWN = (
    lexicon.USER | lexicon.ITEM | lexicon.ENTITY | lexicon.RELATION | lexicon.HEAD | lexicon.TAIL
    | lexicon.RATING | lexicon.WEIGHT | lexicon.TIME | lexicon.LABEL | lexicon.YEAR | lexicon.AGE
    | lexicon.KEYS | lexicon.HEADER
)  # fmt: skip


def atomic(first: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The names and types of a RecBole header, () where the line is none."""
    pairs = [cell.strip().rpartition(":")[::2] for cell in first]
    return tuple(pairs) if all(name and kind in RECBOLE for name, kind in pairs) else ()


def headed(rows: Sequence[Sequence[str]]) -> tuple[bool, float, str]:
    """Whether the first row is a header, how sure that is, and why."""
    first, body = rows[0], rows[1:]
    columns = [[row[place] for row in body if len(row) == len(first)] for place in range(len(first))]
    numeric = [place for place, cells in enumerate(columns) if _numeric(cells)]
    if any(NUMBER.match(first[place]) for place in numeric):
        return False, 0.98, "no header, its first line holds numbers like the others"
    if any(first[place].strip() for place in numeric):
        return True, 0.98, "a header above columns of numbers"
    return _by_words(first, columns)


def _numeric(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and sum(bool(NUMBER.match(cell)) for cell in filled) >= MOSTLY * len(filled)


def _by_words(first: Sequence[str], columns: Sequence[Sequence[str]]) -> tuple[bool, float, str]:
    """For tables of words: a header's words are names, are known, and do not occur again below."""
    named = [cell.strip() for cell in first if cell.strip()]
    namelike = bool(named) and len(set(named)) == len(named) and all(map(NAME.match, named))
    again = any(cell in cells for cell, cells in zip(first, columns, strict=True) if cell.strip())
    known = sum(names.has(cell, KNOWN) for cell in named)
    if again or any("://" in cell for cell in named):
        return False, 0.9, "no header, its first line is like the others"
    if sum(map(_repeats, columns)) >= ENOUGH:
        return True, 0.85, "a header of words that its columns, whose values repeat, do not hold"
    if not namelike:
        return False, 0.9, "no header, its first line holds no names"
    if known:
        return True, 0.85 + 0.1 * known / len(named), "a header of known words"
    small = all(cell == cell.lower() for cell in named) and not _small(columns)
    return (
        small,
        0.6,
        "a header in small letters" if small else "no header: nothing in its first line is a name",
    )


def _repeats(cells: Sequence[str]) -> bool:
    """Whether the values of a column repeat so much that its first line would hold one of them."""
    return len(cells) >= FEWEST and len(set(cells)) <= len(cells) / 4


def _small(columns: Sequence[Sequence[str]]) -> bool:
    return all(cell == cell.lower() for cells in columns for cell in cells[:50])


def distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names without empty ones or doubles.

    >>> distinct(["id", "", "name", "name"])
    ('id', 'column 2', 'name', 'name 2')
    """
    given: list[str] = []
    for place, name in enumerate(columns, start=1):
        wanted = name if name.strip() else f"column {place}"
        number = 2
        free = wanted
        while free in given:
            free, number = f"{wanted} {number}", number + 1
        given.append(free)
    return tuple(given)
