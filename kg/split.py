"""Which interactions train, which tune, which test; held-out ones leave the graph before anything learns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.errors import CatalogError

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.catalog import Catalog, Split
    from kg.graph import BoolArray, FloatArray, IntArray, Interactions, KnowledgeGraph

SMALLEST_HISTORY = 3


def parts(catalog: Catalog) -> npt.NDArray[np.str_]:
    """The part of every interaction, "train", "valid" or "test", shape (num_interactions,).

    Rows whose part the files give keep it. Without any, the catalog's split decides: by time each user's
    last share goes to test and the share before it to validation; at random they are drawn with the seed.

    Raises:
        CatalogError: a split by time, and some interaction has no time; shares that leave nothing to learn.
    """
    given = catalog.interactions["part"].to_numpy(dtype=str)
    times = catalog.interactions["time"].to_numpy(dtype=np.float64)
    rule = _rule(catalog)
    if rule in {"given", "none"}:
        if rule == "given" and len(given) and not (given != "").any():
            raise CatalogError(f"catalog {catalog.name!r}: the split is given, but no interaction has a part")
        return np.where((given == "") | (rule == "none"), "train", given)
    if rule == "time" and np.isnan(times).any():
        raise CatalogError(f"catalog {catalog.name!r}: a split by time, but some interactions have no time")
    users = np.unique(catalog.interactions["user"].to_numpy(dtype=object), return_inverse=True)[1]
    return _assign(catalog.name, users, times if rule == "time" else None, catalog.split)


def rating_parts(catalog: Catalog, likes: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """The part of every rating, "train", "valid" or "test", shape (num_ratings,).

    A rating that is a like, by its user, item and time, has the like's part. Any other keeps the part that
    its file gives; in a split by time it has that of the user's latest like at or before its time, and is
    for training where there is none; at random it is drawn with the split's seed and shares.

    Args:
        catalog: whose ratings.
        likes: the parts of its interactions, see `parts`.
    """
    ratings, rule = catalog.ratings, _rule(catalog)
    found = _of_likes(ratings, catalog.interactions, likes)
    rest = found == ""
    if rule in {"given", "none"}:
        given = ratings["part"].to_numpy(dtype=str)[rest]
        found[rest] = np.where((given == "") | (rule == "none"), "train", given)
    elif rule == "time":
        found[rest] = _latest(ratings[rest], catalog.interactions, likes)
    else:
        users = np.unique(ratings["user"].to_numpy(dtype=object)[rest], return_inverse=True)[1]
        found[rest] = _assign(catalog.name, users, None, catalog.split)
    return found


def _rule(catalog: Catalog) -> str:
    given = catalog.interactions["part"].to_numpy(dtype=str)
    times = catalog.interactions["time"].to_numpy(dtype=np.float64)
    if catalog.split.by is not None:
        return catalog.split.by
    if (given != "").any():
        return "given"
    return "time" if len(times) and not np.isnan(times).any() else "random"


def _of_likes(
    ratings: pd.DataFrame, likes: pd.DataFrame, like_parts: npt.NDArray[np.str_]
) -> npt.NDArray[np.str_]:
    """The parts of the likes for ratings that are likes, "" for the others."""
    keys = ["user", "item", "time"]
    known = likes[keys].assign(part=like_parts).drop_duplicates(keys)
    found = ratings[keys].merge(known, on=keys, how="left")["part"]
    return found.fillna("").to_numpy(dtype="<U5")


def _latest(
    ratings: pd.DataFrame, likes: pd.DataFrame, like_parts: npt.NDArray[np.str_]
) -> npt.NDArray[np.str_]:
    """The part of each rating's user's latest like at or before it, "train" where there is none."""
    told = ratings[["user", "time"]].reset_index(drop=True).reset_index(names="row").dropna(subset="time")
    known = likes[["user", "time"]].assign(part=like_parts).sort_values("time", kind="stable")
    found = pd.merge_asof(told.sort_values("time", kind="stable"), known, on="time", by="user")
    latest = np.full(len(ratings), "train", dtype="<U5")
    latest[found["row"].to_numpy()] = found["part"].fillna("train").to_numpy(dtype=str)
    return latest


def _assign(name: str, users: IntArray, times: FloatArray | None, split: Split) -> npt.NDArray[np.str_]:
    if split.test + split.valid >= 1:
        raise CatalogError(
            f"catalog {name!r}: shares of {split.test:g} and {split.valid:g} leave nothing to learn from"
        )
    back, sizes = _places_from_end(users, times, split.seed)
    tests = _share(sizes, split.test)
    valids = _share(sizes, split.valid)
    assigned = np.full(len(users), "train", dtype="<U5")
    assigned[back < tests + valids] = "valid"
    assigned[back < tests] = "test"
    return assigned


def _places_from_end(users: IntArray, times: FloatArray | None, seed: int) -> tuple[IntArray, IntArray]:
    """For every row, how many of its user's rows come after it, and how many that user has."""
    rows = np.arange(len(users))
    key = np.random.default_rng(seed).permutation(len(users)) if times is None else times
    order = np.lexsort((rows, key, users))
    counts = np.bincount(users) if len(users) else np.zeros(0, dtype=np.int64)
    ends = np.cumsum(counts)
    back = np.empty(len(users), dtype=np.int64)
    back[order] = ends[users[order]] - 1 - rows
    return back, counts[users]


def _share(sizes: IntArray, share: float) -> IntArray:
    """A share of each size, rounded, at least one row; none where the user has too few rows."""
    if not share:
        return np.zeros_like(sizes)
    wanted = np.maximum(1, np.round(sizes * share).astype(np.int64))
    return np.where(sizes < SMALLEST_HISTORY, 0, wanted)


def hold_out(graph: KnowledgeGraph, share: float = 0.1, seed: int = 0) -> KnowledgeGraph:
    """The graph with validation rows; one that has some already is returned as it is.

    Each user's last share by time is marked, or a random share where interactions have no time. Users with
    fewer than three interactions keep all of them for training. Ratings go with the likes: `rating_parts`.

    Args:
        graph: the graph.
        share: of each user's interactions, in (0, 1).
        seed: for interactions without a time.

    Raises:
        CatalogError: the share is not inside (0, 1).
    """
    if not 0 < share < 1:
        raise CatalogError(f"a validation share of {share:g}; a number between 0 and 1 was expected")
    likes = graph.interactions
    if likes.validation.any():
        return graph
    marked = replace(likes, validation=_last(likes, share, seed))
    return replace(graph, interactions=marked, ratings=_marked(graph.ratings, marked, share, seed))


def _last(rows: Interactions, share: float, seed: int) -> BoolArray:
    """Which rows are of their user's last share by time, or of a random share where some have no time."""
    back, sizes = _places_from_end(rows.users, rows.times if rows.timed else None, seed)
    return back < _share(sizes, share)


def _marked(ratings: Interactions, likes: Interactions, share: float, seed: int) -> Interactions:
    """The ratings with validation rows, chosen beside those of the likes as `rating_parts` does it."""
    rated, liked = _table(ratings), _table(likes)
    like_parts = np.where(likes.validation, "valid", "train")
    found = _of_likes(rated, liked, like_parts)
    rest = found == ""
    if likes.timed:
        found[rest] = _latest(rated[rest], liked, like_parts)
    else:
        untimed = replace(ratings, times=np.full(len(ratings), np.nan)).take(rest)
        found[rest] = np.where(_last(untimed, share, seed), "valid", "train")
    return replace(ratings, validation=found == "valid")


def _table(rows: Interactions) -> pd.DataFrame:
    return pd.DataFrame({"user": rows.users, "item": rows.items, "time": rows.times})


def training(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph whose likes and ratings are only those to learn from: no validation row, no test row."""
    likes, ratings = (rows.take(~rows.validation) for rows in (graph.interactions, graph.ratings))
    return replace(graph.without_heldout(), interactions=likes, ratings=ratings)
