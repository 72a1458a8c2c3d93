"""Greedy choice of lists for many people at once, and what their candidates have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hybrid.rerank.base import Candidates, Context
    from hybrid.text.table import VectorArray
    from kg.graph import BoolArray, FloatArray, IntArray

_PEOPLE = 1_024  # with 200 candidates and 20 places, 16 MB a number
_KERNEL = 6_000  # items: 144 MB of similarities


class Criterion(Protocol):
    """What a place is given for, told of every choice."""

    def gains(self) -> FloatArray:
        """How much each candidate is worth at the next place, finite, shape (n, m)."""
        ...

    def take(self, chosen: IntArray) -> None:
        """Note that each person's candidate at this index has the place, shape (n,)."""
        ...


def greedy(candidates: Candidates, n: int, criterion: Criterion) -> Candidates:
    """Fill the first n places one after another, each with the best that is left; the rest keeps its order.

    Of equal gains the candidate that stands higher is taken.
    """
    width = candidates.items.shape[1]
    ranks = np.tile(np.arange(n, n + width), (len(candidates), 1))
    left, rows = candidates.filled, np.arange(len(candidates))
    for place in range(min(n, width)):
        chosen = np.where(left, criterion.gains(), -np.inf).argmax(axis=1)
        some = left[rows, chosen]
        ranks[rows[some], chosen[some]] = place
        left[rows, chosen] = False
        criterion.take(chosen)
    return candidates.reordered(np.argsort(ranks, axis=1, kind="stable"))


@dataclass(frozen=True)
class Kernel:
    """The cosine similarities of some people's candidates.

    Attributes:
        similarities: of all pairs of k items, shape (k, k), float32.
        index: which of them stands at each place, shape (n, m).
        known: where something is known of the item, shape (n, m).
    """

    similarities: VectorArray
    index: IntArray
    known: BoolArray

    def to(self, chosen: IntArray) -> VectorArray:
        """The similarity of each person's candidate at an index to all of the person's, shape (n, m).

        Those with an item of which nothing is known are 0.
        """
        items = np.take_along_axis(self.index, chosen[:, None], axis=1)
        return self.similarities[items, self.index]


def in_parts(
    candidates: Candidates, work: Callable[[Candidates, slice], Candidates], *, most: float = np.inf
) -> Candidates:
    """Reorder some people's candidates at a time, so that what is worked out for each place fits into memory.

    Args:
        candidates: of all people.
        work: gives the candidates of some people in their new order; told which people they are.
        most: the most different items that the people of a part may have between them, if there are several.
    """
    found = [work(candidates.rows(people), people).items for people in _parts(candidates.items, most)]
    return replace(candidates, items=np.concatenate([candidates.items[:0], *found]))


def greedily(
    candidates: Candidates,
    context: Context,
    vectors: sparse.csr_array | VectorArray,
    criterion: Callable[[Candidates, Kernel], Criterion],
) -> Candidates:
    """`greedy` by a criterion that compares items.

    Args:
        candidates: of all people.
        context: says how long the lists are.
        vectors: unit vectors of the items, zeros where nothing is known, shape (num_items, size).
        criterion: made for some of the people and the similarities of their candidates.
    """
    squares = vectors.multiply(vectors) if sparse.issparse(vectors) else np.square(vectors)
    known = np.asarray(squares.sum(axis=1)).ravel() > 0

    def work(part: Candidates, _people: slice) -> Candidates:
        return greedy(part, context.n, criterion(part, _kernel(part, vectors, known)))

    return in_parts(candidates, work, most=_KERNEL)


def _parts(items: IntArray, most: float, start: int = 0) -> Iterator[slice]:
    if len(items) <= 1 or (len(items) <= _PEOPLE and len(np.unique(items)) <= most):
        yield slice(start, start + len(items))
    else:
        middle = len(items) // 2
        yield from _parts(items[:middle], most, start)
        yield from _parts(items[middle:], most, start + middle)


def _kernel(part: Candidates, vectors: sparse.csr_array | VectorArray, known: BoolArray) -> Kernel:
    items, index = np.unique(part.items, return_inverse=True)
    own = vectors[np.maximum(items, 0)]
    product = own @ own.T
    similarities = product.toarray() if sparse.issparse(product) else product
    return Kernel(similarities, index.reshape(part.items.shape), part.filled & known[part.items])
