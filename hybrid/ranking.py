"""What the recommender answers."""

from __future__ import annotations

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
    """

    item: str
    label: str
    score: float
    parts: Mapping[str, float]
    paths: tuple[ReasoningPath, ...]
    notes: tuple[str, ...] = ()


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
