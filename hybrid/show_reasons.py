"""Explanations for people and for machines."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from hybrid.show import or_null, path_as_json, ranking_as_json, recommendation_as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from hybrid.reasons import Counterfactual, Explanation, WhatIf

_LIKES_SHOWN = 5


def explanation_as_json(explained: Explanation) -> dict[str, Any]:
    """An explanation, as plain values; what was not measured is null."""
    plain = recommendation_as_json(explained.recommendation)
    plain["paths"] = [
        path_as_json(reason.path)
        | {name: or_null(getattr(reason, name)) for name in ("share", "drop", "control")}
        | {"verdict": reason.verdict}
        for reason in explained.reasons
    ]
    return plain | {
        "likes": [
            {"item": like.item, "label": like.label, "parts": dict(like.parts)} for like in explained.likes
        ],
        "rest": dict(explained.rest),
        "passages": [asdict(passage) for passage in explained.passages],
        "query": {name: value for name, value in asdict(explained.query).items() if value},
        "origin": None if explained.origin is None else asdict(explained.origin),
    }


def print_explanation(console: Console, explained: Explanation, reasons: Mapping[str, str]) -> None:
    """Print the parts of a score, what likes gave, and the paths with how they stood their test."""
    title = f"{escape(explained.label)}: score {explained.score:.2f}"
    table = Table("scorer", "what it says", "part", title=title)
    table.columns[2].justify = "right"
    for name, part in explained.strongest_parts:
        table.add_row(name, reasons[name], "abstains" if math.isnan(part) else f"{part:+.2f}")
    console.print(table)
    for like in explained.likes[:_LIKES_SHOWN]:
        if like.total > 0:
            console.print(f"[dim]{like.total:+.2f}[/dim]  you liked {escape(like.label)}")
    if not explained.reasons:
        console.print("No path of at most three steps leads here from what is liked.")
    for reason in explained.reasons:
        fall = "" if math.isnan(reason.drop) else f" [dim]{reason.drop:+.2f}[/dim]"
        console.print(f"[bold]{reason.verdict}[/bold]{fall}  {escape(reason.path.sentence)}")
    for note in explained.notes:
        console.print(f"[yellow]{escape(note)}[/yellow]")


def what_if_as_json(found: WhatIf) -> dict[str, Any]:
    """A what-if, as plain values."""
    return {
        "item": found.item,
        "label": found.label,
        "changes": list(found.changes),
        "scores": [or_null(score) for score in found.scores],
        "places": list(found.places),
        "before": ranking_as_json(found.before),
        "after": ranking_as_json(found.after),
    }


def print_what_if(console: Console, found: WhatIf) -> None:
    """Print the ranking before and after, and where the item stands in each."""
    console.print(escape(f"{'; '.join(found.changes)}:"))
    (before, after) = found.places
    one, two = ("none" if math.isnan(score) else f"{score:.2f}" for score in found.scores)
    console.print(f"[bold]{escape(found.label)}[/bold]: place {before:,} -> {after:,}, score {one} -> {two}")
    table = Table("", "as it is", "as it would be")
    known = set(found.before.items)
    size = max(len(found.before), len(found.after))
    columns = [
        [escape(each.label) for each in ranking] + [""] * (size - len(ranking))
        for ranking in (found.before, found.after)
    ]
    new = [each.item not in known for each in found.after] + [False] * (size - len(found.after))
    for place, (was, now, fresh) in enumerate(zip(*columns, new, strict=True), 1):
        table.add_row(str(place), was, f"[green]{now}[/green]" if fresh else now)
    console.print(table)
    for note in found.after.notes:
        console.print(f"[yellow]{escape(note)}[/yellow]")


def print_counterfactual(console: Console, found: Counterfactual, names: Mapping[str, str]) -> None:
    """Print what an item hangs on; `names` are the labels of the likes by id."""
    if found.place > found.n:
        console.print(f"It is on place {found.place:,}, beyond {found.n} already.")
        return
    likes = ", ".join(escape(names[like]) for like in found.likes)
    found_words = "the fewest there are" if found.smallest else "the fewest that were found"
    console.print(
        f"It leaves the first {found.n} without the likes of {likes} ({found_words}): place "
        f"{found.place:,} -> {found.likes_place:,}."
        if likes
        else f"It stays among the first {found.n} whatever single likes, pairs or leading likes go."
    )
    facts = ", ".join(escape(fact) for fact in found.facts)
    console.print(
        f"It leaves them without {facts}: place {found.facts_place:,}."
        if facts
        else "No set of its facts that was tried takes it out."
    )
