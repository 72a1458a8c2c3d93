"""What a ranking depends on beside the scores: how much is known of the person, and of each item."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hybrid.profiles import Profiles
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, FloatArray, KnowledgeGraph

ABOUT_PEOPLE = ("history length",)
ABOUT_ITEMS = ("likes", "facts", "text", "age")
WISHES = ("text", "entities")
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Situation:
    """Traits of a batch of people and of all items.

    Attributes:
        people: by `ABOUT_PEOPLE`, shape (n, 1): log(1 + likes known of the person).
        items: by `ABOUT_ITEMS`, shape (num_items, 4): log(1 + likes), log(1 + facts), whether there is a
            text, log(1 + days from the item's first like to the newest of all); NaN where its age is unknown.
        asks: what the wish of each person has, by `WISHES`, shape (n, 2); nobody wishes anything where it is
            empty.
        new_people: of whom no like was learned from, shape (n,); nobody where it is empty.
        shifts: what the items' traits multiply each scorer's weight by, where that is known already,
            see `Ranker.shifts`.
    """

    people: FloatArray
    items: FloatArray
    asks: BoolArray = field(default_factory=lambda: np.zeros((0, len(WISHES)), dtype=np.bool_))
    new_people: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    shifts: ScoreArray | None = None

    @property
    def new_items(self) -> BoolArray:
        """Which items nobody has liked, shape (num_items,)."""
        return np.asarray(self.items[:, ABOUT_ITEMS.index("likes")] == 0)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a graph's items and people, so that the situation of any people follows at once.

    Attributes:
        items: see `Situation`.
        liking: which users have a like that was learned from, shape (num_users,).
    """

    items: FloatArray
    liking: BoolArray

    @classmethod
    def of(cls, graph: KnowledgeGraph) -> Circumstances:
        """Those of a graph."""
        likes = np.bincount(graph.interactions.items, minlength=graph.num_items)
        first = graph.first("item")
        ends = np.concatenate([graph.edges.heads, graph.edges.tails])
        facts = np.bincount(ends, minlength=graph.num_nodes)[first : first + graph.num_items]
        texts = np.array([bool(text.strip()) for text in graph.item_texts], dtype=np.float64)
        liking = np.bincount(graph.interactions.users, minlength=graph.num_users) > 0
        traits = np.vstack([np.log1p(likes), np.log1p(facts), texts, _ages(graph)])
        return cls(traits.T, liking)  # each trait lies in one piece: whole columns are read for every query

    def around(self, profiles: Profiles, *, new: bool = False) -> Situation:
        """The situation of a batch of people, taken for new ones whoever they are where `new` says so."""
        known = np.append(self.liking, np.False_)[profiles.users]  # row -1, somebody new, is the last
        asks = np.array([(bool(wish.text.strip()), bool(wish.entities)) for wish in profiles.wishes])
        people = np.log1p(profiles.lengths)[:, None]
        return Situation(people, self.items, asks.reshape(-1, len(WISHES)), ~known | new)


def _ages(graph: KnowledgeGraph) -> FloatArray:
    likes = graph.interactions.take(~np.isnan(graph.interactions.times))
    if not len(likes):
        return np.full(graph.num_items, np.nan)
    first = np.full(graph.num_items, np.inf)
    np.minimum.at(first, likes.items, likes.times)
    ages = np.full(graph.num_items, np.nan)
    known = np.isfinite(first)
    ages[known] = np.log1p((likes.times.max() - first[known]) / _DAY)
    return ages
