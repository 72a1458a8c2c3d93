"""The directed facts of a graph one by one, for layers that weigh each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch_geometric.utils import softmax

from gnn.sparse import Pattern

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Pairs:
    """The (node, relation) pairs that occur at one end of the facts, in rising order of node, then relation.

    Attributes:
        nodes: node of each pair, shape (num_pairs,).
        relations: directed relation of each pair, shape (num_pairs,).
        of_fact: pair of each fact, shape (num_facts,).
        num_relations: number of directed relations.
    """

    nodes: Tensor
    relations: Tensor
    of_fact: Tensor
    num_relations: int

    @classmethod
    def of(cls, nodes: Tensor, relations: Tensor, num_relations: int) -> Pairs:
        """The pairs at one end of the facts, from that end's node and the relation of every fact."""
        keys, of_fact = torch.unique(nodes * num_relations + relations, return_inverse=True)
        divisor = max(num_relations, 1)
        return cls(keys // divisor, keys % divisor, of_fact, num_relations)

    def __len__(self) -> int:
        return len(self.nodes)

    def transform(self, rows: Tensor, weights: Tensor) -> Tensor:
        """Multiply the row of each pair by the matrix of its relation.

        One product per relation and head; no row is copied per fact.

        Args:
            rows: shape (num_pairs, num_heads * size), a head's numbers side by side.
            weights: shape (num_relations, num_heads, size, new_size).

        Returns:
            Shape (num_pairs, num_heads * new_size).
        """
        order, back, counts = self._by_relation
        heads = rows[order].view(len(rows), weights.shape[1], weights.shape[2]).transpose(0, 1)
        done = [
            torch.bmm(part, weight)
            for part, weight in zip(torch.split(heads, counts, dim=1), weights.unbind(), strict=True)
        ]
        empty = rows.new_zeros(weights.shape[1], 0, weights.shape[3])
        return torch.cat([empty, *done], dim=1).transpose(0, 1).flatten(1)[back]

    @cached_property
    def _by_relation(self) -> tuple[Tensor, Tensor, list[int]]:
        order = torch.argsort(self.relations, stable=True)
        counts: list[int] = torch.bincount(self.relations, minlength=self.num_relations).tolist()
        return order, torch.argsort(order), counts


@dataclass(frozen=True, eq=False)
class Facts:
    """Every fact in both directions: a source tells a target something by a directed relation.

    Sorted by target, then relation, then source. What only some layers need is made when first asked for.

    Attributes:
        sources: node that is told of, shape (num_facts,).
        targets: node that is told, shape (num_facts,).
        relations: directed relation, shape (num_facts,).
        num_nodes: number of nodes.
        num_relations: number of directed relations.
    """

    sources: Tensor
    targets: Tensor
    relations: Tensor
    num_nodes: int
    num_relations: int

    @classmethod
    def of(cls, index: Tensor, relations: Tensor, num_nodes: int, num_relations: int) -> Facts:
        """The facts of an index of sources and targets, shape (2, num_facts), in any order."""
        sources, targets = index
        order = torch.argsort((targets * num_relations + relations) * num_nodes + sources)
        return cls(sources[order], targets[order], relations[order], num_nodes, num_relations)

    @cached_property
    def receivers(self) -> Pairs:
        """The pairs of a target and the relation it is told by."""
        return Pairs.of(self.targets, self.relations, self.num_relations)

    @cached_property
    def senders(self) -> Pairs:
        """The pairs of a source and the relation it tells by."""
        return Pairs.of(self.sources, self.relations, self.num_relations)

    @cached_property
    def shares(self) -> Tensor:
        """The share of each receiver in the facts that its node is told, shape (num_receivers,)."""
        pairs = self.receivers
        told = torch.bincount(pairs.of_fact, minlength=len(pairs)).float()
        return told / torch.bincount(self.targets, minlength=self.num_nodes)[pairs.nodes]

    @cached_property
    def nodes_by_nodes(self) -> Pattern:
        """An entry per fact, in the row of its target and the column of its source."""
        return Pattern(self.targets, self.sources, (self.num_nodes, self.num_nodes))

    @cached_property
    def nodes_by_senders(self) -> Pattern:
        """An entry per fact, in the row of its target and the column of its sender."""
        return Pattern(self.targets, self.senders.of_fact, (self.num_nodes, len(self.senders)))

    @cached_property
    def receivers_by_senders(self) -> Pattern:
        """An entry per fact, in the row of its receiver and the column of its sender."""
        return Pattern(self.receivers.of_fact, self.senders.of_fact, (len(self.receivers), len(self.senders)))

    def attention(self, logits: Tensor) -> Tensor:
        """Softmax over the facts that a node is told; logits and result have shape (num_facts, ...)."""
        weights: Tensor = softmax(logits, self.targets, num_nodes=self.num_nodes)
        return weights

    def to(self, device: torch.device) -> Facts:
        """The facts on a device."""
        if self.sources.device == device:
            return self
        sources, targets, relations = (
            part.to(device) for part in (self.sources, self.targets, self.relations)
        )
        return Facts(sources, targets, relations, self.num_nodes, self.num_relations)
