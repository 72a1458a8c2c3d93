"""The mean, how generous a person is, and how well an item is liked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.ratings.base import Predict, Rater

if TYPE_CHECKING:
    from hybrid.scorers.base import Resources
    from kg.graph import FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Bias(Rater):
    """r(u, i) = m + b_u + b_i, in closed form (Koren, "Factor in the neighbors", TKDD 2010).

        b_i = sum over u of (r - m) / (item_damping + n_i)
        b_u = sum over i of (r - m - b_i) / (user_damping + n_u)

    Who or what is unknown, or has no rating, has a bias of 0.

    Args:
        user_damping: as many ratings of the average are added to each person's own.
        item_damping: as many to each item's.
    """

    name: ClassVar[str] = "bias"

    user_damping: float = 5.0
    item_damping: float = 3.0

    def learn(self, graph: KnowledgeGraph, resources: Resources) -> tuple[Predict, Rater]:  # noqa: ARG002
        """Two means of what is left."""
        ratings = graph.ratings
        mean = float(ratings.weights.mean())
        left = ratings.weights - mean
        of_items = _damped(ratings.items, left, graph.num_items, self.item_damping)
        of_users = _damped(ratings.users, left - of_items[ratings.items], graph.num_users, self.user_damping)

        def predict(users: IntArray, items: IntArray) -> FloatArray:
            return np.asarray(mean + of_users[users] + of_items[items])

        return predict, self


def _damped(rows: IntArray, values: FloatArray, size: int, damping: float) -> FloatArray:
    """Damped means by row, shape (size + 1,); the last is 0, for the unknown row -1."""
    sums = np.bincount(rows, values, minlength=size + 1)
    counts = np.bincount(rows, minlength=size + 1) + damping
    return np.asarray(np.divide(sums, counts, out=np.zeros(size + 1), where=counts > 0))
