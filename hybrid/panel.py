"""The scorers and the ranker that weighs them: what all of them together say of every item."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from hybrid.evaluation.protocol import history_mask

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from hybrid.profiles import Profiles
    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, ScoreArray, Scorer
    from hybrid.situation import Circumstances, Situation
    from kg.graph import BoolArray, KnowledgeGraph


@dataclass(frozen=True)
class Panel:
    """Fitted scorers with what weighs them.

    Attributes:
        members: the scorers.
        ranker: their weights.
        circumstances: what the weights depend on.
    """

    members: tuple[Scorer, ...]
    ranker: Ranker
    circumstances: Circumstances

    def around(self, profiles: Profiles) -> Situation:
        """What the weights depend on where some people ask."""
        return replace(self.circumstances.around(profiles), shifts=self._shifts)

    def scores(self, profiles: Profiles) -> dict[str, ScoreArray]:
        """What those scorers say that have a weight for the people, shape (len(profiles), num_items) each."""
        speaking = self.ranker.speaking(self.around(profiles))
        return {scorer.name: scorer.score(profiles) for scorer in self.members if scorer.name in speaking}

    def parts(
        self, profiles: Profiles, allowed: BoolArray, scores: Mapping[str, ScoreArray] | None = None
    ) -> ScoreArray:
        """What each scorer gives to each item.

        Args:
            profiles: n people.
            allowed: True for what may be recommended, shape (n, num_items).
            scores: of the people, where they are known already.

        Returns:
            Shape (len(ranker.part_names), n, num_items), NaN where a scorer abstains or nothing is allowed.
        """
        given = self.scores(profiles) if scores is None else scores
        return self.ranker.parts(given, allowed, self.around(profiles))

    def score(self, profiles: Profiles, allowed: BoolArray | None = None) -> ScoreArray:
        """Combined scores, shape (len(profiles), num_items); NaN for what is not allowed or unknown to all.

        Args:
            profiles: n people.
            allowed: True for what may be recommended, shape (n, num_items); all that is not liked where None.
        """
        situation = self.around(profiles)
        if allowed is None:
            allowed = ~history_mask(profiles, len(situation.items))
        return self.ranker.score(self.scores(profiles), allowed, situation)

    def over(
        self,
        before: KnowledgeGraph,
        after: KnowledgeGraph,
        resources: Resources,
        names: Container[str] | None = None,
    ) -> Panel:
        """The same over a graph with other facts or likes (see `Scorer.over`); weights stay what they are.

        Args:
            before: the graph that it is over.
            after: the other graph.
            resources: with the texts and images of its items.
            names: of the scorers that will be asked; the others stay over the first graph. All where None.
        """
        members = tuple(
            member.over(before, after, resources) if names is None or member.name in names else member
            for member in self.members
        )
        return replace(self, members=members)

    @cached_property
    def _shifts(self) -> ScoreArray:
        """See `Ranker.shifts`: the items are the same for every query."""
        return self.ranker.shifts(self.circumstances.items)
