"""How likely a recommended item is to be liked, learned from lists whose outcome is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from hybrid.beginnings import LENGTHS
from hybrid.evaluation.protocol import history_mask
from hybrid.profiles import Profiles
from hybrid.situation import Circumstances
from hybrid.tuning import some_people

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import BoolArray, FloatArray, Interactions, KnowledgeGraph

PLACES = 20
_PEOPLE = 500  # for each length of history
_PENALTY = 1e-3
_THIN = 0.5  # of what lists for usual histories hold: with less, the evidence is called thin


@dataclass(frozen=True)
class Confidence:
    r"""The share of items at such a place and with such a score that people with such a history liked later.

    .. math:: p = \sigma(a + b \cdot (s, \log(1 + r), \log(1 + n), s \log(1 + n)))

    with the score s, the place r from 1 on and the number n of known likes. It is measured on validation
    interactions, so it is the chance that an item is among as many next likes as these are.

    Attributes:
        weights: a and b, shape (5,).
        usual: its mean over the first ten places for people with all their likes.
    """

    weights: FloatArray
    usual: float

    def of(self, scores: FloatArray, places: npt.ArrayLike, lengths: npt.ArrayLike) -> FloatArray:
        """The confidence in some items.

        Args:
            scores: of the items, any shape.
            places: in the list, from 1 on, of a shape that broadcasts with it; beyond 20 nothing was learned.
            lengths: number of likes known of the person, likewise.
        """
        return np.asarray(expit(traits(scores, places, lengths) @ self.weights))

    def thin(self, confidence: FloatArray) -> bool:
        """Whether some first places promise less than half of what those of usual lists do."""
        return bool(np.mean(confidence) < _THIN * self.usual)


@dataclass(frozen=True)
class Outcomes:
    """Lists, and what came of them.

    Attributes:
        scores: shape (n, places), best first; -inf where a list has ended.
        lengths: number of likes known of each person, shape (n,).
        liked: whether the item was liked later, shape (n, places).
    """

    scores: FloatArray
    lengths: FloatArray
    liked: BoolArray

    @property
    def traits(self) -> FloatArray:
        """What the confidence goes by, shape (n, places, 5)."""
        return traits(self.scores, np.arange(1, self.scores.shape[1] + 1), self.lengths[:, None])


def learn(
    ranker: Ranker, scorers: Sequence[Scorer], graph: KnowledgeGraph, resources: Resources
) -> Confidence | None:
    """Fit to the lists of at most 500 people with their first 0, 1, 2, 5 and 10 likes and with all of them.

    Args:
        ranker: with all its weights.
        scorers: as tuned, in its order, not knowing the validation interactions.
        graph: what they were fitted to.
        resources: with the validation interactions.

    Returns:
        None where no list has a hit to learn from.
    """
    if resources.validation is None:
        return None
    sample = some_people(resources.validation, _PEOPLE, resources.seed)
    told = [outcomes(ranker, scorers, graph, sample, shown) for shown in (*LENGTHS, None)]
    known = [np.isfinite(each.scores) for each in told]
    seen = np.concatenate([each.traits[there] for each, there in zip(told, known, strict=True)])
    liked = np.concatenate([each.liked[there] for each, there in zip(told, known, strict=True)])
    if not liked.any():
        return None

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        logits = seen @ weights
        cost = np.logaddexp(0, logits).mean() - (logits * liked).mean() + _PENALTY * (weights[1:] ** 2).sum()
        slope = seen.T @ (expit(logits) - liked) / len(liked)
        slope[1:] += 2 * _PENALTY * weights[1:]
        return float(cost), slope

    weights = np.asarray(minimize(loss, np.zeros(seen.shape[1]), jac=True, method="L-BFGS-B").x)
    usual = expit(told[-1].traits @ weights)[:, :10]
    return Confidence(weights, float(usual[known[-1][:, :10]].mean()))


def outcomes(
    ranker: Ranker,
    scorers: Sequence[Scorer],
    graph: KnowledgeGraph,
    later: Interactions,
    shown: int | None = None,
) -> Outcomes:
    """The first 20 places for people of whom it is known what they liked later.

    Args:
        ranker: with all its weights.
        scorers: fitted, in its order.
        graph: its interactions are the histories.
        later: what is to be found.
        shown: so many likes of each person are known, the first; the others are no candidates. All are known
            where None.
    """
    people, around = np.unique(later.users), Circumstances.of(graph).around
    wanted = later.matrix(graph.num_users, graph.num_items)

    def some() -> Iterator[Outcomes]:
        for first, profiles in Profiles.of_users(graph, people).batches(256):
            allowed = ~history_mask(profiles, graph.num_items)
            asking = profiles if shown is None else profiles.first(shown)
            situation = around(asking, new=shown is not None)
            speaking = ranker.speaking(situation)
            scores = {each.name: each.score(asking) for each in scorers if each.name in speaking}
            total = np.nan_to_num(ranker.score(scores, allowed, situation), nan=-np.inf)
            best = np.argsort(-total, axis=1, kind="stable")[:, :PLACES]
            hits = wanted[people[first : first + len(profiles)]].toarray() > 0
            yield Outcomes(
                np.take_along_axis(total, best, axis=1).astype(np.float64),
                asking.lengths.astype(np.float64),
                np.take_along_axis(hits, best, axis=1),
            )

    parts = list(some())
    return Outcomes(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Outcomes.__annotations__)
    )


def traits(scores: FloatArray, places: npt.ArrayLike, lengths: npt.ArrayLike) -> FloatArray:
    """What the confidence goes by, shape (..., 5); the three have shapes that broadcast."""
    known = np.where(np.isfinite(scores), scores, 0.0)
    place = np.log1p(np.minimum(np.asarray(places, dtype=np.float64), PLACES))
    length = np.log1p(np.asarray(lengths, dtype=np.float64))
    columns = np.broadcast_arrays(np.ones_like(known), known, place, length, known * length)
    return np.stack(columns, axis=-1)
