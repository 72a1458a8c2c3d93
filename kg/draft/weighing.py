"""What speaks for and against a file's being interactions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kg.draft import joins, lexicon, names
from kg.draft.evidence import Evidence, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.likes import Likes
    from kg.draft.table import Table

REFERENCES = frozenset({"integer", "code", "iri", "url", "word"})
MEASURES = (lexicon.RATING, lexicon.WEIGHT, lexicon.TIME, lexicon.LABEL)
SAME_PEOPLE = 0.9
FEW_WORDS = 21
FEW_NUMBERS = 36  # days, months and the like
SELDOM = 1.2
HALF = 0.5


def weighed(likes: Likes, tables: Sequence[Table]) -> Evidence:
    """The evidence for a candidate, with the reasons."""
    evidence, rows = likes.evidence, sum(part.rows for _, part in likes.tables)
    signs = list(_signs(likes))
    evidence = evidence.plus(math.log10(rows) / 2, f"{rows:,} rows")
    for points, reason in signs or [(-4.0, "")]:  # without any sign it is a table like any other
        evidence = evidence.plus(points, reason)
    for points in _doubts(likes, tables):
        evidence = evidence.plus(points)
    others = (other for other in tables if all(other is not table for _, table in likes.tables))
    known = max((_described(likes, other) for other in others), default=0.0)
    return evidence.plus(4 * known, f"{percent(known)} of the items are described" if known > HALF else "")


def role(table: Table, place: int) -> str:
    """The role that a column's name tells, or its place in lists of a user's items."""
    column = table.columns[place]
    if column.named:
        return names.role(names.called(column.name))
    return {0: "user", 1: "item"}.get(place, "") if table.layout.format == "kgat" else ""


def _signs(likes: Likes) -> Iterator[tuple[float, str]]:
    table = likes.first
    for place, kind in ((likes.user, "user"), (likes.item, "item")):
        if role(table, place) == kind:
            yield 2.0, f"a column of {kind}s by its name" if table.layout.headed else ""
    if table.layout.format == "kgat":
        yield 1.0, "lists of ids"
    for extra, word in ((likes.rating, "ratings"), (likes.weight, "weights"), (likes.time, "times")):
        if extra is not None:
            yield 1.0, word
    if names.has(table.stem, lexicon.LIKES):
        yield 1.5, "the file's name"
    if len(likes.tables) > 1:
        yield 1.5 if likes.tables[0][0] == "train" else 0.5, "split into parts"


def _doubts(likes: Likes, tables: Sequence[Table]) -> Iterator[float]:
    table = likes.first
    user, item = table.columns[likes.user], table.columns[likes.item]
    taken = {likes.user, likes.item, likes.rating, likes.weight, likes.time}
    if any(column.place not in taken and _says_more(column) for column in table.columns):
        yield -1.5
    if _same_ids(user, item):
        yield -3.0
    if item.sort == "word" and item.distinct <= FEW_WORDS:
        yield -3.0
    if min(user.repeats, item.repeats) < SELDOM:
        yield -1.0
    if _is_list_of_things(table, tables):
        yield -3.0


def _says_more(column: Column) -> bool:
    """Whether a column joins rows to something else besides: a tag, an event."""
    small = column.sort == "integer" and column.distinct <= FEW_NUMBERS
    return column.sort in REFERENCES and not column.unique and not small


def _same_ids(user: Column, item: Column) -> bool:
    """Whether both columns name the same things: friends, edges of a graph."""
    shared = joins.common(user.hashes, item.hashes)
    written_alike = user.sort == item.sort != "integer" and shared > 0
    return written_alike or shared >= SAME_PEOPLE * max(user.distinct, item.distinct) > 1


def _is_list_of_things(table: Table, tables: Sequence[Table]) -> bool:
    """Whether each row is a thing with a name of its own, or one that other files name by its id."""
    unique = [column for column in table.columns if column.unique]
    if any(column.sort == "word" for column in unique):
        return True
    return any(column.sort in REFERENCES and _named_elsewhere(table, column, tables) for column in unique)


def _named_elsewhere(table: Table, key: Column, tables: Sequence[Table]) -> bool:
    keys = table.values(key)
    others = (other for other in tables if other is not table)
    return any(
        joins.fit(other.values(column), keys).points > 1
        for other in others
        for column in other.columns
        if column.sort in REFERENCES and not column.unique
    )


def _described(likes: Likes, other: Table) -> float:
    """The share of the items that another table speaks of, where it is likely that it speaks of items."""
    items = likes.values(likes.item, "item")
    shares = (
        joins.common(items.hashes, column.hashes) / items.distinct
        for column in other.columns
        if column.sort in REFERENCES and joins.fit(items, other.values(column)).points > 0
    )
    return max(shares, default=0.0)
