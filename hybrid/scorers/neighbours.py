"""What scorers of few neighbours per item share: build, thin out and apply a sparse item-item matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.base import ScoreArray, abstain, binary

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray

_BLOCK = 512


def nearest(
    similarity: Callable[[slice], sparse.csr_array], num_items: int, neighbours: int
) -> sparse.csr_array:
    """The largest positive similarities of every item to another one.

    Args:
        similarity: the rows of a block of items, shape (block, num_items).
        num_items: number of rows and columns.
        neighbours: how many to keep in each row, at least 1.

    Returns:
        A matrix of at most `neighbours` entries in each row, none on the diagonal, float32.

    Raises:
        ValueError: neighbours is below 1.
    """
    if neighbours < 1:
        raise ValueError(f"at least 1 neighbour is needed, not {neighbours}")
    blocks = []
    for start in range(0, max(num_items, 1), _BLOCK):
        block = slice(start, min(start + _BLOCK, num_items))
        dense = similarity(block).toarray()
        dense[np.arange(len(dense)), np.arange(block.start, block.stop)] = 0.0
        blocks.append(_largest(dense, neighbours))
    return sparse.csr_array(sparse.vstack(blocks, format="csr"))


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


def _largest(dense: ScoreArray, count: int) -> sparse.csr_array:
    rows, columns = dense.shape
    if count < columns:
        kept: IntArray = np.argpartition(-dense, count - 1, axis=1)[:, :count]
        smallest = np.ones_like(dense, dtype=np.bool_)
        np.put_along_axis(smallest, kept, values=False, axis=1)
        dense[smallest] = 0.0
    return sparse.csr_array(np.maximum(dense, 0.0, out=dense), shape=(rows, columns))
