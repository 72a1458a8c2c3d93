"""How many people liked an item: the baseline that everything has to beat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.profiles import Profiles
    from kg.graph import KnowledgeGraph


@dataclass(frozen=True)
class Popularity(Scorer):
    """The number of different people who liked an item; 0 is a true answer, so it never abstains."""

    name: ClassVar[str] = "popularity"
    reason: ClassVar[str] = "many people like it"
    kind: ClassVar[str] = "popularity"
    baseline: ClassVar[bool] = True
    usual: ClassVar[bool] = False
    personalised: ClassVar[bool] = False
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"counts": (0,)}

    counts: ScoreArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Count the people per item."""
        counts = np.bincount(likes(graph).indices, minlength=graph.num_items)
        return self._fitted(counts=counts.astype(np.float32))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The same counts for everybody, shape (len(profiles), num_items)."""
        return np.tile(self.counts, (len(profiles), 1))
