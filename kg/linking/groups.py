"""Pairs within one table become groups without contradictions, each with one record that is kept."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.linking.choose import Pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.linking.judge import Judge
    from kg.linking.records import Profile, Record


@dataclass
class _Group:
    """Records taken for one so far, what can be said against it, and whom it must not meet."""

    members: list[str]
    profiles: set[Profile]
    different: set[str] = field(default_factory=set)


class Groups:
    """Joins records pair by pair (union-find, the smaller group into the larger).

    Args:
        records: the records by id.
        different: pairs that a person has told apart.
        judge: says what speaks against two of them being one.
    """

    def __init__(
        self, records: Mapping[str, Record], different: Iterable[tuple[str, str]], judge: Judge
    ) -> None:
        self._judge = judge
        self._records = records
        self._of: dict[str, _Group] = {}
        self._joined: dict[str, list[Pair]] = defaultdict(list)
        for one, other in different:
            self._group(one).different.add(other)
            self._group(other).different.add(one)

    def join(self, pair: Pair, *, sure: bool = False) -> str:
        """Join two records and with them their groups, or say in words why not; "" where they are joined.

        Args:
            pair: the records; where an outside id joins them, years that differ do not matter.
            sure: a person said so; nothing but another person's word speaks against it.
        """
        one, other = self._group(pair.left), self._group(pair.right)
        if one is other:
            return ""
        if one.different & set(other.members):
            return "a person has told them, or records joined with them, apart"
        if not sure and (why := self._contradiction(one, other, by_id=pair.by_id)):
            return why
        small, large = sorted((one, other), key=lambda group: len(group.members))
        large.members += small.members
        large.profiles |= small.profiles
        large.different |= small.different
        self._of.update(dict.fromkeys(small.members, large))
        self._joined[pair.left].append(pair)
        self._joined[pair.right].append(pair)
        return ""

    def apart(self, pair: Pair) -> bool:
        """Whether two records are in different groups and no person has told these apart."""
        one, other = self._group(pair.left), self._group(pair.right)
        return one is not other and not one.different & set(other.members)

    def members(self) -> Iterator[list[str]]:
        """The members of each group of two or more."""
        seen: set[int] = set()
        for group in self._of.values():
            if id(group) not in seen and len(group.members) > 1:
                seen.add(id(group))
                yield group.members

    def reasons(self, kept: str) -> Iterator[Pair]:
        """For each other member of a record's group how it came there: kept, member, score, reason."""
        reached, waiting = {kept: 1.0}, deque([kept])
        while waiting:
            here = waiting.popleft()
            for pair in self._joined[here]:
                there = pair.right if pair.left == here else pair.left
                if there in reached:
                    continue
                reached[there] = min(reached[here], pair.score)
                through = "" if here == kept else f", by way of {self._records[here].label!r} ({here})"
                yield Pair(kept, there, reached[there], pair.reason + through)
                waiting.append(there)

    def _group(self, record: str) -> _Group:
        if record not in self._of:
            self._of[record] = _Group([record], {self._records[record].profile})
        return self._of[record]

    def _contradiction(self, one: _Group, other: _Group, *, by_id: bool) -> str:
        for mine in one.profiles:
            for theirs in other.profiles:
                if why := self._judge.against(mine, theirs, by_id=by_id):
                    return why
        return ""
