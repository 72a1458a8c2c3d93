"""Business rules as arrays, checked against each other, and the list that keeps them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.rerank.groups import ITEM
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hybrid.rerank.groups import Groups
    from hybrid.rerank.rulefile import Rule
    from kg.graph import BoolArray, IntArray


@dataclass(frozen=True)
class Plan:
    """Rules over the items of a graph, for lists of a length.

    Attributes:
        n: the length of the lists.
        excluded: items that may not be recommended, shape (num_items,).
        pins: item by place, from 0.
        includes: further items that must be in the list.
        quotas: the rules of at least and at most.
        members: the items that each quota counts, shape (number of quotas, num_items).
        least: how many of them there must be, 0 for none, shape (number of quotas,).
        most: how many there may be, n for any, shape (number of quotas,).
    """

    n: int
    excluded: BoolArray
    pins: Mapping[int, int]
    includes: tuple[int, ...]
    quotas: tuple[Rule, ...]
    members: BoolArray
    least: IntArray
    most: IntArray

    @classmethod
    def of(cls, rules: Sequence[Rule], groups: Groups, n: int) -> Plan:
        """Look the rules' items up and check them against each other.

        Raises:
            QueryError: a rule names what the graph does not know, or cannot be kept together with another.
        """
        found = {rule: _members(rule, groups) for rule in rules}
        excluded = np.zeros(groups.graph.num_items, dtype=np.bool_)
        for rule in _of_kind(rules, "exclude"):
            excluded |= found[rule]
        items = {rule: int(found[rule].argmax()) for rule in rules if rule.group.what == ITEM}
        pins = {rule.number - 1: items[rule] for rule in _of_kind(rules, "pin")}
        includes = dict.fromkeys(items[rule] for rule in _of_kind(rules, "include"))
        quotas = tuple(dict.fromkeys(_of_kind(rules, "at_least", "at_most")))
        numbers = np.array([rule.number for rule in quotas], dtype=np.int64)
        lower = np.array([rule.kind == "at_least" for rule in quotas], dtype=np.bool_)
        members = np.zeros((len(quotas), len(excluded)), dtype=np.bool_)
        for row, rule in enumerate(quotas):
            members[row] = found[rule] & ~excluded
        _check_places(rules, items, n)
        _check_excluded(rules, found, excluded)
        plan = cls(
            n,
            excluded,
            pins,
            tuple(item for item in includes if item not in pins.values()),
            quotas,
            members,
            np.where(lower, numbers, 0),
            np.where(lower, n, numbers),
        )
        plan._check()
        return plan

    def kept(self, items: IntArray) -> BoolArray:
        """Which lists (their first n places) keep the quotas, shape (k,); `items` has shape (k, m)."""
        shown = items[:, : self.n]
        counts = (self.members[:, shown] & (shown >= 0)).sum(axis=2)
        return np.asarray(((counts >= self.least[:, None]) & (counts <= self.most[:, None])).all(axis=0))

    def counts(self, items: IntArray) -> IntArray:
        """How many items of a list each quota counts, shape (number of quotas,)."""
        return np.asarray(self.members[:, items].sum(axis=1))

    def arranged(self, items: IntArray, forbidden: IntArray) -> list[int]:
        """One person's candidates with the rules kept, as far as the candidates allow; the best first.

        What must be in the list is in it; then each item goes in that an "at least" still lacks, best first;
        then all others in order, but for what an "at most" has enough of. A list that cannot be filled stays
        shorter.

        Args:
            items: the candidates, none of them excluded, best first, shape (m,).
            forbidden: items that may not be brought in, for instance those liked already.
        """
        banned = set(forbidden.tolist())
        pins = {place: item for place, item in self.pins.items() if item not in banned}
        forced = [*pins.values(), *(item for item in self.includes if item not in banned)]
        free = items[~np.isin(items, forced)]
        chosen = self._chosen(np.array(forced, dtype=np.int64), free)
        ranks = {item: rank for rank, item in enumerate(items.tolist())}
        loose = [item for item in (*forced, *free[chosen].tolist()) if item not in pins.values()]
        loose.sort(key=lambda item: ranks.get(item, len(ranks)))
        listed = _placed(loose, pins)
        return listed + (free[~chosen].tolist() if len(listed) == self.n else [])

    def _chosen(self, forced: IntArray, items: IntArray) -> BoolArray:
        """Which of the items go into the list beside those that must, shape (m,)."""
        members, counts = self.members[:, items], self.counts(forced)
        chosen = np.zeros(len(items), dtype=np.bool_)
        for needed in (True, False):
            for room in range(self.n - len(forced) - int(chosen.sum()), 0, -1):
                worth = self._worth(members, counts, room) if needed else np.ones(len(items))
                fits = ~(members & (counts >= self.most)[:, None]).any(axis=0) & ~chosen & (worth > 0)
                if not fits.any():
                    break
                best = int(np.where(fits, worth, 0).argmax())
                chosen[best] = True
                counts = counts + members[:, best]
        return chosen

    def _worth(self, members: BoolArray, counts: IntArray, room: int) -> IntArray:
        """How many items each serves that are lacking; 1 for all that do where there is room for one each."""
        lacking = np.maximum(self.least - counts, 0)
        serves = (members & (lacking > 0)[:, None]).sum(axis=0)
        return np.asarray(serves if lacking.sum() > room else np.minimum(serves, 1))

    def _check(self) -> None:
        forced = np.array([*self.pins.values(), *self.includes], dtype=np.int64)
        if len(forced) > self.n:
            raise QueryError(f"the rules put {len(forced)} items into a list of {self.n}")
        counts = self.counts(forced)
        for row, rule in enumerate(self.quotas):
            if counts[row] > self.most[row]:
                raise QueryError(f'rule "{rule}": other rules put {counts[row]} of them into the list')
            if self.least[row] > self.n:
                raise QueryError(f'rule "{rule}": a list of {self.n} cannot hold so many')
            if self.least[row] > self.members[row].sum():
                raise QueryError(f'rule "{rule}": only {self.members[row].sum()} of them may be recommended')
        self._check_pairs()

    def _check_pairs(self) -> None:
        for row, other in itertools.permutations(range(len(self.quotas)), 2):
            all_in = not (self.members[row] & ~self.members[other]).any()
            if all_in and self.least[row] > self.most[other]:
                raise _contradiction(self.quotas[row], self.quotas[other])
        apart = self.members[self.least > 0].sum(axis=0).max(initial=0) <= 1
        if apart and self.least.sum() > self.n:
            raise QueryError(f"the rules ask for at least {self.least.sum()} items in a list of {self.n}")


def _placed(loose: Sequence[int], pins: Mapping[int, int]) -> list[int]:
    """The items of a list, those that are pinned at their places, or at the end where it is too short."""
    listed, waiting = [], list(loose)
    for place in range(len(loose) + len(pins)):
        if place in pins:
            listed.append(pins[place])
        elif waiting:
            listed.append(waiting.pop(0))
    return listed + [item for place, item in sorted(pins.items()) if item not in listed]


def _contradiction(rule: Rule, other: Rule) -> QueryError:
    return QueryError(f'rules "{rule}" and "{other}" contradict each other')


def _of_kind(rules: Iterable[Rule], *kinds: str) -> list[Rule]:
    return [rule for rule in rules if rule.kind in kinds]


def _members(rule: Rule, groups: Groups) -> BoolArray:
    try:
        return groups.members(rule.group.what, rule.group.value)
    except QueryError as error:
        raise QueryError(f'rule "{rule}": {error}') from None


def _check_places(rules: Sequence[Rule], items: Mapping[Rule, int], n: int) -> None:
    pins = dict.fromkeys(_of_kind(rules, "pin"))
    for rule in pins:
        if rule.number > n:
            raise QueryError(f'rule "{rule}": the list has {n} places')
    for rule, other in itertools.combinations(pins, 2):
        if rule.number == other.number or items[rule] == items[other]:
            raise _contradiction(rule, other)


def _check_excluded(rules: Sequence[Rule], found: Mapping[Rule, BoolArray], excluded: BoolArray) -> None:
    for rule in _of_kind(rules, "pin", "include"):
        if excluded[found[rule]].any():
            other = next(known for known in _of_kind(rules, "exclude") if (found[known] & found[rule]).any())
            raise _contradiction(rule, other)
