"""Files that are left: tags and friends, edges whose relation is the file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.draft import joins, names, spaces, words
from kg.draft.describing import add_reference
from kg.draft.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.lookups import Reference
    from kg.draft.plan import Group, Plan
    from kg.draft.spaces import Key, Space
    from kg.draft.table import Table

COMPLETE = 0.9


def edges(tables: Sequence[Table]) -> list[Table]:
    """Files of two columns of addresses (IRIs): facts whose relation the file's name tells."""
    return [
        table
        for table in tables
        if len(table.columns) == 2  # noqa: PLR2004
        and all(column.sort in {"iri", "url"} and column.fill == 1 for column in table.columns)
    ]


def add(
    plan: Plan,
    table: Table,
    known: Sequence[Space],
    others: Sequence[Space],
    references: Sequence[Reference],
) -> str:
    """Take a table for facts, if its rows name some things; else say in words why it is not used.

    Args:
        plan: what is added to.
        table: the file.
        known: the ids of items and of users, in this order.
        others: further ids of the same things.
        references: columns that name rows of other tables.
    """
    ends = _ends(known, table) or _ends(others, table)[:1]
    for found, key in ends:
        twice = _again(found, table, key)
        if twice is not None:
            _add_twice(plan, table, found, key, twice)
            return ""
    taken = [key.column for _, key in ends]
    for found, key in ends:
        for column in table.columns:
            if column not in taken and _add_value(plan, table, found, key, column, references):
                return ""
    if len(ends) > 1:
        return "says which users met which items, as the chosen interactions do"
    return "no file that is used names its rows"


def _ends(known: Sequence[Space], table: Table) -> list[tuple[Space, Key]]:
    return [(found, key) for found in known if (key := _key(found, table)) is not None]


def _key(found: Space, table: Table) -> Key | None:
    key = spaces.key(found, table, unique=False)
    return key if key is not None and key.column.fill == 1 and not key.column.unique else None


def _again(found: Space, table: Table, key: Key) -> Key | None:
    """A second column of the same ids: friends, similar items."""
    ids = found.raw if key.mapped else found.ids
    for column in table.columns:
        if column is key.column or column.sort != key.column.sort or column.fill < 1:
            continue
        evidence = joins.fit(table.values(column), ids)
        equal = joins.common(column.hashes, key.column.hashes)
        if equal >= COMPLETE * max(column.distinct, key.column.distinct):
            evidence = evidence.plus(4.0, "the same ids in two columns")
        if evidence.points > 1:
            return spaces.Key(table, column, key.mapped, evidence)
    return None


def _add_twice(plan: Plan, table: Table, found: Space, key: Key, twice: Key) -> None:
    noun = names.called(twice.column.name) if twice.column.named else table.holds
    spoken = words.of(noun if noun in words.KNOWN or names.role(noun) != found.role else table.holds)
    head, tail = (
        _end(spaces.reference(plan, found, end, names.plural(found.role)), found.role) for end in (key, twice)
    )
    plan.fact(table, head, spoken, tail, twice.evidence)


def _end(reference: Group | Column, kind: str) -> Group:
    group: Group = reference if isinstance(reference, dict) else {"column": reference}
    return {**group, "kind": kind}


def _add_value(
    plan: Plan, table: Table, found: Space, key: Key, column: Column, references: Sequence[Reference]
) -> bool:
    """Facts from a thing to what stands beside its id: a word, or the row of another table."""
    if column.fill < 1 or column.unique:
        return False
    named = next((one for one in references if one.table is table and one.column is column), None)
    head = spaces.reference(plan, found, key, names.plural(found.role))
    where = _certain(table, key.column, column)
    if named is not None:
        add_reference(plan, head, found.role, named, where)
        return True
    if column.sort != "word" or not column.named:
        return False
    spoken = words.of_column(column.name)
    why = f"{column.name} of {names.plural(found.role)}: {key.evidence.why}"
    tail: Group = {"column": column, "class": spoken.linked, "prefix": f"{spoken.relation}:"}
    plan.fact(table, _end(head, found.role), spoken, tail, Evidence(key.evidence.points, (why,)), where)
    return True


def _certain(table: Table, one: Column, other: Column) -> Group:
    """A condition where each is joined with each, and a number from 0 to 1 says how far that holds."""
    if table.rows < COMPLETE * one.distinct * other.distinct:
        return {}
    scores = (
        column for column in table.columns if column.sort == "number" and column.low >= 0 and column.high <= 1
    )
    return dict.fromkeys(scores, ">= 0.5")
