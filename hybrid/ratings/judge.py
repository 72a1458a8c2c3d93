"""A rater that learned, with the chance that a rating is a like."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

from kg.split import hold_out, training

if TYPE_CHECKING:
    from hybrid.ratings.base import Fitted, Rater
    from hybrid.scorers.base import Resources
    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Liking:
    """The chance of a like from a predicted rating r: sigmoid(slope * r + intercept) (Platt, 1999)."""

    slope: float
    intercept: float

    @classmethod
    def of(cls, predicted: FloatArray, liked: BoolArray) -> Liking:
        """The most likely line for predicted ratings and whether each was a like, both of shape (n,).

        Platt's targets, (n1 + 1) / (n1 + 2) for a like and 1 / (n0 + 2) for none, keep it finite.
        """
        good = int(liked.sum())
        targets = np.where(liked, (good + 1) / (good + 2), 1 / (len(liked) - good + 2))
        centre = float(predicted.mean()) if len(predicted) else 0.0
        x = np.column_stack([predicted - centre, np.ones(len(predicted))])

        def loss(line: FloatArray) -> tuple[float, FloatArray]:
            logits = x @ line
            value = np.logaddexp(0, logits).sum() - targets @ logits
            return float(value), np.asarray(x.T @ (special.expit(logits) - targets))

        slope, level = optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS").x
        return cls(float(slope), float(level - slope * centre))

    def chance(self, predicted: FloatArray) -> FloatArray:
        """The chance of a like for each predicted rating, shape (n,)."""
        return np.asarray(special.expit(self.slope * predicted + self.intercept))


@dataclass(frozen=True)
class Judge:
    """Ratings to expect, and how likely they are likes."""

    fitted: Fitted
    liking: Liking

    def ratings(self, users: IntArray, items: IntArray) -> FloatArray:
        """See `Fitted.predict`."""
        return self.fitted.predict(users, items)

    def chances(self, users: IntArray, items: IntArray) -> FloatArray:
        """The chance that each person likes each item, shape (n,); rows as in `ratings`."""
        return self.liking.chance(self.ratings(users, items))


def learn(rater: Rater, graph: KnowledgeGraph, resources: Resources, validation_share: float = 0.1) -> Judge:
    """Learn from all of a graph's ratings but those held out.

    The rater first learns from the training ratings only; validation ratings, a share of each person's where
    the data has none, decide when it stops and what rating is a like. It then learns again from both.

    Raises:
        QueryError: the graph has no ratings.
    """
    whole = hold_out(graph.without_heldout(), validation_share, resources.seed)
    apart = whole.ratings.take(whole.ratings.validation)
    judged = apart if len(apart) else whole.ratings
    first = rater.fit(training(whole) if len(apart) else whole, replace(resources, validation=apart))
    liking = Liking.of(first.predict(judged.users, judged.items), liked(judged, whole.interactions))
    return Judge(first.settled.fit(whole, replace(resources, validation=None, checkpoints=None)), liking)


def liked(ratings: Interactions, *likes: Interactions) -> BoolArray:
    """Which ratings are of an item that the person likes, shape (len(ratings),)."""
    users, items = (np.concatenate([getattr(rows, side) for rows in likes]) for side in ("users", "items"))
    width = 1 + max(items.max(initial=0), ratings.items.max(initial=0))
    return np.isin(ratings.users * width + ratings.items, users * width + items)
