"""Tables with a row per user, item or entity: which are which, and in what order they go into the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.draft import attributes, joins, lexicon, lookups, names, nodes, spaces
from kg.draft.spaces import Key, Space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.graph import Facts
    from kg.draft.lookups import Lookup, Reference
    from kg.draft.plan import Plan
    from kg.draft.table import Table


def add(
    plan: Plan, known: Sequence[Space], facts: Sequence[Facts], tables: Sequence[Table], class_name: str
) -> tuple[list[Reference], list[Space]]:
    """Add all node tables: users, items, and the tables whose rows these name.

    Args:
        plan: what is added to.
        known: the ids of items and of users.
        facts: the files of triples; what their ids stand for is no node table.
        tables: all other files.
        class_name: what an item is called.

    Returns:
        the columns that name rows of other tables, and further ids of items and users.
    """
    numbered = _lists(facts)
    others = [table for table in tables if table not in numbered]
    found = _keys(known, others)
    listed = [table for table in others if all(key.table is not table for _, keys in found for key in keys)]
    peers = [key for _, keys in found for key in keys]
    references = lookups.find(others, listed, peers, [one.ends.raw.hashes for one in facts])
    ids = [same.entity for one in facts for same in one.same]
    for space, keys in reversed(found):
        name = class_name if space.role == "item" else ""
        nodes.add(plan, space, keys, name or _called(keys, space.role), ids=ids, references=references)
    _add_lookups(plan, references)
    for one in facts:
        _add_entities(plan, one, [table for table in listed if not table.used])
    return references, spaces.alternates(peers)


def main(tables: Sequence[Table]) -> Space | None:
    """The ids of what a catalog without interactions lists: the rows of its likeliest table."""
    best: tuple[float, Space] | None = None
    for table in tables:
        for column in table.columns:
            points = _listing(table, column, tables)
            if points > (best[0] if best else 0):
                best = points, Space("item", table.values(column), None)
    return best[1] if best else None


def _listing(table: Table, key: Column, tables: Sequence[Table]) -> float:
    if not key.unique or key.sort not in spaces.IDS:
        return 0.0
    others = [column for column in table.columns if column is not key]
    role, label = names.role(table.holds), attributes.label(table, others, "item")
    named = sum(
        joins.fit(other.values(column), table.values(key)).points > 1
        for other in tables
        if other is not table
        for column in other.columns
        if column.sort in spaces.IDS
    )
    named_key = 0.5 if key.named and names.has(key.name, lexicon.KEYS) else 0.0
    return (
        0.5 + 3.0 * (role == "item") - 3.0 * (role == "user") + 2.0 * (label is not None) + named + named_key
    )


def _lists(facts: Sequence[Facts]) -> list[Table]:
    """The tables that say what the numbers in facts stand for."""
    found = [space for one in facts for space in (one.ends, one.kinds) if space is not None]
    return [space.bridge.table for space in found if space.bridge is not None]


def _keys(known: Sequence[Space], tables: Sequence[Table]) -> list[tuple[Space, list[Key]]]:
    """The node tables of each role; a table that fits two goes to the better."""
    found = [(space, nodes.keys(space, tables)) for space in known]
    best: dict[str, float] = {}
    for _, keys in found:
        for key in keys:
            best[key.table.name] = max(best.get(key.table.name, 0.0), key.evidence.points)
    return [
        (space, [key for key in keys if key.evidence.points == best[key.table.name]]) for space, keys in found
    ]


def _called(keys: Sequence[Key], role: str) -> str:
    """What things are called by the file that declares them."""
    noun = keys[0].table.holds if keys else ""
    return names.title(noun) if noun and noun != role and role == "item" else ""


def _add_lookups(plan: Plan, references: Sequence[Reference]) -> None:
    """The tables whose rows other tables name, each once."""
    added: list[Lookup] = []
    for reference in references:
        lookup = reference.lookup
        if lookup.nodes and lookup.kind == "entity" and lookup not in added:
            added.append(lookup)
            values = lookup.table.values(lookup.key)
            key = Key(lookup.table, lookup.key, mapped=False, evidence=reference.evidence)
            space = Space("entity", values, None)
            nodes.add(plan, space, [key], reference.words.linked, references=references, another=True)


def _add_entities(plan: Plan, facts: Facts, tables: Sequence[Table]) -> None:
    """Names and texts of the entities of facts, where a table has them under the same ids."""
    if facts.ends.raw.whole and facts.ends.bridge is not None:
        return
    for key in nodes.keys(facts.ends, tables):
        others = [column for column in key.table.columns if column is not key.column]
        if attributes.label(key.table, others, "entity") is not None:
            nodes.add(plan, facts.ends, [key], "", another=True)
