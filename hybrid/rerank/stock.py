"""What stages know of the items: how often and since when they are liked, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hybrid.rerank.groups import Groups
from hybrid.rerank.said import Said
from hybrid.scorers.base import likes
from hybrid.scorers.bridges import item_facts
from kg.errors import QueryError

if TYPE_CHECKING:
    from scipy import sparse

    from hybrid.text.table import VectorArray
    from kg.graph import FloatArray, IntArray, KnowledgeGraph

SIMILAR_BY = ("facts", "text")
YEAR, _EPOCH = 365.2425 * 86_400, 1970


@dataclass(frozen=True)
class Stock:
    """The items of a graph, known once for all queries.

    Attributes:
        graph: the graph; its held-out interactions are not read.
        text: the items' text vectors, unit or zero, shape (num_items, size); None where no item has text.
    """

    graph: KnowledgeGraph
    text: VectorArray | None = None

    @cached_property
    def popularity(self) -> IntArray:
        """The number of people who like each item, shape (num_items,)."""
        return np.bincount(likes(self.graph).indices, minlength=self.graph.num_items)

    @cached_property
    def latest(self) -> float:
        """When the last like was given, seconds since 1970; NaN where no like has a time."""
        times = self.graph.interactions.times
        known = times[~np.isnan(times)]
        return float(known.max()) if len(known) else np.nan

    @cached_property
    def first_likes(self) -> FloatArray:
        """When each item was first liked, seconds since 1970, NaN where unknown, shape (num_items,)."""
        rows, first = self.graph.interactions, np.full(self.graph.num_items, np.inf)
        np.minimum.at(first, rows.items, np.nan_to_num(rows.times, nan=np.inf))
        return np.where(np.isfinite(first), first, np.nan)

    def years(self, attribute: str) -> FloatArray:
        """The beginnings of the years that items have as a number, seconds since 1970, shape (num_items,).

        Raises:
            QueryError: no item has such a number.
        """
        graph = self.graph
        known = graph.numbers.get(attribute)
        values = None if known is None else known[graph.num_users : graph.num_users + graph.num_items]
        if values is None or np.isnan(values).all():
            there = ", ".join(map(repr, graph.numbers)) or "none"
            raise QueryError(f"no item of graph {graph.name!r} has a number {attribute!r}; there are {there}")
        return np.asarray((values - _EPOCH) * YEAR)

    def vectors(self, by: str) -> sparse.csr_array | VectorArray:
        """Unit vectors of the items, zeros where nothing is known, shape (num_items, size).

        Args:
            by: "facts" for what the graph says of them, every relation of an item weighing the same; "text"
                for their texts.

        Raises:
            QueryError: no item has such.
        """
        if by == "facts" and self.facts.nnz:
            return self.facts
        if by == "text" and self.text is not None:
            return self.text
        raise QueryError(f"no item of graph {self.graph.name!r} has {by} to compare it by")

    @cached_property
    def facts(self) -> sparse.csr_array:
        """What is said of each item, as `item_facts` weighs it, shape (num_items, number of things said)."""
        return item_facts(self.graph)[0]

    @cached_property
    def said(self) -> Said:
        """The same in words."""
        return Said(self.graph)

    @cached_property
    def groups(self) -> Groups:
        """The items by class, genre or whatever else they are linked to."""
        return Groups(self.graph)
