"""What a trained graph network hands out: vectors, as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

VectorArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embeddings:
    """Vectors of all nodes; the score of an item for a person is `person @ items.T`.

    A person's vector is `base + sum of contexts of the liked items / sqrt(number of likes)`: linear in the
    history, so that somebody new is placed without training and each like's share of a score is exact.

    Attributes:
        nodes: final vector of every node, shape (num_nodes, embedding_size).
        items: final vectors of the items (rows of `nodes`), shape (num_items, embedding_size).
        contexts: what each item adds to a person who likes it, shape (num_items, embedding_size).
        bases: what is known of each user besides likes (age group, ...), shape (num_users, embedding_size).
    """

    nodes: VectorArray
    items: VectorArray
    contexts: VectorArray
    bases: VectorArray

    def person(self, history: npt.NDArray[np.int64], base: VectorArray | None = None) -> VectorArray:
        """The vector of somebody with these liked items (rows, each once), shape (embedding_size,)."""
        total = self.contexts[history].sum(0) / np.sqrt(max(len(history), 1))
        return np.asarray(total if base is None else total + base, dtype=np.float32)
