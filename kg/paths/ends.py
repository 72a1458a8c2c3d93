"""The two ends of a search: the first steps from where paths start, and the last two to where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kg.graph import BoolArray, FloatArray, IntArray
    from kg.paths.steps import Numbers, Rows, View

Places = tuple["BoolArray | None", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where paths start, and their first steps; the same for every target.

    Attributes:
        nodes: the starts, each once.
        index: row of each start in what was asked, shape (len(nodes),).
        inside: whether each node of the graph is a start, shape (num_nodes,).
        second: the nodes that one step leads to, ascending.
        slot: the row of each node of the graph in `second`, len(second) where it has none.
        indptr: where the first steps to each of the second nodes start and end, shape (len(second) + 1,).
        steps: the first steps; `owner` is the row of the start in `nodes`.
    """

    nodes: IntArray
    index: IntArray
    inside: BoolArray
    second: IntArray
    slot: Numbers
    indptr: IntArray
    steps: Rows

    @classmethod
    def of(cls, view: View, asked: IntArray, places: Places) -> Origin:
        """The first steps from some nodes, of which those may be there twice."""
        nodes, index = np.unique(asked, return_index=True)
        keep = allowed(places[0], nodes)
        nodes, index = nodes[keep], index[keep]
        inside = np.zeros(len(view.peaks), dtype=np.bool_)
        inside[asked] = True
        steps = view.open.at(nodes)
        steps = steps.where(~inside[steps.ends] & allowed(places[1], steps.ends))
        order = np.argsort(steps.ends, kind="stable")
        steps = steps.where(order)
        first = np.flatnonzero(np.diff(steps.ends, prepend=-1))
        second = steps.ends[first].astype(np.int64)
        slot = np.full(len(view.peaks), len(second), dtype=np.int32)
        slot[second] = np.arange(len(second))
        return cls(nodes, index, inside, second, slot, np.append(first, len(steps.ends)), steps)


@dataclass(frozen=True, slots=True)
class Reach:
    """How strong first steps are.

    Attributes:
        origin: where they start.
        shares: what each path from a start is multiplied by, 0 for no path, shape (len(origin.nodes),).
        first: the strength of each first step times its start's share, shape (len(origin.steps.ends),).
        best: of the strongest first step to each second node, and 0 at the end, shape (len(second) + 1,).
    """

    origin: Origin
    shares: FloatArray
    first: FloatArray
    best: FloatArray

    @classmethod
    def of(cls, origin: Origin, shares: FloatArray) -> Reach:
        """The reach of an origin with some shares."""
        first = shares[origin.steps.owner] * origin.steps.strength
        best = np.zeros(len(origin.second) + 1)
        if len(first):
            best[:-1] = np.maximum.reduceat(first, origin.indptr[:-1])
        return cls(origin, shares, first, best)


@dataclass(frozen=True, slots=True)
class Halves:
    """The last two steps of paths, by the node they start at, the strongest first.

    Attributes:
        middles: the nodes they start at, each once.
        indptr: where those of each are in the next ones, shape (len(middles) + 1,).
        weights, nodes: how strong, and over which node, shape (n,) each.
        codes, last: of the first and of the second step.
    """

    middles: IntArray
    indptr: IntArray
    weights: FloatArray
    nodes: IntArray
    codes: IntArray
    last: IntArray

    @classmethod
    def of(cls, last: Rows, steps: Rows) -> Halves:
        """From the last steps, and the steps from their ends back to the middle."""
        weights, nodes = last.strength[steps.owner] * steps.strength, last.ends[steps.owner]
        order = np.lexsort((-weights, steps.ends))
        first = np.flatnonzero(np.diff(steps.ends[order], prepend=-1))
        return cls(
            steps.ends[order][first],
            np.append(first, len(order)),
            weights[order],
            nodes[order],
            steps.codes[order] ^ 1,
            last.codes[steps.owner][order],
        )

    def best(self, group: IntArray, besides: IntArray) -> FloatArray:
        """The best weight from each middle over another node than one, 0 where there is none, shape (n,)."""
        first = self.indptr[group]
        taken = self.nodes[first] == besides
        place = first + taken
        found = place < self.indptr[group + 1]
        weights: FloatArray = np.where(found, self.weights[np.where(found, place, 0)], 0.0)
        return weights


def allowed(place: BoolArray | None, nodes: IntArray) -> BoolArray:
    """Whether each of some nodes may stand at a place of a path."""
    return np.ones(len(nodes), dtype=np.bool_) if place is None else place[nodes]
