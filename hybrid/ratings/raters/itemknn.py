"""How a person rated the items that are rated alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import sparse

from hybrid.ratings.base import Predict, Rater
from hybrid.ratings.features import with_unknown
from hybrid.ratings.raters.bias import Bias
from hybrid.scorers.neighbours import nearest

if TYPE_CHECKING:
    from hybrid.scorers.base import Resources
    from kg.graph import FloatArray, IntArray, KnowledgeGraph

_PAIRS = 8192


@dataclass(frozen=True)
class ItemKnn(Rater):
    """Item neighbourhoods on what the biases leave (Koren, "Factor in the neighbors", TKDD 2010).

        r(u, i) = b(u, i) + sum over j of s_ij (r(u, j) - b(u, j)) / (damping + sum over j of s_ij)

    j runs over the neighbours of i that u has rated. s_ij is the cosine of two items' residuals r - b over
    all people, times n_ij / (n_ij + shrinkage), where n_ij people rated both.

    Args:
        neighbours: of each item, those of the largest similarity above 0.
        shrinkage: draws similarities that few people stand behind to 0.
        damping: draws the sum to the bias where the person rated few neighbours.
    """

    name: ClassVar[str] = "itemknn"

    neighbours: int = 200
    shrinkage: float = 50.0
    damping: float = 0.1

    def learn(self, graph: KnowledgeGraph, resources: Resources) -> tuple[Predict, Rater]:
        """Similarities between all pairs of items that somebody rated both, the nearest kept."""
        baseline = Bias().fit(graph, resources).predict
        left = _residuals(graph, baseline)
        ones = sparse.csr_array((np.ones_like(left.data), left.indices, left.indptr), left.shape)
        near = self._similarities(left, ones)
        near, left, ones = (with_unknown(table) for table in (near, left, ones))

        def predict(users: IntArray, items: IntArray) -> FloatArray:
            predicted = baseline(users, items)
            for start in range(0, len(users), _PAIRS):
                part = slice(start, start + _PAIRS)
                weights, who = near[items[part]], users[part]
                pull = weights.multiply(left[who]).sum(axis=1)
                predicted[part] += pull / (self.damping + weights.multiply(ones[who]).sum(axis=1))
            return predicted

        return predict, self

    def _similarities(self, left: sparse.csr_array, ones: sparse.csr_array) -> sparse.csr_array:
        """The nearest items of every item, shape (num_items, num_items)."""
        lengths = np.sqrt(np.asarray(left.power(2).sum(axis=0)))
        unit = left @ sparse.diags_array(np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0))
        columns, seen = sparse.csr_array(unit.T), sparse.csr_array(ones.T)

        def block(rows: slice) -> sparse.csr_array:
            both = seen[rows] @ ones
            both.data = both.data / (both.data + self.shrinkage)
            return sparse.csr_array((columns[rows] @ unit).multiply(both))

        return nearest(block, left.shape[1], self.neighbours)


def _residuals(graph: KnowledgeGraph, baseline: Predict) -> sparse.csr_array:
    """Ratings without their bias, shape (num_users, num_items), float32; of a repeated one the last."""
    ratings = graph.ratings
    keys = ratings.users * graph.num_items + ratings.items
    last = len(keys) - 1 - np.unique(keys[::-1], return_index=True)[1]
    kept = ratings.take(last)
    left = (kept.weights - baseline(kept.users, kept.items)).astype(np.float32)
    return sparse.csr_array((left, (kept.users, kept.items)), shape=(graph.num_users, graph.num_items))
