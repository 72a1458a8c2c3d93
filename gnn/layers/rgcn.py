"""R-GCN: a matrix per relation, mixed from a few shared ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn

from gnn.layers.base import QUIET, Layer

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency

_NUM_BASES = 4


class RGCN(Layer):
    r"""The layer of "Modeling Relational Data with Graph Convolutional Networks" (Schlichtkrull et al. 2018).

    .. math:: x'_v = W_0 x_v + \sum_{r \in R(v)} W_r \, \frac{1}{|N_r(v)|} \sum_{w \in N_r(v)} x_w,
        \qquad W_r = \sum_{b=1}^{4} a_{rb} V_b

    with the paper's basis decomposition, so that a rare relation learns from the others. The paper's
    activation is left out: scores here are products, which positive numbers alone would serve badly.

    Args:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations.
    """

    name: ClassVar[str] = "rgcn"
    edges: ClassVar[str] = "facts"

    def __init__(self, embedding_size: int, num_relations: int) -> None:
        super().__init__()
        self.itself = nn.Linear(embedding_size, embedding_size, bias=False)
        self.bases = nn.Parameter(torch.empty(_NUM_BASES, embedding_size, embedding_size))
        self.shares = nn.Parameter(torch.full((num_relations, _NUM_BASES), QUIET / _NUM_BASES))
        nn.init.eye_(self.itself.weight)
        for basis in self.bases.data:
            nn.init.orthogonal_(basis)

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (num_nodes, embedding_size)."""
        weights = torch.einsum("rb,bij->rij", self.shares, self.bases).unsqueeze(1)
        receivers = adjacency.facts.receivers
        messages = receivers.transform(adjacency.gather(x), weights)
        own: Tensor = self.itself(x)
        return own.index_add(0, receivers.nodes, messages.to(own.dtype))
