"""Matrix factorization for likes, by the `implicit` library; people are folded in from their histories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, binary, likes, seen_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph


@dataclass(frozen=True)
class Als(Scorer):
    """Weighted matrix factorization by alternating least squares (Hu, Koren, Volinsky, ICDM 2008).

    Interactions are binarised; a like has the confidence 1 + alpha, all else 1. Only the items' factors are
    kept: the factors of a person, known or new, are solved from the history each time, so a known person's
    latest likes count at once.

    Args:
        embedding_size: number of factors, at least 1.
        regularization: weight of the L2 penalty, above 0.
        iterations: number of alternations.
        alpha: how much more a like counts than its absence, above 0.
    """

    name: ClassVar[str] = "als"
    reason: ClassVar[str] = "people with your taste"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "embedding_size": (64, 256),
        "regularization": (25.0, 50.0),
        "alpha": (1.0, 5.0, 20.0),
    }
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 8, "regularization": 1.0}

    embedding_size: int = 128
    regularization: float = 25.0
    iterations: int = 15
    alpha: float = 5.0
    factors: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Alternate, and keep the items' factors, shape (num_items, embedding_size)."""
        # implicit runs its own threads, each calling BLAS: more threads inside each make it ten times slower.
        with threadpool_limits(1, "blas"):
            model = self._model(resources.seed)
            model.fit(self._confidence(likes(graph)), show_progress=False)
        return self._fitted(factors=np.asarray(model.item_factors), known=seen_items(graph))

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of the factors folded in and the items'; NaN where it cannot tell."""
        history = self._confidence(binary(profiles.matrix(len(self.known))))
        with threadpool_limits(1, "blas"):
            model = self._model(seed=0)
            model.item_factors = self.factors
            people = model.recalculate_user(np.arange(len(profiles)), history)
        return abstain(people @ self.factors.T, profiles, self.known)

    def _model(self, seed: int) -> AlternatingLeastSquares:
        return AlternatingLeastSquares(
            factors=self.embedding_size,
            regularization=self.regularization,
            iterations=self.iterations,
            random_state=seed,
        )

    def _confidence(self, matrix: sparse.csr_array) -> sparse.csr_matrix:
        """What implicit calls Cui: the confidence of the likes, in the matrix type that it reads."""
        data = np.full(matrix.nnz, 1.0 + self.alpha, dtype=np.float32)
        parts = (data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32))
        return sparse.csr_matrix(parts, shape=matrix.shape)
