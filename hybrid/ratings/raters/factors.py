"""Biased matrix factorization with side features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from gnn import processes
from gnn.factorization import Factorization, Scale
from gnn.train import TrainOptions
from hybrid.ratings.base import Predict, Rater
from hybrid.ratings.features import features
from hybrid.scorers.training import learn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybrid.scorers.base import Resources
    from kg.graph import FloatArray, IntArray, Interactions, KnowledgeGraph

_STEPS, _SMALLEST_BATCH, _ROWS = 50, 64, 65_536


@dataclass(frozen=True)
class Factors(Rater):
    """Vectors of people and items from their ratings and their facts (see `gnn.factorization`).

    Args:
        embedding_size: length of the vectors.
        side: whether facts (age group, gender, genre, people) are features too, or only ids.
        loss: "mse" for the mean, "mae" for the median, "log" for the likelihood of the levels of the scale.
        penalty: weight of the squared biases and vectors in the loss; "mae" and "log" need about half of what
            "mse" needs.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: ratings per step; fewer where they are few, so that an epoch has some hundred steps.
        learning_rate: peak learning rate.
        patience: epochs without a better loss on validation before training ends.
    """

    name: ClassVar[str] = "factors"
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 4, "epochs": 40, "learning_rate": 0.03}

    embedding_size: int = 32
    side: bool = True
    loss: str = "mse"
    penalty: float = 0.04
    epochs: int = 30
    stop_after: int | None = None
    batch_size: int = 2048
    learning_rate: float = 2e-3
    patience: int = 3

    def learn(self, graph: KnowledgeGraph, resources: Resources) -> tuple[Predict, Rater]:
        """Train on all ratings, until those of validation are predicted no better."""
        torch.manual_seed(resources.seed)
        sides = (features(graph, "user", side=self.side), features(graph, "item", side=self.side))
        network = Factorization(*sides, self.embedding_size, Scale.of(graph.ratings.weights), self.loss)
        options = TrainOptions(
            epochs=self.epochs, stop_after=self.stop_after, learning_rate=self.learning_rate,
            patience=self.patience, seed=resources.seed, device=resources.device,
        )  # fmt: skip
        task = _Rated(self, network, graph.ratings, resources.validation)
        history = learn(self.name, task, options, resources, lambda metric: f"{self.loss} {-metric:.4f}")
        return task.predict, replace(self, stop_after=history.best.number)


class _Rated:
    """The training task: each rating from its person and its item."""

    def __init__(
        self, rater: Factors, network: Factorization, ratings: Interactions, validation: Interactions | None
    ) -> None:
        self.module, self._rater = network, rater
        self._train, self._valid = _tensors(ratings), None if validation is None else _tensors(validation)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, ...]]:
        """Users, items and ratings of random batches."""
        size = min(self._rater.batch_size, max(_SMALLEST_BATCH, len(self._train[0]) // _STEPS))
        order = torch.randperm(len(self._train[0]), generator=generator)
        return (tuple(column[rows] for column in self._train) for rows in torch.split(order, size))

    def loss(self, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Of the ratings, with the penalty, a scalar."""
        users, items, ratings = (column.to(self.module.levels.device) for column in batch)
        scores, size = self.module(users, items)
        loss: torch.Tensor = self.module.loss(scores, ratings) + self._rater.penalty * size.mean()
        return loss

    def shard(
        self, batch: tuple[torch.Tensor, ...], rank: int, world: int
    ) -> tuple[tuple[torch.Tensor, ...], float]:
        """The ratings of one of several processes, and their share of the batch."""
        return processes.rows(batch, rank, world)

    def validate(self) -> float | None:
        """Minus the loss on the validation ratings."""
        if self._valid is None or not len(self._valid[0]):
            return None
        users, items, ratings = self._valid
        return -float(self.module.loss(self._scores(users, items), ratings.to(self.module.levels.device)))

    def predict(self, users: IntArray, items: IntArray) -> FloatArray:
        """The ratings to expect."""
        with torch.inference_mode():
            scores = self._scores(torch.from_numpy(users), torch.from_numpy(items))
            return np.asarray(self.module.expected(scores).cpu().numpy().astype(np.float64))

    def _scores(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        network = self.module.eval()
        parts = [torch.zeros(0, device=network.levels.device)]
        for rows in zip(torch.split(users, _ROWS), torch.split(items, _ROWS), strict=True):
            sides = zip(rows, (network.users, network.items), strict=True)
            # row -1, the unknown, is the last one of each side's features
            known = [
                torch.where(row < 0, len(side.starts) - 2, row).to(parts[0].device) for row, side in sides
            ]
            parts.append(network(*known)[0])
        return torch.cat(parts)


def _tensors(ratings: Interactions) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    values = torch.from_numpy(ratings.weights.astype(np.float32))
    return torch.from_numpy(ratings.users), torch.from_numpy(ratings.items), values
