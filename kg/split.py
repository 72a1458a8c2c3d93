"""Which interactions train, which tune, which test; held-out ones leave the graph before anything learns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import CatalogError

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.catalog import Catalog, Split
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

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
    rule = catalog.split.by or _default_rule(given, times)
    if rule in {"given", "none"}:
        if rule == "given" and len(given) and not (given != "").any():
            raise CatalogError(f"catalog {catalog.name!r}: the split is given, but no interaction has a part")
        return np.where((given == "") | (rule == "none"), "train", given)
    if rule == "time" and np.isnan(times).any():
        raise CatalogError(f"catalog {catalog.name!r}: a split by time, but some interactions have no time")
    users = np.unique(catalog.interactions["user"].to_numpy(dtype=object), return_inverse=True)[1]
    return _assign(catalog.name, users, times if rule == "time" else None, catalog.split)


def _default_rule(given: npt.NDArray[np.str_], times: FloatArray) -> str:
    if (given != "").any():
        return "given"
    return "time" if len(times) and not np.isnan(times).any() else "random"


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
    fewer than three interactions keep all of them for training.

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
    back, sizes = _places_from_end(likes.users, likes.times if likes.timed else None, seed)
    return graph.with_interactions(replace(likes, validation=back < _share(sizes, share)))


def training(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph whose interactions are only those to learn from: no validation row, no test row."""
    learn: BoolArray = ~graph.interactions.validation
    return graph.without_heldout().with_interactions(graph.interactions.take(learn))
