"""Files with a row per user or per item: which declares them, what each adds to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.draft import attributes, joins, names, spaces
from kg.draft.evidence import Evidence
from kg.draft.spaces import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.attributes import Attribute
    from kg.draft.column import Column
    from kg.draft.plan import Group, Path, Plan
    from kg.draft.lookups import Reference
    from kg.draft.spaces import Space
    from kg.draft.table import Table

WELL_NAMED = 0.999
FEW = 25


@dataclass
class Told:
    """What the files of a role say: the column that gives a relation best; what is written down already."""

    best: dict[str, Column]
    properties: set[str] = field(default_factory=set)
    named: float = 0.0


@dataclass(frozen=True)
class Row:
    """A file with a row per thing, and what its columns say."""

    key: Key
    name: Attribute | None
    uses: tuple[Attribute, ...]
    references: tuple[Reference, ...]


def keys(found: Space, tables: Sequence[Table]) -> list[Key]:
    """The columns of tables with a row per thing that hold the things' ids; the declaring table's first."""
    likely = [
        key for table in tables if (key := spaces.key(found, table)) is not None and not _of_other(key, found)
    ]
    for table in tables:
        if all(key.table is not table for key in likely):
            likely += _alike(table, likely)[:1]
    return sorted(likely, key=lambda key: _order(found, key))


def _alike(table: Table, likely: Sequence[Key]) -> list[Key]:
    """A column with the very ids of one that is known already, though its name does not say so."""
    return [
        Key(
            table,
            column,
            known.mapped,
            Evidence(1.5, (f"the same {column.distinct:,} ids as {known.table.name}",)),
            known.role,
        )
        for column in table.columns
        for known in likely
        if column.unique
        and column.distinct == known.column.distinct > FEW
        and joins.common(column.hashes, known.column.hashes) == column.distinct
        and names.role(table.called(column)) in {"", names.role(known.table.called(known.column))}
    ]


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
    rows = [_row(key, found, {*ids, *bridges}, references) for key in known]
    told = Told(best=_best(rows))
    for place, row in enumerate(rows):
        first = place == 0 and (another or not any(node["kind"] == found.role for node in plan.nodes))
        _add(plan, found, row, told, class_name, first=first)


def _row(key: Key, found: Space, ids: set[Column], references: Sequence[Reference]) -> Row:
    table, role = key.table, found.role
    named = tuple(reference for reference in references if reference.table is table)
    others = [column for column in _others(key) if all(column is not reference.column for reference in named)]
    name = attributes.label(table, others, role)
    kept = [column for column in others if column not in ids and not (name and column is name.column)]
    uses = [attributes.of(table, _named(table, column), role) for column in kept]
    uses += [attributes.linked(one) for one in named if one.lookup.nodes]
    return Row(key, name, tuple(uses), tuple(one for one in named if not one.lookup.nodes))


def _best(rows: Sequence[Row]) -> dict[str, Column]:
    """Of several columns that give the same relation, the one that gives the most."""
    links = [use for row in rows for use in row.uses if use.link]
    best: dict[str, Attribute] = {}
    for use in links:
        relation = use.link["relation"] if use.link else ""
        if relation not in best or use.amount > 1.05 * best[relation].amount:  # noqa: PLR2004
            best[relation] = use
    return {relation: use.column for relation, use in best.items()}


def _of_other(key: Key, found: Space) -> bool:
    """Whether the fit is by chance: the table is called after another role."""
    role = names.role(key.table.holds)
    return bool(role) and role != found.role and key.evidence.points < 3  # noqa: PLR2004


def _order(found: Space, key: Key) -> tuple[float, int, str]:
    """The file that has all ids and few others comes first, one with names before one without."""
    ids = found.raw if key.mapped else found.known if found.bridge else found.raw
    shared = joins.common(ids.hashes, key.column.hashes)
    cover, tight = shared / max(ids.distinct, 1), shared / max(key.column.distinct, 1)
    label = attributes.label(key.table, _others(key), found.role)
    worth = (
        cover
        + 0.3 * tight
        + (0.2 if label else 0)
        + (0.05 if key.table.layout.headed else 0)
        - 0.1 * key.mapped
    )
    return -round(worth, 2), -len(key.table.columns), key.table.name


def _others(key: Key) -> list[Column]:
    return [column for column in key.table.columns if column is not key.column and column.filled]


def _add(plan: Plan, found: Space, row: Row, told: Told, class_name: str, *, first: bool) -> None:
    table = row.key.table
    path = ("nodes", len(plan.nodes))
    group = _declared(plan, found, row.key, class_name, first=first)
    gained = _say(plan, path, group, row, told, found.role) or bool(row.references)
    for reference in row.references:
        add_reference(plan, group["id"], found.role, reference)
    if not gained and not first:
        plan.unused.setdefault(table.name, f"says nothing of {found.role}s that other files do not say")
        return
    plan.decide((*path, "file"), table.name, row.key.evidence, _because(found, row.key, first=first))
    plan.nodes.append(group)
    table.used.append(names.plural(found.role))


def _named(table: Table, column: Column) -> Column:
    if not column.named and column.sort == "word":
        guess = attributes.recognised(column)
        table.call(**({guess: column} if guess else {}))
    return column


def _because(found: Space, key: Key, *, first: bool) -> str:
    what = f"one row per {found.role}" if first else f"adds to {found.role}s"
    return f"{what}: {key.evidence.why}" if key.evidence.why else what


def _declared(plan: Plan, found: Space, key: Key, class_name: str, *, first: bool) -> Group:
    key.table.call(**{found.role if not key.mapped else "number": key.column})
    group: Group = {"kind": found.role}
    if class_name and first:
        group["class"] = class_name
    if not first:
        group["add"] = True
    return {**group, "file": key.table, "id": spaces.reference(plan, found, key, names.plural(found.role))}


def _say(plan: Plan, path: Path, group: Group, row: Row, told: Told, role: str) -> bool:
    """Write down what a file says that is new; False where nothing is."""
    table, name = row.key.table, row.name
    gained = name is not None and told.named < WELL_NAMED
    if name is not None and gained:
        _label(plan, path, group, name, told)
    texts = [use for use in row.uses if use.use == "text"]
    links = [use for use in row.uses if use.link and _new(plan, table, use, told)]
    spoken = (
        [use for use in links if use.link and "bins" not in use.link and use.link.get("prefix") != ""]
        if role == "item"
        else []
    )
    first = [name] if name is not None and gained and role == "item" and (texts or spoken) else []
    _text(plan, path, group, [*first, *texts, *spoken])
    plain = (use.column for use in row.uses if use.use == "property" or use.column.sort == "year")
    properties = {column.name: column for column in plain}
    properties = {name: column for name, column in properties.items() if name not in told.properties}
    if properties:
        group["properties"] = properties
        told.properties |= set(properties)
    for use in links:
        _link(plan, path, group, use, told)
    for use in row.uses:
        if use.use == "nothing":
            plan.note(table, use.column, use.evidence.why)
    return gained or bool(texts or links or properties)


def _label(plan: Plan, path: Path, group: Group, name: Attribute, told: Told) -> None:
    group["file"].call(title=name.column)
    group["label"] = name.column
    plan.decide((*path, "label"), name.column.name, name.evidence)
    if attributes.articled(name.column):
        group["label_style"] = "article"
        plan.decide((*path, "label_style"), "article", 0.95, 'some names end in ", The" or the like')
    told.named = max(told.named, name.column.fill)


def _text(plan: Plan, path: Path, group: Group, parts: Sequence[Attribute]) -> None:
    columns = [part.column for part in parts]
    if not columns:
        return
    group["text"] = columns if len(columns) > 1 else columns[0]
    sure = min((part.evidence.sure for part in parts if part.use == "text"), default=0.85)
    plan.decide(
        (*path, "text"), ", ".join(column.name for column in columns), sure, "what is said of it in words"
    )


def _new(plan: Plan, table: Table, use: Attribute, told: Told) -> bool:
    """Whether no other file gives this relation better."""
    relation = use.link["relation"] if use.link else ""
    if told.best.get(relation) is not use.column:
        plan.note(table, use.column, f"another column gives each {relation} as well or better")
        return False
    return True


def _link(plan: Plan, path: Path, group: Group, use: Attribute, told: Told) -> None:
    links = group.setdefault("links", [])
    place = (*path, "links", len(links))
    links.append(use.link)
    plan.decide(place, use.column.name, use.evidence)
    if use.words:
        plan.speak(use.words)


def add_reference(
    plan: Plan, head: Group | Column, role: str, reference: Reference, where: Group | None = None
) -> None:
    """Write down as facts a column of ids that a map takes to names, of rows that meet the conditions."""
    lookup, spoken = reference.lookup, reference.words
    ends: Group = head if isinstance(head, dict) else {"column": head}
    tail: Group = {"column": reference.column}
    if lookup.kind != "entity":
        tail["kind"] = lookup.kind
    elif lookup.nodes:
        tail["class"] = spoken.linked
    elif lookup.label is not None:
        name = plan.map(
            lookup.table, lookup.key, lookup.label, names.plural(spoken.relation), reference.evidence
        )
        inside = joins.common(reference.column.hashes, lookup.key.hashes) == reference.column.distinct
        tail |= {"map": name} if inside else {"map": name, "missing": "drop"}
        tail |= {"class": spoken.linked, "prefix": f"{spoken.relation}:"}
    plan.fact(reference.table, {**ends, "kind": role}, spoken, tail, reference.evidence, where)
