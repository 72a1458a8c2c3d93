"""From judged pairs of two tables to one partner each: the best first, and where two are as good, neither."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Pair(NamedTuple):
    """Two records' ids and the judgement of them, see `judge.Judgement`."""

    left: str
    right: str
    score: float
    reason: str
    enough: bool = True
    by_id: bool = False


def best(
    pairs: Iterable[Pair], *, threshold: float, margin: float, one_to_one: bool
) -> tuple[list[Pair], list[Pair]]:
    """Choose pairs greedily by score, in an order that only the scores make.

    Args:
        pairs: in any order.
        threshold: the least score of a pair that is taken.
        margin: a pair is left to a person where another one for the same record is less than this behind it.
        one_to_one: a right record may be taken once only; a left one always is.

    Returns:
        The pairs taken and those that only a person can tell, the best first. A pair of records of which one
        found a better partner is in neither.
    """
    ordered = sorted(pairs, key=_surest)
    strong = [pair for pair in ordered if pair.enough and pair.score >= threshold]
    rivals = _Rivals(strong, one_to_one=one_to_one)
    taken: list[Pair] = []
    unsure: dict[Pair, None] = {}
    for _, level in groupby(strong, key=attrgetter("score")):
        for equal in rivals.settle(level, margin):
            if len(equal) == 1:
                taken += equal
            else:
                unsure |= dict.fromkeys(explained(pair, "; another pair is as good") for pair in equal)
    weak = [pair for pair in ordered if not (pair.enough and pair.score >= threshold) and rivals.free(pair)]
    return taken, sorted([*unsure, *(explained(pair, "; not enough") for pair in weak)], key=_surest)


def explained(pair: Pair, more: str) -> Pair:
    """A pair with more words to its reason."""
    return pair._replace(reason=pair.reason + more)


def _surest(pair: Pair) -> tuple[float, str, str]:
    return (-pair.score, pair.left, pair.right)


class _Rivals:
    """Which records still want a partner."""

    def __init__(self, pairs: Iterable[Pair], *, one_to_one: bool) -> None:
        self._one_to_one = one_to_one
        self._left: dict[str, list[Pair]] = defaultdict(list)
        self._right: dict[str, list[Pair]] = defaultdict(list)
        self._closed: set[tuple[str, str]] = set()
        for pair in pairs:
            self._left[pair.left].append(pair)
            self._right[pair.right].append(pair)

    def free(self, pair: Pair) -> bool:
        """Whether no record of a pair is closed."""
        right = self._one_to_one and ("right", pair.right) in self._closed
        return not right and ("left", pair.left) not in self._closed

    def settle(self, level: Iterable[Pair], margin: float) -> list[list[Pair]]:
        """Look at open pairs of one score, all at the same time, so that their order does not matter.

        Returns:
            For each of them itself and the open pairs of its records that are less than a margin behind. The
            records of all these are closed.
        """
        found = [self._within(pair, margin) for pair in level if self.free(pair)]
        for pair in (pair for equal in found for pair in equal):
            self._closed |= {("left", pair.left), ("right", pair.right)}
        return found

    def _within(self, pair: Pair, margin: float) -> list[Pair]:
        same_right = self._right[pair.right] if self._one_to_one else []
        rivals = dict.fromkeys([pair, *self._left[pair.left], *same_right])
        return [other for other in rivals if other.score > pair.score - margin and self.free(other)]
