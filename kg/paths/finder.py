"""The strongest paths from a history to an item, and between any two nodes."""

from __future__ import annotations

from copy import copy
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kg import languages, words
from kg.errors import QueryError
from kg.graph import KINDS
from kg.paths.ends import Origin, Reach, allowed
from kg.paths.kept import Found, Kept, nth_largest
from kg.paths.limits import Limits, places, usable
from kg.paths.people import Likes
from kg.paths.search import Search
from kg.paths.steps import Links, View, closeness
from kg.paths.telling import ReasoningPath, Teller

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from kg.graph import FloatArray, IntArray, KnowledgeGraph

_DEFAULT = Limits()
_VIEWS, _ORIGINS, _TIMES = 4, 4, 4  # remembered: each holds some bytes per step, node or like
_OVER_PEOPLE = 2  # hops
_LEAST_SHARE = 1e-3  # of the largest


class PathFinder:
    """Finds the strongest paths by the facts, and by people who liked both ends; the k best, exactly.

    A path's weight is what the trained model gave the liked item in the score of the recommended one, times
    the strength of each step. A step's strength is the model's closeness of its ends (cosine, at least 0.01),
    divided by the root of the product of their numbers of edges of that relation: the coefficient by which a
    graph network sends a message there. So a rare shared director counts for more than a shared language.

    What one person's likes and one item have in common for every question is remembered for the next ones:
    ask for one person's items one after the other.

    Args:
        graph: its facts and interactions; held-out interactions are never read.
        vectors: the trained model's vector per node, shape (num_nodes, size).
        max_fan: a node with more edges of one relation than this explains nothing and is not walked through.
    """

    def __init__(
        self, graph: KnowledgeGraph, vectors: npt.NDArray[np.float32], *, max_fan: int = 1000
    ) -> None:
        self.graph = graph
        self.max_fan = max_fan
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._units = vectors / np.maximum(norms, 1e-12)
        self._facts, self._liking = Links(graph, self._units), Likes(graph)
        popularity = self._liking.before(None).popularity
        self._teller = Teller(graph, self._facts, popularity, languages.load(languages.ENGLISH))
        self._view = lru_cache(_VIEWS)(self._make_view)
        self._company = lru_cache(_TIMES)(self._liking.before)
        self._origin = lru_cache(_ORIGINS)(self._make_origin)
        self._reach = lru_cache(_ORIGINS)(lambda origin, shares: Reach.of(origin, np.frombuffer(shares)))
        self._places = lru_cache(_VIEWS)(lambda pattern: places(graph, pattern))

    def speaking(self, language: str) -> PathFinder:
        """The same finder, whose paths are told in another language ("de"; `kg.languages.find` has them all).

        Raises:
            QueryError: there is no such language.
        """
        other = copy(self)
        other._teller = self._teller.speaking(languages.load(language))
        return other

    def shuffled(self, seed: int = 0) -> PathFinder:
        """The same over vectors that say nothing: every node has that of another one of its kind."""
        places, rng = np.arange(self.graph.num_nodes), np.random.default_rng(seed)
        for kind in KINDS:
            own = self.graph.first(kind) + np.arange(len(self.graph.vocabulary(kind)))
            places[own] = rng.permutation(own)
        return PathFinder(self.graph, self._units[places], max_fan=self.max_fan)

    def best(
        self,
        liked: IntArray,
        shares: FloatArray,
        item: int,
        *,
        k: int = 3,
        person: int = -1,
        limits: Limits = _DEFAULT,
    ) -> tuple[ReasoningPath, ...]:
        """The k strongest paths to an item, strongest first; one per set of nodes.

        Args:
            liked: rows of the liked items to start from, shape (n,).
            shares: what each gave to the item's score in the trained model, shape (n,).
            item: row of the recommended item.
            k: how many paths.
            person: row of the user who asks, who is no evidence for themselves; -1 for somebody new.
            limits: which paths count.

        Raises:
            QueryError: a limit names a class that the graph has not, or k is negative.
            UnknownIdError: a limit names a relation that the graph has not.
        """
        kept = _kept(k)
        if not len(liked) or not k:
            return ()
        first = self.graph.first("item")
        nodes = np.asarray(liked, dtype=np.int64) + first
        origin = self._origin(nodes.tobytes(), False, limits)  # noqa: FBT003  (a cache's key is positional)
        gave = np.asarray(shares, dtype=np.float64)
        given = np.maximum(gave, _LEAST_SHARE * max(float(gave.max()), 1e-6))[origin.index]
        given[origin.nodes == first + item] = 0.0
        self._by_people(origin.nodes - first, given, item, person, limits, kept)
        return self._search(origin, given, first + item, limits, kept, likes=False)

    def between(
        self, start: int, end: int, *, k: int = 3, limits: Limits = _DEFAULT
    ) -> tuple[ReasoningPath, ...]:
        """The k strongest paths from one node to another, strongest first, over facts and likes alike.

        Args:
            start: the node's number (see `KnowledgeGraph.node`).
            end: likewise.
            k: how many paths.
            limits: which paths count.

        Raises:
            QueryError: the nodes are the same or not of the graph, a limit names a class that the graph has
                not, or k is negative.
            UnknownIdError: a limit names a relation that the graph has not.
        """
        kept = _kept(k)
        for node in (start, end):
            if not 0 <= node < self.graph.num_nodes:
                raise QueryError(f"there is no node {node}, they are 0 to {self.graph.num_nodes - 1}")
        if start == end:
            raise QueryError(f"a path leads from one node to another, and both ends are node {start}")
        if not k:
            return ()
        origin = self._origin(np.array([start]).tobytes(), True, limits)  # noqa: FBT003
        return self._search(origin, np.ones(len(origin.nodes)), end, limits, kept, likes=True)

    def _search(
        self, origin: Origin, shares: FloatArray, target: int, limits: Limits, kept: Kept, *, likes: bool
    ) -> tuple[ReasoningPath, ...]:
        spots = self._places(limits.pattern)
        reach = self._reach(origin, shares.tobytes())
        Search(self._steps(limits, likes=likes), reach, target, spots, kept).run(limits.lengths)
        return tuple([self._teller.tell(path, liked=not likes) for path in kept.paths])

    def _by_people(
        self, rows: IntArray, shares: FloatArray, item: int, person: int, limits: Limits, kept: Kept
    ) -> None:
        """Paths over people who liked both ends: one per liked item, over the person whose likes say most."""
        spots, first = self._places(limits.pattern), self.graph.first("item")
        target = np.array([first + item])
        if not limits.likes or _OVER_PEOPLE not in limits.lengths or not allowed(spots[2], target)[0]:
            return
        counted = None if spots[1] is None else spots[1][: self.graph.num_users]
        company = self._company(limits.before)
        weights = shares * company.spread(item, rows, person, counted)
        weights *= closeness(self._units, rows + first, np.full(len(rows), target[0]))
        able = np.flatnonzero((weights > 0) & (weights >= nth_largest(weights, kept.k)))
        fans, found = company.mask(item, person, counted), []
        for row in able.tolist():
            shown, people = company.who(fans, int(rows[row]))
            backwards = (first + item, shown, int(rows[row]) + first)
            codes = (words.LIKED_BY, words.LIKES)
            found.append(Found(-float(weights[row]), _OVER_PEOPLE, backwards, codes, people))
        kept.merge(found)

    @cached_property
    def _everything(self) -> Links:
        """Facts and likes."""
        return Links(self.graph, self._units, self._liking)

    def _steps(self, limits: Limits, *, likes: bool) -> View:
        fan = self.max_fan if limits.max_fan is None else limits.max_fan
        relations = None if limits.relations is None else frozenset(limits.relations)
        return self._view(relations, fan, limits.before if likes else None, likes)

    def _make_view(
        self,
        relations: Collection[str] | None,
        max_fan: int,
        before: float | None,
        likes: bool,  # noqa: FBT001
    ) -> View:
        links = self._everything if likes else self._facts
        return links.view(usable(self.graph, relations), max_fan, before)

    def _make_origin(self, nodes: bytes, likes: bool, limits: Limits) -> Origin:  # noqa: FBT001
        asked = np.frombuffer(nodes, dtype=np.int64)
        return Origin.of(self._steps(limits, likes=likes), asked, self._places(limits.pattern))


def _kept(k: int) -> Kept:
    if k < 0:
        raise QueryError(f"k must be a number of paths, 0 or more, not {k}")
    return Kept(k)
