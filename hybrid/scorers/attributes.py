"""What items have in common by the facts, as rows beside the likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.base import binary

if TYPE_CHECKING:
    from kg.graph import BoolArray, IntArray, KnowledgeGraph


def shared_attributes(graph: KnowledgeGraph) -> sparse.csr_array:
    """Which items are linked to the same entity, as people who like them would be written.

    An entity of n items has 1 / n^(1/4) for each of them, so that a pair of them agrees by 1 / sqrt(n): a
    director says more than a country. Relations and their directions are not told apart (on colakg-lastfm it
    made no difference). Entities of a single item are left out, for they say nothing of any other.

    Returns:
        Shape (entities of at least two items, num_items), float32.
    """
    links = _links(graph)
    counts = np.diff(links.indptr)
    return _weighed(links, counts)[counts > 1]


def attributes_of_known(graph: KnowledgeGraph, known: BoolArray) -> sparse.csr_array:
    """The same of the entities of known items, for a new item beside them: it is one more of n + 1 items.

    Args:
        graph: the graph.
        known: the items that count, shape (num_items,).

    Returns:
        Shape (entities of at least one known item, num_items), float32.
    """
    links = _links(graph)
    counts = np.diff(links[:, known].indptr)
    return _weighed(links, counts + 1)[counts > 0]


def _links(graph: KnowledgeGraph) -> sparse.csr_array:
    """Which items are linked to each entity, shape (number of entities, num_items)."""
    items, _, others = graph.facts_of("item")
    rows = others - graph.first("entity")
    linked = rows >= 0
    return binary(
        sparse.csr_array(
            (np.ones(linked.sum()), (rows[linked], items[linked])),
            shape=(len(graph.entities), graph.num_items),
        )
    )


def _weighed(links: sparse.csr_array, counts: IntArray) -> sparse.csr_array:
    """The links, each divided by the fourth root of its entity's count."""
    roots = np.sqrt(np.sqrt(np.maximum(counts, 1))).astype(np.float32)
    data = links.data / np.repeat(roots, np.diff(links.indptr))
    return sparse.csr_array((data, links.indices, links.indptr), shape=links.shape)
