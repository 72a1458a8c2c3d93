"""Which entities of the facts are items: the tables that say so, told by their values and by names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import joins, spaces
from kg.draft.evidence import Evidence, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.plan import Group, Plan
    from kg.draft.spaces import Key, Space
    from kg.draft.table import Table

LEAST = -3.5
FEW = 10
OWN = 0.9  # of the rows have an item of their own
HALF = 0.5
AGREED = 4.0


@dataclass(frozen=True, slots=True)
class Same:
    """A table that says which item is which entity.

    Attributes:
        item: its column of items.
        entity: its column of entities.
        named: whether it has the entities' own ids rather than the numbers that the facts have.
        evidence: what speaks for it.
    """

    item: Key
    entity: Column
    named: bool
    evidence: Evidence

    @property
    def table(self) -> Table:
        """The table."""
        return self.item.table


def find(items: Space, ends: Space, tables: Sequence[Table]) -> list[Same]:
    """The tables that join items and entities, the one that joins most items first."""
    found = [
        same
        for table in tables
        if ends.bridge is None or table is not ends.bridge.table
        for same in _in(items, ends, table, tables)
    ]
    return sorted(
        found,
        key=lambda same: (-joins.common(same.item.column.hashes, items.ids.hashes), -same.evidence.points),
    )


def _in(items: Space, ends: Space, table: Table, tables: Sequence[Table]) -> Iterator[Same]:
    item = spaces.key(items, table, unique=False, least=LEAST)
    if item is None or item.column.distinct < OWN * table.rows:
        return
    certain = item.evidence.plus(*_agreement(item, items, tables))
    for column in table.columns:
        fits = list(_entities(ends, table, column)) if column is not item.column else []
        if not fits or certain.points <= 0:
            continue
        named, evidence = max(fits, key=lambda pair: pair[1].points)
        weakest = min(evidence.points, certain.points)
        if evidence.points > 0:
            yield Same(item, column, named, Evidence(weakest, (*evidence.reasons, *certain.reasons)))


def _entities(ends: Space, table: Table, column: Column) -> Iterator[tuple[bool, Evidence]]:
    """Whether a column holds entities, by their own ids (True) or by numbers (False)."""
    if column.sort not in spaces.IDS or column.distinct < HALF * table.rows:
        return
    ours = table.values(column)
    yield True, joins.fit(ours, ends.known)
    if ends.bridge is not None:
        yield False, joins.fit(ours, ends.raw)


def _agreement(item: Key, items: Space, tables: Sequence[Table]) -> tuple[float, str]:
    """Names beside the ids that another table gives to the same ids."""
    for other in tables:
        theirs = spaces.key(items, other) if other is not item.table else None
        if theirs is None or theirs.mapped:
            continue
        pairs = [(mine, name) for mine in _words(item) for name in _words(theirs)]
        share = max((_alike(item, mine, theirs, name) for mine, name in pairs), default=0.0)
        if share > HALF:
            return AGREED, f"{percent(share)} of its names are those that {other.name} gives to the same ids"
    return 0.0, ""


def _words(key: Key) -> list[Column]:
    return [column for column in key.table.columns if column is not key.column and column.sort == "word"]


def _alike(one: Key, name: Column, other: Key, other_name: Column) -> float:
    """The share of common ids that have the same name in both tables."""
    if joins.common(name.hashes, other_name.hashes) < FEW:
        return 0.0
    ours, theirs = one.table.frame(), other.table.frame()
    known = dict(zip(theirs[other.column.name], theirs[other_name.name], strict=True))
    told = zip(ours[one.column.name], ours[name.name], strict=True)
    equal = [known[external] == mine for external, mine in told if external in known]
    return float(sum(equal)) / max(len(equal), 1)


def add(plan: Plan, items: Space, ends: Space, found: Sequence[Same]) -> None:
    """Write down the best table of links; the others say the same or less."""
    if not found:
        _shared(plan, items, ends)
        return
    best = found[0]
    best.table.call(item=best.item.column, entity=best.entity)
    key = spaces.Key(best.table, best.entity, mapped=not best.named, evidence=best.evidence)
    group: Group = {
        "file": best.table,
        "item": spaces.reference(plan, items, best.item, "items"),
        "entity": spaces.reference(plan, ends, key, "entities"),
    }
    plan.decide(("same", len(plan.same)), f"{best.item.column.name} is {best.entity.name}", best.evidence)
    plan.same.append(group)
    best.table.used.append("links of items and entities")
    for other in found[1:]:
        plan.unused.setdefault(other.table.name, f"links items and entities like {best.table.name}")


def _shared(plan: Plan, items: Space, ends: Space) -> None:
    """Entities whose ids are those of items; numbers may be so by chance."""
    evidence = joins.fit(items.ids, ends.ids)
    if evidence.points > -1:
        if items.ids.whole:
            evidence = Evidence.at(
                0.6, "items and entities are numbered alike, and no file links them otherwise"
            )
        plan.decide(("same", len(plan.same)), "shared", evidence)
        plan.same.append({"ids": "shared"})
