"""Files that are left: tags and friends, edges whose relation is the file's name, tables that name others' rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.draft import joins, names, spaces, words
from kg.draft.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.plan import Group, Plan
    from kg.draft.spaces import Key, Space
    from kg.draft.table import Table

VALUES = frozenset({"integer", "code", "word"})
COMPLETE = 0.9


def add(plan: Plan, table: Table, people: Space | None, items: Space | None, tables: Sequence[Table]) -> bool:
    """Take a table for facts about items or users, if it names some of them row by row."""
    ends = [(found, key) for found in (items, people) if found is not None and (key := _key(found, table)) is not None]
    for found, key in ends:
        others = [column for column in table.columns if column is not key.column]
        twice = _again(found, table, key, others)
        if twice is not None:
            return _add(plan, table, found, key, twice)
    taken = [key.column for _, key in ends]
    for found, key in ends:
        for column in table.columns:
            if column not in taken and column.sort in VALUES and _speaks(column, table, tables):
                return _add_value(plan, table, found, key, column, tables)
    return False


def _key(found: Space, table: Table) -> Key | None:
    key = spaces.key(found, table, unique=False)
    return key if key is not None and key.column.fill == 1 and not key.column.unique else None


def _again(found: Space, table: Table, key: Key, others: Sequence[Column]) -> Key | None:
    """A second column of the same ids: friends, similar items."""
    ids = found.raw if key.mapped else found.ids
    for column in others:
        if column.sort != key.column.sort or column.fill < 1:
            continue
        evidence = joins.fit(table.values(column), ids)
        equal = joins.common(column.hashes, key.column.hashes)
        if equal >= COMPLETE * max(column.distinct, key.column.distinct):
            evidence = evidence.plus(4.0, "the same ids in two columns")
        if evidence.points > 1:
            return spaces.Key(table, column, key.mapped, evidence)
    return None


def _add(plan: Plan, table: Table, found: Space, key: Key, twice: Key) -> bool:
    noun = names.called(twice.column.name) if twice.column.given else table.holds
    relation = words.of(noun if names.role(noun) != found.role or noun in words.KNOWN else table.holds).relation
    head = _end(spaces.reference(plan, found, key, names.plural(found.role)), kind=found.role)
    tail = _end(spaces.reference(plan, found, twice, names.plural(found.role)), kind=found.role)
    _put(plan, table, head, relation, tail, twice.evidence)
    return True


def _speaks(column: Column, table: Table, tables: Sequence[Table]) -> bool:
    if column.fill < 1 or column.unique:
        return False
    if column.sort == "word":
        return column.given
    return lookup(table, column, tables) is not None


def lookup(table: Table, column: Column, tables: Sequence[Table]) -> tuple[Table, Column, Column, Evidence] | None:
    """The table that says which word a column's ids stand for: its columns of ids and of words."""
    best = None
    for other in tables:
        for key in other.columns:
            if other is table or not key.unique or key.sort not in spaces.IDS:
                continue
            evidence = joins.fit(table.values(column), other.values(key))
            value = _word(other, key)
            if value is not None and evidence.points > (best[3].points if best else 0):
                best = other, key, value, evidence
    return best


def _word(table: Table, key: Column) -> Column | None:
    said = [column for column in table.columns if column is not key and column.sort == "word" and column.fill == 1]
    named = [column for column in said if names.has(column.name, names.LABEL)]
    return next(iter(named or said), None)


def _add_value(
    plan: Plan, table: Table, found: Space, key: Key, column: Column, tables: Sequence[Table]
) -> bool:
    noun = names.called(column.name)
    spoken = words.of(noun)
    evidence = Evidence(key.evidence.points, (f"{column.name} of {names.plural(found.role)}: {key.evidence.why}",))
    tail: Group = {"column": column}
    if column.sort != "word":
        found_words = lookup(table, column, tables)
        if found_words is None:
            return False
        other, numbers, value, certain = found_words
        tail["map"] = plan.map(other, numbers, value, names.plural(noun), certain)
        if joins.common(column.hashes, numbers.hashes) < column.distinct:
            tail["missing"] = "drop"
        other.used.append(f"names of {names.plural(noun)}")
    tail |= {"class": spoken.linked, "prefix": f"{spoken.relation}:"}
    head = _end(spaces.reference(plan, found, key, names.plural(found.role)), kind=found.role)
    _put(plan, table, head, spoken.relation, tail, evidence)
    return True


def _end(reference: Group | Column, **more: str) -> Group:
    group: Group = reference if isinstance(reference, dict) else {"column": reference}
    return {**group, **more}


def _put(plan: Plan, table: Table, head: Group, relation: str, tail: Group, evidence: Evidence) -> None:
    plan.decide(("facts", len(plan.facts)), relation, evidence)
    plan.facts.append({"file": table, "head": head, "relation": {"value": relation}, "tail": tail})
    table.used.append("facts")
    found = words.of(relation)
    plan.relations.setdefault(relation, {"label": found.label, "inverse_label": found.inverse_label})


def edges(tables: Sequence[Table]) -> list[Table]:
    """Files of two columns of addresses (IRIs): facts whose relation the file's name tells."""
    return [
        table
        for table in tables
        if len(table.columns) == 2  # noqa: PLR2004
        and all(column.sort in {"iri", "url"} and column.fill == 1 for column in table.columns)
    ]
