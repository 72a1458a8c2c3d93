"""Columns that name the rows of another table: which table, and what its rows are to become.

The rows of such a table become entities of their own where their ids are theirs alone; where two tables both
number their rows from 1, an id would mean two things, so that the ids are taken to the rows' names by a map.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from kg.draft import joins, lexicon, names, separators, words
from kg.draft.column import distinct, hashed
from kg.draft.spaces import IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kg.draft.column import Column, HashArray
    from kg.draft.evidence import Evidence
    from kg.draft.spaces import Key
    from kg.draft.table import Table

LEAST = 1.0
WHOLE = 0.98


@dataclass(eq=False)
class Lookup:
    """A table whose rows others name.

    Attributes:
        table: the table.
        key: its ids.
        label: its names, None where it has none.
        nodes: whether its rows become entities with their own ids; else a map takes these to the names.
        kind: "entity"; or "item" or "user" where its rows are nodes already.
    """

    table: Table
    key: Column
    label: Column | None
    nodes: bool = False
    kind: str = "entity"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names rows of a lookup; `separator` where a cell names several."""

    table: Table
    column: Column
    lookup: Lookup
    separator: str | None
    evidence: Evidence

    @property
    def words(self) -> words.Words:
        """The relation from a row to the one it names."""
        held = self.lookup.table.holds or "link"
        found = words.of_column(self.column.name if self.column.named else held)
        linked = found.linked if found.known else names.title(held)
        return words.Words(
            found.relation, found.label, found.inverse_label, linked, found.several, found.known
        )


def find(
    tables: Sequence[Table], lists: Sequence[Table], peers: Sequence[Key], taken: Iterable[HashArray]
) -> list[Reference]:
    """All columns that name rows of other tables.

    Args:
        tables: whose columns are looked at.
        lists: the tables whose rows they may name.
        peers: the ids of items and users in their own tables, which may name each other.
        taken: ids that mean something else already.
    """
    known: dict[int, Lookup] = {}
    found = [
        reference
        for table in tables
        for column in table.columns
        if (reference := _reference(table, column, lists, known)) is not None
    ]
    found = [*_one_key(found), *_peers(peers, found)]
    used = list({id(reference.lookup): reference.lookup for reference in found}.values())
    used = [lookup for lookup in used if lookup.kind == "entity"]
    for lookup in used:
        lookup.nodes = len(lookup.table.columns) > 2 or lookup.label is None or _gaps(lookup, found)  # noqa: PLR2004
    for one, other in combinations(used, 2):
        if joins.common(one.key.hashes, other.key.hashes):
            one.nodes = other.nodes = False
    for ids in taken:
        for lookup in used:
            lookup.nodes = lookup.nodes and not joins.common(lookup.key.hashes, ids)
    return [reference for reference in found if reference.lookup.nodes or _mappable(reference)]


def _one_key(found: Sequence[Reference]) -> list[Reference]:
    """The references by whichever of a table's ids is named best; its rows become entities once."""
    best: dict[str, Reference] = {}
    for one in found:
        name = one.lookup.table.name
        if name not in best or one.evidence.points > best[name].evidence.points:
            best[name] = one
    return [one for one in found if one.lookup.key is best[one.lookup.table.name].lookup.key]


def _peers(peers: Sequence[Key], found: Sequence[Reference]) -> Iterator[Reference]:
    """Columns of items' and users' tables that name other items or users: friends, what is bought as well."""
    taken = {id(reference.column) for reference in found} | {id(key.column) for key in peers}
    plain = [key for key in peers if not key.mapped]
    for table in {id(key.table): key.table for key in peers}.values():
        for column in table.columns:
            if id(column) in taken or column.unique or column.sort not in {*IDS, "text"} or not column.filled:
                continue
            told = [reference for key in plain if (reference := _peer(table, column, key)) is not None]
            yield from sorted(told, key=lambda reference: -reference.evidence.points)[:1]


def _peer(table: Table, column: Column, key: Key) -> Reference | None:
    separator = separators.find(column, several=True) if column.sort in {"word", "text"} else None
    ours = table.values(column) if separator is None else _parts(table, column, separator.text)
    evidence = joins.fit(ours, key.table.values(key.column))
    if joins.common(ours.hashes, key.column.hashes) < WHOLE * ours.distinct or evidence.points <= LEAST:
        return None
    lookup = Lookup(key.table, key.column, None, nodes=True, kind=key.role)
    return Reference(table, column, lookup, separator.text if separator else None, evidence)


def _gaps(lookup: Lookup, found: Sequence[Reference]) -> bool:
    """Whether some cells name no row or several, which a map cannot take."""
    return any(one.separator or one.column.fill < 1 for one in found if one.lookup is lookup)


def _mappable(reference: Reference) -> bool:
    return reference.lookup.label is not None and not reference.separator and reference.column.fill == 1


def _reference(
    table: Table, column: Column, lists: Sequence[Table], known: dict[int, Lookup]
) -> Reference | None:
    if column.sort not in IDS or not column.filled:
        return None
    separator = separators.find(column, several=True) if column.sort == "word" else None
    ours = table.values(column) if separator is None else _parts(table, column, separator.text)
    best: Reference | None = None
    for other in lists:
        for key in other.columns:
            if other is table or not key.unique or key.sort not in IDS or _vocabulary(other, key):
                continue
            evidence = joins.fit(ours, other.values(key))
            whole = joins.common(ours.hashes, key.hashes) >= WHOLE * ours.distinct
            if whole and evidence.points > (best.evidence.points if best else LEAST):
                lookup = known.setdefault(id(key), Lookup(other, key, _label(other, key)))
                best = Reference(table, column, lookup, separator.text if separator else None, evidence)
    return best


def _vocabulary(table: Table, key: Column) -> bool:
    """Whether a table only lists words: these say themselves what they mean."""
    more = (column for column in table.columns if column is not key and column.named)
    return key.sort == "word" and not any(column.sort in {"word", "text", "url"} for column in more)


def _parts(table: Table, column: Column, separator: str) -> joins.Values:
    """The single values of cells that hold several."""
    parts = pd.Series([part.strip() for cell in column.values for part in cell.split(separator)], dtype="str")
    numbers = pd.to_numeric(parts, errors="coerce")
    called = table.called(column)
    return joins.Values(
        hashes=distinct(hashed(parts)),
        whole=bool(parts.str.fullmatch(r"-?\d+").all()),
        low=float(numbers.min()),
        high=float(numbers.max()),
        called=called,
        role=names.role(called),
        where=f"{table.name}, {column.name}",
    )


def _label(table: Table, key: Column) -> Column | None:
    said = [
        column for column in table.columns if column is not key and column.sort == "word" and column.fill == 1
    ]
    named = [column for column in said if names.has(column.name, lexicon.LABEL)]
    return next(iter(named or said), None)
