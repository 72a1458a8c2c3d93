"""By which ids users and items are known: those of the interactions, or those a list takes them to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import joins, lexicon, names
from kg.draft.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.joins import Values
    from kg.draft.likes import Likes
    from kg.draft.plan import Group, Plan
    from kg.draft.table import Table

COMPLETE = 0.98
IDS = ("integer", "code", "iri", "word", "url")


@dataclass(frozen=True, slots=True)
class Bridge:
    """A table that takes one id to another: the number in `key`, the id in `value`."""

    table: Table
    key: Column
    value: Column
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Space:
    """The ids of one role.

    Attributes:
        role: "user", "item" or "entity".
        raw: the ids as the interactions (or facts) have them.
        bridge: where they are taken to others, by which they are known in the card.
    """

    role: str
    raw: Values
    bridge: Bridge | None

    @property
    def ids(self) -> Values:
        """The ids by which the card knows them."""
        return self.raw if self.bridge is None else self.known

    @property
    def known(self) -> Values:
        """The bridge's ids, under the role's name."""
        if self.bridge is None:
            return self.raw
        table, value = self.bridge.table, self.bridge.value
        return joins.values([value], self.raw.called, role=self.role, where=f"{table.name}, {value.name}")


@dataclass(frozen=True, slots=True)
class Key:
    """A column that holds ids of a role; `mapped` where it holds those of before the bridge."""

    table: Table
    column: Column
    mapped: bool
    evidence: Evidence
    role: str = ""


def space(role: str, likes: Likes, tables: Sequence[Table]) -> Space:
    """The ids of the users or the items of the interactions."""
    raw = likes.values(likes.user if role == "user" else likes.item, role)
    likely = sorted(_bridges(raw, tables), key=lambda bridge: -bridge.evidence.points)
    return Space(role, raw, likely[0] if likely else None)


def _bridges(raw: Values, tables: Sequence[Table]) -> Iterator[Bridge]:
    for table in tables:
        for key in table.columns:
            if not key.unique or not key.dense or not _numbers(table, key):
                continue
            evidence = joins.fit(raw, table.values(key))
            whole = joins.common(raw.hashes, key.hashes) >= COMPLETE * raw.distinct
            value = _original(table, key, tables)
            if whole and value is not None and evidence.points > 0:
                yield Bridge(table, key, value, evidence)


def _numbers(table: Table, key: Column) -> bool:
    """Whether a column only numbers the rows of a list of ids, by its name or by the table's."""
    if key.named and names.has(key.name, lexicon.NUMBERING):
        return True
    return not key.named and (names.has(table.stem, lexicon.LISTS) or len(table.columns) <= 3)  # noqa: PLR2004


def _original(table: Table, key: Column, tables: Sequence[Table]) -> Column | None:
    """The column with the ids as they were before they were numbered."""
    others = [
        column for column in table.columns if column is not key and column.unique and column.sort in IDS
    ]

    def worth(column: Column) -> tuple[object, ...]:
        named = column.named and names.has(column.name, lexicon.ORIGINAL)
        plain = column.sort in {"integer", "code"}
        return named, _met(table, column, tables), plain, -column.place

    return max(others, key=worth, default=None)


def _met(table: Table, column: Column, tables: Sequence[Table]) -> int:
    """How many other files have the same ids in a column of their own."""
    ours = table.values(column)
    return sum(
        any(joins.fit(ours, other.values(key)).points > 0 for key in other.columns if key.unique)
        for other in tables
        if other is not table
    )


def key(found: Space, table: Table, *, unique: bool = True, least: float = 0.0) -> Key | None:
    """The column of a table that holds the ids of a space, and whether they are to be taken over the bridge.

    Args:
        found: the space.
        table: the table.
        unique: whether each row must have an id of its own.
        least: the points that a column needs.
    """
    best: Key | None = None
    forms = [(found.ids, False)] if found.bridge is None else [(found.known, False), (found.raw, True)]
    for column in table.columns:
        if column.sort not in IDS or (unique and not column.unique) or not column.filled:
            continue
        for ids, mapped in forms:
            evidence = _either_way(ids, table.values(column))
            if evidence.points > (best.evidence.points if best else least):
                best = Key(table, column, mapped, evidence, found.role)
    return best


def _either_way(ids: Values, column: Values) -> Evidence:
    """The better of two readings: the ids are among the column's, or the column's among the ids."""
    forth, back = joins.fit(ids, column), joins.fit(column, ids)
    return forth if forth.points >= back.points else back


def reference(plan: Plan, found: Space, held: Key, noun: str) -> Group | Column:
    """A column of ids as a card writes it: the column, or a group with its map."""
    if not held.mapped or found.bridge is None:
        return held.column
    bridge = found.bridge
    name = plan.map(bridge.table, bridge.key, bridge.value, noun, bridge.evidence)
    inside = joins.common(held.column.hashes, bridge.key.hashes) == held.column.distinct
    return {"column": held.column, "map": name} | ({} if inside else {"missing": "drop"})


def alternates(keys: Sequence[Key]) -> list[Space]:
    """Other ids of the same things, in columns of the tables that declare them: a code of another shop's."""
    return [
        Space(
            key.role, key.table.values(column), Bridge(key.table, column, key.column, Evidence(3.0, (why,)))
        )
        for key in keys
        for column in key.table.columns
        if not key.mapped
        and column is not key.column
        and column.unique
        and column.sort in {"integer", "code", "iri"}
        for why in [f"{column.name} is another id of the same rows"]
    ]
