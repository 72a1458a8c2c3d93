"""Files with a row per user, per item or per entity: which declares them, which add to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import attributes, joins, names, spaces
from kg.draft.describing import Describer, add_reference
from kg.draft.evidence import Evidence
from kg.draft.spaces import Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.attributes import Attribute
    from kg.draft.column import Column
    from kg.draft.lookups import Reference
    from kg.draft.plan import Group, Path, Plan
    from kg.draft.spaces import Space
    from kg.draft.table import Table

FEW = 25
DOUBTFUL = 3.0
CLEARLY_MORE = 1.05


@dataclass(frozen=True)
class Row:
    """A file with a row per thing, and what its columns say."""

    key: Key
    name: Attribute | None
    uses: tuple[Attribute, ...]
    references: tuple[Reference, ...]


def keys(found: Space, tables: Sequence[Table]) -> list[Key]:
    """The columns of tables with a row per thing that hold the things' ids; the declaring table's first."""
    likely = [key for table in tables if (key := spaces.key(found, table)) is not None]
    likely = [key for key in likely if not _of_other(key, found)]
    known = {key.table.name for key in likely}
    for table in tables:
        if table.name not in known:
            likely += list(_alike(table, likely))[:1]
    return sorted(likely, key=lambda key: _order(found, key))


def _of_other(key: Key, found: Space) -> bool:
    """Whether the fit is by chance: the table is called after another role."""
    role = names.role(key.table.holds)
    return bool(role) and role != found.role and key.evidence.points < DOUBTFUL


def _alike(table: Table, likely: Sequence[Key]) -> Iterator[Key]:
    """A column with the very ids of one that is known already, though its name does not say so."""
    for column in table.columns:
        if not column.unique or column.distinct <= FEW:
            continue
        for known in likely:
            roles = {"", names.role(known.table.called(known.column))}
            equal = (
                column.distinct == known.column.distinct == joins.common(column.hashes, known.column.hashes)
            )
            if equal and names.role(table.called(column)) in roles:
                evidence = Evidence(1.5, (f"the same {column.distinct:,} ids as {known.table.name}",))
                yield Key(table, column, known.mapped, evidence, known.role)


def _order(found: Space, key: Key) -> tuple[float, int, str]:
    """The file that has all ids and few others comes first, one with names before one without."""
    ids = found.raw if key.mapped else found.ids
    shared = joins.common(ids.hashes, key.column.hashes)
    cover, tight = shared / max(ids.distinct, 1), shared / max(key.column.distinct, 1)
    label = attributes.label(key.table, _others(key), found.role) is not None
    extra = 0.2 * label + 0.05 * key.table.layout.headed - 0.1 * key.mapped
    return -round(cover + 0.3 * tight + extra, 2), -len(key.table.columns), key.table.name


def _others(key: Key) -> list[Column]:
    return [column for column in key.table.columns if column is not key.column and column.filled]


def add(
    plan: Plan,
    found: Space,
    known: Sequence[Key],
    class_name: str,
    *,
    ids: Sequence[Column] = (),
    references: Sequence[Reference] = (),
    another: bool = False,
) -> None:
    """Add the node tables of a role to the plan.

    Args:
        plan: what is added to.
        found: the ids of the role.
        known: the tables' columns of ids, as `keys` gives them.
        class_name: what the things are called.
        ids: columns that hold other ids of the same things, and so say nothing more of them.
        references: columns that name rows of other tables.
        another: whether these are other things than those of the same role that were added before.
    """
    bridges = () if found.bridge is None else (found.bridge.key, found.bridge.value)
    rows = [_row(key, {*ids, *bridges}, references, found.role) for key in known]
    describer = Describer(plan, found.role, _best(rows))
    declared = not another and any(node["kind"] == found.role for node in plan.nodes)
    for row in rows:
        declared = _add(describer, found, row, "" if declared else class_name, add_only=declared) or declared


def _row(key: Key, ids: set[Column], references: Sequence[Reference], role: str) -> Row:
    table = key.table
    named = tuple(reference for reference in references if reference.table is table)
    others = [column for column in _others(key) if all(column is not reference.column for reference in named)]
    name = attributes.label(table, others, role)
    kept = [column for column in others if column not in ids and not (name and column is name.column)]
    for column in kept:
        guess = attributes.recognised(column) if not column.named and column.sort == "word" else ""
        table.call(**({guess: column} if guess else {}))
    uses = [attributes.of(column, role) for column in kept]
    uses += [attributes.linked(one) for one in named if one.lookup.nodes]
    return Row(key, name, tuple(uses), tuple(one for one in named if not one.lookup.nodes))


def _best(rows: Sequence[Row]) -> dict[str, Column]:
    """Of several columns that give the same relation, the one that gives the most."""
    best: dict[str, Attribute] = {}
    for use in (use for row in rows for use in row.uses if use.link is not None):
        relation = use.link["relation"] if use.link else ""
        if relation not in best or use.amount > CLEARLY_MORE * best[relation].amount:
            best[relation] = use
    return {relation: use.column for relation, use in best.items()}


def _add(describer: Describer, found: Space, row: Row, class_name: str, *, add_only: bool) -> bool:
    """Add one node table, unless it only repeats what others say."""
    plan, table, kind = describer.plan, row.key.table, found.role
    path: Path = ("nodes", len(plan.nodes))
    table.call(**{"number" if row.key.mapped else kind: row.key.column})
    group: Group = (
        {"kind": kind} | ({"class": class_name} if class_name else {}) | ({"add": True} if add_only else {})
    )
    group |= {"file": table, "id": spaces.reference(plan, found, row.key, names.plural(kind))}
    gained = describer.say(path, group, row.name, row.uses)
    for reference in row.references:
        add_reference(plan, group["id"], kind, reference)
    if add_only and not gained and not row.references:
        plan.unused.setdefault(
            table.name, f"says nothing of {names.plural(kind)} that other files do not say"
        )
        return False
    what = f"adds to {names.plural(kind)}" if add_only else f"one row per {kind}"
    why = f"{what}: {row.key.evidence.why}" if row.key.evidence.why else what
    plan.decide((*path, "file"), table.name, row.key.evidence, why)
    plan.nodes.append(group)
    table.used.append(names.plural(kind))
    return True
