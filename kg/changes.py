"""A graph as it would be with some facts or likes more or fewer; nodes and their numbers stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import CatalogError
from kg.graph import Edges, Interactions

if TYPE_CHECKING:
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

Fact = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """Facts and likes that are taken away from a graph, and such that are added to it.

    Attributes:
        lost: facts as (head, relation, tail), by the numbers of the nodes and of the relation.
        gained: likewise.
        unliked: likes as (user, item), by their rows.
        liked: likewise; they come after all others, at the time of the latest.
    """

    lost: tuple[Fact, ...] = ()
    gained: tuple[Fact, ...] = ()
    unliked: tuple[tuple[int, int], ...] = ()
    liked: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.gained or self.unliked or self.liked)


def changed(graph: KnowledgeGraph, change: Change) -> KnowledgeGraph:
    """The graph with a change; what does not change is the same object.

    Raises:
        CatalogError: what is to be taken away is not there, or what is to be added is there already.
    """
    after = graph
    if change.lost or change.gained:
        after = replace(after, edges=_edges(graph, change))
    if change.unliked or change.liked:
        after = replace(after, interactions=_likes(graph, change))
    return after


def facts_between(graph: KnowledgeGraph, one: int, other: int) -> tuple[Fact, ...]:
    """The facts of two nodes, in either direction."""
    edges = graph.edges
    found = ((edges.heads == one) & (edges.tails == other)) | ((edges.heads == other) & (edges.tails == one))
    return _facts(graph, np.flatnonzero(found))


def facts_of(graph: KnowledgeGraph, node: int) -> tuple[Fact, ...]:
    """All facts that a node is in."""
    return _facts(graph, np.flatnonzero((graph.edges.heads == node) | (graph.edges.tails == node)))


def _facts(graph: KnowledgeGraph, rows: IntArray) -> tuple[Fact, ...]:
    edges = graph.edges
    columns = (edges.heads[rows], edges.relations[rows], edges.tails[rows])
    return tuple(dict.fromkeys(zip(*(column.tolist() for column in columns), strict=True)))


def _edges(graph: KnowledgeGraph, change: Change) -> Edges:
    edges = graph.edges
    columns = np.stack([edges.heads, edges.relations, edges.tails])
    gone, missing = _rows(columns, change.lost)
    if missing is not None:
        raise CatalogError(f"the graph has no fact {told(graph, change.lost[missing])}")
    for row in np.flatnonzero(_rows(columns, change.gained)[0])[:1].tolist():
        head, relation, tail = columns[:, row].tolist()
        raise CatalogError(f"the graph has the fact {told(graph, (head, relation, tail))} already")
    more = np.array(change.gained, dtype=np.int64).reshape(-1, 3).T
    return Edges(*(np.concatenate([column[~gone], new]) for column, new in zip(columns, more, strict=True)))


def _likes(graph: KnowledgeGraph, change: Change) -> Interactions:
    likes = graph.interactions
    gone, missing = _rows(np.stack([likes.users, likes.items]), change.unliked)
    if missing is not None:
        user, item = change.unliked[missing]
        raise CatalogError(f"user {graph.users.ids[user]!r} has no like of {graph.items.ids[item]!r}")
    kept = likes.take(~gone)
    users, items = np.array(change.liked, dtype=np.int64).reshape(-1, 2).T
    latest = np.nan if not likes.timed else float(likes.times.max())
    return Interactions(
        np.concatenate([kept.users, users]),
        np.concatenate([kept.items, items]),
        np.concatenate([kept.weights, np.ones(len(users))]),
        np.concatenate([kept.times, np.full(len(users), latest)]),
        np.concatenate([kept.validation, np.zeros(len(users), dtype=np.bool_)]),
    )


def told(graph: KnowledgeGraph, fact: Fact) -> str:
    """A fact in words: the names, or ids, of its ends with the relation's words between."""
    head, relation, tail = fact
    one, other = graph.label(head), graph.label(tail)
    return f"{one!r} {graph.relations[relation].label} {other!r}"


def _rows(columns: IntArray, wanted: tuple[tuple[int, ...], ...]) -> tuple[BoolArray, int | None]:
    """Which columns are among some tuples, shape (n,), and the first tuple that is no column, if any."""
    there: dict[tuple[int, ...], list[int]] = {column: [] for column in wanted}
    found = np.zeros(columns.shape[1], dtype=np.bool_)
    if not wanted:
        return found, None
    near = np.isin(columns[0], [column[0] for column in wanted])
    for row in np.flatnonzero(near).tolist():
        key = tuple(columns[:, row].tolist())
        found[row] = key in there
        there.get(key, []).append(row)
    return found, next((place for place, key in enumerate(wanted) if not there[key]), None)
