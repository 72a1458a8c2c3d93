"""EASE: which items go with which, as the closed-form solution of a linear autoencoder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import LinAlgError, lapack

from hybrid.scorers.attributes import attributes_of_known, shared_attributes
from hybrid.scorers.base import Resources, ScoreArray, Scorer, among_all, binary, known_shares, likes
from hybrid.scorers.lowrank import low_rank_factors, spread_low_rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

_DOUBLE_UP_TO = 5_000  # items; beyond, float64 costs twice the time and gigabytes, and changes no ranking
_BLOCK = 1_024


@dataclass(frozen=True)
class Ease(Scorer):
    """Embarrassingly shallow autoencoder (Steck, WWW 2019): score = history @ B, B without a diagonal.

    Interactions are binarised: liked or not. Time and memory grow with the cube and the square of the number
    of items, whatever the number of people. Where there are more than `dense_up_to` items, B is kept as
    factors (see `low_rank_factors`) and both grow with the number of items only.

    What items have in common by the facts stands beside the likes as further rows, as if entities were people
    (collective EASE; Jeunen, Van Balen and Goethals, RecSys 2020). An item without likes but with such facts
    gets a score by them, also one that joins later (see `grown`).

    Args:
        regularization: weight of the L2 penalty on B, above 0; the sparser the data, the larger.
        attributes: weight of the facts' rows beside the likes', at least 0; 0 leaves them out.
        dense_up_to: the most items for which B is written out: at 50,000 it takes 10 GB.
        rank: number of factors beyond, at least 1.
    """

    name: ClassVar[str] = "ease"
    reason: ClassVar[str] = "it goes together with what you like"
    kind: ClassVar[str] = "neighbours"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "regularization": (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0),
        "attributes": (0.0, 0.3, 1.0, 3.0, 10.0, 30.0),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"known": (0,), "links": (1,)}

    regularization: float = 300.0
    attributes: float = 1.0
    dense_up_to: int = 50_000
    rank: int = 512
    weights: ScoreArray = field(init=False, repr=False, compare=False)
    factors: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)
    diagonal: ScoreArray = field(init=False, repr=False, compare=False)
    links: sparse.csr_array = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Solve for the weights between the m items with likes or facts, shape (m, m), or for their factors.

        Raises:
            ValueError: an option is out of its range.
        """
        rows = self._rows(graph)
        known = np.bincount(rows.indices, minlength=graph.num_items) > 0
        rows = rows[:, known]
        weights = factors = np.zeros((0, 0), dtype=np.float32)
        if rows.shape[1] <= self.dense_up_to:
            weights, diagonal = solved(rows, self.regularization)
        else:
            factors = low_rank_factors(rows, self.regularization, self.rank, resources.seed)
            diagonal = (1.0 - np.square(factors).sum(axis=1)) / np.float32(self.regularization)
        links = sparse.csr_array((0, graph.num_items), dtype=np.float32)
        return self._fitted(weights=weights, factors=factors, known=known, diagonal=diagonal, links=links)

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        r"""A fitted copy that scores new items by the facts that they share with the known ones.

        A column of EASE is the ridge regression of one item's rows on all others'. That of a new item j,
        which nobody likes, needs nothing else than P = (X'X + \lambda I)^-1 of the known items:
        b_j = P A' a_j, where A are the facts' rows of the known items and a_j those of the new one. With
        P = (I - B) diag(P),

        .. math:: h b_j = ((h - h B) \circ diag(P)) A' a_j

        so that only diag(P) and the facts are kept beside B. Were everything learned again, the entities of j
        would count one item more in X, and j would take a little of the others' weights: nothing else.
        """
        grown = super().grown(graph, resources)
        if not self.attributes:
            return grown
        facts = attributes_of_known(graph, grown.known) * np.float32(np.sqrt(self.attributes))
        return grown._changed(links=sparse.csr_array(facts))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed weights from the liked items; NaN without known likes and for items never seen."""
        history = binary(profiles.matrix(len(self.known)))
        if len(self.factors):
            scores = spread_low_rank(history, self.factors, self.known, profiles)
        else:
            scores = spread(history, self.weights, self.known, profiles)
        new = np.bincount(self.links.indices, minlength=len(self.known)).astype(np.bool_) & ~self.known
        if new.any():
            left = (history[:, self.known].toarray() - scores[:, self.known]) * self.diagonal
            scores[:, new] = left @ self.links[:, self.known].T @ self.links[:, new]
        return scores

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        if len(self.weights) and self.known[items].all():
            return known_shares(self.weights, self.known, person.items, items)
        return np.nan_to_num(self.score(person.alone())[:, items])

    def _rows(self, graph: KnowledgeGraph) -> sparse.csr_array:
        """The likes and, weighed, the facts; shape (num_users + number of shared entities, num_items)."""
        if self.attributes < 0:
            raise ValueError(f"EASE needs a weight of attributes of at least 0, not {self.attributes}")
        if not self.attributes:
            return likes(graph)
        facts = shared_attributes(graph) * np.float32(np.sqrt(self.attributes))
        return sparse.csr_array(sparse.vstack([likes(graph), facts], format="csr"))


def item_weights(matrix: sparse.csr_array, regularization: float) -> ScoreArray:
    """The first of the two that `solved` gives."""
    return solved(matrix, regularization)[0]


def solved(matrix: sparse.csr_array, regularization: float) -> tuple[ScoreArray, ScoreArray]:
    """B = I - P / diag(P) with P = inverse(X'X + regularization I), by Cholesky factors in place.

    Args:
        matrix: who liked what (X), shape (num_users, num_items).
        regularization: above 0.

    Returns:
        B, shape (num_items, num_items), float32, row: from the liked item, column: to the scored one; and
        diag(P), shape (num_items,), float32.

    Raises:
        ValueError: regularization is not above 0.
        LinAlgError: it is so small that the matrix cannot be inverted.
    """
    if regularization <= 0:
        raise ValueError(f"EASE needs a regularization above 0, not {regularization}")
    size = matrix.shape[1]
    if not size:
        return np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32)
    gram = _gram(matrix, np.float64 if size <= _DOUBLE_UP_TO else np.float32)
    gram[np.diag_indices(size)] += regularization
    inverse = _inverse(gram)
    diagonal = inverse.diagonal().copy()
    inverse /= -diagonal
    weights: ScoreArray = inverse.astype(np.float32, copy=False)
    np.fill_diagonal(weights, 0.0)
    return weights, diagonal.astype(np.float32)


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
    return among_all(history[:, known] @ weights, known, profiles)


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
