"""The contract of a rater: small options, `fit`, and what it then predicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kg.errors import QueryError
from kg.graph import FloatArray, IntArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.scorers.base import Resources
    from kg.graph import KnowledgeGraph

Predict = Callable[[IntArray, IntArray], FloatArray]


@dataclass(frozen=True)
class Fitted:
    """What a rater learned.

    Attributes:
        raw: predictions as they come, see `predict`.
        settled: the rater with what validation decided (such as the number of epochs) fixed.
        lowest: the lowest rating that it learned from.
        highest: the highest one.
    """

    raw: Predict
    settled: Rater
    lowest: float
    highest: float

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """The rating to expect of each person for each item, between `lowest` and `highest`.

        Args:
            users: rows of the user vocabulary, -1 for somebody unknown, shape (n,).
            items: rows of the item vocabulary, -1 for something unknown, shape (n,).

        Returns:
            Shape (n,), never NaN.
        """
        return np.clip(self.raw(users, items), self.lowest, self.highest)


@dataclass(frozen=True)
class Rater(ABC):
    """Predicts ratings; subclasses are frozen dataclasses of options.

    One rater is one file in `hybrid/ratings/raters/`; discovery finds it and the contract tests run on it.

    Class attributes:
        name: unique short name, used in tables.
        quick: options that make `fit` fast enough for the contract tests: field name -> value.
    """

    name: ClassVar[str]
    quick: ClassVar[Mapping[str, Any]] = {}

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Fitted:
        """Learn from `graph.ratings` (all rows) and the graph's facts.

        Args:
            graph: the graph; what it holds out is not looked at.
            resources: seed, device and so on; `validation` are ratings to stop early by.

        Raises:
            QueryError: the graph has no ratings.
        """
        stars = graph.ratings.weights
        if not len(stars):
            raise QueryError(
                f"dataset {graph.name!r} has no ratings; its card names them by `rating: COLUMN`"
            )
        raw, settled = self.learn(graph, resources)
        return Fitted(raw, settled, float(stars.min()), float(stars.max()))

    @abstractmethod
    def learn(self, graph: KnowledgeGraph, resources: Resources) -> tuple[Predict, Rater]:
        """`Fitted.raw` and `Fitted.settled` for a graph that has ratings."""
