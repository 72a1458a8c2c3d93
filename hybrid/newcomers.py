"""Learns how to rank items that nobody has liked yet, among themselves and beside those that are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid import weighing
from hybrid.evaluation.protocol import history_mask
from hybrid.lessons import Lessons
from hybrid.profiles import Profiles
from hybrid.ranker import Newcomers
from hybrid.situation import Circumstances
from hybrid.text.cold import hide_items
from hybrid.tuning import some_people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import BoolArray, FloatArray, Interactions, KnowledgeGraph

_HIDDEN = 0.2  # of the liked items
_PEOPLE = 1_000
_PLACES = 20
PRICE = 0.02  # of the recall of known items that new ones may cost
_SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
_OFFSETS = 60


def learn(
    ranker: Ranker,
    scorers: Sequence[Scorer],
    graph: KnowledgeGraph,
    resources: Resources,
    share: float | None = None,
) -> Newcomers | None:
    """Weights and an offset for new items, from a fifth of the liked items that is made new.

    The likes of these items are hidden, and the scorers that can score such items and are not trained in
    epochs are fitted again without them. Weights are learned from how they rank the hidden items among
    themselves. Then lists of hidden and known items together are tried: the scale of the weights and the
    offset that find the most hidden likes among those that cost at most 2 % of the recall of known validation
    items, or, where a share is asked for, among those that give hidden items about that share of the places.

    Args:
        ranker: the weights for known items.
        scorers: as tuned, in the ranker's order, not knowing the validation interactions.
        graph: what they were fitted to.
        resources: with the validation interactions.
        share: of the first 20 places for new items, 0 to 1; None for what the price allows.

    Returns:
        None where nothing can be learned: no scorer can score a new item, or too few items are liked.
    """
    found = learn_each(ranker, scorers, graph, resources, (share,))
    return found[0] if found else None


def learn_each(
    ranker: Ranker,
    scorers: Sequence[Scorer],
    graph: KnowledgeGraph,
    resources: Resources,
    shares: Sequence[float | None],
) -> tuple[Newcomers, ...]:
    """What `learn` finds for each of several shares at the cost of one; none where it finds nothing."""
    warm, cold, hidden = hide_items(graph, _HIDDEN, resources.seed)
    able = [scorer.scores_new and scorer.name not in resources.histories for scorer in scorers]
    if not len(cold) or not any(able) or resources.validation is None:
        return ()
    known = replace(resources, validation=None, checkpoints=None, curves=None)
    fitted = [
        scorer.settled().fit(warm, known) if can else None for scorer, can in zip(scorers, able, strict=True)
    ]
    liked = some_people(cold, _PEOPLE, resources.seed)
    trial = _Trial.of(ranker, scorers, fitted, warm, (liked, resources.validation), hidden)
    if not len(trial.lessons):
        return ()
    weights = weighing.learn(
        ranker.names, trial.lessons, Circumstances.of(warm).items, resources.seed, shifting=()
    ).weights
    return tuple(trial.best(weights, share) for share in shares)


@dataclass(frozen=True)
class _Trial:
    """Lists of hidden and known items, of n people.

    Attributes:
        lessons: of the hidden items among themselves.
        features: calibrated scores of the hidden items, shape (num_scorers, n, number of hidden items).
        found: which of them each person likes, shape (n, number of hidden items).
        totals: scores of each person's best known items, best first, shape (n, 20).
        hits: which of these are validation items, shape (n, 20).
        wanted: how many validation items each person has among the known ones, shape (n,).
    """

    lessons: Lessons
    features: FloatArray
    found: BoolArray
    totals: FloatArray
    hits: BoolArray
    wanted: FloatArray

    @classmethod
    def of(
        cls,
        ranker: Ranker,
        scorers: Sequence[Scorer],
        fitted: Sequence[Scorer | None],
        warm: KnowledgeGraph,
        likes: tuple[Interactions, Interactions],
        hidden: BoolArray,
    ) -> _Trial:
        """What people with hidden likes are told.

        Args:
            ranker: the weights for known items.
            scorers: fitted with the hidden likes; what they say of known items counts.
            fitted: without them, None where a scorer cannot do without; what they say of hidden ones counts.
            warm: the graph without the hidden likes.
            likes: the hidden ones, and those to find among the known items.
            hidden: which items are hidden, shape (num_items,).
        """
        people, around = np.unique(likes[0].users), Circumstances.of(warm).around
        columns, parts = np.flatnonzero(hidden), []
        usual = [scorer for scorer in scorers if scorer.usual]
        hidden_likes, known_likes = (rows.matrix(warm.num_users, warm.num_items) for rows in likes)
        for _, profiles in Profiles.of_users(warm, people).batches(256):
            allowed = ~history_mask(profiles, warm.num_items)
            later, found = (
                (matrix[profiles.users].toarray() > 0) & allowed for matrix in (known_likes, hidden_likes)
            )
            situation = around(profiles)
            new = ranker.features(
                {each.name: each.score(profiles) for each in fitted if each is not None}, allowed
            )
            new[:, :, ~hidden] = np.nan
            total = ranker.score({each.name: each.score(profiles) for each in usual}, allowed, situation)
            total[:, situation.new_items] = np.nan
            later[:, situation.new_items] = False
            best = np.argsort(-np.nan_to_num(total, nan=-np.inf), axis=1)[:, :_PLACES]
            parts.append(
                (
                    Lessons.of(new, found & hidden, situation),
                    new[:, :, columns],
                    found[:, columns],
                    np.nan_to_num(np.take_along_axis(total, best, axis=1), nan=-np.inf),
                    np.take_along_axis(later, best, axis=1),
                    later.sum(axis=1),
                )
            )
        lessons, features, *rest = zip(*parts, strict=True)
        together = [np.concatenate(part) for part in rest]
        return cls(Lessons.joined(lessons), np.concatenate(features, axis=1), *together)

    def best(self, weights: FloatArray, share: float | None) -> Newcomers:
        """The scale and the offset to take; weights sum to 1, shape (num_scorers,)."""
        silent = np.isnan(self.features[weights > 0]).all(axis=0)
        scores = np.tensordot(weights, np.nan_to_num(self.features), 1)
        scores[silent] = -np.inf
        order = np.argsort(-scores, axis=1)[:, :_PLACES]
        scores = np.take_along_axis(scores, order, axis=1)
        found = np.take_along_axis(self.found, order, axis=1)
        last = np.where(np.isfinite(self.totals), self.totals, np.inf).min(axis=1)
        if not np.isfinite(last).any():
            return Newcomers(weights, 0.0)
        threshold = np.median(last[np.isfinite(last)])
        heights = np.quantile(scores[np.isfinite(scores)], np.linspace(0, 1, _OFFSETS))
        tried = [(scale, float(threshold - scale * height)) for scale in _SCALES for height in heights]
        judged = [self._judged(scale * scores + offset, found) for scale, offset in tried]
        best = max(range(len(tried)), key=lambda index: _worth(judged[index], share))
        scale, offset = tried[best]
        return Newcomers(scale * weights, offset)

    def _judged(self, scores: FloatArray, found: BoolArray) -> tuple[float, float, float]:
        """Recall of hidden likes, what share of the recall of known ones is lost, share of the places."""
        together = np.concatenate([self.totals, scores], axis=1)
        first = np.argsort(-together, axis=1, kind="stable")[:, :_PLACES]
        places = self.totals.shape[1]
        hits = np.take_along_axis(np.concatenate([self.hits, found], axis=1), first, axis=1)
        new = first >= places
        cold = (hits & new).sum(axis=1) / np.maximum(self.found.sum(axis=1), 1)
        # means over all people: who has no known item to find adds 0 to both
        before = (self.hits.sum(axis=1) / np.maximum(self.wanted, 1)).sum()
        after = ((hits & ~new).sum(axis=1) / np.maximum(self.wanted, 1)).sum()
        lost = 1 - after / before if before else 0.0
        return float(cold.mean()), float(lost), float(new.mean())


def _worth(judged: tuple[float, float, float], share: float | None) -> tuple[float, float]:
    """What to prefer: first what keeps to the price or the share, then what finds the most."""
    found, lost, taken = judged
    if share is None:
        return (0.0 if lost <= PRICE else PRICE - lost), found
    return -round(abs(taken - share), 2), found
