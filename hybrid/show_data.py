"""What `whyrec query` and `whyrec describe` print for people: tables and plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

from kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from kg.description import Description, Gap, Link, Node
    from kg.entity import EntityPage, Facts

LOCAL = re.compile(r"[\w-]+(?:\.[\w-]+)*")
LONGEST_TEXT = 400
SHOWN_LINKS = 3


def short_iri(value: str) -> str:
    """An IRI with a known prefix, anything else as it is.

    >>> short_iri("https://schema.org/Movie")
    'schema:Movie'
    """
    for name, space in PREFIXES.items():
        if value.startswith(space) and LOCAL.fullmatch(value, len(space)):
            return f"{name}:{value[len(space) :]}"
    return value


def name_of(node: Node) -> str:
    """What a node is called: its label, or its id where it has none."""
    return node.label or node.id


def between(links: Sequence[Link]) -> str:
    """From which classes to which, the most frequent first."""
    told = ", ".join(f"{link.head} → {link.tail}" for link in links[:SHOWN_LINKS])
    return told + (f" and {len(links) - SHOWN_LINKS} more" if len(links) > SHOWN_LINKS else "")


def number(value: float) -> str:
    """A number with its thousands apart and at most one place after the point."""
    rounded = round(value, 1)
    return f"{rounded:,.0f}" if float(rounded).is_integer() else f"{rounded:,.1f}"


def print_rows(console: Console, rows: Sequence[dict[str, str]]) -> None:
    """Print the answer to a query."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if rows and columns:
        _print(console, "", columns, ([short_iri(row.get(name, "")) for name in columns] for row in rows))
    console.print("1 row" if len(rows) == 1 else f"{len(rows):,} rows", style="dim", highlight=False)


def print_description(console: Console, told: Description) -> None:
    """Print what a workspace holds."""
    _say(console, f"{told.name}: {told.nodes:,} nodes and {told.facts:,} facts", style="bold")
    for words in filter(None, (told.description, told.licence and f"Terms of use: {told.licence}")):
        _say(console, words)
    _print(
        console,
        "What there is",
        ("class", "kind", "nodes", "with a name", "with text"),
        (
            (count.name, count.kind, f"{count.nodes:,}", f"{count.labelled:,}", f"{count.with_text:,}")
            for count in told.classes
        ),
        numbers=(2, 3, 4),
    )
    _print(
        console,
        "How it is linked",
        ("relation", "from → to", "facts", "each has", "at most"),
        (
            (each.label, between(each.links), f"{each.facts:,}", number(each.mean), f"{each.most:,}")
            for each in told.relations
        ),
        numbers=(2, 3, 4),
    )
    for words in likes_in_words(told):
        _say(console, words)
    _print(
        console,
        "Facts and likes per node",
        ("kind", "median", "nine of ten have at most", "most", "which are the biggest"),
        (
            (
                each.kind,
                number(each.median),
                number(each.p90),
                f"{each.most:,}",
                ", ".join(map(name_of, each.hubs[:SHOWN_LINKS])),
            )
            for each in told.degrees
        ),
        numbers=(1, 2, 3),
    )
    for words in gaps_in_words(told):
        _say(console, words)
    _print(
        console,
        "Where it comes from",
        ("file", "statements", "rows left out", "last changed here"),
        ((each.file, f"{each.statements:,}", f"{each.quarantined:,}", each.loaded) for each in told.sources),
        numbers=(1, 2),
    )


def likes_in_words(told: Description) -> list[str]:
    """Who liked what, in sentences."""
    likes = told.likes
    if not likes.count:
        return ["Nobody likes anything here: there are no interactions."]
    times = f", from {likes.first} to {likes.last}" if likes.first and likes.last else ""
    return [
        f"{likes.users:,} people like {likes.items:,} items: {likes.count:,} likes{times}; half of them have "
        f"{number(likes.median)} or more. {likes.share_heldout:.0%} of the likes are kept for testing."
    ]


def gaps_in_words(told: Description) -> list[str]:
    """What is missing or stands alone, in sentences."""
    parts = told.components
    whole = (
        "Everything hangs together."
        if parts.count == 1
        else f"The graph falls into {parts.count:,} parts; the largest has {parts.largest:,} nodes, "
        f"{parts.lone:,} are single nodes."
    )
    return [
        _gap("Items and entities without a name", told.unlabelled),
        _gap("Nodes without any fact or like", told.orphans),
        whole,
    ]


def _gap(what: str, gap: Gap) -> str:
    shown = ", ".join(f"{node.class_name} {name_of(node)}" for node in gap.examples[:SHOWN_LINKS])
    return f"{what}: {gap.count:,}" + (f", for example {shown}." if shown else ".")


def print_page(console: Console, page: EntityPage) -> None:
    """Print all that is known of a node."""
    node = page.node
    _say(console, f"{name_of(node)} ({node.class_name})", style="bold")
    _say(console, f"{node.kind} {node.id}, {short_iri(page.iri)}", style="dim")
    if page.text:
        cut = page.text if len(page.text) <= LONGEST_TEXT else f"{page.text[:LONGEST_TEXT]}…"
        _say(console, cut)
    for value in page.properties:
        _say(console, f"{value.name}: {value.value}{_files(value.files)}")
    if page.likes:
        who = "Likes" if node.kind == "user" else "Liked by"
        things = "items" if node.kind == "user" else "people"
        _say(console, f"{who} {page.likes:,} {things}, {page.heldout:,} of these likes kept for testing.")
    for group in page.facts:
        _print_facts(console, group)


def _print_facts(console: Console, group: Facts) -> None:
    """Print the facts of a group: on one line where the same files say all of them."""
    said = {fact.files for fact in group.shown}
    names = [f"{name_of(fact.node)} ({fact.node.class_name})" for fact in group.shown]
    if len(said) > 1:
        names = [f"{name}{_files(fact.files)}" for name, fact in zip(names, group.shown, strict=True)]
    more = f" and {group.left_out:,} more" if group.left_out else ""
    source = _files(said.pop()) if len(said) == 1 else ""
    console.print(
        f"[bold]{escape(group.words)}[/bold] {escape(', '.join(names))}{more}{escape(source)}",
        highlight=False,
    )


def _files(files: Sequence[str]) -> str:
    return f"  [{', '.join(files)}]" if files else ""


def _print(
    console: Console,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Sequence[int] = (),
) -> None:
    """Print a table of plain words, unless it is empty."""
    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(escape(name), justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    if table.rows:
        console.print(table)


def _say(console: Console, words: str, style: str = "") -> None:
    console.print(words, style=style, markup=False, highlight=False)
