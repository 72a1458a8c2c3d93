"""Who liked what, and the paths over people who liked both ends."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kg.paths.steps import spans

if TYPE_CHECKING:
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

_ROOM = 64_000_000  # bytes for what was said of the latest items


class Likes:
    """Each like once, from either end, at its earliest known time.

    Attributes:
        users, items: rows, ascending by user and then by item, shape (n,).
        times: seconds since 1970, infinite where unknown, shape (n,).
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        rows, size = graph.interactions, max(graph.num_items, 1)
        times = np.nan_to_num(rows.times, nan=np.inf, posinf=np.inf)
        order = np.lexsort((times, rows.users * size + rows.items))
        keys = (rows.users * size + rows.items)[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        self._keys, self.times = keys[first], times[order][first]
        self.users, self.items = np.divmod(self._keys, size)
        self._shape = (graph.num_users, graph.num_items)

    def times_of(self, users: IntArray, items: IntArray) -> FloatArray:
        """When each of some likes was, all of which there are, shape (n,)."""
        keys = users * max(self._shape[1], 1) + items
        times: FloatArray = self.times[np.searchsorted(self._keys, keys)]
        return times

    def before(self, time: float | None) -> Company:
        """The likes of before a time, or all."""
        keep = slice(None) if time is None else self.times < time
        return Company(self.users[keep], self.items[keep], self._shape)


class Company:
    """What the likes of people say of two items: a sum over the people who liked both.

    Args:
        users, items: the likes, each once, ascending by user.
        shape: (num_users, num_items).
    """

    def __init__(self, users: IntArray, items: IntArray, shape: tuple[int, int]) -> None:
        ones = np.ones(len(users), dtype=np.int8)
        likes: sparse.csr_array = sparse.csr_array((ones, (users, items)), shape=shape)
        liked_by = likes.T.tocsr()
        liked_by.sort_indices()
        self._items, self._indptr = likes.indices, likes.indptr.astype(np.int64)
        self._users, self._by_item = liked_by.indices, liked_by.indptr
        self.breadth, self.popularity = np.diff(likes.indptr), np.diff(liked_by.indptr)
        self._said = lru_cache(max(16, _ROOM // (8 * max(shape[1], 1))))(self._say)

    def fans(self, item: int) -> IntArray:
        """The people who like an item (rows), ascending."""
        people: IntArray = self._users[self._by_item[item] : self._by_item[item + 1]]
        return people

    def spread(self, item: int, others: IntArray, person: int, counted: BoolArray | None) -> FloatArray:
        """What two steps of a graph network over likes send from each of some items to an item.

        The sum over the people who like both of 1 / (number of their likes), over the root of the product of
        the two items' numbers of likes, shape (len(others),).

        Args:
            item: the row of the item.
            others: rows.
            person: a user who does not count, -1 for none.
            counted: whether each user counts, shape (num_users,); all where None.
        """
        without = person if person >= 0 and person in self.fans(item) else -1
        say = self._said if counted is None else partial(self._say, counted=counted)
        said = say(item, without)
        sizes = self.popularity[item] * self.popularity[others].astype(np.float64)
        spread: FloatArray = said[others] / np.sqrt(np.maximum(sizes, 1))
        return spread

    def who(self, item: int, other: int, person: int, counted: BoolArray | None) -> IntArray:
        """The people who like both items, without one and those who do not count, ascending."""
        people = np.intersect1d(self.fans(item), self.fans(other), assume_unique=True)
        return people[self._counts(people, person, counted)]

    def _say(self, item: int, without: int, counted: BoolArray | None = None) -> FloatArray:
        """The sum over an item's people of 1 / (number of likes), for each other item of theirs."""
        people = self.fans(item)
        people = people[self._counts(people, without, counted)]
        index, owner = spans(self._indptr, people)
        weights = (1 / np.maximum(self.breadth[people], 1))[owner]
        return np.bincount(self._items[index], weights, minlength=len(self.popularity))

    @staticmethod
    def _counts(people: IntArray, person: int, counted: BoolArray | None) -> BoolArray:
        keep = people != person
        return keep if counted is None else keep & counted[people]
