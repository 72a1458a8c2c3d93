"""CompGCN's relational propagation over the facts of a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

from gnn.layers.base import QUIET, Layer

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency


class CompGCN(Layer):
    r"""Composition of node and relation by product, as in "CompGCN" (Vashishth et al., ICLR 2020).

    .. math:: x'_v = x_v + W \, \frac{1}{|R(v)|} \sum_{r \in R(v)} z_r \odot
        \frac{1}{|N_r(v)|} \sum_{w \in N_r(v)} x_w

    with a learned vector z_r per directed relation. The mean is taken within each relation first, as in R-GCN
    (Schlichtkrull et al., 2018), so that twenty actors do not drown a director. A node without facts keeps x.

    Args:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations.
    """

    name: ClassVar[str] = "compgcn"
    edges: ClassVar[str] = "facts"

    def __init__(self, embedding_size: int, num_relations: int) -> None:
        super().__init__()
        self.relations = nn.Parameter(torch.full((num_relations, embedding_size), QUIET))
        self.weight = nn.Linear(embedding_size, embedding_size, bias=False)
        nn.init.eye_(self.weight.weight)

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (num_nodes, embedding_size)."""
        messages = adjacency.gather(x) * nn.functional.embedding(adjacency.relation_of, self.relations)
        gathered: Tensor = self.weight(adjacency.spread(messages))
        return x + gathered
