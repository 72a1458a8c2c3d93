"""Matrix factorization for likes, by the `implicit` library; people are folded in from their histories."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from implicit.cpu.als import AlternatingLeastSquares
from scipy import linalg, sparse
from threadpoolctl import ThreadpoolController, threadpool_limits

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, likes, seen_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Als(Scorer):
    """Weighted matrix factorization by alternating least squares (Hu, Koren, Volinsky, ICDM 2008).

    Interactions are binarised; a like has the confidence 1 + alpha, all else 1. Only the items' factors are
    kept: the factors of a person, known or new, are solved from the history each time, so a known person's
    latest likes count at once.

    With many factors this is still among the best of collaborative filters (Rendle et al., "Revisiting the
    performance of iALS on item recommendation benchmarks", RecSys 2022): the grid goes up to 512. It has the
    sizes last, so that the dear ones are fitted once each, with a penalty chosen at the default size.

    Args:
        embedding_size: number of factors, at least 1; time grows with its square.
        regularization: weight of the L2 penalty, above 0.
        iterations: number of alternations.
        alpha: how much more a like counts than its absence, above 0.
    """

    name: ClassVar[str] = "als"
    reason: ClassVar[str] = "people with your taste like it"
    kind: ClassVar[str] = "factors"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "regularization": (10.0, 25.0, 50.0, 100.0),
        "alpha": (2.0, 5.0, 10.0, 20.0),
        "embedding_size": (64, 256, 512),
    }
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 8, "regularization": 1.0}
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"factors": (0,), "known": (0,)}

    embedding_size: int = 128
    regularization: float = 25.0
    iterations: int = 15
    alpha: float = 5.0
    factors: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Alternate, and keep the items' factors, shape (num_items, embedding_size), whitened.

        Whitened: with Y'Y + regularization I = LL', where Y are the factors as learned, they are Y / L'. All
        products of people and items stay what they are, and nobody needs L again to be solved for.
        """
        # implicit runs its own threads, each calling BLAS: more threads inside each make it ten times slower.
        with threadpool_limits(1, "blas"):
            model = self._model(resources.seed)
            model.fit(self._confidence(likes(graph)), show_progress=False)
        return self._fitted(
            factors=whitened(np.asarray(model.item_factors), self.regularization), known=seen_items(graph)
        )

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of the factors folded in and the items'; NaN where it cannot tell."""
        return abstain(self.fold_in(profiles) @ self.factors.T, profiles, self.known)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        shares = shares_of(self.factors[person.items], self.factors[items].T, self.alpha)
        told = self.known[person.items][:, None] & self.known[items]
        return np.where(told, shares, np.float32(0))

    def fold_in(self, profiles: Profiles) -> ScoreArray:
        """The factors of people by what they like, shape (len(profiles), embedding_size)."""
        people = np.zeros((len(profiles), self.embedding_size), dtype=np.float32)
        with _threads().limit(limits=1, user_api="blas"):
            for row in range(len(profiles)):
                people[row] = self._person(self.factors[np.unique(profiles.history(row))])
        return people

    def with_factors(self, factors: ScoreArray, known: BoolArray) -> Self:
        """The same with other items, where their factors come from elsewhere; shape (num_items, size)."""
        return replace(self, embedding_size=factors.shape[1])._fitted(factors=factors, known=known)

    def _person(self, liked: ScoreArray) -> ScoreArray:
        """The factors x of a person: (I + alpha Z'Z) x = (1 + alpha) Z'1 for the liked items' factors Z.

        Z' (I + alpha ZZ')^-1 = (I + alpha Z'Z)^-1 Z', so the smaller of the two systems is solved: for most
        people their few likes and not the many factors say what it costs.
        """
        likes, factors = liked.shape
        ones = np.full(likes, 1.0 + self.alpha, dtype=np.float32)
        if likes < factors:
            return liked.T @ linalg.solve(_penalised(liked @ liked.T, self.alpha), ones, assume_a="pos")
        return linalg.solve(_penalised(liked.T @ liked, self.alpha), liked.T @ ones, assume_a="pos")

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


def shares_of(liked: ScoreArray, wanted: ScoreArray, alpha: float) -> ScoreArray:
    """What each like gives to scores.

    With the factors Z of what is liked, a score is (1 + alpha) 1'Z (I + alpha Z'Z)^-1 y: a sum over the rows
    of Z, which is how Hu, Koren and Volinsky explain one (section 5). Where likes are fewer than factors,
    (I + alpha Z'Z)^-1 y = y - alpha Z' (I + alpha ZZ')^-1 Z y.

    Args:
        liked: Z, whitened, shape (number of likes, embedding_size).
        wanted: the factors of the scored items, shape (embedding_size, n).
        alpha: how much more a like counts than its absence.

    Returns:
        Shape (number of likes, n), float32.
    """
    likes, factors = liked.shape
    with _threads().limit(limits=1, user_api="blas"):
        if likes < factors:
            alike = liked @ liked.T
            inner = linalg.solve(_penalised(alike.copy(), alpha), liked @ wanted, assume_a="pos")
            near = liked @ wanted - np.float32(alpha) * (alike @ inner)
        else:
            near = liked @ linalg.solve(_penalised(liked.T @ liked, alpha), wanted, assume_a="pos")
    return np.asarray((1.0 + alpha) * near, dtype=np.float32)


def whitened(factors: ScoreArray, regularization: float) -> ScoreArray:
    """Factors Y divided by L', where LL' = Y'Y + regularization I; shape (num_items, embedding_size)."""
    exact = factors.astype(np.float64)
    lower = linalg.cholesky(_penalised(exact.T @ exact, 1.0, regularization), lower=True)
    return np.ascontiguousarray(linalg.solve_triangular(lower, exact.T, lower=True).T, dtype=np.float32)


@cache
def _threads() -> ThreadpoolController:
    """What sets numbers of threads; to look for the libraries each time takes milliseconds."""
    return ThreadpoolController()


def _penalised(gram: npt.NDArray[Any], scale: float, penalty: float = 1.0) -> npt.NDArray[Any]:
    """The matrix scale * gram + penalty * I, written over gram."""
    gram *= scale
    gram[np.diag_indices(len(gram))] += penalty
    return gram
