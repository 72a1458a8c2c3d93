"""Who liked what, and the paths over people who liked both ends."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kg.paths.steps import spans

if TYPE_CHECKING:
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

_HISTORIES = 4  # whose people are remembered


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
    """What people who like two things say of them.

    Args:
        users, items: the likes, each once, ascending by user.
        shape: (num_users, num_items).
    """

    def __init__(self, users: IntArray, items: IntArray, shape: tuple[int, int]) -> None:
        ones = np.ones(len(users), dtype=np.int8)
        liked_by: sparse.csr_array = sparse.csr_array((ones, (items, users)), shape=shape[::-1])
        self._users, self._indptr = liked_by.indices, liked_by.indptr.astype(np.int64)
        self.breadth = np.bincount(users, minlength=shape[0])
        self.popularity = np.diff(self._indptr)
        self._of = lru_cache(_HISTORIES)(self._gather)

    def voices(self, item: int, person: int, counted: BoolArray | None) -> FloatArray:
        """1 / (number of their likes) of who likes an item, 0 for everybody else, shape (num_users,).

        Args:
            item: the row of the item.
            person: a user who does not count, -1 for none.
            counted: whether each user counts; all where None.
        """
        people = self._users[self._indptr[item] : self._indptr[item + 1]]
        people = people[people != person]
        if counted is not None:
            people = people[counted[people]]
        voices = np.zeros(len(self.breadth))
        voices[people] = 1 / self.breadth[people]
        return voices

    def spread(self, item: int, liked: IntArray, voices: FloatArray) -> FloatArray:
        """What two steps of a graph network over likes send from each of some items to an item.

        The sum of the voices of those who like it, over the root of the product of the two items' numbers of
        likes, shape (len(liked),).
        """
        users, owner, _ = self._of(liked.tobytes())
        sums = np.bincount(owner, voices[users], minlength=len(liked))
        sizes = self.popularity[item] * self.popularity[liked].astype(np.float64)
        spread: FloatArray = sums / np.sqrt(np.maximum(sizes, 1))
        return spread

    def who(self, liked: IntArray, row: int, voices: FloatArray) -> tuple[int, int]:
        """Of those with a voice who like one of some items: who likes least, and how many they are."""
        users, _, indptr = self._of(liked.tobytes())
        people = users[indptr[row] : indptr[row + 1]]
        heard = voices[people]
        return int(people[heard.argmax()]), int(np.count_nonzero(heard))

    def _gather(self, liked: bytes) -> tuple[IntArray, IntArray, IntArray]:
        """The people of each of some items, whose they are, and where those of each start and end."""
        items = np.frombuffer(liked, dtype=np.int64)
        index, owner = spans(self._indptr, items)
        return self._users[index], owner, np.concatenate([[0], np.cumsum(self.popularity[items])])
