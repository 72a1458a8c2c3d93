"""EASE over histories in which the newest likes count most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, known_shares, likes, seen_items
from hybrid.scorers.ease import item_weights, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Recent(Scorer):
    """EASE's item-item weights (Steck, WWW 2019) applied to a history that fades with age.

    The weights are learned from binarised interactions; only the history that is scored fades. A graph whose
    interactions have no times says nothing about order, so over such a graph this scorer always abstains.

    Args:
        regularization: weight of the L2 penalty, as in `Ease`.
        half_life: how many newer likes halve the weight of a like, above 0.
    """

    name: ClassVar[str] = "recent"
    reason: ClassVar[str] = "it goes together with what you liked lately"
    kind: ClassVar[str] = "sequence"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "regularization": (300.0, 1000.0, 3000.0),
        "half_life": (2.0, 3.0, 5.0, 10.0),
    }

    regularization: float = 1000.0
    half_life: float = 3.0
    weights: ScoreArray = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Solve for the weights between the m items that were seen, shape (m, m); m is 0 without times."""
        known = seen_items(graph) & graph.interactions.timed
        return self._fitted(weights=item_weights(likes(graph)[:, known], self.regularization), known=known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """The faded sum of the weights from the liked items; NaN where it cannot tell."""
        history = faded(profiles, len(self.known), self.half_life)
        return spread(history, self.weights, self.known, profiles)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        worth = faded(person, len(self.known), self.half_life).data
        return known_shares(self.weights, self.known, person.items, items, worth)


def faded(profiles: Profiles, num_items: int, half_life: float | None) -> sparse.csr_array:
    """The histories with weight 0.5 ** (age / half_life), shape (len(profiles), num_items), float32.

    Args:
        profiles: the people; their own weights are not used.
        num_items: number of columns.
        half_life: in interactions; the newest like has age 0, the one before it age 1. None: all weigh 1.

    Raises:
        ValueError: half_life is not above 0.
    """
    age = np.repeat(profiles.indptr[1:], profiles.lengths) - 1 - np.arange(len(profiles.items))
    weights = np.ones(len(age)) if half_life is None else fading(age, half_life)
    return profiles.matrix(num_items, weights)


def fading(age: IntArray | int, half_life: float) -> FloatArray:
    """What is left of a weight of 1 at an age, 0.5 ** (age / half_life); both in interactions.

    Raises:
        ValueError: half_life is not above 0.
    """
    if half_life <= 0:
        raise ValueError(f"a half-life is a number of interactions above 0, not {half_life}")
    return np.asarray(0.5 ** (np.asarray(age) / half_life))
