"""How many people liked an item: the baseline that everything has to beat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, State

if TYPE_CHECKING:
    from hybrid.profiles import Profiles
    from kg.graph import KnowledgeGraph


@dataclass(frozen=True)
class Popularity(Scorer):
    """The number of different people who liked an item; 0 is a true answer, so it never abstains."""

    name: ClassVar[str] = "popularity"
    reason: ClassVar[str] = "many people like it"
    baseline: ClassVar[bool] = True

    counts: ScoreArray = field(default_factory=lambda: np.zeros(0, np.float32), init=False, repr=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Count the people per item."""
        matrix = graph.interactions.matrix(graph.num_users, graph.num_items)
        return self._with(np.bincount(matrix.indices, minlength=graph.num_items).astype(np.float32))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The same counts for everybody, shape (len(profiles), num_items)."""
        return np.tile(self.counts, (len(profiles), 1))

    def state(self) -> State:
        """The counts."""
        return {"counts": self.counts}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Popularity with saved counts."""
        return self._with(state["counts"])

    def _with(self, counts: ScoreArray) -> Self:
        fitted = replace(self)
        object.__setattr__(fitted, "counts", counts)
        return fitted
