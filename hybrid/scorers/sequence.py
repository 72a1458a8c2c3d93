"""Self-attention over each person's history: what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch

from gnn.sequence import HistoryTransformer, TransformerOptions
from gnn.softmax import full_softmax, sampled_softmax
from gnn.train import TrainOptions
from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, abstain, seen_items
from hybrid.scorers.histories import Histories, padded
from hybrid.scorers.training import learn, validation_ndcg, weights_of, with_more_rows, with_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Sequence as Sequence_

    from torch import Tensor

    from kg.graph import BoolArray, IntArray, KnowledgeGraph

_STEPS = 48  # of an epoch at least
_CHUNK = 8  # batches among which histories of one length are put together, so that little is padding
_UNTIMED = 0.1  # share of histories learned from without their times, so that queries may have none


@dataclass(frozen=True)
class Sequence(Scorer):
    """SASRec with item ids, text and time gaps (see `gnn.sequence`). Abstains where likes have no times.

    Trained with the full softmax, with which SASRec equals its successors (Klenitskiy and Vasilev, RecSys
    2023); above some 100,000 items `num_negatives` makes it a sampled one. Predicted at a place is not only
    the very next like but one of the next, drawn with a probability that halves every `horizon` likes: lists
    are judged by all that is liked soon after.

    Args:
        embedding_size: length of an item's vector.
        num_layers: self-attention blocks.
        num_heads: attention heads per block.
        max_length: the most recent likes that are read.
        dropout: share of features dropped while training.
        horizon: how many likes ahead halve the chance to be the target; 0: always the very next.
        num_targets: targets drawn for each place in each epoch.
        num_negatives: items drawn per step for a sampled softmax; 0: the full one.
        use_text: whether items also have a projection of their text vectors.
        use_gaps: whether the time between likes is read, so that the same likes at other times mean something
            else; likes without times, as of somebody new, are read without.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run, where validation has chosen their number.
        batch_size: histories of full length per step (more shorter ones; fewer where people are few, so that
            an epoch has some 48 steps).
        learning_rate: peak learning rate of full batches; it falls with the root of the size of smaller ones.
        weight_decay: AdamW's.
        patience: epochs without a better validation NDCG@10 before training ends.
    """

    name: ClassVar[str] = "sequence"
    reason: ClassVar[str] = "it follows from what you liked lately"
    kind: ClassVar[str] = "sequence"
    grid: ClassVar[Mapping[str, Sequence_[Any]]] = {"horizon": (0.0, 6.0)}
    quick: ClassVar[Mapping[str, Any]] = {
        "epochs": 30,
        "embedding_size": 16,
        "max_length": 16,
        "learning_rate": 0.01,
        "horizon": 0.0,
        "num_targets": 1,
        "use_gaps": False,
    }

    embedding_size: int = 64
    num_layers: int = 2
    num_heads: int = 2
    max_length: int = 200
    dropout: float = 0.2
    horizon: float = 6.0
    num_targets: int = 2
    num_negatives: int = 0
    use_text: bool = True
    use_gaps: bool = True
    epochs: int = 14
    stop_after: int | None = None
    batch_size: int = 32
    learning_rate: float = 4e-3
    weight_decay: float = 0.01
    patience: int = 3
    network: HistoryTransformer = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train on every place of every history to predict what was liked next."""
        torch.manual_seed(resources.seed)
        network = self._network(graph, resources)
        if not graph.interactions.timed:
            return self._fitted(network=network.eval(), known=np.zeros(graph.num_items, dtype=np.bool_))
        fitted = self._fitted(network=network, known=seen_items(graph))
        task = _NextItems(fitted, graph, resources)
        rate = self.learning_rate * task.fullness**0.5
        options = TrainOptions(
            self.epochs, self.stop_after, rate, self.weight_decay, patience=self.patience,
            seed=resources.seed, device=resources.device, schedule="one_cycle",
        )  # fmt: skip
        history = learn(self.name, task, options, resources)
        return replace(self, stop_after=history.best.number)._fitted(network=network, known=fitted.known)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Logits of the next item; NaN without known likes and for items never seen."""
        scores = np.full((len(profiles), len(self.known)), np.nan, dtype=np.float32)
        histories = Histories.of(profiles, self.max_length, gaps=self.use_gaps)
        rows = np.flatnonzero(profiles.lengths)
        self.network.eval()
        with torch.inference_mode():
            items = self.network.items()
            for chunk in np.array_split(rows, max(1, len(rows) // 128)):
                if len(chunk):
                    read = [part.to(items.device) for part in histories.padded(chunk, self.network.padding)]
                    states = self.network(*read, items)
                    last = states[torch.arange(len(chunk)), histories.lengths[chunk] - 1]
                    scores[chunk] = (last @ items.T + self.network.bias).float().cpu().numpy()
        return abstain(scores, profiles, self.known)

    def state(self) -> State:
        """The network's weights and the items it knows."""
        return weights_of(self.network) | {"known": self.known}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with these weights."""
        network = with_weights(self._network(graph, resources), state, resources.device)
        return self._fitted(network=network, known=state["known"])

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy that knows where the new items are, and nothing of them."""
        network = with_more_rows(self._network(graph, resources), weights_of(self.network), resources.device)
        return super().grown(graph, resources)._changed(network=network)

    def _network(self, graph: KnowledgeGraph, resources: Resources) -> HistoryTransformer:
        shape = TransformerOptions(
            self.embedding_size, self.num_layers, self.num_heads, self.max_length, self.dropout
        )
        table = resources.text if self.use_text else None
        text = None if table is None else torch.from_numpy(table.vectors)
        return HistoryTransformer(graph.num_items, shape, text)


class _NextItems:
    """The training task: cross-entropy of what is liked soon after each place of a stretch of a history."""

    def __init__(self, scorer: Sequence, graph: KnowledgeGraph, resources: Resources) -> None:
        self.module = scorer.network
        self._scorer = scorer
        everybody = np.unique(graph.interactions.users)
        profiles = Profiles.of_users(graph, everybody)
        histories = Histories.of(profiles, len(graph.interactions), gaps=scorer.use_gaps)
        kept = np.flatnonzero(histories.lengths > 1)
        self._items = [histories.items[row] for row in kept]
        self._gaps = [histories.gaps[row] for row in kept]
        self._lengths = np.minimum(histories.lengths[kept] - 1, scorer.max_length)  # places that are read
        self._validate = validation_ndcg(graph, resources)
        longest = int(self._lengths.max(initial=1))
        full = scorer.batch_size * longest
        self._places = max(longest, min(full, int(self._lengths.sum()) // _STEPS))  # of a batch
        self.fullness = self._places / full

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, ...]]:
        """Per step: histories, gaps, what is liked soon after each place, and items drawn evenly.

        Shapes (batch, length) twice, (batch, length, num_targets) and (num_negatives,). Targets are the
        padding where a history has ended.
        """
        batches = list(self._divided(torch.randperm(len(self._items), generator=generator).numpy()))
        for index in torch.randperm(len(batches), generator=generator).tolist():
            yield self._batch(batches[index], generator)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy, a scalar."""
        histories, gaps, targets, drawn = (part.to(self.module.bias.device) for part in batch)
        items = self.module.items()
        real = targets[..., 0] != self.module.padding
        states = self.module(histories, gaps, items)[real]
        if len(drawn):
            return sampled_softmax(states, items, self.module.bias, targets[real], drawn)
        return full_softmax(states, items, self.module.bias, targets[real])

    def shard(self, batch: tuple[Tensor, ...], rank: int, world: int) -> tuple[tuple[Tensor, ...], float]:
        """The histories of one of several processes, and the share of the places that they have."""
        *read, drawn = batch
        part = [tensor.tensor_split(world)[rank] for tensor in read]
        padding = self.module.padding
        places, everywhere = (int((tensors[0] != padding).sum()) for tensors in (part, read))
        return (*part, drawn), places / everywhere

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions."""
        return self._validate(self._scorer.score)

    def _divided(self, order: IntArray) -> Iterator[IntArray]:
        """Rows of a batch each, of histories of about one length, and about as many places in every one."""
        size = max(1, _CHUNK * self._places // max(1, int(self._lengths.mean())))
        for start in range(0, len(order), size):
            chunk = order[start : start + size]
            chunk = chunk[np.argsort(-self._lengths[chunk], kind="stable")]
            while len(chunk):
                fitting = max(1, self._places // int(self._lengths[chunk[0]]))
                yield chunk[:fitting]
                chunk = chunk[fitting:]

    def _batch(self, rows: IntArray, generator: torch.Generator) -> tuple[Tensor, ...]:
        padding, scorer = self.module.padding, self._scorer
        items, gaps, targets = [], [], []
        timed = torch.rand(len(rows), generator=generator).numpy() >= _UNTIMED
        for row, with_times in zip(rows, timed, strict=True):
            history, length = self._items[row], int(self._lengths[row])
            start = self._start(len(history) - 1 - length, generator)
            places = np.arange(start, start + length)
            items.append(history[places])
            gaps.append(self._gaps[row][places] * with_times)
            ahead = self._ahead((length, scorer.num_targets), generator)
            targets.append(history[np.minimum(places[:, None] + ahead, len(history) - 1)])
        drawn = torch.randint(0, padding, (scorer.num_negatives,), generator=generator)
        return padded(items, padding), padded(gaps, 0), padded(targets, padding), drawn

    def _start(self, spare: int, generator: torch.Generator) -> int:
        """Where to start reading a history that is longer than what is read: for its end, or anywhere."""
        if spare <= 0 or int(torch.randint(0, 2, (1,), generator=generator)):
            return spare
        return int(torch.randint(0, spare + 1, (1,), generator=generator))

    def _ahead(self, shape: tuple[int, int], generator: torch.Generator) -> IntArray:
        """How far ahead of each place its targets lie, at least 1."""
        if not self._scorer.horizon:
            return np.ones(shape, dtype=np.int64)
        stop = 1 - 0.5 ** (1 / self._scorer.horizon)
        ahead: IntArray = torch.empty(shape).geometric_(stop, generator=generator).numpy().astype(np.int64)
        return ahead
