"""Self-attention over each person's history: what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch

from gnn import losses
from gnn.sequence import HistoryTransformer, TransformerOptions
from gnn.train import TrainOptions, choose_device, train
from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, abstain, seen_items
from hybrid.scorers.training import progress, validation_ndcg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.graph import BoolArray, IntArray, KnowledgeGraph

_STEPS, _SMALLEST_BATCH = 48, 16
_CHUNK = 8  # batches among which histories of one length are put together, so that little is padding


@dataclass(frozen=True)
class Sequence(Scorer):
    """SASRec with full softmax (see `gnn.sequence`). Abstains where interactions have no times.

    Args:
        embedding_size: length of an item's vector.
        num_layers: self-attention blocks.
        num_heads: attention heads per block.
        max_length: the most recent likes that are read.
        dropout: share of features dropped while training.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: histories per step; fewer where people are few, so that an epoch has some 48 steps.
        learning_rate: peak learning rate.
        weight_decay: AdamW's.
        patience: epochs without a better validation NDCG@10 before training ends.
    """

    name: ClassVar[str] = "sequence"
    reason: ClassVar[str] = "follows from what you liked lately"
    quick: ClassVar[Mapping[str, Any]] = {
        "epochs": 30,
        "embedding_size": 16,
        "max_length": 16,
        "learning_rate": 0.01,
    }

    embedding_size: int = 64
    num_layers: int = 2
    num_heads: int = 2
    max_length: int = 200
    dropout: float = 0.2
    epochs: int = 12
    stop_after: int | None = None
    batch_size: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    patience: int = 3
    network: HistoryTransformer = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train on every place of every history to predict what was liked next."""
        torch.manual_seed(resources.seed)
        network = self._network(graph)
        if not graph.interactions.timed:
            return self._fitted(network=network.eval(), known=np.zeros(graph.num_items, dtype=np.bool_))
        fitted = self._fitted(network=network, known=seen_items(graph))
        task = _NextItem(fitted, graph, resources)
        options = TrainOptions(
            self.epochs, self.stop_after, self.learning_rate, self.weight_decay, patience=self.patience,
            seed=resources.seed, device=resources.device,
        )  # fmt: skip
        history = train(
            task, options, checkpoint=resources.checkpoint(self.name), report=progress(self.name, resources)
        )
        resources.histories[self.name] = history
        return replace(self, stop_after=history.best.number)._fitted(network=network, known=fitted.known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Logits of the next item; NaN without known likes and for items never seen."""
        scores = np.full((len(profiles), len(self.known)), np.nan, dtype=np.float32)
        rows = np.flatnonzero(profiles.lengths)
        device = self.network.bias.device
        self.network.eval()
        for chunk in np.array_split(rows, max(1, len(rows) // 128)):
            if len(chunk):
                histories = [profiles.history(row)[-self.max_length :] for row in chunk]
                with torch.inference_mode():
                    states = self.network(_padded(histories, self.network.padding).to(device))
                    last = states[torch.arange(len(chunk)), torch.tensor([len(h) - 1 for h in histories])]
                    scores[chunk] = self.network.logits(last).float().cpu().numpy()
        return abstain(scores, profiles, self.known)

    def state(self) -> State:
        """The network's weights and the items it knows."""
        weights = {
            f"network.{name}": value.cpu().numpy() for name, value in self.network.state_dict().items()
        }
        return weights | {"known": self.known}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with these weights."""
        network = self._network(graph)
        prefix = "network."
        network.load_state_dict(
            {
                name.removeprefix(prefix): torch.from_numpy(value)
                for name, value in state.items()
                if name != "known"
            }
        )
        return self._fitted(network=network.to(choose_device(resources.device)).eval(), known=state["known"])

    def _network(self, graph: KnowledgeGraph) -> HistoryTransformer:
        shape = TransformerOptions(
            self.embedding_size, self.num_layers, self.num_heads, self.max_length, self.dropout
        )
        return HistoryTransformer(graph.num_items, shape)


class _NextItem:
    """The training task: cross-entropy of the next like at every place of a stretch of each history."""

    def __init__(self, scorer: Sequence, graph: KnowledgeGraph, resources: Resources) -> None:
        self.module = scorer.network
        self._scorer = scorer
        users = np.unique(graph.interactions.users)
        profiles = Profiles.of_users(graph, users)
        self._histories = [profiles.history(row) for row in range(len(users)) if profiles.lengths[row] > 1]
        self._lengths = torch.tensor([len(history) for history in self._histories])
        self._validate = validation_ndcg(graph, resources)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Histories without their last item, and what came next at each place (padding where nothing did)."""
        size = min(self._scorer.batch_size, max(_SMALLEST_BATCH, len(self._histories) // _STEPS))
        order = torch.randperm(len(self._histories), generator=generator)
        similar = [
            torch.split(chunk[self._lengths[chunk].argsort()], size)
            for chunk in torch.split(order, _CHUNK * size)
        ]
        batches = [batch.tolist() for chunk in similar for batch in chunk]
        for index in torch.randperm(len(batches), generator=generator).tolist():
            chosen = [self._stretch(self._histories[row], generator) for row in batches[index]]
            padding = self.module.padding
            yield _padded([h[:-1] for h in chosen], padding), _padded([h[1:] for h in chosen], padding)

    def loss(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Full-softmax cross-entropy, a scalar."""
        histories, targets = (part.to(self.module.bias.device) for part in batch)
        real = targets != self.module.padding
        return losses.softmax(self.module.logits(self.module(histories)[real]), targets[real])

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions."""
        return self._validate(self._scorer.score)

    def _stretch(self, history: IntArray, generator: torch.Generator) -> IntArray:
        """A stretch of max_length + 1 likes: the latest or a random one by turns."""
        spare = len(history) - self._scorer.max_length - 1
        if spare <= 0:
            return history
        latest, start = (
            torch.randint(0, 2, (1,), generator=generator),
            torch.randint(0, spare + 1, (1,), generator=generator),
        )
        first = spare if int(latest) else int(start)
        return history[first : first + self._scorer.max_length + 1]


def _padded(histories: list[IntArray], padding: int) -> torch.Tensor:
    """Histories as one tensor, padded at the end, shape (len(histories), longest)."""
    padded = np.full((len(histories), max(map(len, histories))), padding, dtype=np.int64)
    for row, history in enumerate(histories):
        padded[row, : len(history)] = history
    return torch.from_numpy(padded)
