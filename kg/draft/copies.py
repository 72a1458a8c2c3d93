"""Files that say again what another file says: the same rows, a part of them, or the same with other ids."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from kg.draft import names
from kg.draft.joins import common

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kg.draft.folder import Folder
    from kg.draft.table import Table

SAME = 0.99
FEWEST = 10
TELLING = 50


def drop(found: Folder) -> None:
    """Take out tables whose rows stand in others, and tell which."""
    split = [group for group in parted(found.tables) if "train" in group]
    for group in split:
        _drop_wholes(found, list(group.values()))
    kept = [table for group in split for table in group.values()]
    for one, other in combinations(_by_worth(found.tables, kept), 2):
        if one.name in found.unused or other.name in found.unused or other in kept:
            continue
        _drop_one(found, one, other)
    found.tables = [table for table in found.tables if table.name not in found.unused]


def parted(tables: Iterable[Table]) -> list[dict[str, Table]]:
    """Files that differ only in the word for their part: train, valid, test; at least two of them."""
    groups: dict[tuple[object, ...], dict[str, Table]] = {}
    for table in tables:
        part = names.part(table.stem)
        if part:
            shape = (table.folder, names.without_part(table.stem), len(table.columns))
            groups.setdefault(shape, {}).setdefault(part, table)
    return [group for group in groups.values() if len(group) > 1]


def _drop_wholes(found: Folder, parts: Sequence[Table]) -> None:
    """A file whose rows are those of the parts together is not needed beside them."""
    width, rows = len(parts[0].columns), sum(part.rows for part in parts)
    for table in found.tables:
        if table in parts or len(table.columns) != width or not SAME * rows <= table.rows <= rows / SAME:
            continue
        inside = sum(common(table.row_hashes, part.row_hashes) for part in parts)
        if inside >= SAME * len(table.row_hashes):
            listed = " and ".join(part.name for part in parts)
            found.unused[table.name] = f"its rows are those of {listed} together, which are split already"


def _by_worth(tables: Sequence[Table], kept: Sequence[Table]) -> list[Table]:
    """The tables, the one to keep before its copies: more rows, named columns, few folders above."""
    return sorted(
        tables,
        key=lambda table: (
            table not in kept,
            -round(table.rows / 1.02) if table.rows > FEWEST else 0,
            not table.layout.headed,
            -_worded(table),
            table.name.count("/"),
            len(table.name),
            table.name,
        ),
    )


def _worded(table: Table) -> int:
    """How many columns hold more than numbers."""
    return sum(column.sort in {"word", "text", "iri", "url", "code"} for column in table.columns)


def _drop_one(found: Folder, one: Table, other: Table) -> None:
    if len(one.columns) != len(other.columns) or min(one.rows, other.rows) < FEWEST:
        return
    shared = common(one.row_hashes, other.row_hashes)
    if shared >= SAME * len(other.row_hashes):
        words = "the same rows as" if other.rows >= SAME * one.rows else "its rows are all in"
        found.unused[other.name] = f"{words} {one.name}"
    elif renumbered(one, other):
        found.unused[other.name] = f"the rows of {one.name} with other ids"


def renumbered(one: Table, other: Table) -> bool:
    """Whether two tables have the same rows but for the numbering of some columns."""
    if one.rows != other.rows or len(one.columns) != len(other.columns):
        return False
    pairs = list(zip(one.columns, other.columns, strict=True))
    if any(a.distinct != b.distinct for a, b in pairs):
        return False
    alike = [a for a, b in pairs if a.distinct == common(a.hashes, b.hashes)]
    telling = max((column.distinct for column in alike), default=0)
    # a list of numbers is like any other: the columns that are alike must tell more
    return telling >= TELLING and len(alike) < len(pairs) and not all(column.dense for column in alike)
