"""Which items of a list were moved, and which only made room."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.graph import IntArray


def moved(before: IntArray, after: IntArray) -> Iterator[tuple[int, int | None]]:
    """The smallest set of items whose moving explains a new order; the others stay in order among themselves.

    Those are the items outside a longest increasing subsequence of the former places (Schensted 1961).

    Args:
        before: item rows of one person, best first, -1 for an empty place, shape (m,).
        after: likewise, shape (k,); items may have gone or come.

    Yields:
        Place in `after` and place in `before` of each, both from 0, the latter None for an item that came.
    """
    places = {int(item): place for place, item in enumerate(before) if item >= 0}
    earlier = [places.get(int(item)) for item in after if item >= 0]
    stayed = [place for place in earlier if place is not None]
    kept = {stayed[index] for index in _rising(stayed)}
    for place, former in enumerate(earlier):
        if former is None or former not in kept:
            yield place, former


def _rising(numbers: Sequence[int]) -> list[int]:
    """Indexes of a longest increasing subsequence of different numbers, in order."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(tails, number)
        previous.append(ends[length - 1] if length else -1)
        tails[length : length + 1], ends[length : length + 1] = [number], [index]
    found = []
    index = ends[-1] if ends else -1
    while index >= 0:
        found.append(index)
        index = previous[index]
    return found[::-1]
