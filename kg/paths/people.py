"""Who liked what, and the paths over people who liked both ends."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kg.paths.steps import spans

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

_ROOM = 64_000_000  # bytes for what people say of the latest items


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
        breadth = np.bincount(users, minlength=shape[0])
        self._shape = shape
        self.popularity = np.bincount(items, minlength=shape[1])
        self._users = users[np.lexsort((users, breadth[users], items))].astype(np.int32)
        self._indptr = np.concatenate([[0], np.cumsum(self.popularity)])
        self._liked = items
        self._starts = np.concatenate([[0], np.cumsum(breadth)])
        self._voices: FloatArray = 1 / np.maximum(breadth, 1)
        self._said = lru_cache(max(16, _ROOM // (8 * max(shape[1], 1))))(self._say)

    def spread(self, item: int, liked: IntArray, person: int, counted: BoolArray | None) -> FloatArray:
        """What two steps of a graph network over likes send from each of some items to an item.

        The sum over the people who like both of 1 / (number of their likes), over the root of the product of
        the two items' numbers of likes, shape (len(liked),).

        Args:
            item: the row of the item.
            liked: rows of items that the person likes.
            person: a user who does not count, -1 for none.
            counted: whether each user counts; all where None.
        """
        if counted is None and not (self.fans(item) == person).any():
            said = self._said(item)
        else:
            said = self._say(item, person, counted)
        sizes = self.popularity[item] * self.popularity[liked].astype(np.float64)
        spread: FloatArray = said[liked] / np.sqrt(np.maximum(sizes, 1))
        return spread

    def who(self, fans: BoolArray, liked: int) -> tuple[int, int]:
        """Of some people those who like an item: the one who likes least, and how many they are."""
        people = self.fans(liked)
        both = fans[people]
        return int(people[both.argmax()]), int(np.count_nonzero(both))

    def mask(self, item: int, person: int, counted: BoolArray | None) -> BoolArray:
        """Whether each user likes an item and counts, shape (num_users,)."""
        mask = np.zeros(self._shape[0], dtype=np.bool_)
        mask[self._heard(item, person, counted)] = True
        return mask

    def fans(self, item: int) -> npt.NDArray[np.int32]:
        """The people who like an item (rows), those who like the fewest items first."""
        people: npt.NDArray[np.int32] = self._users[self._indptr[item] : self._indptr[item + 1]]
        return people

    def _heard(self, item: int, person: int, counted: BoolArray | None) -> npt.NDArray[np.int32]:
        people = self.fans(item)
        people = people[people != person]
        heard: npt.NDArray[np.int32] = people if counted is None else people[counted[people]]
        return heard

    def _say(self, item: int, person: int = -1, counted: BoolArray | None = None) -> FloatArray:
        """The sum over an item's people of 1 / (number of likes), for each other item of theirs."""
        people = self._heard(item, person, counted)
        places, owner = spans(self._starts, people.astype(np.int64))
        voices = self._voices[people][owner]
        said = np.bincount(self._liked[places], weights=voices, minlength=self._shape[1])
        return np.asarray(said, dtype=np.float64)
