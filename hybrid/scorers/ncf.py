"""Neural collaborative filtering, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from torch.nn import functional

from gnn.ncf import Ncf as Network
from gnn.processes import owned
from gnn.train import TrainOptions
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, abstain, likes, seen_items
from hybrid.scorers.training import learn, validation_ndcg, weights_of, with_more_rows, with_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph

_CELLS = 4_000_000  # numbers in the perceptron's first layer at a time: 16 MB


@dataclass(frozen=True)
class Ncf(Scorer):
    """NeuMF (He et al., WWW 2017; see `gnn.ncf`) with sampled binary cross-entropy, as published.

    Unlike there, people are placed by their histories, a like being left out of its person while it is
    learned (as in FISM, Kabbur et al., KDD 2013). Matrix factorization is better and far cheaper (Rendle et
    al., RecSys 2020), so this is a baseline.

    Args:
        embedding_size: factors of the product and of the perceptron each.
        num_layers: layers of the perceptron.
        num_negatives: random items per like.
        dropout: share of the perceptron's features dropped while training.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: people per step, with all their likes.
        learning_rate: peak learning rate.
        weight_decay: AdamW's.
        patience: epochs without a better validation NDCG@10 before training ends.
    """

    name: ClassVar[str] = "ncf"
    reason: ClassVar[str] = "a network of people and items expects that you like it"
    kind: ClassVar[str] = "factors"
    baseline: ClassVar[bool] = True
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 40, "embedding_size": 8, "learning_rate": 0.03}

    embedding_size: int = 32
    num_layers: int = 3
    num_negatives: int = 4
    dropout: float = 0.1
    epochs: int = 15
    stop_after: int | None = None
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    patience: int = 2
    network: Network = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train on every like against random items; without two likes of one person nothing is learned."""
        torch.manual_seed(resources.seed)
        fitted = self._fitted(network=self._network(graph).eval(), known=seen_items(graph))
        task = _Likes(fitted, graph, resources)
        if not len(task.people):
            return fitted
        options = TrainOptions(
            epochs=self.epochs,
            stop_after=self.stop_after,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            patience=self.patience,
            seed=resources.seed,
            device=resources.device,
        )
        history = learn(self.name, task, options, resources)
        settled = replace(self, stop_after=history.best.number)
        return settled._fitted(network=fitted.network, known=fitted.known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Logits; NaN without known likes and for items never seen."""
        scores = np.zeros((len(profiles), len(self.known)), dtype=np.float32)
        step = max(1, _CELLS // max(len(self.known) * self.embedding_size, 1))
        for start, batch in profiles.batches(step):
            with torch.inference_mode():
                scores[start : start + step] = self._logits(batch).float().cpu().numpy()
        return abstain(scores, profiles, self.known)

    def state(self) -> State:
        """The network's weights and the items it knows."""
        return weights_of(self.network) | {"known": self.known}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with these weights."""
        network = with_weights(self._network(graph), state, resources.device)
        return self._fitted(network=network, known=state["known"])

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy that knows where the new items are, and nothing of them."""
        network = with_more_rows(self._network(graph), weights_of(self.network), resources.device)
        return super().grown(graph, resources)._changed(network=network)

    def _network(self, graph: KnowledgeGraph) -> Network:
        return Network(graph.num_items, self.embedding_size, self.num_layers, self.dropout)

    def _logits(self, profiles: Profiles) -> Tensor:
        """Of all items for each person, shape (len(profiles), num_items)."""
        device = self.network.last.weight.device
        rows = torch.from_numpy(np.repeat(np.arange(len(profiles)), profiles.lengths))
        sums, numbers = self.network.people(
            rows.to(device), torch.from_numpy(profiles.items).to(device), len(profiles)
        )
        people = sums / numbers.clamp(min=1).sqrt()
        logits: Tensor = self.network(people.unsqueeze(1), torch.arange(len(self.known), device=device))
        return logits


class _Likes:
    """The training task: is an item liked, for every like of a batch of people and for random items."""

    def __init__(self, scorer: Ncf, graph: KnowledgeGraph, resources: Resources) -> None:
        self.module = scorer.network
        self._scorer = scorer
        self._matrix = likes(graph)
        self.people = np.flatnonzero(np.diff(self._matrix.indptr) > 1)
        self._validate = validation_ndcg(graph, resources)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Row in the batch and item of each like, shape (likes,); random items, (likes, num_negatives)."""
        order = torch.randperm(len(self.people), generator=generator).numpy()
        num_items = self._matrix.shape[1]
        for start in range(0, len(order), self._scorer.batch_size):
            chosen = self._matrix[self.people[order[start : start + self._scorer.batch_size]]]
            rows = np.repeat(np.arange(chosen.shape[0]), np.diff(chosen.indptr))
            items = torch.from_numpy(chosen.indices.astype(np.int64))
            shape = (len(items), self._scorer.num_negatives)
            others = torch.randint(num_items, shape, generator=generator)
            yield torch.from_numpy(rows), items, others

    def loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Binary cross-entropy, a scalar; each like is predicted from the person's others."""
        rows, items, others = (part.to(self.module.last.weight.device) for part in batch)
        sums, numbers = self.module.people(rows, items, int(rows[-1]) + 1)
        people = (sums[rows] - self.module.liked(items)) / (numbers[rows] - 1).clamp(min=1).sqrt()
        logits = self.module(people.unsqueeze(1), torch.cat([items.unsqueeze(1), others], dim=1))
        truth = torch.zeros_like(logits)
        truth[:, 0] = 1.0
        return functional.binary_cross_entropy_with_logits(logits, truth)

    def shard(
        self, batch: tuple[Tensor, Tensor, Tensor], rank: int, world: int
    ) -> tuple[tuple[Tensor, Tensor, Tensor], float]:
        """The people of one of several processes, and the share of the likes that they have."""
        rows, items, others = batch
        people, mine = owned(rows, int(rows[-1]) + 1, rank, world)
        return (rows[mine] - people.start, items[mine], others[mine]), len(rows[mine]) / len(rows)

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions."""
        return self._validate(self._scorer.score)
