"""What somebody thinks of items: likes in order, dislikes, and ratings, which are one or the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hybrid.names import Names
    from hybrid.query import Query
    from kg.graph import FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Opinions:
    """What somebody thinks of items (rows of the item vocabulary), each item once.

    Attributes:
        likes: oldest first.
        times: of the likes, seconds since 1970, NaN where unknown, shape as likes.
        dislikes: in no order.
        notes: what could not be used, and how ratings were read.
    """

    likes: IntArray
    times: FloatArray
    dislikes: IntArray
    notes: tuple[str, ...]

    def after(self, items: IntArray, times: FloatArray) -> tuple[IntArray, FloatArray]:
        """A history (oldest first, with times) followed by these likes, without what is disliked by now.

        Likes without a time count as the newest; those with one take their place in time.
        """
        kept = ~np.isin(items, np.concatenate([self.likes, self.dislikes]))
        rows = np.concatenate([items[kept], self.likes])
        when = np.concatenate([times[kept], self.times])
        keys = np.concatenate(
            [np.nan_to_num(times[kept], nan=-np.inf), np.nan_to_num(self.times, nan=np.inf)]
        )
        order = np.argsort(keys, kind="stable")
        return rows[order], when[order]


def opinions(query: Query, names: Names) -> Opinions:
    """What a query says of items.

    Raises:
        QueryError: an item is both liked and disliked.
    """
    book = _Book(names)
    likes, dislikes = book.rows(query.likes), book.rows(query.dislikes)
    rated = {row: float(query.ratings[name]) for name, row in book.each(query.ratings)}
    line, told = dividing_line(names.graph, rated.values()) if rated else (0.0, "")
    high = [row for row, rating in rated.items() if rating >= line]
    low = [row for row, rating in rated.items() if rating < line]
    book.check(likes, dislikes, rated, line)
    liked = list(dict.fromkeys(reversed([*high, *likes])))[::-1]
    when = _times(query.times, liked, book)
    if rated:
        book.notes.append(f"ratings of {line:g} or more count as likes, lower ones as dislikes: {told}")
    own = Opinions(
        likes=np.array(liked, dtype=np.int64),
        times=np.array([when.get(row, np.nan) for row in liked]),
        dislikes=np.array(list(dict.fromkeys([*dislikes, *low])), dtype=np.int64),
        notes=tuple(book.notes),
    )
    nobody = np.zeros(0, dtype=np.int64)
    items, times = own.after(nobody, nobody.astype(np.float64))
    return Opinions(items, times, own.dislikes, own.notes)


def dividing_line(graph: KnowledgeGraph, given: Iterable[float]) -> tuple[float, str]:
    """From which rating on somebody likes an item, and why, in words.

    It is the lowest rating that the graph has of an item its person is said to like, unless that tells
    nothing because none or all of the rated items are said to be liked: then it is the mean of the graph's
    ratings, and without any, of those given.
    """
    rated, likes = graph.ratings, graph.interactions
    liked = np.isin(rated.users * graph.num_items + rated.items, likes.users * graph.num_items + likes.items)
    if liked.any() and not liked.all():
        return float(rated.weights[liked].min()), "that is where likes begin in this graph"
    if len(rated):
        return float(rated.weights.mean()), "that is the mean of the ratings in this graph"
    values = list(given)
    return (float(np.mean(values)) if values else 0.0), "that is the mean of these ratings"


def _times(given: Mapping[str, float], liked: list[int], book: _Book) -> dict[int, float]:
    """The times of the likes by row."""
    when: dict[int, float] = {}
    for name, row in book.each(given):
        if row in liked:
            when[row] = float(given[name])
        else:
            book.notes.append(f"the time of item {name!r} was not used: it is not among the likes")
    return when


class _Book:
    """Looks items up, once each, and notes what it cannot find."""

    def __init__(self, names: Names) -> None:
        self.notes: list[str] = []
        self._names, self._items = names, names.of("item")
        self._known: dict[str, int | None] = {}

    def each(self, asked: Iterable[str]) -> list[tuple[str, int]]:
        """The names that are items, with their rows."""
        found = [(name, self._row(name)) for name in asked]
        return [(name, row) for name, row in found if row is not None]

    def rows(self, asked: Iterable[str]) -> list[int]:
        """The rows of items, each once, where it is named last."""
        rows = [row for _, row in self.each(asked)]
        return list(dict.fromkeys(reversed(rows)))[::-1]

    def check(self, likes: list[int], dislikes: list[int], rated: dict[int, float], line: float) -> None:
        """Refuse two opinions of one item.

        Raises:
            QueryError: there are two.
        """
        for row in likes:
            if row in dislikes:
                raise QueryError(f"{self._call(row)} is both liked and disliked; leave one of the two out")
            if rated.get(row, line) < line:
                raise QueryError(
                    f"{self._call(row)} is liked, and rated {rated[row]:g}, which is a dislike as it is "
                    f"below {line:g}; leave one of the two out"
                )
        for row in dislikes:
            if rated.get(row, -np.inf) >= line:
                raise QueryError(
                    f"{self._call(row)} is disliked, and rated {rated[row]:g}, which is a like as it is not "
                    f"below {line:g}; leave one of the two out"
                )

    def _call(self, row: int) -> str:
        return f"item {self._names.graph.items.ids[row]!r}"

    def _row(self, asked: str) -> int | None:
        if asked not in self._known:
            self._known[asked] = self._looked_up(asked)
        return self._known[asked]

    def _looked_up(self, asked: str) -> int | None:
        graph, found = self._names.graph, self._names.find(asked, self._items)
        if not found.nodes:
            self.notes.append(
                f"item {asked!r} is not in the graph and was left out{self._names.hint(asked, self._items)}"
            )
            return None
        row = graph.row(found.nodes[0])
        if found.how != "id":
            more = f", one of {len(found.nodes)} of that name" if len(found.nodes) > 1 else ""
            self.notes.append(f"{asked!r} was read as item {graph.items.ids[row]!r}{more}")
        return row
