"""Which interactions train, which tune, which test; held-out ones leave the graph before anything learns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import protocols
from kg.errors import CatalogError
from kg.graph import Interactions
from kg.protocols.at_random import AtRandom
from kg.protocols.by_time import ByTime
from kg.protocols.places import naming, of_likes

if TYPE_CHECKING:
    from kg.catalog import Catalog
    from kg.graph import KnowledgeGraph
    from kg.protocols import Protocol
    from kg.protocols.places import Parts

FILES = ("given", "none")  # what a card may say besides a protocol: the files' own parts, or no division


def rule(catalog: Catalog) -> str:
    """By what a catalog's interactions are divided: "given", "none" or the name of a protocol.

    Where the catalog's split does not say: given if some row has a part, else time if all rows have one,
    else random.

    Raises:
        CatalogError: the split names neither, or a protocol that only deals graphs.
    """
    if catalog.split.by is not None:
        known = (*FILES, *(name for name, kind in protocols.find().items() if kind.in_card))
        if catalog.split.by not in known:
            raise CatalogError(
                f"catalog {catalog.name!r}: a split by {catalog.split.by!r}; {', '.join(known)} are known"
            )
        return catalog.split.by
    if (catalog.interactions["part"] != "").any():
        return "given"
    times = catalog.interactions["time"].to_numpy(dtype=np.float64)
    return "time" if len(times) and not np.isnan(times).any() else "random"


def parts(catalog: Catalog) -> Parts:
    """The part of every interaction, "train", "valid" or "test", shape (num_interactions,).

    By the files' own parts (a row without one trains), by none (all rows train), or by the protocol that the
    catalog's `rule` names.

    Raises:
        CatalogError: the split is unknown or does not fit, such as one by time where some row has no time.
    """
    given, by = catalog.interactions["part"].to_numpy(dtype=str), rule(catalog)
    if by not in FILES:
        with naming(f"catalog {catalog.name!r}"):
            return _protocol(catalog, by).deal(_numbered(catalog)[0], catalog.split.seed)
    if by == "given" and len(given) and not (given != "").any():
        raise CatalogError(f"catalog {catalog.name!r}: the split is given, but no interaction has a part")
    return np.where((given == "") | (by == "none"), "train", given)


def rating_parts(catalog: Catalog, likes: Parts) -> Parts:
    """The part of every rating, "train", "valid" or "test", shape (num_ratings,).

    A rating that is a like, by its user, item and time, has the like's part. Any other keeps the part that
    its file gives, or is dealt as the protocol says: by time it has that of the user's latest like at or
    before its time, at random it is drawn with the split's seed and shares.

    Args:
        catalog: whose ratings.
        likes: the parts of its interactions, see `parts`.
    """
    liked, rated = _numbered(catalog)
    by = rule(catalog)
    if by not in FILES:
        return _protocol(catalog, by).deal_ratings(rated, liked, likes, catalog.split.seed)
    found, given = of_likes(rated, liked, likes), catalog.ratings["part"].to_numpy(dtype=str)
    return np.where(found != "", found, np.where((given == "") | (by == "none"), "train", given))


def _protocol(catalog: Catalog, by: str) -> Protocol:
    options = {name: getattr(catalog.split, name) for name in protocols.options_of(protocols.find()[by])}
    return protocols.make(by, **options)


def _numbered(catalog: Catalog) -> tuple[Interactions, Interactions]:
    """The catalog's likes and ratings, with users and items numbered in the order of their first mention."""
    tables = catalog.interactions, catalog.ratings
    sizes = [len(table) for table in tables]
    users, items = (
        np.split(pd.factorize(pd.concat([table[side] for table in tables]))[0], sizes[:1])
        for side in ("user", "item")
    )
    likes, ratings = (
        Interactions.of(*ends, times=table["time"].to_numpy(dtype=np.float64))
        for *ends, table in zip(users, items, tables, strict=True)
    )
    return likes, ratings


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
    likes, ratings = graph.interactions, graph.ratings
    if likes.validation.any():
        return graph
    protocol = (ByTime if likes.timed else AtRandom)(test=0.0, valid=share)
    liked = protocol.deal(likes, seed)
    rated = protocol.deal_ratings(ratings, likes, liked, seed)
    return replace(
        graph,
        interactions=replace(likes, validation=liked == "valid"),
        ratings=replace(ratings, validation=rated == "valid"),
    )


def training(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph whose likes and ratings are only those to learn from: no validation row, no test row."""
    likes, ratings = (rows.take(~rows.validation) for rows in (graph.interactions, graph.ratings))
    return replace(graph.without_heldout(), interactions=likes, ratings=ratings)
