"""Matrix factorization by Bayesian personalised ranking, by the `implicit` library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy import sparse
from threadpoolctl import threadpool_limits

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, binary, likes, seen_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph

_RIDGE = 1e-3  # of the map's mean square, for people fewer than factors


@dataclass(frozen=True)
class Bpr(Scorer):
    """BPR-MF (Rendle et al., UAI 2009): a liked item above a random one that is not liked.

    Only the items' factors are kept. Everybody, known or new, is placed by a linear map from the mean of the
    liked items' factors to the person's; it is learned by least squares from the factors that training gave
    people. Those themselves rank worse, for they fit each person's few likes too closely: on validation likes
    NDCG@10 was .084 with them and .098 with the map on colakg-lastfm, .089 and .110 on ml1m-pearlm.

    Args:
        embedding_size: number of factors, at least 1.
        regularization: weight of the L2 penalty, at least 0.
        learning_rate: of stochastic gradient descent.
        iterations: passes over the likes.
    """

    name: ClassVar[str] = "bpr"
    reason: ClassVar[str] = "you are likely to prefer it to others"
    kind: ClassVar[str] = "factors"
    baseline: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "regularization": (0.01, 0.03, 0.06),
        "learning_rate": (0.02, 0.05),
    }
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 8, "learning_rate": 0.1}
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"factors": (0,), "known": (0,)}

    embedding_size: int = 64
    regularization: float = 0.03
    learning_rate: float = 0.05
    iterations: int = 50
    factors: ScoreArray = field(init=False, repr=False, compare=False)
    placing: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Descend, on one thread so that the seed decides.

        Kept are the items' factors, shape (num_items, embedding_size + 1), the last being their bias, and the
        map, shape (embedding_size + 2, embedding_size + 1), whose last input is a constant.
        """
        matrix = likes(graph)
        people, factors = self._descend(matrix, resources.seed)
        trained = np.diff(matrix.indptr) > 0
        placing = _ridge(_means(matrix[trained], factors), people[trained])
        return self._fitted(factors=factors, placing=placing, known=seen_items(graph))

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of people and items; NaN without known likes and for items never seen."""
        means = _means(binary(profiles.matrix(len(self.known))), self.factors)
        scores = np.asarray(means @ self.placing @ self.factors.T, dtype=np.float32)
        return abstain(scores, profiles, self.known)

    def _descend(self, matrix: sparse.csr_array, seed: int) -> tuple[ScoreArray, ScoreArray]:
        """The factors of people and of items; zeros where nobody likes anything."""
        if not matrix.nnz:
            people, items = (np.zeros((size, self.embedding_size + 1), np.float32) for size in matrix.shape)
            return people, items
        model = BayesianPersonalizedRanking(
            factors=self.embedding_size,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            num_threads=1,
            random_state=seed,
        )
        with threadpool_limits(1, "blas"):  # as implicit asks, with a warning where it is not so
            model.fit(sparse.csr_matrix(matrix), show_progress=False)
        return np.asarray(model.user_factors), np.asarray(model.item_factors)


def _means(matrix: sparse.csr_array, factors: ScoreArray) -> ScoreArray:
    """The mean factors of the liked items, and 1; shape (n, embedding_size + 2)."""
    counts = np.maximum(np.diff(matrix.indptr), 1)[:, None].astype(np.float32)
    return np.column_stack([(matrix @ factors) / counts, np.ones(len(counts), np.float32)])


def _ridge(inputs: ScoreArray, targets: ScoreArray) -> ScoreArray:
    """The linear map from inputs to targets with the least squares, shape (inputs, targets)."""
    exact = inputs.astype(np.float64)
    gram = exact.T @ exact
    gram[np.diag_indices(len(gram))] += _RIDGE * max(np.trace(gram) / len(gram), 1e-12)
    return np.linalg.solve(gram, exact.T @ targets).astype(np.float32)
