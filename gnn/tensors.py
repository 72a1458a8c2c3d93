"""The one border into tensors: KnowledgeGraph -> HeteroData, with both directions of every edge."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch_geometric.data import HeteroData

from kg.graph import KINDS

if TYPE_CHECKING:
    from kg.graph import IntArray, KnowledgeGraph

LIKES = "likes"
REVERSE = "rev_"


def to_hetero(graph: KnowledgeGraph) -> HeteroData:
    """A graph as PyG's HeteroData.

    Node types are "user", "item" and "entity". Interactions are ("user", "likes", "item") with `weight` and
    `time`; a fact of relation number 3 between an item and an entity is ("item", "r3", "entity"). Each has a
    reverse ("item", "rev_likes", "user"). Held-out interactions stay out.

    Raises:
        ValueError: PyG's validation finds the result inconsistent.
    """
    data = HeteroData()
    for kind in KINDS:
        data[kind].num_nodes = len(graph.vocabulary(kind))
    liked = graph.interactions
    weights = torch.from_numpy(liked.weights.astype(np.float32))
    times = torch.from_numpy(liked.times)
    for source, relation, target, ends in (
        ("user", LIKES, "item", (liked.users, liked.items)),
        ("item", REVERSE + LIKES, "user", (liked.items, liked.users)),
    ):
        store = data[source, relation, target]
        store.edge_index = _index(*ends)
        store.weight = weights
        store.time = times
    _add_facts(data, graph)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The node type.* isolated")  # a graph without facts is one
        data.validate(raise_on_error=True)
    return data


def _add_facts(data: HeteroData, graph: KnowledgeGraph) -> None:
    starts = np.array([graph.first(kind) for kind in KINDS])
    head_kinds = np.searchsorted(starts, graph.edges.heads, side="right") - 1
    tail_kinds = np.searchsorted(starts, graph.edges.tails, side="right") - 1
    # an empty kind shares its start with the next one: searchsorted then names the last, which has the nodes
    signature = (graph.edges.relations * 3 + head_kinds) * 3 + tail_kinds
    for value in np.unique(signature):
        rows = signature == value
        relation, head, tail = int(value) // 9, int(value) // 3 % 3, int(value) % 3
        ends = graph.edges.heads[rows] - starts[head], graph.edges.tails[rows] - starts[tail]
        data[KINDS[head], f"r{relation}", KINDS[tail]].edge_index = _index(*ends)
        data[KINDS[tail], f"{REVERSE}r{relation}", KINDS[head]].edge_index = _index(*reversed(ends))


def _index(sources: IntArray, targets: IntArray) -> torch.Tensor:
    return torch.from_numpy(np.stack([sources, targets]).astype(np.int64))
