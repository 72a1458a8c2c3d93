"""The graph network: items and people from facts, texts and interactions together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import torch
from torch import nn

from gnn import losses
from gnn.adjacency import Adjacency, Product
from gnn.encoder import EncoderOptions, GraphEncoder, Vectors
from gnn.tensors import to_hetero
from gnn.train import TrainOptions, train
from hybrid.scorers.base import Resources, ScoreArray, Scorer, likes, seen_items
from hybrid.scorers.recency import faded
from hybrid.scorers.training import progress, validation_ndcg
from hybrid.text.adapter import GatedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scipy import sparse
    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, FloatArray, KnowledgeGraph

HALF_LIVES = (2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
_USUAL_HALF_LIFE = 10.0


@dataclass(frozen=True)
class Graph(Scorer):
    """CompGCN over facts, then LightGCN over likes (see `gnn.encoder`), with text gated into the items.

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
        half_life: how many newer likes halve what a like gives to its person; None: all give the same. Where
            likes have times, validation chooses it from `HALF_LIVES` after training.
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
    batch_size: int = 2048
    learning_rate: float = 0.02
    patience: int = 3
    half_life: float | None = None
    nodes: ScoreArray = field(init=False, repr=False, compare=False)
    items: ScoreArray = field(init=False, repr=False, compare=False)
    contexts: ScoreArray = field(init=False, repr=False, compare=False)
    bases: ScoreArray = field(init=False, repr=False, compare=False)
    placed: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train the encoder and keep its vectors."""
        torch.manual_seed(resources.seed)
        encoder = self._encoder(graph, resources)
        task = _LikedItem(self, encoder, graph, resources)
        options = TrainOptions(
            self.epochs, self.stop_after, self.learning_rate, warmup=0.05, patience=self.patience,
            clip=10.0, seed=resources.seed, device=resources.device,
        )  # fmt: skip
        if not task.learnable:
            return self._learned_from(encoder, graph)
        history = train(
            task, options, checkpoint=resources.checkpoint(self.name), report=progress(self.name, resources)
        )
        resources.histories[self.name] = history
        settled = replace(self, stop_after=history.best.number)
        if resources.validation is not None and graph.interactions.timed:
            settled = max(
                (replace(settled, half_life=half_life) for half_life in (None, *HALF_LIVES)),
                key=lambda scorer: task.measure(scorer._learned_from(encoder, graph).score) or 0.0,
            )
        return settled._learned_from(encoder, graph)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of people and items; NaN for people with nothing known and items with no link."""
        people: ScoreArray = self._likes(profiles) @ self.contexts
        known = (profiles.users >= 0) & (profiles.users < len(self.bases))
        people[known] += self.bases[profiles.users[known]]
        scores: ScoreArray = people @ self.items.T
        scores[~people.any(1)] = np.nan
        scores[:, ~self.placed] = np.nan
        return scores

    def shares(self, person: Profiles, item: int) -> FloatArray:
        """What each like gives to an item's score; with the part of what else is known they add up to it.

        Args:
            person: a batch of one.
            item: row of the item.

        Returns:
            Shape (number of likes,), in the order of the history.
        """
        weights = self._likes(person).data
        shares: FloatArray = (self.contexts[person.items] @ self.items[item]) * weights.astype(np.float64)
        return shares

    def _likes(self, profiles: Profiles) -> sparse.csr_array:
        """The weight of each like in its person, shape (len(profiles), num_items)."""
        likes = faded(profiles, len(self.items), self.half_life)
        totals = np.maximum(likes.sum(axis=1), 1e-12)  # the number of likes, where none has faded
        likes.data /= np.repeat(np.sqrt(totals), profiles.lengths).astype(np.float32)
        return likes

    def _learned_from(self, encoder: GraphEncoder, graph: KnowledgeGraph) -> Self:
        vectors, placed = encoder.embeddings(), placed_items(graph)
        return self._fitted(
            nodes=vectors.nodes,
            items=vectors.items,
            contexts=np.where(placed[:, None], vectors.contexts, np.float32(0)),
            bases=vectors.bases,
            placed=placed,
        )

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

    def __init__(
        self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph, resources: Resources
    ) -> None:
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
        self.measure = validation_ndcg(graph, resources)

    @property
    def learnable(self) -> bool:
        """Whether anybody likes two things, so that one can be predicted from the other."""
        return len(self._people) > 0

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
        counts = torch.bincount(rows).float()
        liked = self._likes.to(device)(vectors.contexts)[people] @ vectors.items.T
        known = vectors.bases[people] @ vectors.items.T
        itself = (vectors.contexts * vectors.items).sum(1)
        others_scale = (counts - 1).clamp(min=1).rsqrt()[rows]
        positive = (liked[rows, items] - itself[items]) * others_scale + known[rows, items]
        if self._scorer.loss == "bpr":
            negative = liked[rows[:, None], others] * others_scale[:, None] + known[rows[:, None], others]
            fit = losses.bpr(positive, negative)
        else:
            everything = liked * counts.rsqrt().unsqueeze(1) + known
            fit = losses.multinomial(positive, torch.logsumexp(everything, 1)[rows])
        return fit + self._scorer.penalty * vectors.inputs.square().sum() / len(vectors.inputs)

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions; with fading histories where there are times to fade by."""
        scorer = (
            replace(self._scorer, half_life=_USUAL_HALF_LIFE)
            if self._graph.interactions.timed
            else self._scorer
        )
        return self.measure(scorer._learned_from(self.module, self._graph).score)
