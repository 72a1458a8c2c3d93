"""What a node table says of its things as a card has it: label, text, properties, links; each said once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.draft import attributes, joins, names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.attributes import Attribute
    from kg.draft.column import Column
    from kg.draft.lookups import Reference
    from kg.draft.plan import Group, Path, Plan
    from kg.draft.table import Table

WELL_NAMED = 0.999


@dataclass
class Describer:
    """Writes down what the tables of one role say, one after the other.

    Attributes:
        plan: what is added to.
        role: "user", "item" or "entity".
        best: of several columns that give the same relation, the one that gives the most.
        properties: the names of properties that are written down already.
        named: the largest share of things that a table names.
    """

    plan: Plan
    role: str
    best: dict[str, Column]
    properties: set[str] = field(default_factory=set)
    named: float = 0.0

    def say(self, path: Path, group: Group, name: Attribute | None, uses: Sequence[Attribute]) -> bool:
        """Add to a node table's fields what is new; False where nothing is."""
        table: Table = group["file"]
        title = [name] if name is not None and self.named < WELL_NAMED else []
        for one in title:
            self._label(path, group, one)
        texts = [use for use in uses if use.use == "text"]
        links = [use for use in uses if use.link is not None and self._new(table, use)]
        self._text(path, group, title, texts, links)
        properties = self._properties(group, uses)
        for use in links:
            self._link(path, group, use)
        for use in uses:
            if use.use == "nothing":
                self.plan.note(table, use.column, use.evidence.why)
        return bool(title or texts or links or properties)

    def _label(self, path: Path, group: Group, name: Attribute) -> None:
        group["file"].call(title=name.column)
        group["label"] = name.column
        self.plan.decide((*path, "label"), name.column.name, name.evidence)
        if attributes.articled(name.column):
            group["label_style"] = "article"
            self.plan.decide((*path, "label_style"), "article", 0.95, 'some names end in ", The" or the like')
        self.named = max(self.named, name.column.fill)

    def _text(
        self,
        path: Path,
        group: Group,
        title: Sequence[Attribute],
        texts: Sequence[Attribute],
        links: Sequence[Attribute],
    ) -> None:
        """Items are described by their name, their texts and the words they share; people by texts alone."""
        item = self.role == "item"
        words = [use for use in links if item and use.link and not {"bins", "kind"} & use.link.keys()]
        words = [use for use in words if use.link and use.link.get("prefix") != ""]
        columns = [use.column for use in [*(title if item else ()), *texts, *words]]
        if not texts and not words:
            return
        group["text"] = columns if len(columns) > 1 else columns[0]
        sure = min((use.evidence.sure for use in texts), default=0.85)
        told = ", ".join(column.name for column in columns)
        self.plan.decide((*path, "text"), told, sure, "what is said of it in words")

    def _properties(self, group: Group, uses: Sequence[Attribute]) -> bool:
        plain = [use.column for use in uses if use.use == "property" or use.column.sort == "year"]
        new = {column.name: column for column in plain if column.name not in self.properties}
        if new:
            group["properties"] = new
            self.properties |= set(new)
        return bool(new)

    def _new(self, table: Table, use: Attribute) -> bool:
        """Whether no other column gives this relation better."""
        relation = use.link["relation"] if use.link else ""
        if self.best.get(relation) is use.column:
            return True
        self.plan.note(table, use.column, f"another column gives each {relation} as well or better")
        return False

    def _link(self, path: Path, group: Group, use: Attribute) -> None:
        links = group.setdefault("links", [])
        self.plan.decide((*path, "links", len(links)), use.column.name, use.evidence)
        links.append(use.link)
        if use.words is not None:
            self.plan.speak(use.words)


def add_reference(
    plan: Plan, head: Group | Column, role: str, reference: Reference, where: Group | None = None
) -> None:
    """Write down as facts a column that names rows of another table.

    Args:
        plan: what is added to.
        head: the column of the things that name them, as a card has it.
        role: what these are.
        reference: the column, and what it names.
        where: conditions that a row must meet.
    """
    lookup, spoken = reference.lookup, reference.words
    ends: Group = head if isinstance(head, dict) else {"column": head}
    tail: Group = {"column": reference.column}
    if lookup.kind != "entity":
        tail["kind"] = lookup.kind
    elif lookup.nodes:
        tail["class"] = spoken.linked
    elif lookup.label is not None:
        noun = names.plural(spoken.relation)
        tail["map"] = plan.map(lookup.table, lookup.key, lookup.label, noun, reference.evidence)
        if joins.common(reference.column.hashes, lookup.key.hashes) < reference.column.distinct:
            tail["missing"] = "drop"
        tail |= {"class": spoken.linked, "prefix": f"{spoken.relation}:"}
    plan.fact(reference.table, {**ends, "kind": role}, spoken, tail, reference.evidence, where)
