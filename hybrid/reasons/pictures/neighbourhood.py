"""What surrounds an item and what somebody likes: the part of the graph that a person can look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from kg.lettering import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.graph import Kind, KnowledgeGraph
    from kg.paths import ReasoningPath

LIKES = "likes"
MOST_NODES = 45


@dataclass(frozen=True, slots=True)
class Near:
    """A node of a neighbourhood.

    Attributes:
        node: its number in the graph.
        label: a name for people.
        kind: "user", "item" or "entity".
        what: its class.
        role: "recommended", "liked", or "" for what links them.
    """

    node: int
    label: str
    kind: Kind
    what: str
    role: str


@dataclass(frozen=True, slots=True)
class Link:
    """A fact or a like between two nodes; `path` says that a reasoning path runs over it."""

    head: int
    tail: int
    relation: str
    path: bool


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Some nodes and all that links them; `left_out` neighbours had no room."""

    nodes: tuple[Near, ...]
    links: tuple[Link, ...]
    left_out: int

    def _repr_html_(self) -> str:
        """The neighbourhood to drag and filter, in a frame of its own, for notebooks."""
        from hybrid.reasons.pictures.drawn import frame  # noqa: PLC0415  (it draws what is defined here)

        return frame(self)


def neighbourhood(
    graph: KnowledgeGraph,
    paths: Sequence[ReasoningPath] = (),
    *,
    liked: Iterable[int] = (),
    recommended: Iterable[int] = (),
    most: int = MOST_NODES,
) -> Neighbourhood:
    """The paths, liked and recommended items, and what else is known of them.

    Where not all of it has room, what has a name comes first, then what links several of them, then what is
    rare.

    Args:
        graph: the graph.
        paths: reasoning paths to draw.
        liked: rows of liked items.
        recommended: rows of recommended items.
        most: how many nodes there may be; those that are asked for are there in any case.
    """
    roles = {graph.num_users + row: "liked" for row in liked}
    roles |= {graph.num_users + row: "recommended" for row in recommended}
    on_paths = {node: label for path in paths for node, label in zip(path.nodes, path.labels, strict=True)}
    core = dict.fromkeys([*on_paths, *roles])
    around = _around(graph, [node for node in roles or core if graph.kind(node) == "item"], core)
    room = max(most - len(core), 0)
    nodes = [*core, *around[:room]]
    near = tuple(_near(graph, node, on_paths.get(node, ""), roles.get(node, "")) for node in nodes)
    return Neighbourhood(near, tuple(_links(graph, nodes, paths)), max(len(around) - room, 0))


def _around(graph: KnowledgeGraph, items: list[int], core: Mapping[int, object]) -> list[int]:
    """What is known of the items beside the core: named ones first, then what links several of them."""
    edges = graph.edges
    ends = np.concatenate(
        [edges.tails[np.isin(edges.heads, items)], edges.heads[np.isin(edges.tails, items)]]
    )
    shared = Counter(node for node in ends.tolist() if node not in core)
    facts = np.bincount(np.concatenate([edges.heads, edges.tails]), minlength=graph.num_nodes)
    return sorted(shared, key=lambda node: (not graph.labels[node], -shared[node], int(facts[node]), node))


def _near(graph: KnowledgeGraph, node: int, told: str, role: str) -> Near:
    """A node with the best name there is: its own, the one it has on a path, its class."""
    kind, what = graph.kind(node), graph.class_names[graph.classes[node]]
    own = str(graph.labels[node]) or told
    named = own or (f"{what} {graph.id(node)}" if kind == "item" else what.lower())
    return Near(node, plain(named), kind, plain(what), role)


def _links(graph: KnowledgeGraph, nodes: Sequence[int], paths: Sequence[ReasoningPath]) -> Iterable[Link]:
    """The facts between the nodes, once each, and the likes that the paths run over."""
    walked = {frozenset(pair) for path in paths for pair in pairwise(path.nodes)}
    edges, seen = graph.edges, set()
    inside = np.isin(edges.heads, nodes) & np.isin(edges.tails, nodes)
    for head, relation, tail in zip(
        edges.heads[inside].tolist(),
        edges.relations[inside].tolist(),
        edges.tails[inside].tolist(),
        strict=True,
    ):
        words = plain(graph.relations[relation].label or graph.relations[relation].id)
        if (head, words, tail) not in seen:
            seen.add((head, words, tail))
            yield Link(head, tail, words, frozenset((head, tail)) in walked)
    for user, item in sorted(tuple(sorted(pair)) for pair in walked if len(pair) > 1):
        # Numbers of people come before those of items, so the smaller end of a like is who likes.
        if graph.kind(user) == "user" and graph.kind(item) == "item":
            yield Link(user, item, LIKES, path=True)
