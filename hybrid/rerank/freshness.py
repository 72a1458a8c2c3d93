"""Freshness: newer items stand higher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.rerank.base import Stage
from hybrid.rerank.scales import neutral, unit
from kg.errors import QueryError

if TYPE_CHECKING:
    from hybrid.rerank.base import Candidates, Context
    from hybrid.rerank.stock import Stock
    from kg.graph import FloatArray

_DAY = 86_400.0


@dataclass(frozen=True)
class Freshness(Stage):
    """A premium on newness that halves with age: score + weight * 2^(-age / half_life).

    The score is scaled to 0 .. 1 over the person's candidates. The age is counted from the item's date to the
    time of the query; an item that is newer than the query is as good as new. An item without a date gets the
    mean premium of the person's other candidates.

    Args:
        weight: of the premium, at least 0.
        half_life: days in which it halves, above 0.
        year: name of the number that is an item's year; where "", the date is that of the first like.
    """

    name: ClassVar[str] = "freshness"
    purpose: ClassVar[str] = "freshness: newer items stand higher"

    weight: float = 0.2
    half_life: float = 365.0
    year: str = ""

    def __post_init__(self) -> None:
        self._within("weight", 0)
        self._within("half_life", 0, above=True)

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The candidates ordered by their scores with the premium."""
        dates = self._dates(context.stock)[candidates.items]
        ages = np.maximum(self._now(context) - dates, 0) / _DAY
        premium = neutral(np.where(candidates.filled, np.exp2(-ages / self.half_life), np.nan))
        return candidates.rescored(unit(candidates.scores) + self.weight * premium)

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Says how old the item is."""
        date = self._dates(context.stock)[after.items[row, place]]
        if np.isnan(date):
            return "nobody knows how old it is"
        day = np.datetime64(int(date), "s")
        since = f"it is from {day.astype('M8[Y]')}" if self.year else f"first liked on {day.astype('M8[D]')}"
        return f"{since}, {'newer' if up else 'older'} than what it changed places with"

    def _dates(self, stock: Stock) -> FloatArray:
        if self.year:
            return stock.years(self.year)
        if np.isnan(stock.latest):
            raise QueryError(
                f"stage {self.name!r}: no like of graph {stock.graph.name!r} has a time; "
                "name the number that is the year of an item, as in freshness:year=NAME"
            )
        return stock.first_likes

    def _now(self, context: Context) -> FloatArray:
        """When each person asks, shape (n, 1); where no like has a time, the date of the newest item."""
        stock = context.stock
        newest = np.nanmax(self._dates(stock)) if np.isnan(stock.latest) else stock.latest
        asked = np.full(len(context.profiles), np.nan) if context.times is None else context.times
        return np.where(np.isnan(asked), newest, asked)[:, None]
