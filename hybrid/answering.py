"""Answers: what all scorers say of the items to who asks, and the paths and confidence that go with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.paths import Surroundings
from hybrid.ranking import Recommendation
from hybrid.reasons.attribution import attribute
from hybrid.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.asked import Asked
    from hybrid.panel import Panel
    from hybrid.profiles import Profiles
    from hybrid.rerank import Stock
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, IntArray, KnowledgeGraph
    from kg.paths import PathFinder, ReasoningPath


@dataclass(frozen=True)
class Answerer:
    """Gives every item its score, its parts, its paths and its confidence.

    Attributes:
        graph: the graph learned from.
        panel: the fitted scorers and their weights.
        finder: finds paths, and tells them in words.
        stock: what is known of the items.
        seed: of what is drawn.
    """

    graph: KnowledgeGraph
    panel: Panel
    finder: PathFinder
    stock: Stock
    seed: int

    @cached_property
    def surroundings(self) -> Surroundings:
        """What a taste judges paths by."""
        return Surroundings.of(self.graph)

    def tally(
        self, asked: Asked, allowed: BoolArray, scores: Mapping[str, ScoreArray] | None = None
    ) -> Tally:
        """What is said of every item that is allowed, shape (num_items,), to who asks.

        Args:
            asked: what is asked.
            allowed: True for what may be recommended, shape (num_items,).
            scores: what `panel.scores` says, where it is known already.
        """
        parts = self.panel.parts(asked.profile, allowed[None], scores)
        tally = Tally(self.panel.ranker.part_names, parts[:, 0], self.panel.ranker.total(parts)[0])
        known = {member.name for member in self.panel.members if member.kind == "popularity"}
        guessed = asked.nobody or known.issuperset(tally.speakers)
        tally = replace(tally, guessed=tally.speaks and guessed)
        if tally.guessed and not (asked.narrowed or asked.somebody):
            raise asked.nothing()
        if asked.narrowed and not tally.speaks:
            tally = tally.by_popularity(self.stock.popularity, allowed)
        if asked.disliked is None:
            return tally
        return tally.without(self.panel.ranker.total(self.panel.parts(asked.disliked, allowed[None]))[0])

    def recommendation(
        self,
        person: Profiles,
        item: int,
        tally: Tally,
        paths: tuple[ReasoningPath, ...],
        notes: tuple[str, ...],
    ) -> Recommendation:
        """One item (row) as it is answered, with its paths."""
        parts = tally.of(item)
        score = float(np.nansum(list(parts.values())))
        sure = self._confidence(person, item, tally)
        return Recommendation(
            self.graph.items.ids[item], self.graph.item_label(item), score, parts, paths, notes, sure
        )

    def paths(
        self,
        person: Profiles,
        allowed: BoolArray,
        items: IntArray,
        count: int,
        scores: Mapping[str, ScoreArray] | None = None,
    ) -> list[tuple[ReasoningPath, ...]]:
        """The strongest reasoning paths from a person's likes to each of some items (rows).

        Args:
            person: a batch of one.
            allowed: True for what may be recommended, shape (num_items,).
            items: rows of the items.
            count: how many paths, at most, for each.
            scores: what `panel.scores` says, where it is known already.
        """
        if not len(person.items) or not count or not len(items):
            return [()] * len(items)
        gave = attribute(self.panel, person, allowed, items, seed=self.seed, scores=scores).likes.T
        user = int(person.users[0])
        return [
            self.finder.best(person.items, shares, int(item), k=count, person=user)
            for item, shares in zip(items, gave, strict=True)
        ]

    def doubts(self, chosen: Sequence[Recommendation]) -> tuple[str, ...]:
        """A note where a list promises far less than a usual one."""
        promised = np.array([each.confidence for each in chosen[:10]])
        known = self.panel.ranker.confidence
        if known is None or np.isnan(promised).any() or not known.thin(promised):
            return ()
        return (
            f"the evidence is thin: of such items {promised.mean():.0%} are liked, {known.usual:.0%} where "
            "more is known",
        )

    def _confidence(self, profile: Profiles, item: int, tally: Tally) -> float:
        """How likely an item is to be liked; NaN for wishes, of which it is not known what came."""
        known, wish = self.panel.ranker.confidence, profile.wishes[0]
        if known is None or wish.text.strip() or wish.entities or np.isnan(tally.total[item]):
            return float("nan")
        place = 1 + np.count_nonzero(tally.total > tally.total[item])
        return float(known.of(tally.total[item], place, profile.lengths[0]))
