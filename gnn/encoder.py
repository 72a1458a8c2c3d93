"""Node inputs -> relational layers over facts -> LightGCN over interactions -> vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import nn

from gnn import layers
from gnn.embeddings import Embeddings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from gnn.adjacency import Adjacency
    from kg.graph import KnowledgeGraph


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """The shape of a graph encoder.

    Attributes:
        embedding_size: length of a node's vector.
        fact_layer: name of the layer over facts.
        num_fact_layers: how many of them; 0 leaves the facts unused.
        num_layers: LightGCN steps over the interactions; 0 switches propagation off: items keep their own
            vectors and a person is the sum of the liked ones.
        dropout: share of a node's input features dropped while training.
    """

    embedding_size: int = 64
    fact_layer: str = "compgcn"
    num_fact_layers: int = 1
    num_layers: int = 2
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class Vectors:
    """The encoder's output; `Embeddings` says what each is."""

    nodes: Tensor
    items: Tensor
    contexts: Tensor
    bases: Tensor
    inputs: Tensor


class GraphEncoder(nn.Module):
    """Vectors for users, items and entities from a graph.

    There is no free vector per user: a person is what they like and what is known of them, so that somebody
    new is encoded like anybody else (compare FISM, Kabbur et al. 2013, and the inductive LightGCN variants).

    Args:
        options: shape.
        inputs: a module per node kind ("user", "item", "entity"); called without arguments, each gives the
            input vectors of its nodes, shape (number of that kind, embedding_size). Text enters here.
        adjacency: the edges.
        graph: only its sizes are used.
    """

    def __init__(
        self,
        options: EncoderOptions,
        inputs: Mapping[str, nn.Module],
        adjacency: Adjacency,
        graph: KnowledgeGraph,
    ) -> None:
        super().__init__()
        self.options = options
        self.inputs = nn.ModuleDict(inputs)
        self.adjacency = adjacency
        self.num_users, self.num_items = graph.num_users, graph.num_items
        known = layers.find()
        size, relations = options.embedding_size, adjacency.num_relations
        self.facts = nn.ModuleList(
            known[options.fact_layer](size, relations) for _ in range(options.num_fact_layers)
        )
        self.likes = nn.ModuleList(known["lightgcn"](size, relations) for _ in range(options.num_layers))
        self.dropout = nn.Dropout(options.dropout)

    def forward(self) -> Vectors:
        """Encode the whole graph once."""
        inputs = torch.cat([self.inputs[kind]() for kind in ("user", "item", "entity")])
        x = self.dropout(inputs)
        for layer in self.facts:
            x = layer(x, self.adjacency)
        steps = [x]
        for layer in self.likes:
            steps.append(layer(steps[-1], self.adjacency))
        nodes = torch.stack(steps).mean(0)
        first, last = self.num_users, self.num_users + self.num_items
        # the last step of an item reaches people only in a step that is not taken
        passed = torch.stack(steps[: max(len(steps) - 1, 1)]).sum(0)[first:last] / len(steps)
        scale = self.adjacency.degrees[first:last].clamp(min=1).rsqrt().unsqueeze(1)
        return Vectors(nodes, nodes[first:last], passed * scale, x[:first] / len(steps), inputs)

    def to(self, device: torch.device) -> Self:  # type: ignore[override]
        """The encoder and its adjacency on a device."""
        self.adjacency = self.adjacency.to(device)
        return super().to(device)

    @torch.no_grad()
    def embeddings(self) -> Embeddings:
        """The vectors as numpy arrays."""
        vectors = self.eval()()
        arrays = [getattr(vectors, name).cpu().numpy() for name in ("nodes", "items", "contexts", "bases")]
        return Embeddings(*arrays)
