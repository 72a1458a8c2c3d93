"""What a ranker learns from: the best items of every scorer, for people whose next likes are known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from hybrid.evaluation.protocol import history_mask
from hybrid.profiles import Profiles
from hybrid.ranker import calibrated
from hybrid.situation import Circumstances
from hybrid.tuning import some_people

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from hybrid.scorers.base import Scorer
    from hybrid.situation import Situation
    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph

_SHORT = 100
_PEOPLE = 5_000  # at most; with 700 items and 12 scorers each they take 170 MB
_CELLS = 2_000_000  # scores of one scorer at a time


@dataclass(frozen=True)
class Lessons:
    """The items of n people that some scorer has among its first 100; no other comes near the top.

    Attributes:
        items: rows of the item vocabulary, shape (n, width).
        scores: calibrated, NaN where a scorer abstains, shape (n, width, num_scorers).
        liked: whether it is a validation item, shape (n, width).
        real: whether there is an item in this place, shape (n, width).
        wanted: how many candidates are validation items, at least 1, shape (n,).
        people: traits of the people (`hybrid.situation`), shape (n, num_people_traits).
    """

    items: IntArray
    scores: npt.NDArray[np.float32]
    liked: BoolArray
    real: BoolArray
    wanted: IntArray
    people: FloatArray

    @classmethod
    def of(cls, features: npt.NDArray[np.float32], positives: BoolArray, situation: Situation) -> Self:
        """Those of some people; who has no positive among the candidates teaches nothing and is left out.

        Args:
            features: calibrated scores, shape (num_scorers, n, num_items); NaN where a scorer abstains. An
                item for which all are NaN is no candidate.
            positives: the items liked in the validation interactions, shape (n, num_items).
            situation: of the n people.
        """
        candidates = np.asarray(~np.isnan(features).all(axis=0))
        found = positives & candidates
        rows = np.flatnonzero(found.any(axis=1))
        features, found = features[:, rows], found[rows]
        short = shortlisted(features, candidates[rows])
        width = int(short.sum(axis=1).max(initial=0))
        items = np.argsort(~short, axis=1, kind="stable")[:, :width]
        real = np.take_along_axis(short, items, axis=1)
        return cls(
            items,
            np.take_along_axis(features, items[None], axis=2).transpose(1, 2, 0),
            np.take_along_axis(found, items, axis=1) & real,
            real,
            found.sum(axis=1),
            situation.people[rows],
        )

    @classmethod
    def joined(cls, parts: Sequence[Lessons]) -> Self:
        """Those of some people after others, all as wide as the widest."""
        width = max(part.items.shape[1] for part in parts)
        wide = [part.widened(width) for part in parts]
        return cls(*(np.concatenate([getattr(part, each.name) for part in wide]) for each in fields(cls)))

    def widened(self, width: int) -> Lessons:
        """The same with empty places up to a width."""
        more = ((0, 0), (0, width - self.items.shape[1]))
        return replace(
            self,
            items=np.pad(self.items, more),
            scores=np.pad(self.scores, (*more, (0, 0)), constant_values=np.float32(np.nan)),
            liked=np.pad(self.liked, more),
            real=np.pad(self.real, more),
        )

    def __len__(self) -> int:
        """Number of people."""
        return len(self.wanted)


def study(
    scorers: Sequence[Scorer],
    graph: KnowledgeGraph,
    validation: Interactions,
    seed: int = 0,
    *,
    shown: int | None = None,
    most: int = _PEOPLE,
) -> Lessons:
    """What scorers say to some people, drawn with the seed, who went on to like something.

    Args:
        scorers: fitted to the graph.
        graph: its interactions are the histories.
        validation: what the people went on to like, unknown to the scorers.
        seed: of the people drawn.
        shown: the scorers are shown so many of each person's likes, the first; the others are neither shown
            nor candidates. All are shown where None.
        most: at most so many people.
    """
    sample = some_people(validation, most, seed)
    people, rows = np.unique(sample.users, return_inverse=True)
    around = Circumstances.of(graph).around

    def some() -> Iterator[Lessons]:
        for first, profiles in Profiles.of_users(graph, people).batches(max(1, _CELLS // graph.num_items)):
            allowed = ~history_mask(profiles, graph.num_items)
            inside = (rows >= first) & (rows < first + len(profiles))
            positives = np.zeros_like(allowed)
            positives[rows[inside] - first, sample.items[inside]] = True
            asking = profiles if shown is None else profiles.first(shown)
            features = np.stack([calibrated(scorer.score(asking), allowed) for scorer in scorers])
            yield Lessons.of(features, positives & allowed, around(asking))

    return Lessons.joined(list(some()))


def shortlisted(features: npt.NDArray[np.float32], candidates: BoolArray) -> BoolArray:
    """Which candidates some scorer has among its first 100, shape (n, num_items); see `Lessons.of`."""
    k = min(_SHORT, candidates.shape[1])
    some = np.zeros_like(candidates)
    for scores in features:
        best = np.argpartition(-np.nan_to_num(scores, nan=-np.inf), k - 1, axis=1)[:, :k]
        np.put_along_axis(some, best, values=True, axis=1)
    some &= candidates
    return some
