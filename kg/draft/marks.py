"""Numbers beside a user and an item: marks, counts, or neither."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.draft.column import Column

MOST_MARKS = 21
SCALES = frozenset({1, 3, 4, 5, 6, 7, 10, 20, 100})  # the best mark of usual scales
STARS: frozenset[tuple[float, float, int]] = frozenset(
    {(1, 5, 5), (0.5, 5, 10), (0, 5, 6), (0, 5, 11), (1, 10, 10), (0, 10, 11)}
)  # low, high, how many
BEST = 100
LIKED = 0.8  # of the best mark
FEWEST_COUNTS = 4


def are_marks(column: Column) -> bool:
    """Whether the numbers look like marks: few different ones, on a usual scale, no counts."""
    few = column.sort in {"integer", "number", "flag"} and column.distinct <= MOST_MARKS
    scaled = column.low >= -1 and (column.high <= BEST if column.named else column.high in SCALES)
    return few and scaled and not _are_counts(column)


def are_stars(column: Column) -> bool:
    """Whether the numbers are all marks of one of the most usual scales, whatever the column is called."""
    ends = (column.low, column.high, column.distinct)
    return column.sort in {"integer", "number"} and ends in STARS and not _are_counts(column)


def _are_counts(column: Column) -> bool:
    """Whether 1 is by far the most frequent number, and the larger ones are the rarer."""
    counts = column.counts or {}
    if column.low != 1 or column.odd or len(counts) < FEWEST_COUNTS:
        return False
    often = [counts[value] for value in sorted(counts, key=float)]
    falling = sum(one >= other for one, other in pairwise(often))
    return often[0] == max(often) > 2 * often[-1] and falling >= LIKED * (len(often) - 1)


def liked(low: float, high: float) -> tuple[str, str]:
    """The condition under which a mark from `low` to `high` is a like, and why.

    >>> liked(1, 5)[0], liked(0, 1)[0], liked(1, 10)[0]
    ('>= 4', '= 1', '>= 8')
    """
    if low >= -1 and high == 1:
        return "= 1", f"marks of {low:g} and 1: only a 1 says that somebody chose the item"
    limit = math.ceil(high * LIKED * 2) / 2
    told = f"marks from {low:g} to {high:g}: a low one is no recommendation, so {limit:g} and above count"
    return f">= {limit:g}", told
