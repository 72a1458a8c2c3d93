"""What is known of the people to recommend for: a batch of them, as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, and what is known of them, beside their likes.

    Attributes:
        text: what is wanted, in words; "" for nothing.
        entities: rows of the entity vocabulary that what is wanted should be linked to.
        facts: rows of the entity vocabulary that somebody new is linked to, such as an age group. What is
            known of a known user is in the graph.
    """

    text: str = ""
    entities: tuple[int, ...] = ()
    facts: tuple[int, ...] = ()


_NOTHING = Wish()


@dataclass(frozen=True, slots=True)
class Profiles:
    """A batch of n people, each with a history of liked items in time order (oldest first) and a wish.

    Attributes:
        users: row of each in the user vocabulary, -1 for somebody new, shape (n,).
        indptr: where each history starts and ends in the next three, shape (n + 1,).
        items: rows of the item vocabulary, shape (indptr[-1],).
        weights: strength of each like, shape as items.
        times: seconds since 1970, NaN where unknown, shape as items.
        wishes: what each asks for, length n.
    """

    users: IntArray
    indptr: IntArray
    items: IntArray
    weights: FloatArray
    times: FloatArray
    wishes: tuple[Wish, ...]

    @classmethod
    def of_users(
        cls, graph: KnowledgeGraph, users: IntArray, interactions: Interactions | None = None
    ) -> Profiles:
        """Profiles of known users from the graph's interactions (or from those given).

        Rows without a time keep the order they were given in; an item liked twice keeps its last place.
        """
        source = graph.interactions if interactions is None else interactions
        order = np.lexsort((np.arange(len(source)), np.nan_to_num(source.times, nan=0.0), source.users))
        pairs = source.users[order] * graph.num_items + source.items[order]
        _, last = np.unique(pairs[::-1], return_index=True)
        rows = source.take(order[np.sort(len(order) - 1 - last)])
        starts = np.searchsorted(rows.users, users)
        ends = np.searchsorted(rows.users, users, side="right")
        spans = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        liked = rows.take(np.concatenate([np.zeros(0, dtype=np.int64), *spans]))
        indptr = np.concatenate([[0], np.cumsum(ends - starts)]).astype(np.int64)
        return cls(np.asarray(users), indptr, liked.items, liked.weights, liked.times, (Wish(),) * len(users))

    @classmethod
    def of_likes(
        cls,
        items: IntArray,
        *,
        weights: FloatArray | None = None,
        times: FloatArray | None = None,
        wish: Wish = _NOTHING,
        user: int = -1,
    ) -> Profiles:
        """One person from liked items (rows, oldest first) and a wish; times are unknown where not given."""
        size = len(items)
        return cls(
            np.array([user]),
            np.array([0, size]),
            np.asarray(items, dtype=np.int64),
            np.ones(size) if weights is None else weights,
            np.full(size, np.nan) if times is None else times,
            (wish,),
        )

    def __len__(self) -> int:
        return len(self.users)

    @property
    def lengths(self) -> IntArray:
        """Number of liked items of each, shape (n,)."""
        return np.diff(self.indptr)

    def history(self, index: int) -> IntArray:
        """The liked items of one person, oldest first."""
        return self.items[self.indptr[index] : self.indptr[index + 1]]

    def matrix(self, num_items: int, weights: FloatArray | None = None) -> sparse.csr_array:
        """The liked items as a matrix of weights, shape (n, num_items), float32.

        Rows and columns are numbered in 32 bits wherever these suffice, as SciPy numbers large matrices:
        before a product of two that differ it would copy the numbers of the larger one.

        Args:
            num_items: number of columns.
            weights: of the likes, shape (number of likes,); the people's own where None.
        """
        values = (self.weights if weights is None else weights).astype(np.float32)
        size = sparse.get_index_dtype(maxval=max(num_items, len(self.items)))
        parts = (values, self.items.astype(size), self.indptr.astype(size))
        return sparse.csr_array(parts, shape=(len(self), num_items))

    def first(self, count: int) -> Profiles:
        """The same people as they were after so many likes."""
        sizes = np.minimum(self.lengths, count)
        early = np.arange(len(self.items)) - np.repeat(self.indptr[:-1], self.lengths) < count
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        return replace(
            self, indptr=indptr, items=self.items[early], weights=self.weights[early], times=self.times[early]
        )

    def alone(self) -> Profiles:
        """Every like as somebody new who likes nothing else and wishes nothing."""
        size = len(self.items)
        return replace(self, users=np.full(size, -1), indptr=np.arange(size + 1), wishes=(_NOTHING,) * size)

    def without(self, likes: BoolArray) -> Profiles:
        """The same people without some of their likes.

        Args:
            likes: True for the likes that go, shape as `items`.
        """
        indptr = np.concatenate([[0], np.cumsum(~likes)])[self.indptr]
        return Profiles(
            self.users, indptr, self.items[~likes], self.weights[~likes], self.times[~likes], self.wishes
        )

    def repeated(self, count: int) -> Profiles:
        """One person, a batch of one, so many times."""
        return Profiles(
            np.tile(self.users, count),
            len(self.items) * np.arange(count + 1),
            np.tile(self.items, count),
            np.tile(self.weights, count),
            np.tile(self.times, count),
            self.wishes * count,
        )

    def slice(self, start: int, stop: int) -> Profiles:
        """The people from start to stop."""
        stop = min(stop, len(self))
        first, last = self.indptr[start], self.indptr[stop]
        return Profiles(
            self.users[start:stop],
            self.indptr[start : stop + 1] - first,
            self.items[first:last],
            self.weights[first:last],
            self.times[first:last],
            self.wishes[start:stop],
        )

    def batches(self, size: int = 512) -> Iterator[tuple[int, Profiles]]:
        """The profiles in batches, each with the index of its first."""
        for start in range(0, len(self), size):
            yield start, self.slice(start, start + size)
