"""Paths of relations weighed by intents, after KGIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn
from torch.nn import functional

from gnn.layers.base import QUIET, Layer

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency

_NUM_INTENTS = 4


class KGIN(Layer):
    r"""Relational path aggregation with intents, after "KGIN" (Wang et al., WWW 2021).

    .. math::
        x'_v = x_v + \frac{1}{|N(v)|} \sum_{(w, r) \to v} g_{vr} \; z_r \odot x_w, \qquad
        g_{vr} = R \sum_{p=1}^{4} \beta_{vp} \, \alpha_{pr}

        \alpha_p = \mathrm{softmax}_r(a_{pr}), \qquad
        \beta_v = \mathrm{softmax}_p \big( x_v \cdot \textstyle\sum_r \alpha_{pr} z_r \big)

    An intent p is a mix of the R relations, as published, and each step multiplies by the relation's vector,
    so that two steps carry the path they came by. In the paper a person attends to intents. Here a person is
    what they like, and that stays linear; so it is the node that is told, mostly an item, that attends to
    them. The penalty that keeps intents apart is left out: they start apart.

    Args:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations.
    """

    name: ClassVar[str] = "kgin"
    edges: ClassVar[str] = "facts"

    def __init__(self, embedding_size: int, num_relations: int) -> None:
        super().__init__()
        self.relations = nn.Parameter(torch.full((num_relations, embedding_size), QUIET))
        self.intents = nn.Parameter(torch.randn(_NUM_INTENTS, num_relations))

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (num_nodes, embedding_size)."""
        if not len(self.relations):
            return x
        pairs = adjacency.facts.receivers
        mixes = self.intents.softmax(dim=1)
        chosen = (x @ (mixes @ self.relations).T).softmax(dim=1)
        weights = len(self.relations) * (chosen @ mixes)[pairs.nodes, pairs.relations]
        told = adjacency.gather(x) * functional.embedding(pairs.relations, self.relations)
        shares = adjacency.facts.shares * weights
        return x.index_add(0, pairs.nodes, told * shares.unsqueeze(1))
