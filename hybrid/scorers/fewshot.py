"""A head that few likes adapt, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from scipy import sparse

from gnn.fewshot import FewShot as Network
from gnn.train import TrainOptions
from hybrid.profiles import Profiles
from hybrid.scorers.attributes import shared_attributes
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, abstain, binary, likes, seen_items
from hybrid.scorers.lowrank import low_rank_factors
from hybrid.scorers.training import learn, validation_ndcg, weights_of, with_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor

    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

_SHOWN = (0, 1, 2, 5, 10)  # likes that a person shows in an episode
_FEWEST = 3  # likes of a person to learn from
_CONTENT_SIZE, _CONTENT_SCALE = 32, 0.3
_SHRINKAGE = 10.0  # likes, as in ItemKnn
_LINEAR = 1e3  # times the matrix's largest value: low_rank_factors is then a plain decomposition


@dataclass(frozen=True)
class FewShot(Scorer):
    """A person's linear head over frozen item vectors, adapted by gradient steps from a learned start.

    The network is `gnn.fewshot`. Vectors are the likes' (scaled as in `ItemKnn`), the texts' and the facts'
    main directions. It is trained in episodes: a person shows 0, 1, 2, 5 or 10 likes, their first ones where
    there are times, and all others are to be predicted.

    Args:
        embedding_size: of the adapted vectors.
        rank: directions of the likes.
        num_steps: gradient steps for a person.
        dropout: share of the frozen vectors dropped while training.
        epochs: length of the learning-rate schedule.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: people per step.
        learning_rate: peak learning rate.
        weight_decay: AdamW's.
        patience: epochs without a better validation NDCG@10 before training ends.
    """

    name: ClassVar[str] = "fewshot"
    reason: ClassVar[str] = "your first likes speak for it"
    kind: ClassVar[str] = "factors"
    reads_facts: ClassVar[bool] = True
    reads_people: ClassVar[bool] = True
    baseline: ClassVar[bool] = True
    quick: ClassVar[Mapping[str, Any]] = {"epochs": 30, "embedding_size": 16, "rank": 8, "patience": 30}

    embedding_size: int = 128
    rank: int = 128
    num_steps: int = 1
    dropout: float = 0.0
    epochs: int = 15
    stop_after: int | None = None
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    patience: int = 4
    network: Network = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)
    facts: sparse.csr_array = field(init=False, repr=False, compare=False)
    entities: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Learn the start and the steps; without a person of three likes the start stays as it is."""
        torch.manual_seed(resources.seed)
        facts, entities = _people(graph)
        network = Network(
            torch.from_numpy(self._vectors(graph, resources)),
            torch.from_numpy(_popularity(graph)),
            len(entities),
            self.embedding_size,
            self.num_steps,
            self.dropout,
        )
        fitted = self._fitted(network=network.eval(), known=seen_items(graph), facts=facts, entities=entities)
        task = _Episodes(fitted, graph, resources)
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
        return settled._fitted(network=network, known=fitted.known, facts=facts, entities=entities)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Logits; NaN without known likes and known facts of the person, and for items never seen."""
        facts = self._told(profiles)
        liked = binary(profiles.matrix(len(self.known))).toarray()
        liked[:, ~self.known] = 0.0
        device = self.network.start.device
        with torch.inference_mode():
            logits = self.network(torch.from_numpy(liked).to(device), torch.from_numpy(facts).to(device))
        scores: ScoreArray = logits.float().cpu().numpy()
        helped = facts.any(axis=1)
        return np.where(helped[:, None] & self.known, scores, abstain(scores.copy(), profiles, self.known))

    def state(self) -> State:
        """The network's weights and the items and facts it knows."""
        return weights_of(self.network) | {"known": self.known, "entities": self.entities}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with these weights."""
        frozen, popularity = (
            torch.from_numpy(state[f"network.{name}"]) for name in ("vectors", "popularity")
        )
        facts, entities = _people(graph)
        network = Network(
            frozen, popularity, len(entities), self.embedding_size, self.num_steps, self.dropout
        )
        return self._fitted(
            network=with_weights(network, state, resources.device),
            known=state["known"],
            facts=facts,
            entities=entities,
        )

    def _vectors(self, graph: KnowledgeGraph, resources: Resources) -> ScoreArray:
        """The frozen vectors, shape (num_items, at most rank + 64)."""
        matrix = likes(graph)
        counts = np.bincount(matrix.indices, minlength=graph.num_items)
        scale = sparse.diags_array(1 / np.sqrt(counts + _SHRINKAGE))
        parts = [_directions(sparse.csr_array(matrix @ scale), self.rank, resources.seed)]
        for content in (shared_attributes(graph), _texts(resources.text)):
            if content is not None and content.nnz:
                found = _directions(content, _CONTENT_SIZE, resources.seed)
                length = np.sqrt(np.square(found).sum() / len(found))
                parts.append(_CONTENT_SCALE * found / max(length, 1e-6))
        return np.hstack(parts).astype(np.float32)

    def _told(self, profiles: Profiles) -> ScoreArray:
        """What is known of people, shape (len(profiles), len(entities))."""
        told = np.zeros((len(profiles), len(self.entities)), dtype=np.float32)
        known = profiles.users >= 0
        told[known] = self.facts[profiles.users[known]].toarray()
        for row, wish in enumerate(profiles.wishes):
            told[row, np.isin(self.entities, wish.facts)] = 1.0
        return told


class _Episodes:
    """The training task: what people like beside what they show."""

    def __init__(self, scorer: FewShot, graph: KnowledgeGraph, resources: Resources) -> None:
        self.module = scorer.network
        self._scorer = scorer
        everybody = Profiles.of_users(graph, np.arange(graph.num_users))
        self._histories, self._timed = everybody, graph.interactions.timed
        self.people = np.flatnonzero(everybody.lengths >= _FEWEST)
        self._validate = validation_ndcg(graph, resources)

    def batches(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """What is shown, what is to be predicted, shape (people, num_items), and facts of people."""
        order = self.people[torch.randperm(len(self.people), generator=generator).numpy()]
        for start in range(0, len(order), self._scorer.batch_size):
            people = order[start : start + self._scorer.batch_size]
            shown, rest = (torch.zeros(len(people), len(self._scorer.known)) for _ in range(2))
            for row, person in enumerate(people):
                history = self._histories.history(person)
                if not self._timed:
                    history = history[torch.randperm(len(history), generator=generator).numpy()]
                drawn = int(torch.randint(len(_SHOWN), (), generator=generator))
                number = min(_SHOWN[drawn], len(history) - 1)
                shown[row, history[:number]] = 1.0
                rest[row, history[number:]] = 1.0
            yield shown, rest, torch.from_numpy(self._scorer.facts[people].toarray())

    def loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Cross-entropy of the rest among what is not shown, a mean over people."""
        shown, rest, facts = (part.to(self.module.start.device) for part in batch)
        logits = self.module(shown, facts).masked_fill(shown > 0, -torch.inf)
        chances = torch.log_softmax(logits, dim=1).masked_fill(shown > 0, 0.0)
        return -((chances * rest).sum(dim=1) / rest.sum(dim=1)).mean()

    def validate(self) -> float | None:
        """NDCG@10 on the validation interactions."""
        return self._validate(self._scorer.score)


def _directions(matrix: sparse.csr_array, rank: int, seed: int) -> ScoreArray:
    """The main directions of a matrix's columns, each as long as its singular value."""
    penalty = _LINEAR * max(float(np.square(matrix.data).sum()), 1.0)
    return low_rank_factors(matrix, penalty, rank, seed) * np.float32(np.sqrt(penalty))


def _texts(table: TextTable | None) -> sparse.csr_array | None:
    if table is None or not table.present.any():
        return None
    apart = table.vectors - table.vectors[table.present].mean(axis=0)
    return sparse.csr_array(np.where(table.present[:, None], apart, np.float32(0)).T)


def _popularity(graph: KnowledgeGraph) -> ScoreArray:
    counts = np.log1p(np.bincount(likes(graph).indices, minlength=graph.num_items))
    return ((counts - counts.mean()) / max(counts.std(), 1e-6)).astype(np.float32)


def _people(graph: KnowledgeGraph) -> tuple[sparse.csr_array, IntArray]:
    """Which entities people are linked to, a column each, and the rows of those entities."""
    users, _, others = graph.facts_of("user")
    entities = others - graph.first("entity")
    linked = entities >= 0
    rows, columns = np.unique(entities[linked], return_inverse=True)
    pairs = np.unique(np.column_stack([users[linked], columns]), axis=0)
    shape = (graph.num_users, len(rows))
    return sparse.csr_array((np.ones(len(pairs), np.float32), (pairs[:, 0], pairs[:, 1])), shape=shape), rows
