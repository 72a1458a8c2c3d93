"""Networks that place new items by their content, for comparison; see `cold_baselines`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from cold_baselines import contents, judged
from torch import nn
from torch.nn import functional

from gnn.train import TrainOptions
from hybrid.profiles import Profiles
from hybrid.scorers.als import Als
from hybrid.scorers.base import ScoreArray, Scorer, likes, seen_items
from hybrid.scorers.training import learn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

    from hybrid.scorers.base import Resources
    from kg.graph import KnowledgeGraph

_WIDTH = 256  # of the hidden layers
_DROPPED = 0.5  # of the hidden units, while training
_START = 0.1  # deviation of free places before training
_EPOCH = 50_000  # likes, at most


@dataclass(frozen=True)
class Places(Scorer):
    """Products of the places of people and of items in one space, which a network learns to find.

    Args:
        embedding_size: of the space.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run once hidden items have chosen their number.
        learning_rate: peak learning rate of AdamW.
        weight_decay: its weight decay.
    """

    kind: ClassVar[str] = "factors"

    embedding_size: int = 64
    epochs: int = 30
    stop_after: int | None = None
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    people: ScoreArray = field(init=False, repr=False, compare=False)
    items: ScoreArray = field(init=False, repr=False, compare=False)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Of known people."""
        return self.people[profiles.users] @ self.items.T

    def _learned_by(self, task: _Task, resources: Resources) -> Self:
        options = TrainOptions(
            epochs=self.epochs,
            stop_after=self.stop_after,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            validate_every=2,
            patience=6,
            seed=resources.seed,
            device="cpu",
        )
        history = learn(self.name, task, options, resources)
        best = history.best.number if resources.validation is not None else self.stop_after
        people, items = task.places()
        return replace(self, stop_after=best)._fitted(people=people, items=items)


@dataclass(frozen=True)
class DropoutNet(Places):
    """DropoutNet (Volkovs et al., NIPS 2017): factors or content alone give an item's place.

    Here people have the factors of ALS and only the items' side is a network, since no person is new. The
    loss is the squared error of the products, over all people at once, in closed form.

    Args:
        dropout: how often an item's factors are left out.
    """

    name: ClassVar[str] = "DropoutNet"
    reason: ClassVar[str] = "a network places it by its content"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"dropout": (0.5, 0.9), "learning_rate": (5e-4, 3e-3)}

    epochs: int = 60
    dropout: float = 0.5

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Fit ALS, then learn to find its factors."""
        torch.manual_seed(resources.seed)
        return self._learned_by(_DropoutTask(self, graph, resources), resources)


class _Task(ABC):
    """What is validated by hidden items."""

    def __init__(self, graph: KnowledgeGraph, resources: Resources) -> None:
        self._content, self._validate = contents(graph, resources), judged(graph, resources)

    def validate(self) -> float | None:
        """NDCG@10 of hidden items."""
        people, items = self.places()
        return self._validate(lambda profiles: people[profiles.users] @ items.T)

    @abstractmethod
    def places(self) -> tuple[ScoreArray, ScoreArray]:
        """Of all people and items; those without likes by their content."""


class _DropoutTask(_Task):
    """From [factors or zeros, content] to factors."""

    def __init__(self, scorer: DropoutNet, graph: KnowledgeGraph, resources: Resources) -> None:
        super().__init__(graph, resources)
        size = scorer.embedding_size
        als = Als(size).fit(graph, resources)
        self._known = seen_items(graph)
        scores = als.score(Profiles.of_users(graph, np.arange(graph.num_users)))
        factors = als.factors[self._known]
        scale = factors.std()
        self._people = np.nan_to_num(scores[:, self._known]) @ np.linalg.pinv(factors).T * scale
        self._factors = torch.from_numpy(np.where(self._known[:, None], als.factors / scale, 0)).float()
        spread = torch.from_numpy(self._people.T @ self._people).float()
        self._spread = spread / spread.diagonal().mean()
        self._dropout = scorer.dropout
        self.module = _perceptron(size + self._content.shape[1], size)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Items, and which keep their factors."""
        known = torch.from_numpy(np.flatnonzero(self._known))
        for items in known[torch.randperm(len(known), generator=generator)].split(128):
            yield items, torch.rand(len(items), 1, generator=generator) >= self._dropout

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The mean squared error of the products with all people, up to a factor."""
        items, kept = batch
        wrong = self._placed(items, self._factors[items] * kept) - self._factors[items]
        return ((wrong @ self._spread) * wrong).sum(dim=1).mean()

    def places(self) -> tuple[ScoreArray, ScoreArray]:
        """Of all people and items; those without likes have content alone."""
        self.module.eval()
        with torch.inference_mode():
            items = self._placed(torch.arange(len(self._content)), self._factors).numpy()
        return self._people.astype(np.float32), items

    def _placed(self, items: Tensor, factors: Tensor) -> Tensor:
        placed: Tensor = self.module(torch.cat([factors, self._content[items]], dim=1))
        return placed


@dataclass(frozen=True)
class ClcRec(Places):
    """CLCRec (Wei et al., MM 2021): an item's content is taught its collaborative place by contrast.

    Two InfoNCE losses count alike: of the cosines of an item's place and its content's, and of the products
    of people and items, half of which are placed by their content.

    Args:
        temperature: of the cosines.
        num_negatives: random items per batch.
    """

    name: ClassVar[str] = "CLCRec"
    reason: ClassVar[str] = "its content is placed near what you like"
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"temperature": (0.1, 0.3)}

    learning_rate: float = 5e-3
    temperature: float = 0.2
    num_negatives: int = 256

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Learn from every like, at most 50,000 in an epoch."""
        torch.manual_seed(resources.seed)
        return self._learned_by(_ClcTask(self, graph, resources), resources)


class _ClcTask(_Task):
    """Likes against random items."""

    def __init__(self, scorer: ClcRec, graph: KnowledgeGraph, resources: Resources) -> None:
        super().__init__(graph, resources)
        self._scorer, self._known = scorer, torch.from_numpy(seen_items(graph))
        self._pairs = torch.from_numpy(np.stack(likes(graph).nonzero(), axis=1).astype(np.int64))
        size = scorer.embedding_size
        self.module = nn.ModuleDict(
            {
                "people": nn.Embedding(graph.num_users, size),
                "own": nn.Embedding(graph.num_items, size),
                "content": _perceptron(self._content.shape[1], size),
            }
        )
        for free in (self.module["people"], self.module["own"]):
            nn.init.normal_(free.weight, std=_START)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Likes, random items, and which items are placed by their content."""
        known = self._known.nonzero().flatten()
        order = torch.randperm(len(self._pairs), generator=generator)[:_EPOCH]
        for pairs in self._pairs[order].split(2048):
            others = known[torch.randint(len(known), (self._scorer.num_negatives,), generator=generator)]
            size = len(pairs) + len(others)
            yield pairs, others, torch.rand(size, 1, generator=generator) < 0.5  # noqa: PLR2004

    def loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Both contrasts."""
        pairs, others, swapped = batch
        items = torch.cat([pairs[:, 1], others])
        unique, place = torch.unique(items, return_inverse=True)
        content, own = self._by_content(unique)[place], self.module["own"](items)
        mixed, heat = torch.where(swapped, content, own), self._scorer.temperature
        alike = _contrast(_unit(own[: len(pairs)]), _unit(content), heat)
        return alike + _contrast(self.module["people"](pairs[:, 0]), mixed)

    def places(self) -> tuple[ScoreArray, ScoreArray]:
        """Of all people and items; those without likes by their content."""
        self.module.eval()
        with torch.inference_mode():
            own = self.module["own"].weight
            items = torch.where(self._known[:, None], own, self._by_content(torch.arange(len(own))))
            return self.module["people"].weight.numpy(), items.numpy()

    def _by_content(self, items: Tensor) -> Tensor:
        placed: Tensor = self.module["content"](self._content[items])
        return placed


def _perceptron(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(inputs, _WIDTH), nn.Tanh(), nn.Dropout(_DROPPED), nn.Linear(_WIDTH, outputs)
    )


def _unit(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors, dim=-1)


def _contrast(asked: Tensor, answers: Tensor, temperature: float = 1.0) -> Tensor:
    """InfoNCE of the first answers, one for each who asks, against the answers after them."""
    size = len(asked)
    right = (asked * answers[:size]).sum(dim=1, keepdim=True)
    logits = torch.cat([right, asked @ answers[size:].T], dim=1) / temperature
    return functional.cross_entropy(logits, torch.zeros(size, dtype=torch.int64))
