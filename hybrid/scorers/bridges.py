"""Two-step walks between items, as the product of two sparse matrices that meet at the nodes between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from kg.graph import FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Bridge:
    """Weights of the walks item -> node -> item; what leads an item to itself is left out of `total`.

    Attributes:
        start: first steps, shape (num_items, num_nodes_between).
        end: second steps, by the item they end at, shape (num_items, num_nodes_between).
    """

    start: sparse.csr_array
    end: sparse.csr_array

    @property
    def total(self) -> float:
        """The sum over all pairs of two items."""
        start, end = self.start.astype(np.float64), self.end.astype(np.float64)
        return float(start.sum(axis=0) @ end.sum(axis=0) - start.multiply(end).sum())

    def weighing(self, weight: float, size: int) -> Bridge:
        """The same walks with a total of weight * size among the first `size` items, or of 0."""
        return Bridge(sparse.csr_array(self.start * self.factor(weight, size)), self.end)

    def factor(self, weight: float, size: int) -> float:
        """What brings the total among the first `size` items to weight * size; 0 where there is none."""
        total = Bridge(self.start[:size], self.end[:size]).total
        return weight * size / total if total > 0 else 0.0

    def to(self, targets: slice | IntArray) -> sparse.csr_array:
        """The weights of the walks that end at some items, shape (number of targets, num_items)."""
        return sparse.csr_array(self.end[targets] @ self.start.T)

    def through(self, sources: IntArray, target: int) -> sparse.coo_array:
        """The weight of each walk from some items to one, shape (len(sources), num_nodes_between)."""
        last = self.end[[target]].toarray().ravel().astype(np.float64)
        return sparse.coo_array(self.start[sources].astype(np.float64) @ sparse.diags_array(last))


def scaled(
    matrix: sparse.csr_array, rows: FloatArray | float = 1.0, columns: FloatArray | float = 1.0
) -> sparse.csr_array:
    """A csr matrix with rows and columns multiplied by factors, float32."""
    row_factors = np.broadcast_to(rows, matrix.shape[:1])
    column_factors = np.broadcast_to(columns, matrix.shape[1:])
    factors = np.repeat(row_factors, np.diff(matrix.indptr)) * column_factors[matrix.indices]
    data = (matrix.data * factors).astype(np.float32)
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def power(degrees: IntArray, exponent: float) -> FloatArray:
    """The degrees raised to an exponent, with 1 for a degree of 0."""
    powers: FloatArray = np.maximum(degrees, 1).astype(np.float64) ** exponent
    return powers


def item_facts(graph: KnowledgeGraph) -> tuple[sparse.csr_array, IntArray]:
    """What is said of items: a column per directed relation and node at its other end.

    Returns:
        Shape (num_items, n): for each item 1 / sqrt(number of its facts of that relation * number of its
        relations), so that every relation of an item weighs the same however many facts it has; and the
        graph's number of the node of each column, shape (n,).
    """
    facts = _facts(graph)
    columns, column = np.unique(_keys(facts, graph), return_inverse=True)
    pairs, pair, sizes = np.unique(
        facts[0] * (2 * len(graph.relations)) + facts[1], return_inverse=True, return_counts=True
    )
    relations = np.bincount(pairs // max(2 * len(graph.relations), 1), minlength=graph.num_items)
    weights = 1 / np.sqrt(sizes[pair] * relations[facts[0]])
    matrix = sparse.csr_array(
        (weights.astype(np.float32), (facts[0], column)), shape=(graph.num_items, len(columns))
    )
    return matrix, columns % graph.num_nodes


class Lost(NamedTuple):
    """Cells of `item_facts` that a graph with fewer facts has not: their rows and columns, and its shape."""

    rows: IntArray
    columns: IntArray
    shape: tuple[int, int]


def lost_facts(before: KnowledgeGraph, after: KnowledgeGraph) -> Lost | None:
    """What of `item_facts(before)` another graph has not; None where it has a fact that the first has not."""
    one, other = _facts(before), _facts(after)
    columns = np.unique(_keys(one, before))
    size = len(columns)
    cells = one[0] * size + np.searchsorted(columns, _keys(one, before))
    left = other[0] * size + np.minimum(np.searchsorted(columns, _keys(other, after)), size - 1)
    if not np.isin(_keys(other, after), columns).all() or not np.isin(left, cells).all():
        return None
    lost = np.setdiff1d(cells, left)
    return Lost(lost // max(size, 1), lost % max(size, 1), (before.num_items, size))


def _facts(graph: KnowledgeGraph) -> IntArray:
    """Rows of items, directed relations and other ends, each fact once and in order, shape (3, n)."""
    rows, relations, others = graph.facts_of("item")
    width = 2 * len(graph.relations) * graph.num_nodes
    keys = np.unique(rows * width + relations * graph.num_nodes + others)
    rest = keys % max(width, 1)
    return np.stack([keys // max(width, 1), rest // graph.num_nodes, rest % graph.num_nodes])


def _keys(facts: IntArray, graph: KnowledgeGraph) -> IntArray:
    """One number for the directed relation and the other end of each fact."""
    return np.asarray(facts[1] * graph.num_nodes + facts[2])
