"""Files of triples: what their numbers stand for, which entities are items, which words their relations get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg import terms
from kg.draft import joins, repeats, spaces, words
from kg.draft.column import hashed
from kg.draft.evidence import Evidence, percent
from kg.draft.spaces import Bridge, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.joins import Values
    from kg.draft.plan import Group, Plan
    from kg.draft.table import Table
    from kg.draft.triples import Triples

COMPLETE = 0.98
FEW = 10
FAR = 0.1
LEAST = -3.5
MOST_WORDS = 40
TELLING = ("iri", "url", "word", "code", "integer")


@dataclass(frozen=True, slots=True)
class Facts:
    """Files of facts whose ends are the same entities.

    Attributes:
        triples: files with a column of relations.
        edges: files of one relation each, which the file's name tells.
        ends, kinds: the ids of entities and of relations.
        same: the tables that join them with items, the best first.
    """

    triples: tuple[Triples, ...]
    edges: tuple[Table, ...]
    ends: Space
    kinds: Space | None
    same: tuple[Same, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """A table that says which item is which entity."""

    table: Table
    item: spaces.Key
    entity: Column
    named: bool
    evidence: Evidence


def find(
    triples: Sequence[Triples], edges: Sequence[Table], items: Space | None, tables: Sequence[Table]
) -> list[Facts]:
    """All facts, with what their ids stand for."""
    found = []
    for one in triples:
        ends = entities(one.ends, tables, "entity")
        kinds = entities([one.table.columns[one.relation]], tables, "relation")
        found.append(Facts((one,), (), ends, kinds, tuple(same(items, ends, tables)) if items else ()))
    if edges:
        ends = entities([column for table in edges for column in table.columns], tables, "entity")
        found.append(Facts((), tuple(edges), ends, None, tuple(same(items, ends, tables)) if items else ()))
    return found


def entities(columns: Sequence[Column], tables: Sequence[Table], role: str) -> Space:
    """The ids at the ends of facts (or of their relations), and the list that says what they stand for."""
    raw = joins.values(columns, role, role=role, where="the facts")
    likely = sorted(_dictionaries(raw, tables), key=lambda bridge: -bridge.evidence.points)
    return Space(role, raw, likely[0] if likely else None)


def _dictionaries(raw: Values, tables: Sequence[Table]) -> Iterator[Bridge]:
    if not raw.whole:
        return
    for table in tables:
        for key in table.columns:
            if (
                not key.unique
                or not key.whole
                or joins.common(raw.hashes, key.hashes) < COMPLETE * raw.distinct
            ):
                continue
            evidence = joins.fit(raw, table.values(key))
            others = [
                column
                for column in table.columns
                if column is not key and column.unique and column.sort in TELLING
            ]
            value = min(others, key=lambda column: (TELLING.index(column.sort), column.place), default=None)
            if value is not None and evidence.points > 0:
                yield Bridge(table, key, value, evidence)


def same(items: Space, ends: Space, tables: Sequence[Table]) -> list[Same]:
    """The tables that join items and entities, the best first."""
    found: list[Same] = []
    for table in tables:
        if ends.bridge is not None and table is ends.bridge.table:
            continue
        item = spaces.key(items, table, unique=False, least=LEAST)
        if item is None or item.column.distinct < 0.9 * table.rows:  # noqa: PLR2004
            continue
        item_evidence = item.evidence.plus(*_agreement(table, item.column, items, tables))
        if item_evidence.points <= 0:
            continue
        for column in table.columns:
            pair = _entity(ends, table, column)
            if column is not item.column and pair is not None:
                named, evidence = pair
                least = min(evidence, item_evidence, key=lambda e: e.points)
                why = f"{evidence.why}; {item_evidence.why}"
                found.append(Same(table, item, column, named, Evidence(least.points, (why,))))
    return sorted(
        found,
        key=lambda same: (-joins.common(same.item.column.hashes, items.ids.hashes), -same.evidence.points),
    )


def _agreement(table: Table, key: Column, items: Space, tables: Sequence[Table]) -> tuple[float, str]:
    """Names beside the ids that are the names of the items with these ids, where another table tells them."""
    for other in tables:
        theirs = spaces.key(items, other) if other is not table else None
        if theirs is None or theirs.mapped:
            continue
        share = max(
            (
                _alike(table, key, mine, other, theirs.column, name)
                for mine in _words(table, key)
                for name in _words(other, theirs.column)
            ),
            default=0.0,
        )
        if share > 0.5:  # noqa: PLR2004
            return 4.0, f"{percent(share)} of its names are those that {other.name} gives to the same ids"
    return 0.0, ""


def _words(table: Table, key: Column) -> list[Column]:
    return [column for column in table.columns if column is not key and column.sort == "word"]


def _alike(
    table: Table, key: Column, name: Column, other: Table, other_key: Column, other_name: Column
) -> float:
    """The share of common ids that have the same name in both tables."""
    if joins.common(name.hashes, other_name.hashes) < FEW:
        return 0.0
    ours, theirs = table.frame(), other.frame()
    known = dict(zip(theirs[other_key.name], theirs[other_name.name], strict=True))
    pairs = [
        (mine, known[one]) for one, mine in zip(ours[key.name], ours[name.name], strict=True) if one in known
    ]
    return sum(one == two for one, two in pairs) / max(len(pairs), 1)


def _entity(ends: Space, table: Table, column: Column) -> tuple[bool, Evidence] | None:
    if column.sort not in spaces.IDS or column.distinct < 0.5 * table.rows:  # noqa: PLR2004
        return None
    forms = [(True, ends.known), (False, ends.raw)] if ends.bridge else [(True, ends.raw)]
    ours = table.values(column)
    fits = [(named, joins.fit(ours, ids)) for named, ids in forms]
    named, evidence = max(fits, key=lambda pair: pair[1].points)
    return (named, evidence) if evidence.points > 0 else None


def _add_same(plan: Plan, items: Space, found: Facts) -> None:
    """Write down the best table of links; the others say the same or less."""
    if not found.same:
        _shared(plan, items, found.ends)
        return
    best, ends = found.same[0], found.ends
    best.table.call(item=best.item.column, entity=best.entity)
    entity: Group | Column = best.entity
    if not best.named:
        entity = spaces.reference(
            plan, ends, spaces.Key(best.table, best.entity, True, best.evidence), "entities"
        )
    group = {"file": best.table, "item": spaces.reference(plan, items, best.item, "items"), "entity": entity}
    plan.decide(("same", len(plan.same)), f"{best.item.column.name} is {best.entity.name}", best.evidence)
    plan.same.append(group)
    best.table.used.append("links of items and entities")
    for other in found.same[1:]:
        plan.unused.setdefault(other.table.name, f"links items and entities like {best.table.name}")


def _shared(plan: Plan, items: Space, ends: Space) -> None:
    evidence = joins.fit(items.ids, ends.ids)
    if evidence.points > -1:
        if items.ids.whole:
            evidence = Evidence.at(
                0.6, "items and entities are numbered alike, and no file links them otherwise"
            )
        plan.decide(("same", len(plan.same)), "shared", evidence)
        plan.same.append({"ids": "shared"})


def add(plan: Plan, items: Space | None, found: Facts) -> None:
    """Write down files of facts, what links them to the items, and words for their relations."""
    near = items is not None and _mostly_far(items, found)
    if items is not None:
        _add_same(plan, items, found)
    for triples in found.triples:
        _add_triples(plan, triples, found, near_items=near)
    for table in found.edges:
        _add_edges(plan, table, near_items=near)


def _add_triples(plan: Plan, one: Triples, found: Facts, *, near_items: bool) -> None:
    table, (head, tail), relation = one.table, one.ends, one.table.columns[one.relation]
    table.call(head=head, relation=relation, tail=tail)
    group: Group = {
        "file": table,
        "head": _through(plan, found.ends, table, head, "entities"),
        "relation": relation
        if found.kinds is None
        else _through(plan, found.kinds, table, relation, "relations"),
        "tail": _through(plan, found.ends, table, tail, "entities"),
    }
    _put(plan, group, one.evidence, near_items=near_items)
    _add_words(plan, one, found.kinds)


def _add_edges(plan: Plan, table: Table, *, near_items: bool) -> None:
    head, tail = table.columns
    table.call(head=head, tail=tail)
    relation = edge_relation(table)
    evidence = Evidence.at(0.85, "two columns of addresses; the relation is the file's name")
    _put(
        plan,
        {"file": table, "head": head, "relation": {"value": relation}, "tail": tail},
        evidence,
        near_items=near_items,
    )
    speak(plan, relation)


def edge_relation(table: Table) -> str:
    """The relation that an edge file's name tells: dbo_bandMember is DBpedia's bandMember."""
    name = table.file.rpartition("/")[2].partition(".")[0]
    prefix, _, local = name.partition("_")
    return terms.PREFIXES[prefix] + local if local and prefix in terms.PREFIXES else name


def _put(plan: Plan, group: Group, evidence: Evidence, *, near_items: bool) -> None:
    path = ("facts", len(plan.facts))
    plan.decide(path, group["file"].name, evidence)
    if near_items:
        group["near_items"] = True
        plan.decide((*path, "near_items"), "true", 0.85, "many facts have no item at either end")
    plan.facts.append(group)
    group["file"].used.append("facts")


def _mostly_far(items: Space, found: Facts) -> bool:
    """Whether a good part of the facts has no item at either end."""
    if not found.same or not found.same[0].named or found.ends.bridge is not None:
        return False
    best = found.same[0]
    ours = best.table.frame()
    listed = np.isin(
        hashed(ours[best.item.column.name]), (items.raw if best.item.mapped else items.ids).hashes
    )
    known = hashed(ours[best.entity.name])[listed]
    pairs = [(one.table, *one.ends) for one in found.triples] + [
        (table, *table.columns) for table in found.edges
    ]
    far = total = 0
    for table, head, tail in pairs:
        frame = table.frame()
        near = np.isin(hashed(frame[head.name]), known) | np.isin(hashed(frame[tail.name]), known)
        far, total = far + int((~near).sum()), total + len(near)
    return far > FAR * total


def _through(plan: Plan, found: Space, table: Table, column: Column, noun: str) -> Group | Column:
    mapped = found.bridge is not None
    return spaces.reference(plan, found, spaces.Key(table, column, mapped, Evidence(3.0)), noun)


def _add_words(plan: Plan, one: Triples, kinds: Space | None) -> None:
    """Words for the most frequent relations; those that repeat others are left out."""
    relation = one.table.columns[one.relation]
    known = _names(kinds)
    counts = relation.counts or dict.fromkeys(relation.values, 1)
    usual = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_WORDS]
    facts = one.table.frame()[[column.name for column in (one.ends[0], relation, one.ends[1])]]
    repeated = repeats.find(
        facts.set_axis(["head", "relation", "tail"], axis=1), lambda name: known.get(name, name)
    )
    dropped = {repeat.relation: repeat for repeat in repeated}
    for name in usual:
        if name not in dropped and known.get(name, name):
            speak(plan, known.get(name, name))
    for name, repeat in dropped.items():
        shown, other = known.get(name, name), known.get(repeat.other, repeat.other)
        plan.relations[shown] = {"drop": True}
        way = "the other way round" if repeat.inverse else "under another name"
        why = f"{percent(repeat.share)} of its facts stand in {other} {way}"
        plan.decide(("relations", shown), "drop", min(repeat.share, 0.98), why)


def _names(kinds: Space | None) -> dict[str, str]:
    """What the relations' numbers stand for."""
    if kinds is None or kinds.bridge is None:
        return {}
    frame, bridge = kinds.bridge.table.frame(), kinds.bridge
    return dict(zip(frame[bridge.key.name], frame[bridge.value.name], strict=True))


def speak(plan: Plan, relation: str) -> None:
    """Give a relation its words; each relation of a card has its own."""
    if relation in plan.relations:
        return
    found = words.of_relation(relation)
    noun, spelled = found.relation, words.spelled(relation)
    for label, inverse in (
        (found.label, found.inverse_label),
        (f"has the {noun}", f"is the {noun} of"),
        (f"has the {spelled}", f"is the {spelled} of"),
    ):
        if not _taken(plan, label) and not _taken(plan, inverse):
            group = {"label": label, "inverse_label": inverse}
            plan.relations[relation] = group | ({"tail": found.linked} if found.known else {})
            return


def _taken(plan: Plan, label: str) -> bool:
    return any(label in {group.get("label"), group.get("inverse_label")} for group in plan.relations.values())
