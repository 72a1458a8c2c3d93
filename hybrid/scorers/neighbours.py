"""What scorers of few neighbours per item share: build, thin out and apply a sparse item-item matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.base import ScoreArray, abstain, binary

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray

_BLOCK = 512
_CELLS = 16_000_000  # of a block of similarities while it is thinned out: 64 MB


def nearest(
    similarity: Callable[[slice], sparse.csr_array], num_items: int, neighbours: int, first: int = 0
) -> sparse.csr_array:
    """The largest positive similarities of every item, from a first one on, to another one.

    Args:
        similarity: the rows of a block of items, shape (block, num_items).
        num_items: number of items, that is of columns, and of rows from the first item on.
        neighbours: how many to keep in each row, at least 1.
        first: the item of the first row.

    Returns:
        A matrix of at most `neighbours` entries in each row, none of an item to itself, float32.

    Raises:
        ValueError: neighbours is below 1.
    """
    _check(neighbours)
    blocks = []
    for start in range(first, max(num_items, first + 1), _BLOCK):
        block = slice(start, min(start + _BLOCK, num_items))
        dense = similarity(block).toarray()
        dense[np.arange(len(dense)), np.arange(block.start, block.stop)] = 0.0
        blocks.append(largest(dense, neighbours))
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


def nearest_rows(
    history: sparse.csr_array, others: sparse.csr_array, neighbours: int, shrinkage: float
) -> sparse.csr_array:
    """The largest shrunk cosines of every row of one binary matrix to the rows of another.

    Args:
        history: shape (n, num_items).
        others: shape (m, num_items).
        neighbours: how many to keep in each row, at least 1.
        shrinkage: see `cosines`.

    Returns:
        A matrix of at most `neighbours` entries in each row, shape (n, m), float32.

    Raises:
        ValueError: neighbours is below 1.
    """
    _check(neighbours)
    columns = others.T.tocsr()
    lengths, other_lengths = np.diff(history.indptr), np.diff(others.indptr)
    step = max(1, _CELLS // max(len(other_lengths), 1))
    blocks = [
        largest(
            cosines(
                history[start : start + step] @ columns,
                lengths[start : start + step],
                other_lengths,
                shrinkage,
            ).toarray(),
            neighbours,
        )
        for start in range(0, max(len(lengths), 1), step)
    ]
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


def cosines(
    common: sparse.csr_array, rows: IntArray, columns: IntArray, shrinkage: float
) -> sparse.csr_array:
    """Counts of what two sets have in common, divided by sqrt(|one| |other|) + shrinkage.

    Args:
        common: the counts, shape (n, m).
        rows: sizes of the sets of the rows, shape (n,).
        columns: sizes of the sets of the columns, shape (m,).
        shrinkage: pulls similarities that rest on little towards 0, at least 0.

    Returns:
        Shape (n, m), float32.
    """
    sizes = np.repeat(np.sqrt(rows), np.diff(common.indptr)) * np.sqrt(columns)[common.indices]
    data = (common.data / (sizes + shrinkage)).astype(np.float32)
    return sparse.csr_array((data, common.indices, common.indptr), shape=common.shape)


def score_neighbours(profiles: Profiles, weights: sparse.csr_array, known: BoolArray) -> ScoreArray:
    """The summed weights from the liked items to every item; 0 says that no neighbour is liked.

    Args:
        profiles: the people, n of them.
        weights: row: from the liked item, column: to the scored one, shape (num_items, num_items).
        known: the items that training knew, shape (num_items,).

    Returns:
        Scores, shape (n, num_items), float32; NaN where `abstain` says so.
    """
    history = binary(profiles.matrix(len(known)))
    return abstain((history @ weights).toarray(), profiles, known)


def neighbour_shares(
    weights: sparse.csr_array, liked: IntArray, items: IntArray, worth: npt.ArrayLike = 1.0
) -> ScoreArray:
    """What each like gives to some items, shape (len(liked), len(items)), float32.

    Args:
        weights: row: from the liked item, column: to the scored one, shape (num_items, num_items).
        liked: rows of the liked items.
        items: rows of the scored items.
        worth: what each like counts, shape (len(liked),).
    """
    shares: ScoreArray = weights[liked][:, items].toarray()
    shares *= np.reshape(np.asarray(worth, dtype=np.float32), (-1, 1))
    return shares


def largest(dense: ScoreArray, count: int) -> sparse.csr_array:
    """The `count` largest entries above 0 of every row, as a sparse matrix; changes `dense`."""
    rows, columns = dense.shape
    if count < columns:
        kept: IntArray = np.argpartition(-dense, count - 1, axis=1)[:, :count]
        smallest = np.ones_like(dense, dtype=np.bool_)
        np.put_along_axis(smallest, kept, values=False, axis=1)
        dense[smallest] = 0.0
    return sparse.csr_array(np.maximum(dense, 0.0, out=dense), shape=(rows, columns))


def _check(neighbours: int) -> None:
    if neighbours < 1:
        raise ValueError(f"at least 1 neighbour is needed, not {neighbours}")
