"""A folder of unknown files -> a card that can be read: the walk from what was seen to what is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kg.draft import (
    copies,
    facts,
    folder,
    graph,
    interactions,
    lexicon,
    likes,
    names,
    pairs,
    spaces,
    things,
    triples,
    write,
)
from kg.draft.plan import Plan
from kg.errors import CatalogError
from kg.formats import packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.evidence import Decision
    from kg.draft.likes import Likes
    from kg.draft.spaces import Space
    from kg.draft.table import Table

MOST_TOLD = 5
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
    found = folder.look(path)
    copies.drop(found)
    plan = Plan(unused=found.unused)
    _plan(plan, found.tables)
    if not plan.nodes and not plan.facts and not plan.interactions:
        told = "; ".join(f"{file}: {why}" for file, why in list(plan.unused.items())[:MOST_TOLD])
        raise CatalogError(
            f"{packed.shown(path)} holds nothing that a card could use ({told or 'no file'}); "
            "tables were expected"
        )
    plan.unused = {file: why for file, why in plan.unused.items() if not _used(file, found.tables)}
    text = write.text(name or _name(path), TITLE, plan)
    return Draft(text, tuple(plan.decisions.values()), dict(plan.unused))


def _used(file: str, tables: Sequence[Table]) -> bool:
    """Whether the card uses a file."""
    return any(table.used for table in tables if table.name == file)


def _name(path: str | Path) -> str:
    """A name for the data: that of the folder, or of the file or database without its ending."""
    place = Path(path).resolve()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", place.name if place.is_dir() else place.stem)
    return plain.strip("-._") or "catalog"


def _plan(plan: Plan, tables: Sequence[Table]) -> None:
    said, edges = triples.find(tables), pairs.edges(tables)
    chosen = likes.choose(tables, [*(one.table for one in said), *edges])
    taken = [*edges, *(one.table for one in said), *(table for _, table in (chosen.tables if chosen else ()))]
    rest = [table for table in tables if table not in taken]
    known = _users_and_items(chosen, rest)
    items = next((space for space in known if space.role == "item"), None)
    found = graph.find(said, edges, items, rest)
    references, others = things.add(plan, known, found, rest, _class(chosen))
    for one in found:
        facts.add(plan, items, one)
    if chosen is not None:
        interactions.add(plan, chosen, known)
    for table in rest:
        if not table.used and table.name not in plan.unused:
            reason = pairs.add(plan, table, known, others, references)
            plan.unused |= {table.name: reason} if reason else {}


def _users_and_items(chosen: Likes | None, tables: Sequence[Table]) -> list[Space]:
    """The ids of items and of users; without interactions, items are what the likeliest table lists."""
    if chosen is not None:
        return [spaces.space(role, chosen, tables) for role in ("item", "user")]
    listed = things.main(tables)
    return [] if listed is None else [listed]


def _class(chosen: Likes | None) -> str:
    """What an item is called: by the interactions' column, else by the file that declares them."""
    if chosen is None:
        return ""
    column = chosen.first.columns[chosen.item]
    noun = names.called(column.name) if column.named else ""
    return names.title(noun) if noun and noun != "item" and noun not in lexicon.CODES else ""
