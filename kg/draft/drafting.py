"""A folder of unknown files -> a card that can be read: the walk from what was seen to what is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kg.draft import copies, folder, graph, interactions, likes, names, nodes, pairs, spaces, triples, write
from kg.draft.evidence import Decision
from kg.draft.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.graph import Facts
    from kg.draft.likes import Likes
    from kg.draft.table import Table

TITLE = (
    "Drafted by `whyrec draft` from what the files hold. Each guess says how sure it is, and why.\n"
    "Check the lines marked (unsure). What the fields mean: docs/cards.md."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted card.

    Attributes:
        text: the card, YAML with comments.
        decisions: every guess in it, in the card's order.
        unused: files that it does not use, with the reason.
    """

    text: str
    decisions: tuple[Decision, ...]
    unused: dict[str, str]

    def summary(self) -> str:
        """In a few plain lines: how many guesses, which are unsure, what is not used."""
        unsure = [decision for decision in self.decisions if decision.word == "unsure"]
        lines = [f"{len(self.decisions)} decisions, {len(unsure)} of them unsure."]
        lines += [f"unsure: {decision.field}: {decision.choice}: {decision.why}" for decision in unsure]
        return "\n".join([*lines, *(f"not used: {file}: {why}" for file, why in self.unused.items())])


def draft(path: str | Path, *, name: str | None = None) -> Draft:
    """Look at a file or a folder of files and draft the card that says what they mean.

    Raises:
        CatalogError: there is nothing at the path, or nothing in it that can be read as rows.
    """
    place = Path(path)
    found = folder.look(place)
    copies.drop(found)
    plan = Plan(unused=found.unused)
    _plan(plan, found.tables)
    for table in found.tables:
        if not table.used:
            plan.unused.setdefault(table.file, "no file that is used names its rows")
    text = write.text(name or _name(place), TITLE, plan)
    return Draft(text, tuple(plan.decisions.values()), dict(plan.unused))


def _name(path: Path) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().stem if path.is_file() else path.resolve().name)
    return plain.strip("-._") or "catalog"


def _plan(plan: Plan, tables: Sequence[Table]) -> None:
    said = triples.find(tables)
    edges = pairs.edges(tables)
    chosen = likes.choose(tables, [*(one.table for one in said), *edges])
    if chosen is None:
        return
    taken = [*edges, *(one.table for one in said), *(table for _, table in chosen.tables)]
    rest = [table for table in tables if table not in taken]
    people, items = (spaces.space(role, chosen, rest) for role in ("user", "item"))
    facts = graph.find(said, edges, items, rest)
    lists = _lists(facts)
    others = [table for table in rest if table not in lists]
    nodes.add(plan, people, others, "", ())
    nodes.add(plan, items, others, _class(chosen), _entities(facts))
    for found in facts:
        graph.add(plan, items, found)
    interactions.add(plan, chosen, people, items)
    for table in rest:
        if not table.used and table.file not in plan.unused:
            pairs.add(plan, table, people, items, rest)


def _lists(facts: Sequence[Facts]) -> list[Table]:
    """The tables that say what the numbers in facts stand for."""
    found = [space for one in facts for space in (one.ends, one.kinds) if space is not None]
    return [space.bridge.table for space in found if space.bridge is not None]


def _entities(facts: Sequence[Facts]) -> tuple[Column, ...]:
    """The columns that name an item's entity, which is no property of its own."""
    return tuple(same.entity for found in facts for same in found.same)


def _class(chosen: Likes) -> str:
    """What an item is called: by the interactions' column, else by the file that declares them."""
    column = chosen.first.columns[chosen.item]
    noun = names.called(column.name) if column.given else ""
    return names.title(noun) if noun and noun != "item" else ""
