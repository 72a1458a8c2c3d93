"""The heterogeneous graph transformer's layer over facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import nn
from torch.nn import functional

from gnn.layers.base import QUIET, Layer
from kg.graph import KINDS

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.adjacency import Adjacency


class HGT(Layer):
    r"""Attention by kind of node and relation, as in "Heterogeneous Graph Transformer" (Hu et al., WWW 2020).

    .. math::
        x'_v = x_v + A_{k(v)} \, \mathrm{gelu} \Big( \big\Vert_h \sum_{(w, r) \to v} \pi_h(w, r, v) \,
        V^h_{k(w)} x_w \, M^h_r \Big)

        \pi_h = \mathrm{softmax}_{(w, r) \to v} \; \mu^h_r \,
        (K^h_{k(w)} x_w \, B^h_r) \cdot (Q^h_{k(v)} x_v) / \sqrt{d_h}

    with full matrices B and M of a head's size per relation and head, worked out once per (node, relation)
    pair and not once per fact; four heads where they divide the size, else two or one. The kinds k are user,
    item and entity. Two things are simpler than published: the prior mu is one per relation, not per relation
    and kinds of both ends, and relative times are left out, since facts have none.

    Args:
        embedding_size: length of a node's vector.
        num_relations: number of directed relations.
    """

    name: ClassVar[str] = "hgt"
    edges: ClassVar[str] = "facts"

    def __init__(self, embedding_size: int, num_relations: int) -> None:
        super().__init__()
        self.num_heads = next(heads for heads in (4, 2, 1) if embedding_size % heads == 0)
        size = embedding_size // self.num_heads
        self.keys, self.queries, self.values = (_by_kind(embedding_size) for _ in range(3))
        self.out = _by_kind(embedding_size, QUIET)
        self.attention = nn.Parameter(torch.eye(size).repeat(num_relations, self.num_heads, 1, 1))
        self.messages = nn.Parameter(torch.eye(size).repeat(num_relations, self.num_heads, 1, 1))
        self.prior = nn.Parameter(torch.ones(num_relations, self.num_heads))

    def forward(self, x: Tensor, adjacency: Adjacency) -> Tensor:
        """Propagate once; x and the result have shape (num_nodes, embedding_size)."""
        facts, sizes = adjacency.facts, adjacency.sizes
        senders = facts.senders
        keys = senders.transform(_each(self.keys, x, sizes)[senders.nodes], self.attention)
        values = senders.transform(_each(self.values, x, sizes)[senders.nodes], self.messages)
        queries = _each(self.queries, x, sizes)
        logits = torch.stack(
            [
                facts.nodes_by_senders.dots(query, key)
                for query, key in zip(self._heads(queries), self._heads(keys), strict=True)
            ],
            dim=1,
        )
        scale = (queries.shape[1] // self.num_heads) ** -0.5
        attention = facts.attention(logits * functional.embedding(facts.relations, self.prior) * scale)
        heard = [
            facts.nodes_by_senders.product(weights, value)
            for weights, value in zip(attention.unbind(1), self._heads(values), strict=True)
        ]
        return x + _each(self.out, functional.gelu(torch.cat(heard, dim=1)), sizes)

    def _heads(self, rows: Tensor) -> tuple[Tensor, ...]:
        return rows.chunk(self.num_heads, dim=1)


def _by_kind(size: int, scale: float = 1.0) -> nn.ModuleList:
    """A square matrix per kind of node; its products have `scale` times the spread of what goes in."""
    linears = [nn.Linear(size, size, bias=False) for _ in KINDS]
    for linear in linears:
        nn.init.normal_(linear.weight, std=scale * size**-0.5)
    return nn.ModuleList(linears)


def _each(linears: nn.ModuleList, x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Each kind's rows through its own linear map."""
    return torch.cat(
        [linear(part) for linear, part in zip(linears, torch.split(x, list(sizes)), strict=True)]
    )
