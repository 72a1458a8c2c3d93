"""The search is exact: on any small graph it finds what networkx finds by looking at every path."""

from __future__ import annotations

from dataclasses import dataclass, replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import words
from kg.paths import Limits, PathFinder
from tests.worlds import make_graph

USERS, ITEMS, ENTITIES = 3, 5, 4
NAMES = [f"i{row}" for row in range(ITEMS)] + [f"e{row}" for row in range(ENTITIES)] + ["u0", "u1"]
CLASSES = ("User", "Item", "Big", "Small")


@st.composite
def worlds(draw):
    """Small graphs with two relations, several edges between the same nodes, and likes with times."""
    node = st.sampled_from(NAMES)
    facts = draw(st.lists(st.tuples(node, st.sampled_from("rs"), node), max_size=22))
    likes = draw(
        st.lists(
            st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1), st.integers(0, 3)), max_size=12
        )
    )
    facts += [("e0", "r", "e1"), ("e1", "s", "e2")]  # both relations are always there
    graph = make_graph(likes, num_users=USERS, num_items=ITEMS, facts=facts)
    entities = graph.num_nodes - USERS - ITEMS
    kinds = np.repeat([0, 1, 2], [USERS, ITEMS, entities])
    kinds[USERS + ITEMS :] += np.arange(entities) % 2
    return replace(graph, class_names=CLASSES, classes=kinds)


@st.composite
def limits(draw):
    """Any limits that these worlds can be asked with."""
    hops = draw(st.integers(1, 4))
    place = st.sampled_from(["*", "*", "user", "item", "entity", "Small"])
    pattern = draw(st.none() | st.lists(place, min_size=2, max_size=hops + 1).map(tuple))
    relations = draw(st.none() | st.sampled_from([{"r"}, {"r", "likes"}, {"likes"}, {"s", "r"}]))
    fan, before = draw(st.none() | st.integers(1, 4)), draw(st.none() | st.integers(0, 4))
    return Limits(hops, relations, pattern, fan, before)


@dataclass
class Slow:
    """Every path by networkx, and the best weight per list of nodes."""

    graph: object
    vectors: np.ndarray
    limits: Limits
    likes: bool

    def __post_init__(self):
        edges, names = self.graph.edges, [relation.id for relation in self.graph.relations]
        facts = zip(edges.heads.tolist(), edges.relations.tolist(), edges.tails.tolist(), strict=True)
        steps = {step for h, r, t in facts for step in ((h, t, 2 * r), (t, h, 2 * r + 1))}
        self.liked = self.known_likes()
        for user, item in self.liked if self.likes else ():
            steps |= {(user, USERS + item, words.LIKES), (USERS + item, user, words.LIKED_BY)}
        self.net = nx.MultiDiGraph(steps and [(h, t, code, {}) for h, t, code in steps])
        self.net.add_nodes_from(range(self.graph.num_nodes))
        self.steps, self.names = steps, [*names, "likes"]

    def known_likes(self):
        rows, before = self.graph.interactions, self.limits.before
        return {
            (int(user), int(item))
            for user, item, time in zip(rows.users, rows.items, rows.times, strict=True)
            if before is None or time < before
        }

    def fan(self, node, code):
        return sum(start == node and word == code for start, _, word in self.steps)

    def close(self, one, other):
        a, b = self.vectors[one].astype(float), self.vectors[other].astype(float)
        return max(a @ b / np.linalg.norm(a) / np.linalg.norm(b), 0.01)

    def fits(self, node, name):
        own = self.graph.class_names[self.graph.classes[node]]
        return name in ("*", self.graph.kind(node), own)

    def matches(self, nodes):
        pattern = self.limits.pattern
        if pattern is None:
            return len(nodes) - 1 <= self.limits.max_hops
        return len(nodes) == len(pattern) and all(map(self.fits, nodes, pattern))

    def weight(self, edges, max_fan):
        """None for a path that may not be."""
        inside = {node for edge in edges for node in edge[:2]} - {edges[0][0], edges[-1][1]}
        weight = 1.0
        for start, end, code in edges:
            fans = {start: self.fan(start, code), end: self.fan(end, code ^ 1)}
            if any(node in inside and fan > max_fan for node, fan in fans.items()):
                return None
            if self.limits.relations is not None and self.names[code // 2] not in self.limits.relations:
                return None
            weight *= self.close(start, end) / (fans[start] * fans[end]) ** 0.5
        return weight

    def paths(self, starts, shares, target, max_fan):
        found = {}
        max_fan = self.limits.max_fan or max_fan
        for start, share in zip(starts, shares, strict=True):
            for edges in nx.all_simple_edge_paths(self.net, start, target, cutoff=self.limits.max_hops):
                nodes = (start, *[edge[1] for edge in edges])
                if not self.matches(nodes) or set(nodes[1:]) & set(starts):
                    continue
                weight = self.weight(edges, max_fan)
                if weight is not None:
                    found[nodes] = max(found.get(nodes, 0.0), share * weight)
        return found

    def over_people(self, starts, shares, target, person):
        """Paths from items over the likes of people who like both ends."""
        found, item = {}, target - USERS
        if self.limits.relations is not None and "likes" not in self.limits.relations:
            return found
        breadth = [sum(one == user for one, _ in self.liked) for user in range(USERS)]
        popularity = [sum(other == row for _, other in self.liked) for row in range(ITEMS)]
        for start, share in zip(starts, shares, strict=True):
            pair = (start - USERS, item)
            both = [user for user in range(USERS) if {(user, row) for row in pair} <= self.liked]
            both = [user for user in both if user != person and self.matches((start, user, target))]
            if both:
                spread = sum(1 / breadth[user] for user in both) / np.sqrt(
                    np.prod([popularity[r] for r in pair])
                )
                nodes = (start, min(both, key=breadth.__getitem__), target)
                found[nodes] = share * spread * self.close(start, target)
        return found


def check(paths, expected, k):
    """The k best, strongest first, each with its weight."""
    assert {path.nodes for path in paths} <= set(expected)
    for path in paths:
        assert path.weight == pytest.approx(expected[path.nodes], rel=1e-5)
    assert [path.weight for path in paths] == pytest.approx(
        sorted(expected.values(), reverse=True)[:k], rel=1e-5
    )
    weights = [path.weight for path in paths]
    assert weights == sorted(weights, reverse=True)


@settings(max_examples=80, deadline=None)
@given(worlds(), limits(), st.integers(1, 12), st.integers(0, 9), st.booleans(), st.data())
def test_between_any_two_nodes(graph, limits, k, seed, alike, data):
    start, end = data.draw(st.lists(st.integers(0, graph.num_nodes - 1), min_size=2, max_size=2, unique=True))
    vectors = (
        np.ones((graph.num_nodes, 1))
        if alike
        else np.random.default_rng(seed).normal(1, 1, (graph.num_nodes, 3))
    )
    finder = PathFinder(graph, vectors.astype(np.float32), max_fan=3)
    found = finder.between(start, end, k=k, limits=limits)
    check(found, Slow(graph, vectors, limits, likes=True).paths([start], [1.0], end, 3), k)


@settings(max_examples=80, deadline=None)
@given(worlds(), limits(), st.integers(1, 12), st.integers(0, 9), st.booleans(), st.integers(-1, USERS - 1))
def test_from_a_history_to_an_item(graph, limits, k, seed, alike, person):
    rng = np.random.default_rng(seed)
    liked, target = rng.permutation(ITEMS)[:2], int(rng.integers(ITEMS))
    shares = rng.uniform(0.1, 1, 2)
    vectors = np.ones((graph.num_nodes, 1)) if alike else rng.normal(1, 1, (graph.num_nodes, 3))
    finder = PathFinder(graph, vectors.astype(np.float32), max_fan=3)
    found = finder.best(liked, shares, target, k=k, person=person, limits=limits)
    starts = [(int(row) + USERS, share) for row, share in zip(liked, shares, strict=True) if row != target]
    nodes, given = [node for node, _ in starts], [share for _, share in starts]
    expected = Slow(graph, vectors, limits, likes=False).paths(nodes, given, target + USERS, 3)
    people = Slow(graph, vectors, limits, likes=True).over_people(nodes, given, target + USERS, person)
    check(found, {nodes: max(expected.get(nodes, 0), people.get(nodes, 0)) for nodes in expected | people}, k)
