"""RP3beta: where a walk of three steps from a person ends, less the pull of the popular."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import sparse

from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes, seen_items
from hybrid.scorers.neighbours import nearest, neighbour_shares, score_neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Rp3Beta(Scorer):
    """Random walk person -> item -> person -> item (Paudel et al., TiiS 2017), on binarised interactions.

    The step probabilities 1 / degree are raised to `alpha` and the walk's end is divided by its degree to the
    power `beta`, which keeps the popular from winning always.

    Args:
        alpha: exponent of the step probabilities, above 0; 1 is a plain walk.
        beta: how much popularity is discounted, at least 0.
        neighbours: how many ends are kept for each item, at least 1.
    """

    name: ClassVar[str] = "rp3beta"
    reason: ClassVar[str] = "it is three steps away from you in the network of likes"
    kind: ClassVar[str] = "neighbours"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "alpha": (0.3, 0.6),
        "beta": (0.3, 0.5, 0.7),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"weights": (0, 1), "known": (0,)}

    alpha: float = 0.6
    beta: float = 0.5
    neighbours: int = 1000
    weights: sparse.csr_array = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Walk two steps from every item and keep the most probable ends."""
        matrix = likes(graph)
        people = matrix.T.tocsr()
        item_degrees = np.maximum(np.diff(people.indptr), 1)
        to_person = _scaled(people, item_degrees**-self.alpha)
        to_item = _scaled(matrix, np.maximum(np.diff(matrix.indptr), 1) ** -self.alpha)
        to_item.data *= (item_degrees**-self.beta)[to_item.indices].astype(np.float32)
        weights = nearest(lambda block: to_person[block] @ to_item, graph.num_items, self.neighbours)
        return self._fitted(weights=weights, known=seen_items(graph))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed weights of the walks from the liked items; NaN where it cannot tell."""
        return score_neighbours(profiles, self.weights, self.known)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        return neighbour_shares(self.weights, person.items, items)


def _scaled(matrix: sparse.csr_array, factors: np.ndarray) -> sparse.csr_array:
    data = matrix.data * np.repeat(factors, np.diff(matrix.indptr)).astype(np.float32)
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
