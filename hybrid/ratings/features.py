"""What is known of people and items besides their ratings, as a sparse table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from kg.graph import FloatArray, IntArray, Kind, KnowledgeGraph

FEWEST = 5  # nodes that must share a feature: what is so rare, an id says as well
FARTHEST = 3.0  # standard deviations: one strange price shall not speak louder than all else


def features(graph: KnowledgeGraph, kind: Kind, *, side: bool = True) -> sparse.csr_array:
    """The features of all nodes of a kind.

    - Each node that has a rating: itself.
    - One that all of the kind share, the unknown too: what is usual.
    - Each fact, in either direction: the relation and what is at its other end, where five nodes or more
      share it. The k facts that a node has of a relation weigh 1 / sqrt(k) each.
    - Each numeric property (price, year), in standard deviations from its mean over the kind, at most three;
      0 where it is unknown.

    Args:
        graph: the graph; its ratings are those that are learned from.
        kind: "user" or "item".
        side: whether to use all of these, or only the nodes themselves.

    Returns:
        Shape (number of the kind + 1, number of features), float32. The last row is of the unknown.
    """
    size = len(graph.vocabulary(kind))
    rated = np.bincount({"user": graph.ratings.users, "item": graph.ratings.items}[kind], minlength=size) > 0
    own = with_unknown(sparse.csr_array(sparse.diags_array(rated.astype(np.float32))))
    own.eliminate_zeros()
    if not side:
        return own
    first = graph.first(kind)
    told = (_links(graph, kind), _numbers(graph, slice(first, first + size)))
    usual = sparse.csr_array(np.ones((size + 1, 1)))
    return sparse.csr_array(sparse.hstack([usual, own, *map(with_unknown, told)])).astype(np.float32)


def with_unknown(table: sparse.csr_array) -> sparse.csr_array:
    """The table with an empty row at its end, which row -1, the unknown, then means."""
    starts = np.append(table.indptr, table.indptr[-1])
    return sparse.csr_array((table.data, table.indices, starts), shape=(len(starts) - 1, table.shape[1]))


def _numbers(graph: KnowledgeGraph, nodes: slice) -> sparse.csr_array:
    columns = [np.zeros((nodes.stop - nodes.start, 0))]
    for values in (numbers[nodes] for numbers in graph.numbers.values()):
        known = values[~np.isnan(values)]
        if len(known) and known.std() > 0:
            away = np.clip((values - known.mean()) / known.std(), -FARTHEST, FARTHEST)
            columns.append(np.nan_to_num(away)[:, None])
    return sparse.csr_array(np.hstack(columns))


def _links(graph: KnowledgeGraph, kind: Kind) -> sparse.csr_array:
    rows, relations, others = graph.facts_of(kind)
    _, columns, shared = np.unique(
        relations * graph.num_nodes + others, return_inverse=True, return_counts=True
    )
    often = shared[columns] >= FEWEST
    kept, weights = columns[often], _weights(rows[often], relations[often])
    places = np.unique(kept, return_inverse=True)[1] if len(kept) else kept
    width = int(places.max()) + 1 if len(places) else 0
    return sparse.csr_array((weights, (rows[often], places)), shape=(len(graph.vocabulary(kind)), width))


def _weights(rows: IntArray, relations: IntArray) -> FloatArray:
    pairs = rows * (int(relations.max(initial=0)) + 1) + relations
    _, places, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    return np.asarray(1 / np.sqrt(counts[places]))
