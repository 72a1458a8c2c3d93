"""EASE: which items go with which, as the closed-form solution of a linear autoencoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.linalg import LinAlgError, lapack

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, binary, likes, seen_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph

_DOUBLE_UP_TO = 5_000  # items; beyond, float64 costs twice the time and gigabytes, and changes no ranking
_BLOCK = 1_024


@dataclass(frozen=True)
class Ease(Scorer):
    """Embarrassingly shallow autoencoder (Steck, WWW 2019): score = history @ B, B without a diagonal.

    Interactions are binarised: liked or not. Time and memory grow with the cube and the square of the number
    of items, whatever the number of people.

    Args:
        regularization: weight of the L2 penalty on B, above 0; the sparser the data, the larger.
    """

    name: ClassVar[str] = "ease"
    reason: ClassVar[str] = "goes together with what you like"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"regularization": (30.0, 100.0, 300.0, 1000.0, 3000.0)}

    regularization: float = 300.0
    weights: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Solve for the weights between the m items that were seen, shape (m, m)."""
        known = seen_items(graph)
        return self._fitted(weights=item_weights(likes(graph)[:, known], self.regularization), known=known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed weights from the liked items; NaN without known likes and for items never seen."""
        return spread(binary(profiles.matrix(len(self.known))), self.weights, self.known, profiles)


def item_weights(matrix: sparse.csr_array, regularization: float) -> ScoreArray:
    """B = I - P / diag(P) with P = inverse(X'X + regularization I), by Cholesky factors in place.

    Args:
        matrix: who liked what (X), shape (num_users, num_items).
        regularization: above 0.

    Returns:
        B, shape (num_items, num_items), float32, row: from the liked item, column: to the scored one.

    Raises:
        ValueError: regularization is not above 0.
        LinAlgError: it is so small that the matrix cannot be inverted.
    """
    if regularization <= 0:
        raise ValueError(f"EASE needs a regularization above 0, not {regularization}")
    size = matrix.shape[1]
    if not size:
        return np.zeros((0, 0), dtype=np.float32)
    gram = _gram(matrix, np.float64 if size <= _DOUBLE_UP_TO else np.float32)
    gram[np.diag_indices(size)] += regularization
    inverse = _inverse(gram)
    inverse /= -inverse.diagonal()
    weights: ScoreArray = inverse.astype(np.float32, copy=False)
    np.fill_diagonal(weights, 0.0)
    return weights


def spread(
    history: sparse.csr_array, weights: ScoreArray, known: BoolArray, profiles: Profiles
) -> ScoreArray:
    """What the liked items give to all others: history @ weights.

    Args:
        history: the profiles' liked items, shape (n, num_items), float32.
        weights: between the m known items, shape (m, m).
        known: which items those are, shape (num_items,).
        profiles: n people.

    Returns:
        Scores, shape (n, num_items), float32; NaN where `abstain` says so.
    """
    scores = np.zeros(history.shape, dtype=np.float32)
    scores[:, known] = history[:, known] @ weights
    return abstain(scores, profiles, known)


def _gram(matrix: sparse.csr_array, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    size = matrix.shape[1]
    gram = np.empty((size, size), dtype=dtype)
    transposed = matrix.T.tocsr()
    for start in range(0, size, _BLOCK):
        gram[start : start + _BLOCK] = (transposed[start : start + _BLOCK] @ matrix).toarray()
    return gram


def _inverse(gram: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The inverse of a symmetric positive definite matrix, written over it."""
    double = gram.dtype == np.float64
    factorize, invert = (lapack.dpotrf, lapack.dpotri) if double else (lapack.spotrf, lapack.spotri)
    # The transpose of a C-ordered symmetric matrix is itself in Fortran order, so nothing is copied.
    inverse: npt.NDArray[Any]
    factor, failed = factorize(gram.T, lower=True, overwrite_a=True, clean=False)
    inverse, failed_too = invert(factor, lower=True, overwrite_c=True)
    if failed or failed_too:
        raise LinAlgError("the item-item matrix is not positive definite: raise the regularization")
    whole = inverse.T  # in C order again, with only its upper triangle filled
    for start in range(0, len(whole), _BLOCK):
        block, rest = slice(start, start + _BLOCK), slice(start + _BLOCK, None)
        corner = whole[block, block]
        corner[:] = np.triu(corner) + np.triu(corner, 1).T
        whole[rest, block] = whole[block, rest].T
    return whole
