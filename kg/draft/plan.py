"""The card as it takes shape: plain groups of fields, and a decision for each field that was guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kg.draft.column import Column
from kg.draft.evidence import Decision, Evidence
from kg.draft.table import Table

if TYPE_CHECKING:
    from kg.draft.words import Words

Group = dict[Any, Any]
Path = tuple[str | int, ...]


@dataclass
class Plan:
    """What the draft says so far: groups as in a card, but with tables and columns where it has their names.

    Attributes:
        maps, nodes, same, facts, relations, interactions, split: as in a card.
        decisions: by the field they are about.
        unused: files that the card does not use, with the reason.
        notes: columns that the card does not use, by file and by reason.
    """

    maps: dict[str, Group] = field(default_factory=dict)
    nodes: list[Group] = field(default_factory=list)
    same: list[Group] = field(default_factory=list)
    facts: list[Group] = field(default_factory=list)
    relations: dict[str, Group] = field(default_factory=dict)
    interactions: list[Group] = field(default_factory=list)
    split: Group = field(default_factory=dict)
    decisions: dict[Path, Decision] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def decide(self, path: Path, choice: str, evidence: Evidence | float, why: str = "") -> None:
        """Record a decision about a field."""
        sure = evidence.sure if isinstance(evidence, Evidence) else evidence
        reason = why or (evidence.why if isinstance(evidence, Evidence) else "")
        self.decisions[path] = Decision(field_name(path), choice, sure, reason)

    def map(self, table: Table, key: Column, value: Column, name: str, evidence: Evidence) -> str:
        """The name of the map that takes one column's ids to another's; made where there is none yet."""
        for known, group in self.maps.items():
            if (group["file"], group["from"], group["to"]) == (table, key, value):
                return known
        free, number = name, 2
        while free in self.maps:
            free, number = f"{name} {number}", number + 1
        table.used.append(f"the map {free!r}")
        self.maps[free] = {"file": table, "from": key, "to": value}
        self.decide(("maps", free), f"{key.name} -> {value.name}", evidence)
        return free

    def fact(
        self,
        table: Table,
        head: Group,
        spoken: Words,
        tail: Group,
        evidence: Evidence,
        where: Group | None = None,
    ) -> None:
        """Add facts of one relation that the rows of a table say, or those of them that meet conditions."""
        path = ("facts", len(self.facts))
        self.decide(path, spoken.relation, evidence)
        group: Group = {"file": table}
        if where:
            group["where"] = where
            self.decide(
                (*path, "where"),
                "a score",
                0.6,
                "each is joined with each; the score says how far that holds",
            )
        self.facts.append({**group, "head": head, "relation": {"value": spoken.relation}, "tail": tail})
        self.speak(spoken)
        table.used.append("facts")

    def speak(self, spoken: Words) -> None:
        """Give a relation its words, if it has none yet."""
        words = {"label": spoken.label, "inverse_label": spoken.inverse_label}
        self.relations.setdefault(spoken.relation, words)

    def note(self, table: Table, column: Column, why: str) -> None:
        """Say why a column is not used."""
        self.notes.setdefault(table.name, {}).setdefault(why, []).append(column.name)


def field_name(path: Path) -> str:
    """A field as people write it: nodes[0].links[1].column."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def written(value: Any) -> Any:  # noqa: ANN401  as deep as a card is
    """A part of the plan as a card has it: files and columns by their names, as these are by now."""
    if isinstance(value, Column):
        return value.name
    if isinstance(value, list):
        return [written(part) for part in value]
    if not isinstance(value, dict):
        return value
    group: Group = {}
    for name, part in value.items():
        group |= file_fields(part) if isinstance(part, Table) else {written(name): written(part)}
    return group


def file_fields(table: Table) -> Group:
    """`file`, and the options that differ from what the file's ending says."""
    options, group = table.options(), {"file": table.file}
    given: Group = {
        "format": table.layout.format,
        "table": options.table,
        "member": options.member,
        "records": options.records,
        "type": options.type,
        "separator": options.separator,
        "columns": list(options.columns) if options.columns and not _usual(table, options.columns) else None,
        "encoding": options.encoding if options.encoding != "utf-8" else None,
        "quote": options.quote,
        "skip": options.skip or None,
    }
    return group | {name: value for name, value in given.items() if value is not None}


def _usual(table: Table, columns: tuple[str, ...]) -> bool:
    return table.layout.format == "kgat" and columns == ("user", "item")
