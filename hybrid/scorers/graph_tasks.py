"""What the graph network is trained on: each like against other items, and what is learned beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from gnn import losses
from gnn.kge import FactScorer, corrupted
from gnn.softmax import log_partition
from gnn.sparse import Product, spans
from hybrid.scorers.base import likes
from hybrid.scorers.graph_parts import Batch, Parts
from hybrid.scorers.training import validation_ndcg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from gnn.encoder import GraphEncoder, Vectors
    from hybrid.scorers.base import Resources
    from hybrid.scorers.graph import Graph
    from kg.graph import KnowledgeGraph

_USUAL_HALF_LIFE = 10.0
_REDRAWS = 5


class GraphTask(ABC):
    """What both tasks share: the likes, the losses beside the ranking, and validation.

    Attributes:
        module: the encoder and, with a knowledge-graph embedding, the relations' vectors.
        measure: NDCG@10 of a `score` on the validation interactions.
    """

    def __init__(
        self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph, resources: Resources
    ) -> None:
        self._scorer, self._graph, self._encoder = scorer, graph, encoder
        self._matrix = likes(graph)
        self._liked = torch.from_numpy(self._matrix.indices.astype(np.int64))
        self._starts = torch.from_numpy(self._matrix.indptr.astype(np.int64))
        self._counts = self._starts.diff()
        self._facts, self._ends = _facts(scorer, graph)
        self._parts = Parts(scorer, encoder, graph) if scorer.fan_out else None
        self.module = nn.ModuleDict({"encoder": encoder})
        if len(self._facts):
            self.module["facts"] = FactScorer(scorer.kge, len(graph.relations), scorer.embedding_size)
        self.measure = validation_ndcg(graph, resources)

    @property
    @abstractmethod
    def learnable(self) -> bool:
        """Whether there is anything to learn from."""

    @abstractmethod
    def picked(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Per step of an epoch: people, rows and items of a batch."""

    @abstractmethod
    def others(self, people: Tensor, num_negatives: int, generator: torch.Generator) -> Tensor:
        """Random items for each like of these people, shape (num_likes, num_negatives)."""

    @abstractmethod
    def ranking(self, vectors: Vectors, batch: Batch) -> Tensor:
        """Mean loss over the likes of a batch, with its penalty, a scalar."""

    def batches(self, generator: torch.Generator) -> Iterator[Batch]:
        """The batches of an epoch."""
        negatives = self._scorer.num_negatives if self._scorer.loss == "bpr" else 0
        for people, rows, items in self.picked(generator):
            others = self.others(people[rows], negatives, generator)
            seed = people[:0] if self._parts is None else self._parts.seed(generator)
            yield Batch(people, rows, items, others, self._some_facts(generator), seed)

    def loss(self, batch: Batch) -> Tensor:
        """The ranking loss plus, where they have a weight, those of facts and of views; a scalar."""
        encoder, batch = (self._encoder, batch) if self._parts is None else self._parts.around(batch)
        batch = batch.to(self._encoder.adjacency.degrees.device)
        contrast = self._scorer.contrastive_weight
        vectors: Vectors = encoder(views=2 if contrast else 0, noise=self._scorer.noise)
        loss = self.ranking(vectors, batch)
        if len(batch.facts):
            scores = self.module["facts"](vectors.inputs, batch.facts)
            loss = loss + self._scorer.kge_weight * losses.bpr(scores[:, 0], scores[:, 1:])
        if contrast:
            loss = loss + contrast * self._contrast(vectors, batch)
        return loss

    def shard(self, batch: Batch, rank: int, world: int) -> tuple[Batch, float]:
        """The people of one of several processes; views are compared within a batch, so it stays whole."""
        return (batch, 1 / world) if self._scorer.contrastive_weight else batch.shard(rank, world)

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions; with fading histories where they may fade."""
        scorer = self._scorer
        if scorer.fades(self._graph):
            scorer = replace(scorer, half_life=_USUAL_HALF_LIFE)
        return self.measure(scorer.learned_from(self._encoder, self._graph).score)

    def _some_facts(self, generator: torch.Generator) -> Tensor:
        if not len(self._facts):
            return self._facts.new_zeros(0, 1, 3)
        drawn = self._facts[torch.randint(len(self._facts), (self._scorer.batch_size,), generator=generator)]
        return corrupted(drawn, self._ends, self._scorer.kge_negatives, generator)

    def _contrast(self, vectors: Vectors, batch: Batch) -> Tensor:
        """People against people and items against items, at most `batch_size` of each."""
        items = torch.unique(batch.items) + self._graph.num_users
        items = items[torch.randperm(len(items), device=items.device)[: self._scorer.batch_size]]
        first, second = vectors.views
        return sum(
            (
                losses.info_nce(first[nodes], second[nodes], self._scorer.temperature)
                for nodes in (torch.unique(batch.people), items)
            ),
            torch.zeros((), device=items.device),
        )


class LikedItems(GraphTask):
    """Batches of people with all their likes, each like left out of its person.

    A like is predicted from the person's other likes (as EASE and FISM do); otherwise every item would learn
    to recommend itself. The graph is propagated once for all of them.
    """

    def __init__(
        self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph, resources: Resources
    ) -> None:
        super().__init__(scorer, encoder, graph, resources)
        self._people = (self._counts > 1).nonzero().flatten()
        rows = torch.repeat_interleave(torch.arange(len(self._counts)), self._counts)
        self._likes = Product(rows, self._liked, torch.ones(len(rows)), self._matrix.shape)

    @property
    def learnable(self) -> bool:
        """Whether anybody likes two things, so that one can be predicted from the other."""
        return len(self._people) > 0

    def picked(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Random people, `steps` times."""
        size = min(self._scorer.batch_size, len(self._people))
        for _ in range(self._scorer.steps):
            people = self._people[torch.randperm(len(self._people), generator=generator)[:size]]
            rows, places = spans(self._starts[people], self._counts[people])
            yield people, rows, self._liked[places]

    def others(self, people: Tensor, num_negatives: int, generator: torch.Generator) -> Tensor:
        """Items at random, liked or not."""
        return torch.randint(0, self._graph.num_items, (len(people), num_negatives), generator=generator)

    def ranking(self, vectors: Vectors, batch: Batch) -> Tensor:
        """Softmax or BPR; the penalty is the mean squared length of all inputs."""
        rows, items = batch.rows, batch.items
        counts = torch.bincount(rows).float()
        likes = self._likes.to(rows.device)
        liked, known = likes(vectors.contexts)[batch.people], vectors.bases[batch.people]
        alone = (counts - 1).clamp(min=1).rsqrt()
        without_one = liked * alone.unsqueeze(1) + known
        itself = (vectors.contexts * vectors.items).sum(1)[items] * alone[rows]
        if self._scorer.loss == "bpr":
            person = without_one.index_select(0, rows)
            positive = (person * vectors.items.index_select(0, items)).sum(1) - itself
            fit = losses.bpr(positive, (person.unsqueeze(1) * vectors.items[batch.others]).sum(2))
        else:
            everything = liked * counts.rsqrt().unsqueeze(1) + known
            # the scores of a person's likes sum to that of the likes' sum
            right = (without_one * likes(vectors.items)[batch.people]).sum() - itself.sum()
            nothing = everything.new_zeros(len(vectors.items))
            share = counts / len(rows)
            fit = log_partition(everything, vectors.items, nothing, share) - right / len(rows)
        return fit + self._scorer.penalty * vectors.inputs.square().sum() / self._graph.num_nodes


class LikedPairs(GraphTask):
    """LightGCN's own training (He et al., SIGIR 2020): an epoch is one pass over all likes, in batches.

    The person is their node, with a free vector of their own; a like is not left out of it.
    """

    def __init__(
        self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph, resources: Resources
    ) -> None:
        super().__init__(scorer, encoder, graph, resources)
        self._owners = torch.repeat_interleave(torch.arange(len(self._counts)), self._counts)
        self._keys = self._owners * graph.num_items + self._liked  # rising

    @property
    def learnable(self) -> bool:
        """Whether anybody likes anything."""
        return len(self._liked) > 0

    def picked(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """All likes in random order, `batch_size` at a time."""
        order = torch.randperm(len(self._owners), generator=generator)
        for part in torch.split(order, self._scorer.batch_size):
            yield self._owners[part], torch.arange(len(part)), self._liked[part]

    def others(self, people: Tensor, num_negatives: int, generator: torch.Generator) -> Tensor:
        """Items at random; what the person likes is drawn anew, five times at most."""
        size = self._graph.num_items
        owners = people.repeat_interleave(num_negatives)
        drawn = torch.randint(0, size, (len(owners),), generator=generator)
        left = torch.arange(len(owners))
        for _ in range(_REDRAWS):
            wanted = owners[left] * size + drawn[left]
            near = torch.searchsorted(self._keys, wanted).clamp(max=len(self._keys) - 1)
            left = left[self._keys[near] == wanted]
            drawn[left] = torch.randint(0, size, (len(left),), generator=generator)
        return drawn.view(len(people), num_negatives)

    def ranking(self, vectors: Vectors, batch: Batch) -> Tensor:
        """Softmax or BPR; the penalty is half the squared length of the inputs of each like's nodes."""
        first, others = len(vectors.bases), batch.others.flatten()  # a part of the graph has fewer people
        people = vectors.nodes.index_select(0, batch.people)
        positive = (people * vectors.items.index_select(0, batch.items)).sum(1)
        if self._scorer.loss == "bpr":
            compared = vectors.items.index_select(0, others).view(*batch.others.shape, -1)
            fit = losses.bpr(positive, (people.unsqueeze(1) * compared).sum(2))
        else:
            nothing = people.new_zeros(len(vectors.items))
            share = people.new_full((len(people),), 1 / len(people))
            fit = log_partition(people, vectors.items, nothing, share) - positive.mean()
        nodes = torch.cat([batch.people, batch.items + first, others + first])
        inputs = vectors.inputs.index_select(0, nodes)
        return fit + self._scorer.penalty * inputs.square().sum() / (2 * len(batch.items))


TASKS: dict[str, type[GraphTask]] = {"history": LikedItems, "free": LikedPairs}


def _facts(scorer: Graph, graph: KnowledgeGraph) -> tuple[Tensor, Tensor]:
    """The facts to embed as (head, relation, tail), shape (n, 3), and the nodes in them.

    Where people have no vector of their own, what is known of them is no fact to learn from.
    """
    edges = graph.edges
    facts = np.stack([edges.heads, edges.relations, edges.tails], axis=1)
    if scorer.people == "history":
        facts = facts[(edges.heads >= graph.num_users) & (edges.tails >= graph.num_users)]
    if not scorer.kge:
        facts = facts[:0]
    rows = torch.from_numpy(facts)
    return rows, torch.unique(rows[:, [0, 2]])
