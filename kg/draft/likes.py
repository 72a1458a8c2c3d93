"""Which files say who liked what, and which of their columns are the user, the item, the rating, the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import joins, names
from kg.draft.copies import parted
from kg.draft.evidence import Evidence, percent
from kg.draft.joins import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.table import Table

PRIOR = -3.0
REFERENCES = frozenset({"integer", "code", "iri", "url", "word"})
MOST_RATINGS = 21
SCALES = frozenset({1, 3, 4, 5, 6, 7, 10, 20, 100})  # of marks
SAME_PEOPLE = 0.9
THREE = 3


@dataclass(frozen=True, slots=True)
class Likes:
    """Files of interactions that are read alike.

    Attributes:
        tables: the files, by the part of the split that they are ("" where they are none).
        user, item: the places of these columns.
        rating, weight, time: the places of these columns, or None.
        evidence: what speaks for it.
    """

    tables: tuple[tuple[str, Table], ...]
    user: int
    item: int
    rating: int | None
    weight: int | None
    time: int | None
    evidence: Evidence

    @property
    def first(self) -> Table:
        """The first file, which shows how all are read."""
        return self.tables[0][1]

    def values(self, place: int, role: str) -> Values:
        """The ids of the users or the items in all files."""
        columns = [table.columns[place] for _, table in self.tables]
        where = ", ".join(table.name for _, table in self.tables)
        own = names.called(columns[0].name) if columns[0].named else ""
        return joins.values(columns, own or role, role=role, where=where)


def choose(tables: Sequence[Table], facts: Sequence[Table]) -> Likes | None:
    """The most likely files of interactions, None where nothing looks like any."""
    found = [likes for group in _groups(tables) for likes in _candidates(group, tables, facts)]
    best = max(found, key=lambda likes: likes.evidence.points, default=None)
    return best if best is not None and best.evidence.points > 0 else None


def _groups(tables: Sequence[Table]) -> Iterator[tuple[tuple[str, Table], ...]]:
    """Files that belong together by their names, and every other one for itself."""
    order = ("train", "valid", "test")
    together = parted(tables)
    for group in together:
        yield tuple((part, group[part]) for part in order if part in group)
    grouped = {table.name for group in together for table in group.values()}
    for table in tables:
        if table.name not in grouped:
            yield (("", table),)


def _candidates(
    group: tuple[tuple[str, Table], ...], tables: Sequence[Table], facts: Sequence[Table]
) -> Iterator[Likes]:
    table = group[0][1]
    if table in facts:
        return
    for user, item in _pairs(table):
        extra = _extras(table, user, item)
        likes = Likes(group, user, item, *extra, Evidence(PRIOR))
        yield Likes(group, user, item, *extra, _weighed(likes, tables))


def _pairs(table: Table) -> Iterator[tuple[int, int]]:
    """Places that may be the user and the item; a user's name counts, else the first column comes first."""
    places = [column.place for column in table.columns if _refers(table, column)]
    users = [place for place in places if _role(table, place) == "user"]
    for user in users[:1] or places[:1]:
        for item in places:
            if item != user and _role(table, item) in {"item", ""}:
                yield user, item


def _refers(table: Table, column: Column) -> bool:
    """Whether a column may name users or items: values that occur again and are not numbers that measure."""
    measured = column.named and any(
        names.has(column.name, known) for known in (names.RATING, names.WEIGHT, names.TIME, names.LABEL)
    )
    kept = column.sort in REFERENCES and not column.unique and column.fill > 0
    kept = kept and (
        column.fill == 1 or column.whole
    )  # rows without an id are left out by a condition on numbers
    return (
        kept
        and not measured
        and not (column.place >= 2 and _is_rating(column) and not _role(table, column.place))
    )


def _role(table: Table, place: int) -> str:
    column = table.columns[place]
    if not column.named:
        return {0: "user", 1: "item"}.get(place, "") if table.layout.format == "kgat" else ""
    return names.role(names.called(column.name))


def _is_rating(column: Column) -> bool:
    """Whether values look like marks: few different numbers, none far above the number of marks."""
    few = column.sort in {"integer", "number", "flag"} and column.distinct <= MOST_RATINGS
    scaled = column.low >= -1 and (column.high <= 100 if column.named else column.high in SCALES)  # noqa: PLR2004
    return few and scaled and not _counts(column)


def _counts(column: Column) -> bool:
    """Whether numbers look like counts: 1 is the most frequent, and the larger the rarer."""
    counts = column.counts or {}
    often = (
        [counts[value] for value in sorted(counts, key=float)] if column.low == 1 and not column.odd else []
    )
    falling = sum(one >= other for one, other in zip(often, often[1:], strict=False))
    return len(often) > 3 and often[0] == max(often) and falling >= 0.8 * (len(often) - 1)  # noqa: PLR2004


def _extras(table: Table, user: int, item: int) -> tuple[int | None, int | None, int | None]:
    """The places of the rating, the weight and the time."""
    rest = [column for column in table.columns if column.place not in {user, item} and column.filled]
    times = [column for column in rest if column.sort in {"s", "ms", "iso"} and column.fill == 1]
    ratings = [
        column for column in rest if _is_rating(column) and column.fill == 1 and _named(column, names.RATING)
    ]
    weights = [
        column
        for column in rest
        if column not in (*times, *ratings) and column.sort in {"integer", "number"} and column.high > 0
        and column.fill == 1 and column.named and names.has(column.name, names.WEIGHT | names.RATING)
    ]  # fmt: skip
    unnamed = [column for column in rest if not column.named and column not in (*times, *ratings)]
    if not ratings and not weights and len(unnamed) == 1 and unnamed[0].sort == "integer":
        weights = [column for column in unnamed if column.low > 0 and not column.unique and column.fill == 1]
    return tuple(found[0].place if found else None for found in (ratings, weights, times))  # type: ignore[return-value]


def _named(column: Column, known: frozenset[str]) -> bool:
    return not column.named or names.has(column.name, known)


def _weighed(likes: Likes, tables: Sequence[Table]) -> Evidence:
    table, evidence, start = likes.first, likes.evidence, likes.evidence.points
    rows = sum(part.rows for _, part in likes.tables)
    evidence = evidence.plus(math.log10(rows) / 2, f"{rows:,} rows")
    for place, role in ((likes.user, "user"), (likes.item, "item")):
        if _role(table, place) == role:
            evidence = evidence.plus(2.0, f"a column of {role}s by its name" if table.layout.headed else "")
    if table.layout.format == "kgat":
        evidence = evidence.plus(1.0, "lists of ids")
    for place, word in ((likes.rating, "ratings"), (likes.weight, "weights"), (likes.time, "times")):
        evidence = evidence.plus(1.0, word) if place is not None else evidence
    if names.has(table.stem, names.LIKES):
        evidence = evidence.plus(1.5, "the file's name")
    if len(likes.tables) > 1:
        evidence = evidence.plus(1.5 if likes.tables[0][0] == "train" else 0.5, "split into parts")
    if evidence.points == start + math.log10(rows) / 2:
        evidence = evidence.plus(-4.0)  # a table like any other
    return _against(likes, tables, evidence)


def _is_list_of_things(table: Table, tables: Sequence[Table]) -> bool:
    """Whether each row is a thing with a name of its own, or one that other files name by its id."""
    for column in table.columns:
        if column.unique and column.sort == "word":
            return True
        if column.unique and column.sort in REFERENCES and _named_elsewhere(table, column, tables):
            return True
    return False


def _named_elsewhere(table: Table, key: Column, tables: Sequence[Table]) -> bool:
    keys = table.values(key)
    others = (other for other in tables if other is not table)
    return any(
        joins.fit(other.values(column), keys).points > 1
        for other in others
        for column in other.columns
        if column.sort in REFERENCES and not column.unique
    )


def _against(likes: Likes, tables: Sequence[Table], evidence: Evidence) -> Evidence:
    """What does not look like interactions; and how much else is known of the items."""
    table = likes.first
    user, item = table.columns[likes.user], table.columns[likes.item]
    taken = {likes.user, likes.item, likes.rating, likes.weight, likes.time}
    if any(
        c.place not in taken and c.sort in REFERENCES and not c.unique and not _dull(c) for c in table.columns
    ):
        evidence = evidence.plus(-1.5)
    shared = joins.common(user.hashes, item.hashes)
    if (
        user.sort == item.sort != "integer"
        and shared
        or shared >= SAME_PEOPLE * max(user.distinct, item.distinct) > 1
    ):
        evidence = evidence.plus(-3.0)
    if item.sort == "word" and item.distinct <= MOST_RATINGS:
        evidence = evidence.plus(-3.0)
    if min(user.repeats, item.repeats) < 1.2:  # noqa: PLR2004
        evidence = evidence.plus(-1.0)
    if _is_list_of_things(table, tables):
        evidence = evidence.plus(-3.0)
    known = max(
        (_known(likes, other) for other in tables if all(other is not t for _, t in likes.tables)),
        default=0.0,
    )
    return evidence.plus(4 * known, f"{percent(known)} of the items are described" if known > 0.5 else "")  # noqa: PLR2004


def _dull(column: Column) -> bool:
    return column.sort == "integer" and column.distinct <= THREE * 12


def _known(likes: Likes, other: Table) -> float:
    """The share of the items that another table speaks of, where numbers alone are not all there is."""
    items = likes.values(likes.item, "item")
    best = 0.0
    for column in other.columns:
        if column.sort not in REFERENCES:
            continue
        if joins.fit(items, other.values(column)).points > 0:
            best = max(best, joins.common(items.hashes, column.hashes) / items.distinct)
    return best
