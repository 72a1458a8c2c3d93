"""The smallest set of likes, or of facts, without which an item leaves the first places."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hybrid.query import check_count
from hybrid.reasons.attribution import attribute
from hybrid.reasons.trials import Trials
from kg.changes import facts_of, told
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hybrid.asked import Asked
    from hybrid.query import Query
    from hybrid.recommender import Recommender
    from kg.changes import Fact
    from kg.graph import IntArray

_PAIRED = 14  # of the likes that gave most, all pairs are tried
_FACTS = 40  # of an item are tried at most
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What an item hangs on.

    Attributes:
        item: id of the item.
        n: how many places are looked at.
        place: of the item as it is, 1 for the first.
        likes: ids of the likes without which it leaves the first n places; none where it stays whatever
            goes, or has not been there.
        likes_place: its place without them.
        smallest: whether no smaller set of likes does it, or the set is only the smallest that was found.
        facts: the facts of the item, in words, without which it leaves them; none as for likes.
        facts_place: its place without them.
    """

    item: str
    n: int
    place: int
    likes: tuple[str, ...]
    likes_place: int
    smallest: bool
    facts: tuple[str, ...]
    facts_place: int


def counterfactual(recommender: Recommender, query: Query, item: str, n: int = 10) -> Counterfactual:
    """The smallest sets of likes and of facts found without which an item is not among the first n.

    All single likes are tried, then all pairs of the 14 that gave most, then the likes that gave most one
    after another, of which those that are not needed come back. Facts of the item are tried one by one, then
    the two that cost most, the four, the eight and so on. What goes from the likes is not recommended.

    Args:
        recommender: who answers.
        query: who asks, and for what.
        item: id of the item.
        n: how many places.

    Raises:
        UnknownIdError: the item is not in the graph, or the user.
        QueryError: n is no number of places, or the item may not be recommended.
    """
    check_count(n)
    asked, row = recommender.reader.read(query), recommender.graph.items.number(item)
    if unmet := asked.unmet(row):
        raise QueryError(f"item {item!r} would not be recommended: {unmet[0]}")
    search = _Search(recommender, asked, row, n)
    place = search.now
    if place > n:
        return Counterfactual(item, n, place, (), place, smallest=True, facts=(), facts_place=place)
    likes, likes_place, smallest = search.likes()
    facts, facts_place = search.facts()
    graph = recommender.graph
    return Counterfactual(
        item,
        n,
        place,
        tuple(graph.items.ids[asked.profile.items[like]] for like in likes),
        likes_place,
        smallest,
        tuple(told(graph, fact) for fact in facts),
        facts_place,
    )


class _Search:
    """Tries what happens to one item's place."""

    def __init__(self, recommender: Recommender, asked: Asked, item: int, n: int) -> None:
        self.person, self.item, self.n = asked.profile, item, n
        self.graph, self.allowed = recommender.graph, asked.allowed
        self.panel = recommender.panel
        self.trials = Trials(recommender, self.person, self.allowed)
        tally = recommender.answerer.tally(asked, self.allowed)
        alone = self.panel.score(self.person, self.allowed[None])[0]
        self._besides = np.nan_to_num(tally.total - alone)  # what is taken off for dislikes
        gave = attribute(self.panel, self.person, self.allowed, np.array([item]), dear=True)
        self._order: IntArray = np.argsort(-gave.likes[:, 0], kind="stable")
        self.now = self._among(alone)

    def likes(self) -> tuple[tuple[int, ...], int, bool]:
        """Places in the history of what must go, the item's place then, and whether fewer would not do."""
        everything = range(len(self.person.items))
        for size, some in ((1, everything), (2, sorted(self._order[:_PAIRED].tolist()))):
            tried = list(combinations(some, size))
            places = list(self.places(tried))
            if tried and max(places) > self.n:
                best = int(np.argmax(places))
                return tried[best], places[best], size == 1 or len(some) == len(everything)
        return self._many()

    def facts(self) -> tuple[tuple[Fact, ...], int]:
        """Facts of the item that must go, and its place then."""
        all_facts = facts_of(self.graph, self.graph.first("item") + self.item)[:_FACTS]
        places = [self._place_without((fact,)) for fact in all_facts]
        if places and max(places) > self.n:
            best = int(np.argmax(places))
            return (all_facts[best],), places[best]
        dearest = [all_facts[each] for each in np.argsort([-place for place in places], kind="stable")]
        size = 2
        while size < 2 * len(all_facts):
            some = tuple(dearest[:size])
            if (place := self._place_without(some)) > self.n:
                return some, place
            size *= 2
        return (), self.now

    def places(self, sets: Sequence[tuple[int, ...]]) -> Iterator[int]:
        """The item's place without each of some sets of likes; asked for in batches, as they are needed."""
        size = len(self.person.items)
        for start in range(0, len(sets), _BATCH):
            batch = sets[start : start + _BATCH]
            gone = np.zeros((len(batch), size), dtype=np.bool_)
            for row, some in enumerate(batch):
                gone[row, list(some)] = True
            people = self.person.repeated(len(batch)).without(gone.ravel())
            scores = self.panel.score(people, np.broadcast_to(self.allowed, (len(batch), len(self.allowed))))
            yield from map(self._among, scores)

    def _among(self, scores: np.ndarray) -> int:
        """The item's place; after all others where nobody can tell anything of it."""
        total = scores + self._besides
        if np.isnan(total[self.item]):
            return int(np.count_nonzero(self.allowed))
        return 1 + int(np.count_nonzero(total > total[self.item]))

    def _place_without(self, facts: tuple[Fact, ...]) -> int:
        return self._among(self.trials.without(facts).score(self.person, self.allowed[None])[0])

    def _many(self) -> tuple[tuple[int, ...], int, bool]:
        """The likes that gave most, one by one until the item is out, less those that are not needed."""
        sets = [tuple(self._order[:size].tolist()) for size in range(3, len(self._order))]
        out = next(
            (some for some, place in zip(sets, self.places(sets), strict=True) if place > self.n), None
        )
        if out is None:
            return (), self.now, True
        kept = list(out)
        for like in out[::-1]:
            fewer = tuple(each for each in kept if each != like)
            if next(self.places([fewer])) > self.n:
                kept.remove(like)
        return tuple(kept), next(self.places([tuple(kept)])), False
