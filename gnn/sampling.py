"""Neighbour sampling: the encoder on a small part of a graph whose propagation does not fit at once."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch_geometric.data import HeteroData
from torch_geometric.sampler import BaseSampler, HeteroSamplerOutput
from torch_geometric.sampler.neighbor_sampler import edge_sample, node_sample

from gnn.adjacency import Adjacency
from gnn.encoder import GraphEncoder
from gnn.sparse import Product, spans, starts_of
from gnn.tensors import LIKES, REVERSE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor
    from torch_geometric.sampler import EdgeSamplerInput, NegativeSampling, NodeSamplerInput

EdgeType = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FanOut:
    """How many neighbours are drawn per node and edge type, hop by hop, nearest first.

    An encoder needs as many hops over each kind of edges as it has layers over it.

    Attributes:
        likes: over interactions, from the seeds outwards.
        facts: over facts, from all that the first hops have reached.
    """

    likes: tuple[int, ...] = (16, 8)
    facts: tuple[int, ...] = (8,)

    def __post_init__(self) -> None:
        if any(count < 1 for count in (*self.likes, *self.facts)):
            raise ValueError(f"a fan-out is a number of neighbours, at least 1, not {self}")


class NeighbourSampler(BaseSampler):  # type: ignore[misc]
    """Draws neighbours evenly and without repetition (GraphSAGE, Hamilton et al., NeurIPS 2017), in torch.

    Every node reached has the edges into it drawn once, for all layers. It serves PyG's `NodeLoader` and
    `LinkLoader` as `node_sampler` and `link_sampler`; `subgraph` is the same without a loader. A batch goes
    through `SampledEncoder`.

    Args:
        data: from `gnn.tensors.to_hetero`.
        fan_out: how many neighbours.
        generator: where all that is random comes from.
    """

    def __init__(self, data: HeteroData, fan_out: FanOut, generator: torch.Generator) -> None:
        self.data = with_degrees(data)
        self.num_nodes = {kind: data[kind].num_nodes for kind in data.node_types}
        self._fan_out, self._generator = fan_out, generator
        self._neighbours = {
            name: _Neighbours.of(self.data[name].edge_index, self.num_nodes[name[2]])
            for name in data.edge_types
        }

    def subgraph(self, seeds: Mapping[str, Tensor]) -> HeteroData:
        """A part of the graph around some nodes.

        Args:
            seeds: rows by node type, without repetition; each of shape (number of seeds of that type,).

        Returns:
            All node and edge types; of each node type the seeds come first, `n_id` says which rows of the
            whole graph its nodes are, and `degree` how many interactions they have there.
        """
        sample = self._sample(dict(seeds))
        part = HeteroData()
        for kind, rows in sample.node.items():
            part[kind].n_id, part[kind].num_nodes = rows, len(rows)
            part[kind].degree = self.data[kind].degree[rows]
        for name, sources in sample.row.items():
            part[name].edge_index = torch.stack([sources, sample.col[name]])
        return part

    def sample_from_nodes(self, index: NodeSamplerInput, **_more: object) -> HeteroSamplerOutput:
        """What PyG's NodeLoader asks for."""
        return node_sample(index, self._sample)

    def sample_from_edges(
        self, index: EdgeSamplerInput, neg_sampling: NegativeSampling | None = None
    ) -> HeteroSamplerOutput:
        """What PyG's LinkLoader asks for."""
        return edge_sample(index, self._sample, self.num_nodes, disjoint=False, neg_sampling=neg_sampling)

    def _sample(self, seeds: dict[str, Tensor], _times: object = None) -> HeteroSamplerOutput:
        nothing = torch.zeros(0, dtype=torch.long)
        reached = {kind: seeds.get(kind, nothing) for kind in self.num_nodes}
        edges: dict[EdgeType, Tensor] = {}
        for over_likes, counts in ((True, self._fan_out.likes), (False, self._fan_out.facts)):
            names = [name for name in self._neighbours if is_like(name) is over_likes]
            edges |= {name: torch.zeros(3, 0, dtype=torch.long) for name in names}
            self._grow(reached, edges, names, counts)
        return _numbered(reached, edges, self.num_nodes)

    def _grow(
        self,
        reached: dict[str, Tensor],
        edges: dict[EdgeType, Tensor],
        names: list[EdgeType],
        counts: tuple[int, ...],
    ) -> None:
        """Go as many hops as there are counts, adding to the nodes reached and to the edges drawn."""
        front = dict(reached)
        for count in counts:
            for name in names:
                drawn = self._neighbours[name].draw(front[name[2]], count, self._generator)
                edges[name] = torch.cat([edges[name], drawn], 1)
            before = {kind: len(rows) for kind, rows in reached.items()}
            for kind, size in self.num_nodes.items():
                found = [edges[name][0] for name in names if name[0] == kind]
                reached[kind] = _with_new(reached[kind], found, size)
            front = {kind: rows[before[kind] :] for kind, rows in reached.items()}


class SampledEncoder(GraphEncoder):
    """An encoder on a part of its graph, with its own weights: called, it gives the part's `Vectors`.

    With every neighbour drawn, the vectors of the seeds are those of the whole graph. With fewer, a sum over
    neighbours is scaled up to its expectation and a mean is that of the drawn ones. Only the seeds' vectors
    are meant to be used: what is further out has not heard of all that it should.

    Args:
        encoder: of the whole graph.
        part: from `NeighbourSampler.subgraph` or a loader.
    """

    def __init__(self, encoder: GraphEncoder, part: HeteroData) -> None:
        nn.Module.__init__(self)
        self.options, self.training = encoder.options, encoder.training
        device = encoder.adjacency.degrees.device
        self.adjacency = adjacency_of(part, encoder.adjacency.num_relations // 2).to(device)
        self.inputs = nn.ModuleDict(
            {kind: _Some(inputs, part[kind].n_id.to(device)) for kind, inputs in encoder.inputs.items()}
        )
        self.num_users, self.num_items = part["user"].num_nodes, part["item"].num_nodes
        self.facts, self.likes, self.dropout = encoder.facts, encoder.likes, encoder.dropout


class _Some(nn.Module):
    """The inputs of some nodes."""

    def __init__(self, inputs: nn.Module, rows: Tensor) -> None:
        super().__init__()
        self._inputs, self._rows = inputs, rows

    def forward(self) -> Tensor:
        chosen: Tensor = self._inputs()[self._rows]
        return chosen


def adjacency_of(part: HeteroData, num_relations: int) -> Adjacency:
    """The adjacency of a sampled part; interactions are normalised by the degrees in the whole graph."""
    adjacency = Adjacency.of(part, num_relations)
    degrees = torch.cat([part[kind].degree for kind in part.node_types])
    starts = dict(zip(part.node_types, accumulate(adjacency.sizes, initial=0), strict=False))
    sources, targets = torch.cat(
        [
            part[name].edge_index + torch.tensor([[starts[name[0]]], [starts[name[2]]]])
            for name in part.edge_types
            if is_like(name)
        ],
        1,
    )
    drawn = torch.bincount(targets, minlength=len(degrees)).clamp(min=1)
    scale = degrees.clamp(min=1).rsqrt()
    weights = scale[sources] * scale[targets] * (degrees / drawn)[targets]
    likes = Product(targets, sources, weights, (len(degrees), len(degrees)))
    return replace(adjacency, likes=likes, degrees=degrees)


def with_degrees(data: HeteroData) -> HeteroData:
    """A copy with each interaction once, and each node's number of interactions as its `degree`."""
    data = copy.copy(data)
    for kind in data.node_types:
        data[kind].degree = torch.zeros(data[kind].num_nodes)
    for name in filter(is_like, data.edge_types):
        index, targets = torch.unique(data[name].edge_index, dim=1), data[name[2]]
        data[name].clear()  # weights and times are of the edges that were there before
        data[name].edge_index = index
        targets.degree = targets.degree + torch.bincount(index[1], minlength=targets.num_nodes)
    return data


def is_like(name: EdgeType) -> bool:
    """Whether an edge type is of interactions, in either direction."""
    return name[1].removeprefix(REVERSE) == LIKES


@dataclass(frozen=True)
class _Neighbours:
    """The edges of one type by the node they lead to: where those of each node start, sources, numbers."""

    starts: Tensor
    sources: Tensor
    numbers: Tensor

    @classmethod
    def of(cls, index: Tensor, num_targets: int) -> _Neighbours:
        numbers = torch.argsort(index[1], stable=True)
        return cls(starts_of(index[1], num_targets), index[0][numbers], numbers)

    def draw(self, targets: Tensor, most: int, generator: torch.Generator) -> Tensor:
        """At most so many edges into each target: source, target and number of each, shape (3, n)."""
        first = self.starts[targets]
        counts = self.starts[targets + 1] - first
        owner, edges = spans(first, counts)
        places = edges - first[owner]
        shuffled = torch.argsort(owner + torch.rand(len(owner), generator=generator, dtype=torch.float64))
        # the shuffled edges of an owner stand where its edges stood, so that the first `most` are a fair draw
        drawn = shuffled[places < most]
        edges = edges[drawn]
        return torch.stack([self.sources[edges], targets[owner[drawn]], self.numbers[edges]])


def _with_new(known: Tensor, found: list[Tensor], size: int) -> Tensor:
    """The known rows, then those of the found that are not among them, rising."""
    new = torch.zeros(size, dtype=torch.bool)
    for rows in found:
        new[rows] = True
    new[known] = False
    return torch.cat([known, new.nonzero().flatten()])


def _numbered(
    reached: dict[str, Tensor], edges: dict[EdgeType, Tensor], sizes: dict[str, int]
) -> HeteroSamplerOutput:
    """The output that PyG expects, its edges numbered within the part."""
    places = {}
    for kind, rows in reached.items():
        places[kind] = torch.full((sizes[kind],), -1)
        places[kind][rows] = torch.arange(len(rows))
    return HeteroSamplerOutput(
        node=reached,
        row={name: places[name[0]][edge[0]] for name, edge in edges.items()},
        col={name: places[name[2]][edge[1]] for name, edge in edges.items()},
        edge={name: edge[2] for name, edge in edges.items()},
    )
