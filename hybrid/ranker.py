"""Calibrates scorers to one scale and weighs them by the situation, as validation shows their worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hybrid.situation import ABOUT_ITEMS, ABOUT_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from hybrid.scorers.base import ScoreArray
    from hybrid.situation import Situation
    from kg.graph import BoolArray, FloatArray

_FAR_OUT = 12.0  # standard deviations
_SAME = 1e-9  # deviation of a trait that is the same for all
_FAR = 2.5  # of a trait, in standard deviations: beyond it nothing was learned


@dataclass(frozen=True)
class Leaning:
    r"""How weights shift with traits, each measured in standard deviations from its mean, -2.5 .. 2.5.

    .. math:: \frac{w_s(x)}{w_s} = \exp \sum_t l_{st} \, \frac{x_t - \mu_t}{\sigma_t}

    Attributes:
        by: l, shape (num_scorers, num_traits); 0 for no shift.
        mean: of each trait, shape (num_traits,).
        deviation: of each trait, shape (num_traits,).
    """

    by: FloatArray
    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def steady(cls, num_traits: int) -> Leaning:
        """No shift for any scorer, whatever the traits."""
        return cls(np.zeros((1, num_traits)), np.zeros(num_traits), np.zeros(num_traits))

    @classmethod
    def none(cls, num_scorers: int, traits: FloatArray) -> Leaning:
        """No shift yet, with the scale of traits as they are now; an unknown trait, NaN, is a usual one.

        Args:
            num_scorers: number of scorers.
            traits: shape (n, num_traits).
        """
        known = np.ma.masked_invalid(traits)
        mean, deviation = (part.filled(0.0) for part in (known.mean(axis=0), known.std(axis=0)))
        return cls(np.zeros((num_scorers, traits.shape[1])), np.asarray(mean), np.asarray(deviation))

    def standard(self, traits: FloatArray) -> FloatArray:
        """Traits in standard deviations from the mean, 0 where unknown or always the same."""
        varies = self.deviation > _SAME
        scaled = (traits - self.mean) / np.where(varies, self.deviation, 1.0) * varies
        return np.asarray(np.clip(np.nan_to_num(scaled), -_FAR, _FAR))

    def factors(self, traits: FloatArray) -> FloatArray:
        """What each scorer's weight is multiplied by, shape (num_scorers, n); (1, n) where it is steady."""
        return np.asarray(np.exp(self.by @ self.standard(traits).T))


@dataclass(frozen=True)
class Ranker:
    """A weighted sum of calibrated scores; the parts of every score are kept and add up to it.

    Calibration: each scorer's scores of one person, over the items that may be recommended, are shifted and
    scaled to mean 0 and standard deviation 1. An abstaining scorer (NaN) gives no part: the others decide.
    Weights shift with the situation: with how much is known of the person, and of the item.

    Attributes:
        names: the scorers, in order.
        weights: of each in a usual situation, 0 or above, shape (num_scorers,).
        people: how the weights shift from person to person.
        items: how they shift from item to item.
    """

    names: tuple[str, ...]
    weights: FloatArray
    people: Leaning = field(default_factory=lambda: Leaning.steady(len(ABOUT_PEOPLE)))
    items: Leaning = field(default_factory=lambda: Leaning.steady(len(ABOUT_ITEMS)))

    @property
    def part_names(self) -> tuple[str, ...]:
        """What the parts of a score are of: the scorers."""
        return self.names

    def by_name(self) -> dict[str, float]:
        """The weight of each scorer in a usual situation."""
        return dict(zip(self.names, self.weights.tolist(), strict=True))

    def parts(
        self, scores: Mapping[str, ScoreArray], candidates: BoolArray, situation: Situation
    ) -> npt.NDArray[np.float32]:
        """What each scorer gives to each item's score.

        Args:
            scores: by scorer, shape (n, num_items) each, NaN where it abstains.
            candidates: True for what may be recommended, shape (n, num_items).
            situation: of the n people.

        Returns:
            Shape (num_scorers, n, num_items); NaN where a scorer abstains and for what is no candidate.
        """
        return self.weighed(self.features(scores, candidates), situation)

    def score(
        self, scores: Mapping[str, ScoreArray], candidates: BoolArray, situation: Situation
    ) -> ScoreArray:
        """The `total` of the `parts`, of which the arguments are."""
        return self.total(self.parts(scores, candidates, situation))

    def features(self, scores: Mapping[str, ScoreArray], candidates: BoolArray) -> npt.NDArray[np.float32]:
        """The calibrated scores of all scorers, shape (num_scorers, n, num_items)."""
        return np.stack([calibrated(scores[name], candidates) for name in self.names])

    def weighed(self, features: npt.NDArray[np.float32], situation: Situation) -> npt.NDArray[np.float32]:
        """Calibrated scores times the scorers' weights in the situation, in place."""
        by_person = self.weights[:, None] * self.people.factors(situation.people)
        features *= by_person.astype(np.float32)[:, :, None]
        features *= self.items.factors(situation.items).astype(np.float32)[:, None, :]
        return features

    def total(self, parts: npt.NDArray[np.float32]) -> ScoreArray:
        """The sum of parts over the first axis; NaN where every scorer that has a weight abstains."""
        used = parts[self.weights > 0]
        return np.where(np.isnan(used).all(axis=0), np.float32(np.nan), np.nansum(used, axis=0))


def calibrated(scores: ScoreArray, candidates: BoolArray) -> ScoreArray:
    """Scores with mean 0 and standard deviation 1 over each person's candidates; NaN elsewhere.

    What is more than 12 standard deviations out is drawn in by a logarithm, which keeps the order. A bound
    would not: where tails are long, many of the best items would be equal.

    Args:
        scores: shape (n, num_items), NaN where the scorer abstains.
        candidates: shape (n, num_items).

    Returns:
        Shape (n, num_items), float32; 0 where all scores are the same.
    """
    kept = np.where(candidates & np.isfinite(scores), scores, np.nan).astype(np.float32)
    counts = np.maximum((~np.isnan(kept)).sum(1, keepdims=True), 1)
    mean = np.nansum(kept, axis=1, keepdims=True) / counts
    kept -= mean
    deviation = np.sqrt(np.nansum(np.square(kept), axis=1, keepdims=True) / counts)
    kept /= np.maximum(deviation, 1e-6)
    far = np.abs(kept) > _FAR_OUT
    kept[far] = np.copysign(_FAR_OUT * (1 + np.log(np.abs(kept[far]) / _FAR_OUT)), kept[far])
    return kept
