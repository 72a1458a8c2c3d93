"""EASE for catalogs too large for a dense item-item matrix: its closed form in a space of few directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybrid.scorers.base import ScoreArray, among_all

if TYPE_CHECKING:
    from scipy import sparse

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray

_SPARE = 32  # directions beyond those asked for, which make the last ones asked for exact
_ROUNDS = 4
_BLOCK = 32_768


def low_rank_factors(matrix: sparse.csr_array, regularization: float, rank: int, seed: int = 0) -> ScoreArray:
    """EASE's weights between items as factors F, without ever writing an item-item matrix.

    With X'X = V diag(e) V' kept to its largest eigenvalues, Woodbury's identity gives EASE's
    P = (X'X + regularization I)^-1 = (I - FF') / regularization, F = V sqrt(e / (e + regularization)); its
    B = I - P / diag(P) is then (FF' - diag(FF')) / (1 - diag(FF')), a division by columns. With full rank it
    is EASE itself. V comes from subspace iteration on random vectors (Halko, Martinsson, Tropp, SIAM Review
    2011) on the items' side alone, which needs less memory than a whole singular value decomposition.

    Args:
        matrix: who liked what (X), shape (num_users, num_items).
        regularization: above 0.
        rank: directions to keep, at least 1; all of them where there are fewer.
        seed: for the random vectors.

    Returns:
        F, shape (num_items, at most rank), float32, in C order.

    Raises:
        ValueError: regularization is not above 0, or rank is below 1.
    """
    if regularization <= 0 or rank < 1:
        raise ValueError(
            f"low-rank EASE needs a regularization above 0 and a rank of at least 1, not "
            f"{regularization} and {rank}"
        )
    size = matrix.shape[1]
    width = min(size, rank + _SPARE)
    basis = np.random.default_rng(seed).standard_normal((size, width), dtype=np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(_gram_times(matrix, basis))[0]
    values, rotation = np.linalg.eigh((basis.T @ _gram_times(matrix, basis)).astype(np.float64))
    kept = slice(None, None if width <= rank else width - rank - 1, -1)
    values, rotation = np.maximum(values[kept], 0.0), rotation[:, kept]
    rotation *= np.sqrt(values / (values + regularization))
    return np.ascontiguousarray(basis @ rotation.astype(np.float32))


def spread_low_rank(
    history: sparse.csr_array, factors: ScoreArray, known: BoolArray, profiles: Profiles
) -> ScoreArray:
    """What the liked items give to all others: history @ B for the B that the factors stand for.

    Args:
        history: the profiles' liked items, shape (n, num_items), float32.
        factors: of the m known items, shape (m, rank).
        known: which items those are, shape (num_items,).
        profiles: n people.

    Returns:
        Scores, shape (n, num_items), float32; NaN where `abstain` says so.
    """
    liked = history[:, known]
    own = np.square(factors).sum(axis=1)
    given = (liked @ factors) @ factors.T
    rows = np.repeat(np.arange(len(profiles)), np.diff(liked.indptr))
    given[rows, liked.indices] -= liked.data * own[liked.indices]
    return among_all(given / (1.0 - own), known, profiles)


def _gram_times(matrix: sparse.csr_array, basis: ScoreArray) -> ScoreArray:
    """X'X @ basis, block by block of people, so that nothing grows with their number."""
    total = np.zeros_like(basis)
    for start in range(0, matrix.shape[0], _BLOCK):
        block = matrix[start : start + _BLOCK]
        total += block.T @ (block @ basis)
    return total
