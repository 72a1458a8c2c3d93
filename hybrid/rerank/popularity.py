"""Popularity control: what everybody knows anyway stands lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.base import Stage
from hybrid.rerank.scales import standard

if TYPE_CHECKING:
    from hybrid.rerank.base import Candidates, Context


@dataclass(frozen=True)
class Popularity(Stage):
    """A penalty on popularity: score - weight * z(log(1 + number of people who like the item)).

    The scores are brought to mean 0 and standard deviation 1 over the person's candidates first, and so is
    the logarithm, so that a weight means the same for every scorer and every person.

    Args:
        weight: of the penalty, at least 0; 1 makes popularity and score weigh the same.
    """

    name: ClassVar[str] = "popularity"
    purpose: ClassVar[str] = "popularity control: what many people like stands lower"

    weight: float = 0.3

    def __post_init__(self) -> None:
        self._within("weight", 0)

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The candidates ordered by their lowered scores."""
        popularity = np.log1p(context.stock.popularity)
        penalty = standard(np.where(candidates.filled, popularity[candidates.items], np.nan))
        return candidates.rescored(standard(candidates.scores) - self.weight * penalty)

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Says how many people like the item."""
        stock, than = context.stock, "fewer" if up else "more"
        people = f"{stock.popularity[after.items[row, place]]} of {stock.graph.num_users} people"
        return f"{people} like it, {than} than what it changed places with"
