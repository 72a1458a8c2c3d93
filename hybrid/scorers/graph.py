"""The graph network: items and people from facts, texts and interactions together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import torch
from torch import nn

from gnn import losses
from gnn.adjacency import Adjacency, Product
from gnn.embeddings import Embeddings
from gnn.encoder import EncoderOptions, GraphEncoder, Vectors
from gnn.tensors import to_hetero
from gnn.train import TrainOptions, train
from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes, seen_items
from hybrid.scorers.training import progress, validation_ndcg
from hybrid.text.adapter import GatedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph


@dataclass(frozen=True)
class Graph(Scorer):
    """CompGCN over facts, then LightGCN over interactions (see `gnn.encoder`), with text gated into the items.

    Args:
        embedding_size: length of a node's vector.
        num_fact_layers: relational layers over the facts; 0 leaves the facts unused.
        num_layers: propagation steps over the interactions; 0 switches propagation off.
        dropout: share of input features dropped while training.
        loss: "softmax" (the liked item among all items) or "bpr" (against `num_negatives` random ones).
        num_negatives: random items per like, for "bpr".
        penalty: weight of the mean squared length of the nodes' inputs.
        epochs: length of the learning-rate schedule; an epoch is `steps` steps.
        steps: optimizer steps per epoch.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: people per step, with all their likes; the graph is propagated once per step.
        learning_rate: peak learning rate.
        patience: epochs without a better validation NDCG@10 before training ends.
    """

    name: ClassVar[str] = "graph"
    reason: ClassVar[str] = "close to what you like in the graph"
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 16, "epochs": 4}

    embedding_size: int = 64
    num_fact_layers: int = 1
    num_layers: int = 2
    dropout: float = 0.1
    loss: Literal["softmax", "bpr"] = "softmax"
    num_negatives: int = 16
    penalty: float = 0.01
    epochs: int = 20
    steps: int = 20
    stop_after: int | None = None
    batch_size: int = 8192
    learning_rate: float = 0.02
    patience: int = 3
    nodes: ScoreArray = field(init=False, repr=False, compare=False)
    items: ScoreArray = field(init=False, repr=False, compare=False)
    contexts: ScoreArray = field(init=False, repr=False, compare=False)
    bases: ScoreArray = field(init=False, repr=False, compare=False)
    placed: BoolArray = field(init=False, repr=False, compare=False)

    @property
    def embeddings(self) -> Embeddings:
        """The vectors that were learned."""
        return Embeddings(self.nodes, self.items, self.contexts, self.bases)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train the encoder and keep its vectors."""
        torch.manual_seed(resources.seed)
        encoder = self._encoder(graph, resources)
        task = _LikedItem(self, encoder, graph, resources)
        options = TrainOptions(
            self.epochs, self.stop_after, self.learning_rate, warmup=0.05, patience=self.patience,
            clip=10.0, seed=resources.seed, device=resources.device,
        )  # fmt: skip
        history = train(task, options, checkpoint=resources.checkpoint(self.name), report=progress(self.name, resources))
        resources.histories[self.name] = history
        return replace(self, stop_after=history.best.number)._learned_from(encoder, graph)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of people and items; NaN without likes or known attributes, and for items without any link."""
        matrix = profiles.matrix(len(self.items))
        matrix.data[:] = 1.0
        scale = 1 / np.sqrt(np.maximum(profiles.lengths, 1))
        people = (matrix @ self.contexts) * scale[:, None].astype(np.float32)
        known = (profiles.users >= 0) & (profiles.users < len(self.bases))
        people[known] += self.bases[profiles.users[known]]
        scores: ScoreArray = people @ self.items.T
        scores[~people.any(1)] = np.nan
        scores[:, ~self.placed] = np.nan
        return scores

    def _learned_from(self, encoder: GraphEncoder, graph: KnowledgeGraph) -> Self:
        vectors = encoder.embeddings()
        return self._fitted(
            nodes=vectors.nodes, items=vectors.items, contexts=vectors.contexts, bases=vectors.bases,
            placed=placed_items(graph),
        )  # fmt: skip

    def _encoder(self, graph: KnowledgeGraph, resources: Resources) -> GraphEncoder:
        size = self.embedding_size
        adjacency = Adjacency.of(to_hetero(graph), len(graph.relations))
        evidence = np.bincount(likes(graph).indices, minlength=graph.num_items)
        text = resources.text
        inputs = {
            "user": Nothing(graph.num_users, size),
            "item": GatedText(
                graph.num_items,
                size,
                None if text is None else torch.from_numpy(text.vectors),
                None if text is None else torch.from_numpy(text.present),
                torch.from_numpy(evidence),
            ),
            "entity": GatedText(len(graph.entities), size),
        }
        shape = EncoderOptions(size, "compgcn", self.num_fact_layers, self.num_layers, self.dropout)
        return GraphEncoder(shape, inputs, adjacency, graph)


class Nothing(nn.Module):
    """The inputs of nodes that have nothing of their own: zeros, shape (num_nodes, embedding_size)."""

    zeros: Tensor

    def __init__(self, num_nodes: int, embedding_size: int) -> None:
        super().__init__()
        self.register_buffer("zeros", torch.zeros(num_nodes, embedding_size), persistent=False)

    def forward(self) -> Tensor:
        """Zeros."""
        return self.zeros


def placed_items(graph: KnowledgeGraph) -> BoolArray:
    """Which items have an interaction, a fact or a text to be placed by, shape (num_items,)."""
    placed = seen_items(graph) | np.array([bool(text.strip()) for text in graph.item_texts], dtype=np.bool_)
    ends = np.concatenate([graph.edges.heads, graph.edges.tails]) - graph.num_users
    placed[ends[(ends >= 0) & (ends < graph.num_items)]] = True
    return placed


class _LikedItem:
    """The training task: each like of a batch of people against other items, itself left out of its person.

    A like is predicted from the person's other likes (as EASE and FISM do); otherwise every item would learn
    to recommend itself.
    """

    def __init__(self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph, resources: Resources) -> None:
        self.module = encoder
        self._scorer, self._graph = scorer, graph
        matrix = likes(graph)
        self._indptr = torch.from_numpy(matrix.indptr.astype(np.int64))
        self._items = torch.from_numpy(matrix.indices.astype(np.int64))
        self._people = torch.from_numpy(np.flatnonzero(np.diff(matrix.indptr) > 1))
        counts = self._indptr.diff()
        rows = torch.repeat_interleave(torch.arange(len(counts)), counts)
        self._likes = Product(rows, self._items, torch.ones(len(rows)), matrix.shape)
        self._counts = counts
        self._validate = validation_ndcg(graph, resources)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Per step: the people; row in the batch and item of each like; random items (none for softmax)."""
        size = min(self._scorer.batch_size, len(self._people))
        for _ in range(self._scorer.steps):
            people = self._people[torch.randperm(len(self._people), generator=generator)[:size]]
            counts = self._counts[people]
            rows = torch.repeat_interleave(torch.arange(size), counts)
            offsets = torch.arange(len(rows)) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)
            items = self._items[self._indptr[people][rows] + offsets]
            shape = (len(items), self._scorer.num_negatives if self._scorer.loss == "bpr" else 0)
            yield people, rows, items, torch.randint(0, self._graph.num_items, shape, generator=generator)

    def loss(self, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """Mean loss over the likes of the batch plus the penalty, a scalar."""
        device = self.module.adjacency.degrees.device
        people, rows, items, others = (part.to(device) for part in batch)
        vectors: Vectors = self.module()
        bases = vectors.bases[people]
        counts = torch.bincount(rows).float()
        totals = self._likes.to(device)(vectors.contexts)[people]
        rest = (totals[rows] - vectors.contexts[items]) * (counts[rows] - 1).clamp(min=1).rsqrt().unsqueeze(1)
        rest = rest + bases[rows]
        positive = (rest * vectors.items[items]).sum(1)
        if self._scorer.loss == "bpr":
            negative = torch.einsum("ld,lnd->ln", rest, vectors.items[others])
            fit = losses.bpr(positive, negative)
        else:
            everything = (totals * counts.rsqrt().unsqueeze(1) + bases) @ vectors.items.T
            fit = losses.multinomial(positive, torch.logsumexp(everything, 1)[rows])
        return fit + self._scorer.penalty * vectors.inputs.square().sum() / len(vectors.inputs)

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions."""
        return self._validate(self._scorer._learned_from(self.module, self._graph).score)
