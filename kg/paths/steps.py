"""The steps a path can take: every fact and like from both ends, with its strength, as CSR arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kg import words

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph
    from kg.paths.people import Likes

    Numbers = npt.NDArray[np.signedinteger[Any]]  # of 32 or of 64 bits

_LEAST_CLOSENESS = 0.01
_CHUNK = 1 << 18  # rows of vectors multiplied at a time, so that they fit in memory twice


class Rows(NamedTuple):
    """Steps out of some nodes, shape (n,) each: which of the nodes, where to, how strong, by what code."""

    owner: IntArray
    ends: Numbers
    strength: FloatArray
    codes: Numbers

    def where(self, keep: BoolArray | IntArray) -> Rows:
        """Those of a mask, or those at some places in their order."""
        return Rows(self.owner[keep], self.ends[keep], self.strength[keep], self.codes[keep])


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps by the node they start at, ascending by their ends; at most one from a node to another.

    Attributes:
        indptr: where each node's steps start and end in the next ones, shape (num_nodes + 1,).
        ends, strength, codes: of the steps.
        usable: which of them there are; all where None.
    """

    indptr: IntArray
    ends: Numbers
    strength: FloatArray
    codes: Numbers
    usable: BoolArray | None = None

    def at(self, nodes: IntArray) -> Rows:
        """The steps that start at these nodes."""
        index, owner = spans(self.indptr, nodes)
        if self.usable is not None:
            keep = self.usable[index]
            index, owner = index[keep], owner[keep]
        return Rows(owner, self.ends[index], self.strength[index], self.codes[index])

    def of(self, node: int) -> Rows:
        """The steps that start at one node."""
        rows = slice(self.indptr[node], self.indptr[node + 1])
        ends = self.ends[rows]
        found = Rows(np.zeros(len(ends), dtype=np.int64), ends, self.strength[rows], self.codes[rows])
        return found if self.usable is None else found.where(self.usable[rows])

    def packed(self, keep: BoolArray) -> Steps:
        """The steps to be kept, in arrays of their own."""
        if keep.all():
            return Steps(self.indptr, self.ends, self.strength, self.codes)
        indptr = np.concatenate([[0], np.cumsum(keep)])[self.indptr]
        return Steps(indptr, self.ends[keep], self.strength[keep], self.codes[keep])

    def degrees(self, nodes: IntArray) -> IntArray:
        """How many steps start at each node."""
        return self.indptr[nodes + 1] - self.indptr[nodes]

    def peaks(self) -> FloatArray:
        """The strength of the strongest step at each node, 0 without any, shape (num_nodes,)."""
        peaks = np.zeros(len(self.indptr) - 1)
        some = np.flatnonzero(np.diff(self.indptr))
        if len(some):
            peaks[some] = np.maximum.reduceat(self.strength, self.indptr[some])
        return peaks


@dataclass(frozen=True, slots=True)
class View:
    """The steps that some limits leave.

    Attributes:
        direct: all, for a path of one step.
        open: those whose end may be walked through by them.
        inner: those both ends of which may be walked through by them.
        peaks: the strength of the strongest inner step of each node.
    """

    direct: Steps
    open: Steps
    inner: Steps
    peaks: FloatArray


class Links:
    """Every step of a graph; the code of one is twice its relation, plus 1 against it, and below 0 for likes.

    A fact or like that the graph holds twice counts once.

    Args:
        graph: its facts.
        units: a unit vector per node, shape (num_nodes, size).
        likes: also take these likes as steps; None for the facts alone.
    """

    def __init__(
        self, graph: KnowledgeGraph, units: npt.NDArray[np.float32], likes: Likes | None = None
    ) -> None:
        heads, relations, tails = graph.edges.heads, graph.edges.relations, graph.edges.tails
        if likes is not None:
            heads = np.concatenate([heads, likes.users])
            tails = np.concatenate([tails, likes.items + graph.first("item")])
            relations = np.concatenate([relations, np.full(len(likes.users), words.LIKES // 2)])
        size, width = graph.num_nodes, 2 * len(graph.relations) + 2
        shifted = np.concatenate([2 * relations, 2 * relations + 1]) + 2
        keys = np.concatenate([heads, tails]) * size + np.concatenate([tails, heads])
        keys = np.sort(keys * width + shifted)  # far faster than numpy's own sets
        keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
        pairs, shifted = np.divmod(keys, width)
        starts, ends = np.divmod(pairs, size)
        self.first = np.flatnonzero(np.diff(pairs, prepend=-1))  # of the steps between the same two nodes
        self.indptr = np.searchsorted(starts, np.arange(size + 1))
        self.starts, self.ends = starts.astype(np.int32), ends.astype(np.int32)
        self.codes = (shifted - 2).astype(np.int32)
        self.closeness = closeness(units, starts, ends).astype(np.float32)
        roles, group = np.unique(starts * width + shifted, return_inverse=True)
        self._group = group.astype(np.int32)
        opposite = ends * width + ((shifted - 2) ^ 1) + 2
        self._opposite = np.searchsorted(roles, opposite).astype(np.int32)
        self.roles = np.stack([roles // width, roles % width - 2])
        self._likes, self._first_item = likes, graph.first("item")

    def view(self, relations: BoolArray, max_fan: int, before: float | None = None) -> View:
        """The steps that are left by some limits.

        Args:
            relations: whether each relation may be used, and at the end whether likes may.
            max_fan: a node with more steps of one code is not walked through by it.
            before: likes count from before this time only; all where None.
        """
        live = self._live(before)
        fans = np.bincount(self._group[live], minlength=self.roles.shape[1])
        here, there = fans[self._group], fans[self._opposite]
        strength = self.closeness / np.sqrt(np.maximum(here * there, 1).astype(np.float64))
        allowed = live & (self.starts != self.ends) & relations[self.codes // 2]
        through = allowed & (there <= max_fan)
        whole = Steps(self.indptr, self.ends, strength, self.codes)
        direct, opened, inner = (
            self._strongest(strength, keep) for keep in (allowed, through, through & (here <= max_fan))
        )
        packed = whole.packed(inner)
        arrays = (self.indptr, self.ends, strength, self.codes)
        return View(Steps(*arrays, direct), Steps(*arrays, opened), packed, packed.peaks())

    def others(self, node: int, code: int) -> IntArray:
        """The other ends of a node's steps of one code."""
        rows = slice(self.indptr[node], self.indptr[node + 1])
        others: IntArray = self.ends[rows][self.codes[rows] == code].astype(np.int64)
        return others

    def _live(self, before: float | None) -> BoolArray:
        live = np.ones(len(self.starts), dtype=np.bool_)
        if before is None or self._likes is None:
            return live
        rows = np.flatnonzero(self.codes < 0)
        forward = self.codes[rows] == words.LIKES
        users = np.where(forward, self.starts[rows], self.ends[rows])
        nodes = np.where(forward, self.ends[rows], self.starts[rows])
        live[rows] = self._likes.times_of(users, nodes - self._first_item) < before
        return live

    def _strongest(self, strength: FloatArray, keep: BoolArray) -> BoolArray:
        """Of the steps to be kept, the strongest between each two nodes; of equal ones the first."""
        if len(self.first) == len(keep) or not len(keep):
            return keep
        held = np.where(keep, strength, -1.0)
        sizes = np.diff(self.first, append=len(held))
        peaks = np.repeat(np.maximum.reduceat(held, self.first), sizes)
        best = np.flatnonzero(keep & (held == peaks))
        groups = np.repeat(np.arange(len(sizes)), sizes)[best]
        chosen = np.zeros(len(keep), dtype=np.bool_)
        chosen[best[np.flatnonzero(np.diff(groups, prepend=-1))]] = True
        return chosen


def closeness(units: npt.NDArray[np.float32], here: IntArray, there: IntArray) -> FloatArray:
    """The cosine of each two nodes, at least 0.01, shape (n,)."""
    result = np.empty(len(here))
    for start in range(0, len(here), _CHUNK):
        rows = slice(start, start + _CHUNK)
        result[rows] = np.einsum("nd,nd->n", units[here[rows]], units[there[rows]])
    return np.maximum(result, _LEAST_CLOSENESS)


def spans(indptr: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """The places of some rows of a CSR array, and which of the rows each belongs to."""
    starts = indptr[rows]
    sizes = indptr[rows + 1] - starts
    owner = np.repeat(np.arange(len(rows)), sizes)
    return np.arange(len(owner)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes), owner
