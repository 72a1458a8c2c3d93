"""The edges of a graph as layers use them: sparse products, cached in both directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from gnn.facts import Facts
from gnn.sparse import Product
from gnn.tensors import LIKES, REVERSE

if TYPE_CHECKING:
    from torch import Tensor
    from torch_geometric.data import HeteroData


@dataclass(frozen=True, eq=False)
class Adjacency:
    """The edges a layer sends messages over; nodes are numbered users first, then items, then entities.

    Attributes:
        num_nodes: number of nodes.
        likes: symmetrically normalised interactions, 1/sqrt(deg * deg), between users and items: square, with
            as many rows as there are of both. Entities, which have none, cost nothing there.
        gather: mean over the neighbours of one node by one directed relation, shape (num_pairs, num_nodes),
            one row per (node, relation) pair that occurs, in the order of `facts.receivers`.
        relation_of: the directed relation of each pair, shape (num_pairs,).
        spread: mean over the pairs of each node, shape (num_nodes, num_pairs).
        num_relations: directed relations: twice the number of relations.
        degrees: number of interactions per node, shape (num_nodes,).
        sizes: number of nodes of each kind.
        facts: the facts one by one, in both directions.
    """

    num_nodes: int
    likes: Product
    gather: Product
    relation_of: Tensor
    spread: Product
    num_relations: int
    degrees: Tensor
    sizes: tuple[int, ...]
    facts: Facts

    @classmethod
    def of(cls, data: HeteroData, num_relations: int) -> Adjacency:
        """The adjacency of a validated HeteroData with both directions of every edge."""
        starts, sizes, num_nodes = {}, [], 0
        for kind in data.node_types:
            starts[kind] = num_nodes
            sizes.append(data[kind].num_nodes)
            num_nodes += sizes[-1]
        likes, index, relations = (
            [],
            [torch.zeros(2, 0, dtype=torch.long)],
            [torch.zeros(0, dtype=torch.long)],
        )
        for source, name, target in data.edge_types:
            ends = data[source, name, target].edge_index
            ends = torch.stack([ends[0] + starts[source], ends[1] + starts[target]])
            relation = name.removeprefix(REVERSE)
            if relation == LIKES:
                likes.append(ends)
                continue
            number = 2 * int(relation.removeprefix("r")) + (relation != name)
            index.append(ends)
            relations.append(torch.full((ends.shape[1],), number))
        facts = Facts.of(torch.cat(index, 1), torch.cat(relations), num_nodes, 2 * num_relations)
        gather, spread = _relational(facts)
        product, degrees = _symmetric(torch.cat(likes, 1), sum(sizes[:2]), num_nodes)
        return cls(
            num_nodes, product, gather, facts.receivers.relations, spread, 2 * num_relations, degrees,
            tuple(sizes), facts,
        )  # fmt: skip

    def unheard(self, silent: Tensor) -> Adjacency:
        """The same likes, and of the facts those that silent nodes are told and not what they tell others.

        Args:
            silent: bool, shape (num_nodes,).
        """
        told = ~silent[self.facts.sources]
        index = torch.stack([self.facts.sources[told], self.facts.targets[told]])
        facts = Facts.of(index, self.facts.relations[told], self.num_nodes, self.num_relations)
        gather, spread = _relational(facts)
        return replace(self, gather=gather, relation_of=facts.receivers.relations, spread=spread, facts=facts)

    def to(self, device: torch.device) -> Adjacency:
        """The adjacency on a device."""
        return Adjacency(
            self.num_nodes,
            self.likes.to(device),
            self.gather.to(device),
            self.relation_of.to(device),
            self.spread.to(device),
            self.num_relations,
            self.degrees.to(device),
            self.sizes,
            self.facts.to(device),
        )


def _symmetric(index: Tensor, num_linked: int, num_nodes: int) -> tuple[Product, Tensor]:
    pairs = torch.unique(index[0] * num_linked + index[1])
    source, target = pairs // max(num_linked, 1), pairs % max(num_linked, 1)
    degrees = torch.bincount(target, minlength=num_nodes).float()
    scale = degrees.clamp(min=1).rsqrt()
    return Product(target, source, scale[source] * scale[target], (num_linked, num_linked)), degrees


def _relational(facts: Facts) -> tuple[Product, Product]:
    pairs = facts.receivers
    size = torch.bincount(pairs.of_fact, minlength=len(pairs)).float()
    gather = Product(pairs.of_fact, facts.sources, 1 / size[pairs.of_fact], (len(pairs), facts.num_nodes))
    kinds = torch.bincount(pairs.nodes, minlength=facts.num_nodes).float()
    order = torch.arange(len(pairs), device=pairs.nodes.device)
    spread = Product(pairs.nodes, order, 1 / kinds[pairs.nodes], (facts.num_nodes, len(pairs)))
    return gather, spread
