"""What each like gave to an item's score through each scorer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.ranker import calibrated, drawn_in, standardized
from hybrid.scorers.base import Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.panel import Panel
    from hybrid.profiles import Profiles
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray, IntArray

_COMPARED = 256  # items that an item is compared with
_TAKEN_AWAY = 200  # of the latest likes are taken away one by one where a score is no sum
_FLAT = 1e-6  # of a calibrated score: below it nothing is told of how it was bent


@dataclass(frozen=True, slots=True)
class Attribution:
    """Scores of some items taken apart by scorer and like.

    Attributes:
        names: what the parts are of.
        shares: what each like gave through each scorer, shape (len(names), number of likes, len(items)).
        rates: what a score of one more of each scorer, before it is calibrated, would add, shape (len(names),
            len(items)).
    """

    names: tuple[str, ...]
    shares: FloatArray
    rates: FloatArray

    @property
    def likes(self) -> FloatArray:
        """What each like gave through all scorers, shape (number of likes, len(items))."""
        return np.asarray(self.shares.sum(axis=0))


def attribute(
    panel: Panel,
    person: Profiles,
    allowed: BoolArray,
    items: IntArray,
    *,
    seed: int = 0,
    dear: bool = False,
    scores: Mapping[str, ScoreArray] | None = None,
) -> Attribution:
    r"""Take the scores of some items apart.

    Where a scorer's score is a sum over likes, what like i gives to item j is exact up to the calibration's
    logarithm far out:

    .. math:: g_{sij} = r_{sj} (x_{sij} - mean_{k \in K} x_{sik})

    x is the like's share of the score (`Scorer.shares`) and r the rate at which a score counts: the weight of
    the scorer over the standard deviation of its scores. K are 256 items drawn with the seed: what a like
    gives to every item alike speaks for none. Where a score is no sum over likes, g is what the part falls by
    without the like; that is asked for `dear` only, since the scorer is asked once for each like.

    Args:
        panel: the scorers and their weights.
        person: a batch of one.
        allowed: True for what may be recommended, shape (num_items,).
        items: rows of the items, all of them allowed.
        seed: of the items that are compared with.
        dear: whether to take likes away one by one where a score is no sum over them.
        scores: what `panel.scores` says to the person, where it is known already.
    """
    names, asked = panel.ranker.names, _asked(panel, person, dear=dear)
    features = np.full((len(names), 1, len(items)), np.nan, dtype=np.float32)
    slopes = np.zeros((len(names), len(items)))
    for row, scorer in asked.items():
        said = scorer.score(person) if scores is None else scores[scorer.name]
        plain, deviation = standardized(said, allowed[None])
        features[row, 0] = drawn_in(plain[0, items])
        slopes[row] = _slopes(plain[0, items], features[row, 0], float(deviation[0, 0]))
    weights = _weights(panel, features, person, items)
    shares = np.zeros((len(panel.ranker.part_names), len(person.items), len(items)))
    rates, compared = np.zeros((len(shares), len(items))), _some(allowed, seed)
    for row, scorer in asked.items():
        rates[row] = weights[row] * slopes[row]
        given = scorer.shares(person, np.concatenate([items, compared]))
        if given is not None:
            usual = given[:, len(items) :].mean(axis=1, keepdims=True)
            shares[row] = (given[:, : len(items)] - usual) * rates[row]
        elif scorer.personalised and scorer.reads_likes:
            shares[row] = _falls(scorer, person, allowed, features[row, 0], items) * weights[row]
    return Attribution(panel.ranker.part_names, shares, rates)


def _asked(panel: Panel, person: Profiles, *, dear: bool) -> dict[int, Scorer]:
    """The scorers that have a weight, by their row; unless asked for `dear`, only those that are sums."""
    speaking = panel.ranker.speaking(panel.circumstances.around(person))
    return {
        panel.ranker.names.index(member.name): member
        for member in panel.members
        if member.name in speaking and (dear or type(member).shares is not Scorer.shares)
    }


def _weights(panel: Panel, features: ScoreArray, person: Profiles, items: IntArray) -> FloatArray:
    """What one more of each calibrated score adds to some items, shape (len(ranker.names), len(items))."""
    situation = panel.circumstances.around(person)
    here = replace(situation, items=situation.items[items])
    more, as_is = (panel.ranker.weighed(features + np.float32(step), here)[:, 0] for step in (1, 0))
    return np.nan_to_num((more - as_is).astype(np.float64))


def _slopes(plain: ScoreArray, bent: ScoreArray, deviation: float) -> FloatArray:
    """How much of a calibrated score one unit of a score is, on the way from the mean, shape as given."""
    told = np.abs(plain) > _FLAT
    ratio = np.divide(bent, plain, out=np.ones_like(plain), where=told)
    return np.asarray(np.nan_to_num(ratio / deviation), dtype=np.float64)


def _falls(
    scorer: Scorer, person: Profiles, allowed: BoolArray, before: ScoreArray, items: IntArray
) -> ScoreArray:
    """What the calibrated scores of some items fall by without each like, 0 for old likes.

    Args:
        scorer: who is asked again.
        person: a batch of one.
        allowed: True for what may be recommended, shape (num_items,).
        before: the calibrated scores with all likes, shape (len(items),).
        items: rows of the items.

    Returns:
        Shape (number of likes, len(items)).
    """
    size = len(person.items)
    latest = np.arange(max(0, size - _TAKEN_AWAY), size)
    fall = np.zeros((size, len(items)), dtype=np.float32)
    if size < 2:  # noqa: PLR2004 - without the only like nothing is said
        return fall
    gone = np.zeros((len(latest), size), dtype=np.bool_)
    gone[np.arange(len(latest)), latest] = True
    without = scorer.score(person.repeated(len(latest)).without(gone.ravel()))
    after = calibrated(without, np.broadcast_to(allowed, without.shape))
    fall[latest] = np.nan_to_num(before - after[:, items])
    return fall


def _some(allowed: BoolArray, seed: int) -> IntArray:
    """Some of the items that may be recommended."""
    rows = np.flatnonzero(allowed)
    drawn = np.random.default_rng(seed).integers(len(rows), size=_COMPARED)
    return np.unique(rows[drawn])
