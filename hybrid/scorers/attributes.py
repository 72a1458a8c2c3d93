"""What items have in common by the facts, as rows beside the likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.base import binary

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


def shared_attributes(graph: KnowledgeGraph) -> sparse.csr_array:
    """Which items are linked to the same entity, as people who like them would be written.

    An entity of n items has 1 / n^(1/4) for each of them, so that a pair of them agrees by 1 / sqrt(n): a
    director says more than a country. Relations and their directions are not told apart (on colakg-lastfm it
    made no difference). Entities of a single item are left out, for they say nothing of any other.

    Returns:
        Shape (entities of at least two items, num_items), float32.
    """
    items, _, others = graph.facts_of("item")
    rows = others - graph.first("entity")
    linked = rows >= 0
    links = binary(
        sparse.csr_array(
            (np.ones(linked.sum()), (rows[linked], items[linked])),
            shape=(len(graph.entities), graph.num_items),
        )
    )
    counts = np.diff(links.indptr)
    links.data /= np.repeat(np.sqrt(np.sqrt(counts)), counts).astype(np.float32)
    return sparse.csr_array(links[counts > 1])
