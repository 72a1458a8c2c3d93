"""ItemKNN: items liked by the same people are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes, seen_items
from hybrid.scorers.neighbours import cosines, nearest, neighbour_shares, score_neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class ItemKnn(Scorer):
    """Cosine of the items' binarised columns with shrinkage, over the nearest neighbours of each item.

    sim(i, j) = |both| / (sqrt(|i| |j|) + shrinkage), after Sarwar et al. (WWW 2001); an item's score is the
    sum over those of its `neighbours` nearest items that the person likes.

    Args:
        neighbours: how many nearest items an item is scored from, at least 1.
        shrinkage: in people; pulls similarities that rest on few of them towards 0, at least 0.
    """

    name: ClassVar[str] = "itemknn"
    reason: ClassVar[str] = "people who like what you like also like it"
    kind: ClassVar[str] = "neighbours"
    baseline: ClassVar[bool] = True
    usual: ClassVar[bool] = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "neighbours": (100, 500, 3000),
        "shrinkage": (0.0, 10.0),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"weights": (0, 1), "known": (0,)}

    neighbours: int = 500
    shrinkage: float = 10.0
    weights: sparse.csr_array = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Find the nearest neighbours of every item."""
        matrix = likes(graph)
        people = matrix.T.tocsr()
        counts = np.diff(people.indptr)

        def similarity(block: slice) -> sparse.csr_array:
            return cosines(people[block] @ matrix, counts[block], counts, self.shrinkage)

        return self._fitted(
            weights=nearest(similarity, graph.num_items, self.neighbours).T.tocsr(), known=seen_items(graph)
        )

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed similarities to the liked items; NaN without known likes and for items never seen."""
        return score_neighbours(profiles, self.weights, self.known)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        return neighbour_shares(self.weights, person.items, items)
