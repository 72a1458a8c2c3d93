"""The arithmetic of dealing rows: a person's last rows, shares of them, and what goes with what."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from kg.errors import CatalogError
from kg.graph import Interactions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import FloatArray, IntArray

Parts = npt.NDArray[np.str_]
SMALLEST_HISTORY = 3
SHOWN, LEFT_OUT = "shown", "out"
_EARLIEST_FIRST = np.array(["train", "valid", SHOWN, "test"])
_MIXING = 1  # a stream of its own: the same numbers twice would undo each other


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Put the name of what is dealt before an error's message."""
    try:
        yield
    except CatalogError as error:
        raise CatalogError(f"{place}: {error}") from error


def drawn(size: int, seed: int) -> IntArray:
    """A random place for each of so many rows, shape (size,)."""
    return np.random.default_rng(seed).permutation(size)


def places_from_end(users: IntArray, key: IntArray | FloatArray) -> tuple[IntArray, IntArray]:
    """For every row, how many of its user's rows come after it, and how many that user has.

    Args:
        users: whose the rows are, numbers from 0, shape (n,).
        key: what a user's rows are ordered by, shape (n,); equal ones keep their order.
    """
    rows = np.arange(len(users))
    order = np.lexsort((rows, key, users))
    counts = np.bincount(users) if len(users) else np.zeros(0, dtype=np.int64)
    ends = np.cumsum(counts)
    back = np.empty(len(users), dtype=np.int64)
    back[order] = ends[users[order]] - 1 - rows
    return back, counts[users]


def last_shares(users: IntArray, key: IntArray | FloatArray, test: float, valid: float) -> Parts:
    """Each user's last share tests and the share before it tunes, shape (n,).

    A share is rounded and at least one row; users with fewer than three rows keep them all for training.
    """
    back, sizes = places_from_end(users, key)
    tests, valids = _share(sizes, test), _share(sizes, valid)
    return of_places(back, tests, tests + valids)


def of_places(back: IntArray, tests: IntArray | int, others: IntArray | int) -> Parts:
    """Parts from the places from an end: the first `tests` of them test, those up to `others` tune."""
    parts = np.full(len(back), "train", dtype="<U5")
    parts[back < others] = "valid"
    parts[back < tests] = "test"
    return parts


def _share(sizes: IntArray, share: float) -> IntArray:
    if not share:
        return np.zeros_like(sizes)
    wanted = np.maximum(1, np.round(sizes * share).astype(np.int64))
    return np.where(sizes < SMALLEST_HISTORY, 0, wanted)


def counts(size: int, *shares: float) -> tuple[int, ...]:
    """Shares of a whole, rounded, at least 1 each but for a share of 0."""
    return tuple(max(1, round(size * share)) if share else 0 for share in shares)


def drawn_groups(groups: IntArray, among: IntArray, test: float, valid: float, seed: int) -> Parts:
    """Whole groups of rows (a person's, an item's) dealt at random, shape (n,).

    Args:
        groups: the group of each row, shape (n,).
        among: the groups to draw from, each once; rows of others train.
        test: the share of `among` that tests, rounded, at least one group.
        valid: the share of them that tunes, likewise.
        seed: draws them.
    """
    tests, valids = counts(len(among), test, valid)
    if tests + valids >= max(1, len(among)):
        raise CatalogError(
            f"shares of {test:g} and {valid:g} of {len(among)} leave nothing to learn from; "
            "smaller shares were expected, or more to draw from"
        )
    places = np.full(int(groups.max(initial=0)) + 1, len(among), dtype=np.int64)
    places[among] = drawn(len(among), seed)
    return of_places(places[groups], tests, tests + valids)


def of_likes(ratings: Interactions, likes: Interactions, parts: Parts) -> Parts:
    """The parts of the likes for ratings that are likes, by user, item and time; "" for the others."""
    keys = ["user", "item", "time"]
    known = _table(likes).assign(part=parts).drop_duplicates(keys)
    found = _table(ratings).merge(known, on=keys, how="left")["part"]
    return found.fillna("").to_numpy(dtype="<U5")


def latest(ratings: Interactions, likes: Interactions, parts: Parts) -> Parts:
    """The part of each rating's user's latest like at or before it, "train" where there is none.

    Of likes of one time, the one that tests is the latest, and one that tunes is later than one that trains.
    """
    told = _table(ratings)[["user", "time"]].reset_index(names="row").dropna(subset="time")
    known = _table(likes)[["user", "time"]].assign(part=parts, rank=_ranks(parts))
    known = known.sort_values(["time", "rank"], kind="stable").drop(columns="rank")
    found = pd.merge_asof(told.sort_values("time", kind="stable"), known, on="time", by="user")
    dealt = np.full(len(ratings), "train", dtype="<U5")
    dealt[found["row"].to_numpy()] = found["part"].fillna("train").to_numpy(dtype=str)
    return dealt


def _ranks(parts: Parts) -> IntArray:
    """How late each part is."""
    return np.asarray((parts[:, None] == _EARLIEST_FIRST).argmax(axis=1))


def _table(rows: Interactions) -> pd.DataFrame:
    return pd.DataFrame({"user": rows.users, "item": rows.items, "time": rows.times})


def joined(first: Interactions, second: Interactions) -> Interactions:
    """The rows of both, those of the first before those of the second."""
    columns = ("users", "items", "weights", "times", "validation")
    return Interactions(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in columns))


def mixed(rows: Interactions, seed: int) -> IntArray:
    """An order of the rows that depends on what they are and the seed, not on how they were ordered."""
    told = np.lexsort((rows.weights, rows.times, rows.items, rows.users))
    return told[np.random.default_rng((seed, _MIXING)).permutation(len(rows))]


def once(users: IntArray, items: IntArray, parts: Parts) -> Parts:
    """The parts with "out" for rows of a pair whose other rows are in an earlier part.

    What somebody has liked or rated in training is nothing to find or to foretell when they do it again.
    """
    ranks = _ranks(parts)
    pairs = np.unique(users * (items.max(initial=0) + 1) + items, return_inverse=True)[1]
    lowest = np.full(len(parts), len(_EARLIEST_FIRST))
    np.minimum.at(lowest, pairs, ranks)
    return np.where(ranks > lowest[pairs], LEFT_OUT, parts)
