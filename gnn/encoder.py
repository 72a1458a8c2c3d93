"""Node inputs -> relational layers over facts -> LightGCN over interactions -> vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import nn

from gnn import layers
from gnn.embeddings import Embeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from gnn.adjacency import Adjacency
    from kg.graph import KnowledgeGraph


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """The shape of a graph encoder.

    Attributes:
        embedding_size: length of a node's vector.
        fact_layer: name of the layer over facts: "compgcn", "hgt", "kgat", "kgin" or "rgcn".
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
    """The encoder's output; `Embeddings` says what the first four are.

    Attributes:
        inputs: what the layers began with, shape (num_nodes, embedding_size).
        views: as `nodes`, with noise; as many as were asked for.
    """

    nodes: Tensor
    items: Tensor
    contexts: Tensor
    bases: Tensor
    inputs: Tensor
    views: tuple[Tensor, ...] = ()


class GraphEncoder(nn.Module):
    """Vectors for users, items and entities from a graph.

    A person is what they like and what is known of them, so that somebody new is encoded like anybody else
    (compare FISM, Kabbur et al. 2013, and the inductive LightGCN variants). For that the users' inputs are
    zeros; with a free vector per user the network is LightGCN as published (He et al., SIGIR 2020), and that
    vector is part of the user's base.

    Args:
        options: shape.
        inputs: a module per node kind ("user", "item", "entity"); called without arguments, each gives the
            input vectors of its nodes, shape (number of that kind, embedding_size). Text enters here.
        adjacency: the edges.
        graph: only its sizes are used.

    Raises:
        OptionError: there is no layer over facts of that name.
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
        fact_layer, like_layer = layers.over("facts", options.fact_layer), layers.over("likes", "lightgcn")
        size, relations = options.embedding_size, adjacency.num_relations
        self.facts = nn.ModuleList(fact_layer(size, relations) for _ in range(options.num_fact_layers))
        self.likes = nn.ModuleList(like_layer(size, relations) for _ in range(options.num_layers))
        self.dropout = nn.Dropout(options.dropout)

    def forward(self, *, views: int = 0, noise: float = 0.1) -> Vectors:
        """Encode the whole graph once.

        Args:
            views: how many more times to send the vectors over the interactions, each with other noise.
            noise: length of what is then added to each vector after each step.
        """
        inputs = torch.cat([self.inputs[kind]() for kind in ("user", "item", "entity")])
        x = self.dropout(inputs)
        for layer in self.facts:
            x = layer(x, self.adjacency)
        total, before = self._sums(x)
        steps = 1 + len(self.likes)
        nodes = _with_rest(total, x) / steps
        first, last = self.num_users, self.num_users + self.num_items
        # the last step of an item reaches people only in a step that is not taken
        scale = self.adjacency.degrees[first:last].clamp(min=1).rsqrt().unsqueeze(1) / steps
        contexts = before[first:last] * scale
        noisy = tuple(_with_rest(self._sums(x, noise)[0], x) / steps for _ in range(views))
        return Vectors(nodes, nodes[first:last], contexts, x[:first] / steps, inputs, noisy)

    def _sums(self, x: Tensor, noise: float = 0.0) -> tuple[Tensor, Tensor]:
        """Of people's and items' vectors before and after each step: the sum, and that without the last step.

        Without steps both are the vectors as they are.
        """
        step = total = before = x[: self.adjacency.likes.shape[0]]
        for layer in self.likes:
            step = layer(step, self.adjacency)
            step = _noisy(step, noise) if noise else step
            before, total = total, total + step
        return total, before

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:  # noqa: FBT001, FBT002
        """What torch calls to move a module and all in it: the adjacency goes to where the weights are."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.adjacency = self.adjacency.to(next(self.parameters()).device)
        return self

    @torch.no_grad()
    def embeddings(self) -> Embeddings:
        """The vectors as numpy arrays."""
        vectors = self.eval()()
        arrays = [getattr(vectors, name).cpu().numpy() for name in ("nodes", "items", "contexts", "bases")]
        return Embeddings(*arrays)


def _with_rest(linked: Tensor, x: Tensor) -> Tensor:
    """The vectors of people and items, then those of entities in x, which take no step."""
    rest = x[len(linked) :]
    return torch.cat([linked, rest]) if len(rest) else linked


def _noisy(x: Tensor, size: float) -> Tensor:
    """Each vector with noise of that length in its own orthant (SimGCL, Yu et al., SIGIR 2022)."""
    return x + size * x.sign() * nn.functional.normalize(torch.rand_like(x), dim=1)
