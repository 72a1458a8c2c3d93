"""Which files say who liked what, and which of their columns are the user, the item, the rating, the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kg.draft import joins, lexicon, marks, names, weighing
from kg.draft.copies import parted
from kg.draft.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.joins import Values
    from kg.draft.table import Table

    Group = tuple[tuple[str, Table], ...]

PRIOR = -3.0
NUMBERS = ("integer", "number")
TIMES = ("s", "ms", "iso")


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


def _groups(tables: Sequence[Table]) -> Iterator[Group]:
    """Files that belong together by their names, and every other one for itself."""
    order = ("train", "valid", "test")
    together = parted(tables)
    for group in together:
        yield tuple((part, group[part]) for part in order if part in group)
    grouped = {table.name for group in together for table in group.values()}
    for table in tables:
        if table.name not in grouped:
            yield (("", table),)


def _candidates(group: Group, tables: Sequence[Table], facts: Sequence[Table]) -> Iterator[Likes]:
    table = group[0][1]
    if table in facts:
        return
    for user, item in _pairs(table):
        rating, weight, time = _extras(table, {user, item})
        likes = Likes(group, user, item, rating, weight, time, Evidence(PRIOR))
        yield replace(likes, evidence=weighing.weighed(likes, tables))


def _pairs(table: Table) -> Iterator[tuple[int, int]]:
    """Places that may be the user and the item; a user's name counts, else the first column comes first."""
    places = [column.place for column in table.columns if _refers(table, column)]
    users = [place for place in places if weighing.role(table, place) == "user"]
    for user in users[:1] or places[:1]:
        for item in places:
            if item != user and weighing.role(table, item) in {"item", ""}:
                yield user, item


def _refers(table: Table, column: Column) -> bool:
    """Whether a column may name users or items: values that occur again and do not measure anything."""
    if column.sort not in weighing.REFERENCES or column.unique or not column.filled:
        return False
    if column.fill < 1 and not column.whole:
        return False  # only among numbers can a card leave out the rows without one
    if column.named and any(names.has(column.name, known) for known in weighing.MEASURES):
        return False
    return column.place <= 1 or not marks.are_marks(column) or bool(weighing.role(table, column.place))


def _extras(table: Table, taken: set[int]) -> tuple[int | None, int | None, int | None]:
    """The places of the rating, the weight and the time."""
    rest = [column for column in table.columns if column.place not in taken and column.fill == 1]
    times = [column for column in rest if column.sort in TIMES]
    ratings = [column for column in rest if _rates(column)]
    others = [column for column in rest if column not in (*times, *ratings)]
    weights = [column for column in others if _weighs(column)]
    unnamed = [column for column in others if not column.named]
    if not ratings and not weights and len(unnamed) == 1 and unnamed[0].sort == "integer":
        weights = [column for column in unnamed if column.low > 0 and not column.unique]
    return _place(ratings), _place(weights), _place(times)


def _place(columns: Sequence[Column]) -> int | None:
    return columns[0].place if columns else None


def _rates(column: Column) -> bool:
    """Whether a column holds marks, by its name and its numbers, or by numbers that are clear enough."""
    if marks.are_marks(column) and (not column.named or names.has(column.name, lexicon.RATING)):
        return True
    return marks.are_stars(column) and not names.has(
        column.name, lexicon.WEIGHT | lexicon.TIME | lexicon.KEYS
    )


def _weighs(column: Column) -> bool:
    """Whether a column says how much or how often; a rating far beyond any scale is such a number too."""
    told = column.named and names.has(column.name, lexicon.WEIGHT | lexicon.RATING)
    return told and column.sort in NUMBERS and column.high > 0
