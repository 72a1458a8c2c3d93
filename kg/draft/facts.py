"""Files of facts as a card has them: ends and relations through their maps, and words for the relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import terms
from kg.draft import repeats, same, spaces, words
from kg.draft.column import hashed, inside
from kg.draft.evidence import Evidence, percent

if TYPE_CHECKING:
    from kg.draft.column import Column
    from kg.draft.graph import Facts
    from kg.draft.plan import Group, Path, Plan
    from kg.draft.spaces import Space
    from kg.draft.table import Table
    from kg.draft.triples import Triples

FAR = 0.1
MOST_WORDS = 40
BOOKKEEPING = (
    "type.object.",
    "http://dbpedia.org/ontology/wikiPageID",
    "http://dbpedia.org/ontology/wikiPageRevisionID",
    "http://dbpedia.org/ontology/wikiPageLength",
    "http://www.w3.org/ns/prov#wasDerivedFrom",
)


def add(plan: Plan, items: Space | None, found: Facts) -> None:
    """Write down files of facts, what links them to the items, and words for their relations."""
    near = items is not None and _mostly_far(items, found)
    if items is not None:
        same.add(plan, items, found.ends, found.same)
    for triples in found.triples:
        _add_triples(plan, triples, found, near_items=near)
    for table in found.edges:
        _add_edges(plan, table, near_items=near)


def _add_triples(plan: Plan, one: Triples, found: Facts, *, near_items: bool) -> None:
    table, (head, tail), relation = one.table, one.ends, one.table.columns[one.relation]
    table.call(head=head, relation=relation, tail=tail)
    kinds: Group | Column = relation
    if found.kinds is not None:
        kinds = _through(plan, found.kinds, table, relation, "relations")
    group: Group = {"file": table}
    if table.layout.format == "triples":
        group["where"] = {"kind": "!= literal"}
    ends = [_through(plan, found.ends, table, end, "entities") for end in (head, tail)]
    group |= {"head": ends[0], "relation": kinds, "tail": ends[1]}
    _put(plan, group, one.evidence, near_items=near_items)
    _add_words(plan, one, _names(found.kinds))


def _add_edges(plan: Plan, table: Table, *, near_items: bool) -> None:
    head, tail = table.columns
    table.call(head=head, tail=tail)
    relation = edge_relation(table)
    evidence = Evidence.at(0.85, "two columns of addresses; the relation is the file's name")
    group: Group = {"file": table, "head": head, "relation": {"value": relation}, "tail": tail}
    _put(plan, group, evidence, near_items=near_items)
    speak(plan, relation)


def edge_relation(table: Table) -> str:
    """The relation that an edge file's name tells: dbo_bandMember is DBpedia's bandMember."""
    name = table.file.rpartition("/")[2].partition(".")[0]
    prefix, _, local = name.partition("_")
    return terms.PREFIXES[prefix] + local if local and prefix in terms.PREFIXES else name


def _put(plan: Plan, group: Group, evidence: Evidence, *, near_items: bool) -> None:
    path: Path = ("facts", len(plan.facts))
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
    ours, ids = best.table.frame(), items.raw if best.item.mapped else items.ids
    listed = ours[best.entity.name][inside(hashed(ours[best.item.column.name]), ids.hashes)]
    far = total = 0
    for table, head, tail in found.columns:
        rows = table.frame()
        near = rows[head.name].isin(listed) | rows[tail.name].isin(listed)
        far, total = far + int((~near).sum()), total + len(near)
    return far > FAR * total


def _through(plan: Plan, found: Space, table: Table, column: Column, noun: str) -> Group | Column:
    key = spaces.Key(table, column, mapped=found.bridge is not None, evidence=Evidence())
    return spaces.reference(plan, found, key, noun)


def _names(kinds: Space | None) -> dict[str, str]:
    """What the relations' numbers stand for."""
    if kinds is None or kinds.bridge is None:
        return {}
    frame, bridge = kinds.bridge.table.frame(), kinds.bridge
    return dict(zip(frame[bridge.key.name], frame[bridge.value.name], strict=True))


def _add_words(plan: Plan, one: Triples, named: dict[str, str]) -> None:
    """Words for the most frequent relations; those that repeat others or say nothing are left out."""
    relation = one.table.columns[one.relation]
    counts = relation.counts or dict.fromkeys(relation.values, 1)
    usual = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_WORDS]
    facts = one.table.frame()[[column.name for column in (one.ends[0], relation, one.ends[1])]]
    facts = facts.set_axis(["head", "relation", "tail"], axis=1)
    dropped: dict[str, tuple[float, str]] = {
        name: (0.9, "keys of the database, no facts of the world")
        for name in counts
        if named.get(name, name).startswith(BOOKKEEPING)
    }
    for repeat in repeats.find(facts, lambda name: named.get(name, name)):
        way = "the other way round" if repeat.inverse else "under another name"
        why = f"{percent(repeat.share)} of its facts stand in {named.get(repeat.other, repeat.other)} {way}"
        dropped.setdefault(repeat.relation, (min(repeat.share, 0.98), why))
    for name in usual:
        if name not in dropped and named.get(name, name):
            speak(plan, named.get(name, name))
    for name, (sure, why) in dropped.items():
        shown = named.get(name, name)
        plan.relations[shown] = {"drop": True}
        plan.decide(("relations", shown), "drop", sure, why)


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
