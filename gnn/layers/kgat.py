"""KGAT's attentive layer over the facts of a knowledge graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn
from torch.nn import functional

from gnn.layers.base import QUIET, Layer

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency


class KGAT(Layer):
    r"""Attention and bi-interaction of "KGAT" (Wang et al., KDD 2019).

    .. math::
        x'_v = \sigma(W_1 (x_v + m_v)) + \sigma(W_2 (x_v \odot m_v)), \qquad
        m_v = \sum_{(w, r) \to v} \pi(w, r, v) \, x_w

        \pi = \mathrm{softmax}_{(w, r) \to v} \; (W_r x_w)^\top \tanh(W_r x_v + z_r)

    with LeakyReLU for sigma and the softmax over all facts that v is told. Here the attention is trained with
    the rest; the authors' code works it out once an epoch and trains it by TransR alone.

    Args:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations.
    """

    name: ClassVar[str] = "kgat"
    edges: ClassVar[str] = "facts"

    def __init__(self, embedding_size: int, num_relations: int) -> None:
        super().__init__()
        self.relations = nn.Parameter(torch.empty(num_relations, embedding_size))
        self.weights = nn.Parameter(torch.empty(num_relations, 1, embedding_size, embedding_size))
        self.sum = nn.Linear(embedding_size, embedding_size, bias=False)
        self.product = nn.Linear(embedding_size, embedding_size, bias=False)
        nn.init.normal_(self.relations, std=QUIET)
        nn.init.normal_(self.weights, std=embedding_size**-0.5)
        nn.init.eye_(self.sum.weight)
        nn.init.normal_(self.product.weight, std=QUIET * embedding_size**-0.5)

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (num_nodes, embedding_size)."""
        facts = adjacency.facts
        told = facts.senders.transform(x[facts.senders.nodes], self.weights)
        asked = facts.receivers.transform(x[facts.receivers.nodes], self.weights)
        asked = torch.tanh(asked + functional.embedding(facts.receivers.relations, self.relations))
        attention = facts.attention(facts.receivers_by_senders.dots(asked, told))
        heard = facts.nodes_by_nodes.product(attention, x)
        return functional.leaky_relu(self.sum(x + heard)) + functional.leaky_relu(self.product(x * heard))
