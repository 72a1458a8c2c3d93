"""networkx on the questions of `paths.py`: facts alone, up to three hops."""

from __future__ import annotations

import heapq
import itertools
import math
import signal
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
from path_questions import Question, vectors

from kg.paths import Limits, PathFinder
from kg.paths.limits import usable
from kg.paths.steps import Links

if TYPE_CHECKING:
    from collections.abc import Callable

HOPS, PATHS = 3, 10
GIVEN = 100  # paths at most that it is asked for one after the other


class Peer:
    """The same questions for networkx: facts alone, three hops."""

    def __init__(self, finder: PathFinder) -> None:
        graph = finder.graph
        self.finder = finder
        self.limits = Limits(relations={relation.id for relation in graph.relations})
        units = vectors(graph) / np.linalg.norm(vectors(graph), axis=1, keepdims=True)
        self.view = Links(graph, units).view(usable(graph, None), finder.max_fan)
        inner = self.view.inner.at(np.arange(graph.num_nodes))
        self.net: nx.DiGraph[Any] = nx.DiGraph()
        self.net.add_weighted_edges_from(
            zip(inner.owner.tolist(), inner.ends.tolist(), (-np.log(inner.strength)).tolist(), strict=True)
        )

    def prepared(self, question: Question) -> nx.DiGraph[Any]:
        """The graph for one question: from "start" over the history to "end", and no way through either."""
        _, liked, shares, item = question
        first = self.finder.graph.first("item")
        net, nodes = self.net.copy(), liked + first
        net.remove_nodes_from([*nodes.tolist(), item + first])
        given = np.maximum(shares, 1e-3 * shares.max())
        for node, share in zip(nodes.tolist(), given.tolist(), strict=True):
            net.add_edge("start", ("liked", node), weight=-math.log(share))
        ahead, back = self.view.open.at(nodes), self.view.open.at(np.array([item + first]))
        direct = self.view.direct.at(np.array([item + first]))
        for place, end, strength in zip(ahead.owner, ahead.ends.tolist(), ahead.strength, strict=True):
            if end not in nodes and end != item + first:
                net.add_edge(("liked", int(nodes[place])), end, weight=-math.log(strength))
        for end, strength in zip(back.ends.tolist(), back.strength, strict=True):
            if end not in nodes:
                net.add_edge(end, "end", weight=-math.log(strength))
        for end, strength in zip(direct.ends.tolist(), direct.strength, strict=True):
            if end in nodes:
                net.add_edge(("liked", end), "end", weight=-math.log(strength))
        return net

    def best(self, question: Question) -> list[float]:
        """Our weights."""
        person, liked, shares, item = question
        found = self.finder.best(liked, shares, item, k=PATHS, person=person, limits=self.limits)
        return [path.weight for path in found]


def every(net: nx.DiGraph[Any]) -> list[float]:
    """The ten best of all simple paths."""
    paths = nx.all_simple_edge_paths(net, "start", "end", cutoff=HOPS + 1)
    lengths = (sum(net.edges[edge]["weight"] for edge in path) for path in paths)
    return [math.exp(-length) for length in heapq.nsmallest(PATHS, lengths)]


def one_by_one(net: nx.DiGraph[Any]) -> list[float]:
    """The best ones of at most three hops of the shortest paths in turn."""
    paths = itertools.islice(nx.shortest_simple_paths(net, "start", "end", weight="weight"), GIVEN)
    short = itertools.islice((path for path in paths if len(path) <= HOPS + 2), PATHS)
    return [math.exp(-nx.path_weight(net, path, "weight")) for path in short]


def within(work: Callable[[], list[float]], seconds: float) -> list[float] | None:
    """What some work gives, None where it takes more of the processor's time."""

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return work()
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
