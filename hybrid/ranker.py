"""Calibrates scorers to one scale and weighs them by the situation, as validation shows their worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from hybrid.situation import ABOUT_ITEMS, ABOUT_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from hybrid.confidence import Confidence
    from hybrid.scorers.base import ScoreArray
    from hybrid.situation import Situation
    from kg.graph import BoolArray, FloatArray

_FAR_OUT = 12.0  # standard deviations
_SAME = 1e-9  # deviation of a trait that is the same for all
WISH_SHARE = 0.75  # of a wish in the weights, beside what its person likes
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
class Beginnings:
    """Weights for new people, of whom no like was learned from, while little is known of them.

    Known people with few likes have usual weights, which shift with the length of history as well: theirs are
    whole histories, and these are the first likes of longer ones (docs/decisions/0013).

    Attributes:
        weights: of the scorers, shape (num_scorers,).
        people: how they shift with the number of likes.
        until: the number of likes from which on a history is a usual one; from two thirds of it on the
            weights go over into the usual ones.
    """

    weights: FloatArray
    people: Leaning
    until: float

    def before(self, usual: FloatArray, situation: Situation) -> FloatArray:
        """The weights of each person, shape (num_scorers, n).

        Args:
            usual: those of people with long histories, shape (num_scorers, n).
            situation: of the n people.
        """
        early = self.weights[:, None] * self.people.factors(situation.people)
        early /= np.maximum(early.sum(axis=0), 1e-12)
        first, last = np.log1p(self.until * 2 / 3), np.log1p(self.until)
        share = np.clip((situation.people[:, 0] - first) / (last - first), 0.0, 1.0)
        share[~situation.new_people] = 1.0
        return np.asarray((1 - share) * early + share * usual)


@dataclass(frozen=True)
class Newcomers:
    """Weights for items that nobody has liked, and what sets them beside the others.

    Attributes:
        weights: of the scorers, 0 or above, shape (num_scorers,).
        offset: added to the score of each, so that new items and known ones share one list at a known price
            (see `hybrid.newcomers`); the scorers that speak share it by their weights.
    """

    weights: FloatArray
    offset: float

    def parts(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """What each scorer gives to m new items, shape (num_scorers, n, m), of calibrated scores."""
        weights = np.broadcast_to(self.weights.astype(np.float32)[:, None, None], features.shape)
        speaks = np.where(np.isnan(features) | (weights == 0), np.float32(0), weights)
        together = np.maximum(speaks.sum(axis=0), np.float32(1e-12))
        parts = speaks * (np.nan_to_num(features) + np.float32(self.offset) / together)
        return np.where(speaks > 0, parts, np.float32(np.nan))


@dataclass(frozen=True)
class Ranker:
    """A weighted sum of calibrated scores; the parts of every score are kept and add up to it.

    Calibration: each scorer's scores of one person, over the items that may be recommended, are shifted and
    scaled to mean 0 and standard deviation 1. An abstaining scorer (NaN) gives no part: the others decide.
    Weights shift with the situation: with how much is known of the person, and of the item. People with few
    likes, items that nobody has liked, and wishes have weights of their own.

    Attributes:
        names: the scorers, in order.
        weights: of each in a usual situation, 0 or above, shape (num_scorers,).
        people: how the weights shift from person to person.
        items: how they shift from item to item.
        beginnings: the weights for new people with few likes; those of a usual situation where None.
        newcomers: the weights for items that nobody has liked; those of all others where None.
        wishes: weights for what is wished, by `hybrid.situation.WISHES`, shape (2, num_scorers); a wish is
            heard by the weights of histories where None.
        confidence: how likely items of such scores are to be liked; None where that is not known.
    """

    names: tuple[str, ...]
    weights: FloatArray
    people: Leaning = field(default_factory=lambda: Leaning.steady(len(ABOUT_PEOPLE)))
    items: Leaning = field(default_factory=lambda: Leaning.steady(len(ABOUT_ITEMS)))
    beginnings: Beginnings | None = None
    newcomers: Newcomers | None = None
    wishes: FloatArray | None = None
    confidence: Confidence | None = None

    @property
    def part_names(self) -> tuple[str, ...]:
        """What the parts of a score are of: the scorers."""
        return self.names

    def among(self, names: Sequence[str]) -> Self:
        """The same with further scorers, which have no weight in a usual situation, in another order."""
        places = [self.names.index(name) if name in self.names else -1 for name in names]
        taken = [place >= 0 for place in places]
        shifts = [
            replace(
                shift,
                by=np.broadcast_to(shift.by, (len(self.names), shift.by.shape[1]))[places]
                * np.array(taken)[:, None],
            )
            for shift in (self.people, self.items)
        ]
        weights = self.weights[places] * taken
        return replace(self, names=tuple(names), weights=weights, people=shifts[0], items=shifts[1])

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

    def speaking(self, situation: Situation) -> tuple[str, ...]:
        """The scorers that have a weight for some of these people and items; the others need not be asked."""
        heard = self.of_people(situation).any(axis=1)
        if self.newcomers is not None and situation.new_items.any():
            heard |= self.newcomers.weights > 0
        if self.wishes is not None:
            heard |= self.wishes[situation.asks.any(axis=0)].any(axis=0)
        return tuple(self.names[place] for place in np.flatnonzero(heard))

    def shifts(self, items: FloatArray) -> ScoreArray:
        """What items' traits multiply each scorer's weight by, shape (num_scorers or 1, num_items).

        Args:
            items: see `Situation`.
        """
        return self.items.factors(items).astype(np.float32)

    def of_people(self, situation: Situation) -> FloatArray:
        """The scorers' weights for each person and a usual item, shape (num_scorers, n)."""
        usual: FloatArray = self.weights[:, None] * self.people.factors(situation.people)
        if self.beginnings is None or not situation.new_people.any():
            return np.broadcast_to(usual, (len(self.names), len(situation.people)))
        return self.beginnings.before(usual, situation)

    def features(self, scores: Mapping[str, ScoreArray], candidates: BoolArray) -> npt.NDArray[np.float32]:
        """The calibrated scores of all scorers, shape (num_scorers, n, num_items); NaN for one not asked."""
        nothing = np.full(candidates.shape, np.nan, dtype=np.float32)
        return np.stack(
            [calibrated(scores[name], candidates) if name in scores else nothing for name in self.names]
        )

    def weighed(self, features: npt.NDArray[np.float32], situation: Situation) -> npt.NDArray[np.float32]:
        """Calibrated scores times the scorers' weights in the situation, in place; NaN for a weight of 0."""
        asking = np.flatnonzero(situation.asks.any(axis=1) & (self.wishes is not None))
        heard = features[:, asking].copy()
        new = np.flatnonzero(situation.new_items & (self.newcomers is not None))
        lately = features[:, :, new].copy()
        by_person = self.of_people(situation)
        features *= by_person.astype(np.float32)[:, :, None]
        shifts = self.shifts(situation.items) if situation.shifts is None else situation.shifts
        features *= shifts[:, None, :]
        features[by_person == 0] = np.nan
        if self.newcomers is not None and len(new):
            features[:, :, new] = self.newcomers.parts(lately)
        if self.wishes is not None and len(asking):
            wanted = situation.asks[asking] @ self.wishes
            features[:, asking] = _wished(features[:, asking], heard, wanted)
        return features

    def total(self, parts: npt.NDArray[np.float32]) -> ScoreArray:
        """The sum of parts over the first axis; NaN where every scorer that has a weight abstains."""
        silent = np.isnan(parts)
        total: ScoreArray = np.where(silent, np.float32(0), parts).sum(axis=0)
        total[silent.all(axis=0)] = np.nan
        return total


def _wished(
    parts: npt.NDArray[np.float32], heard: npt.NDArray[np.float32], weights: FloatArray
) -> npt.NDArray[np.float32]:
    """What the history says and what the wish does, of people who wish something.

    Args:
        parts: by the history, shape (num_scorers, n, num_items).
        heard: calibrated scores, same shape.
        weights: of the scorers for the wish of each person, shape (n, num_scorers), not all 0.
    """
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    wanted = heard * (WISH_SHARE * shares.T[:, :, None]).astype(np.float32)
    wanted[shares.T == 0] = np.nan
    both = np.nan_to_num((1 - WISH_SHARE) * parts) + np.nan_to_num(wanted)
    return np.where(np.isnan(parts) & np.isnan(wanted), np.float32(np.nan), both)


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
    return drawn_in(standardized(scores, candidates)[0])


def standardized(scores: ScoreArray, candidates: BoolArray) -> tuple[ScoreArray, ScoreArray]:
    """Scores with mean 0 and standard deviation 1 over each person's candidates, and that deviation before.

    Args:
        scores: shape (n, num_items), NaN where the scorer abstains.
        candidates: shape (n, num_items).

    Returns:
        Shape (n, num_items), NaN for what is no candidate, and (n, 1), at least 1e-6.
    """
    told = candidates & np.isfinite(scores)
    if not told.any():
        return np.full(told.shape, np.nan, np.float32), np.full((len(told), 1), 1e-6, np.float32)
    counts = np.maximum(told.sum(axis=1, keepdims=True), 1).astype(np.float32)
    kept = np.where(told, scores, np.float32(0)).astype(np.float32, copy=False)
    kept -= kept.sum(axis=1, keepdims=True) / counts
    kept *= told
    spread = np.sqrt(np.square(kept).sum(axis=1, keepdims=True) / counts)
    deviation = np.maximum(spread, np.float32(1e-6))
    kept /= deviation
    kept[~told] = np.nan
    return kept, deviation


def drawn_in(scores: ScoreArray) -> ScoreArray:
    """Standardized scores, in place, with what is beyond 12 drawn in by a logarithm; any shape."""
    far = np.abs(scores) > _FAR_OUT
    scores[far] = np.copysign(_FAR_OUT * (1 + np.log(np.abs(scores[far]) / _FAR_OUT)), scores[far])
    return scores
