"""What the recommender answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybrid.query import Query
    from kg.paths import ReasoningPath


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommended item.

    Attributes:
        item: its id.
        label: its name for people.
        score: the sum of the parts.
        parts: what each scorer gave to the score, NaN for a scorer that abstained; and what was taken off
            for dislikes, or given for popularity where nothing else told, see `hybrid.tally`.
        paths: the best reasoning paths from the person's history to the item, strongest first.
        notes: what re-ranking did to it, in words; of an explanation, what of the query could not be used,
            and why the item would not be recommended.
        confidence: how likely it is to be among the next likes, 0 to 1, as validation showed for such scores
            (`hybrid.confidence`); NaN where that is not known.
    """

    item: str
    label: str
    score: float
    parts: Mapping[str, float]
    paths: tuple[ReasoningPath, ...]
    notes: tuple[str, ...] = ()
    confidence: float = math.nan


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a query: recommendations, best first, and notes on what could not be used."""

    query: Query
    recommendations: tuple[Recommendation, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.recommendations)

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.recommendations)

    @property
    def items(self) -> tuple[str, ...]:
        """The recommended ids, best first."""
        return tuple(recommendation.item for recommendation in self.recommendations)

    def _repr_html_(self) -> str:
        """The items with a sentence and a picture each, for notebooks."""
        from hybrid.reasons.pictures.page import ranking_html  # noqa: PLC0415  (matplotlib takes a second)

        return ranking_html(self)._repr_html_()
