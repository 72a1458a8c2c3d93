"""The linear propagation's part of a score as a sum over its paths, every one of them exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.reasons.attribution import attribute
from hybrid.scorers.propagation import TERMS, Filters
from kg.errors import QueryError

if TYPE_CHECKING:
    from hybrid.query import Query
    from hybrid.recommender import Recommender


@dataclass(frozen=True, slots=True)
class LinearPath:
    """One path of the linear propagation: from a like over one node to the item.

    Attributes:
        like: label of the liked item.
        over: what the node in the middle is: "people", "facts" or "items".
        node: its label; "somebody" for a person.
        share: what the path gives to the item's score.
    """

    like: str
    over: str
    node: str
    share: float


@dataclass(frozen=True, slots=True)
class LinearPaths:
    """All paths of the linear propagation to one item.

    Attributes:
        paths: those that give most first.
        average: what an item of average score has, which the calibration takes off every item.
        part: the scorer's part of the item's score: the shares and the average add up to it.
    """

    paths: tuple[LinearPath, ...]
    average: float
    part: float


def linear_paths(recommender: Recommender, query: Query, item: str) -> LinearPaths:
    """Every path over which the linear propagation (`filters`) reaches an item, with its exact share.

    Raises:
        QueryError: the recommender has no such scorer, or it says nothing of the item.
        UnknownIdError: the item is not in the graph, or the user.
    """
    filters = {member.name: member for member in recommender.members}.get(Filters.name)
    if not isinstance(filters, Filters):
        raise QueryError("this model has no linear propagation: train with the scorer 'filters'")
    asked, row = recommender.reader.read(query), recommender.graph.items.number(item)
    allowed = asked.besides(row)
    part = recommender.answerer.tally(asked, allowed).of(row)[Filters.name]
    if np.isnan(part):
        raise QueryError(f"the linear propagation says nothing of item {item!r} to who asks")
    gave = attribute(recommender.panel, asked.profile, allowed, np.array([row]))
    rate = float(gave.rates[gave.names.index(Filters.name), 0])
    found, graph = filters.paths_of(asked.profile, row), recommender.graph
    shares = found.values * rate
    paths = tuple(
        LinearPath(
            graph.item_label(int(found.likes[each])),
            TERMS[found.terms[each]],
            "somebody"
            if found.nodes[each] < graph.num_users
            else recommender.reader.names.call(found.nodes[each]),
            float(shares[each]),
        )
        for each in np.argsort(-shares, kind="stable").tolist()
    )
    return LinearPaths(paths, average=-rate * _mean(filters.score(asked.profile)[0], allowed), part=part)


def _mean(scores: np.ndarray, allowed: np.ndarray) -> float:
    kept = scores[allowed & np.isfinite(scores)].astype(np.float64)
    return float(kept.mean()) if len(kept) else 0.0
