"""The graph network: items and people from facts, texts and interactions together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import numpy as np
import torch
from torch import nn

from gnn.adjacency import Adjacency
from gnn.encoder import EncoderOptions, GraphEncoder
from gnn.named import pick
from gnn.tensors import to_hetero
from gnn.train import TrainOptions
from hybrid.fusion import Content, GatedContents
from hybrid.scorers.base import Resources, ScoreArray, Scorer, State, likes, seen_items
from hybrid.scorers.graph_parts import propagated
from hybrid.scorers.graph_tasks import TASKS
from hybrid.scorers.recency import faded
from hybrid.scorers.training import learn, weights_of, with_more_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy import sparse
    from torch import Tensor

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

HALF_LIVES = (2.0, 3.0, 5.0, 10.0, 20.0, 50.0)


@dataclass(frozen=True)
class Graph(Scorer):
    """Layers over facts, then LightGCN over likes (see `gnn.encoder`), with texts and images gated in.

    The graph is propagated once per step, for all likes of `batch_size` people or, with free people, for
    `batch_size` likes.

    LightGCN as published is `Graph(people="free", num_fact_layers=0, num_layers=3, dropout=0.0, loss="bpr",
    num_negatives=1, penalty=1e-4, learning_rate=1e-3, schedule="constant", warmup=0.0)` without texts.

    Args:
        embedding_size: length of a node's vector.
        fact_layer: the layer over the facts, by name: "compgcn", "hgt", "kgat", "kgin" or "rgcn".
        num_fact_layers: relational layers over the facts; 0 leaves the facts unused.
        num_layers: propagation steps over the interactions; 0 switches propagation off.
        dropout: share of input features dropped while training.
        people: "history" (people are what they like and what is known of them) or "free" (each has a vector
            of their own besides, and training takes pairs, as LightGCN does). Somebody new, who has no such
            vector, is then placed by what they like alone, so that they score otherwise than a known person
            with the same history would; people without likes get no scores.
        loss: "softmax" (the liked item among all items) or "bpr" (against `num_negatives` random ones).
        num_negatives: random items per like, for "bpr".
        fan_out: how many neighbours are drawn per node for each step over the interactions, nearest first,
            and then for each layer over the facts: a training step is sent over the part of the graph that is
            drawn around its likes (see `gnn.sampling`). For people="free" with loss="bpr". Empty: over all of
            it. Validation and the vectors that are kept are of the whole graph either way.
        penalty: weight of the inputs' squared length: its mean over all nodes; with free people, half of what
            it is for each like's person, item and negatives.
        kge: a knowledge-graph embedding that the inputs are trained for besides: "transe", "distmult",
            "complex" or "rotate"; "" for none.
        kge_weight: weight of its loss, BPR of true facts against false ones (as in KGAT, Wang et al. 2019).
        kge_negatives: false facts per true one; a step takes `batch_size` true ones.
        contrastive_weight: weight of the contrast between two propagations with noise (SimGCL, Yu et al.
            2022), over the people and items of a step; 0 for none.
        temperature: of the contrast.
        noise: length of the noise added to a vector after each step over the interactions.
        adversarial: weight of the loss where embeddings are moved against it (see `TrainOptions`); 0: none.
        adversarial_size: how far they are moved.
        epochs: length of the learning-rate schedule; an epoch is `steps` steps.
        steps: optimizer steps per epoch; with free people an epoch is one pass over all likes instead.
        stop_after: epochs to run once validation has chosen their number.
        batch_size: people per step, with all their likes; with free people, likes per step.
        learning_rate: peak learning rate.
        schedule: how the rate falls, by name (see `TrainOptions`).
        warmup: share of the schedule in which the rate rises.
        patience: epochs without a better validation NDCG@10 before training ends.
        half_life: how many newer likes halve what a like gives to its person; None: all give the same. Where
            likes have times and people are their histories, validation chooses it from `HALF_LIVES` after
            training.
    """

    name: ClassVar[str] = "graph"
    reason: ClassVar[str] = "it is close to what you like in the graph"
    kind: ClassVar[str] = "graph"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    quick: ClassVar[Mapping[str, Any]] = {"embedding_size": 16, "epochs": 4}

    embedding_size: int = 64
    fact_layer: str = "compgcn"
    num_fact_layers: int = 1
    num_layers: int = 2
    dropout: float = 0.1
    people: Literal["history", "free"] = "history"
    loss: Literal["softmax", "bpr"] = "softmax"
    num_negatives: int = 16
    fan_out: tuple[int, ...] = ()
    penalty: float = 0.01
    kge: str = ""
    kge_weight: float = 0.1
    kge_negatives: int = 8
    contrastive_weight: float = 0.0
    temperature: float = 0.2
    noise: float = 0.1
    adversarial: float = 0.0
    adversarial_size: float = 0.5
    epochs: int = 20
    steps: int = 20
    stop_after: int | None = None
    batch_size: int = 2048
    learning_rate: float = 0.02
    schedule: str = "cosine"
    warmup: float = 0.05
    patience: int = 3
    half_life: float | None = None
    nodes: ScoreArray = field(init=False, repr=False, compare=False)
    items: ScoreArray = field(init=False, repr=False, compare=False)
    contexts: ScoreArray = field(init=False, repr=False, compare=False)
    bases: ScoreArray = field(init=False, repr=False, compare=False)
    placed: BoolArray = field(init=False, repr=False, compare=False)
    network: State = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Train the encoder and keep its vectors."""
        torch.manual_seed(resources.seed)
        encoder = self._encoder(graph, resources)
        task = pick("kind of people", TASKS, self.people)(self, encoder, graph, resources)
        options = TrainOptions(
            self.epochs, self.stop_after, self.learning_rate, warmup=self.warmup, patience=self.patience,
            clip=10.0, seed=resources.seed, device=resources.device, schedule=self.schedule,
            adversarial=self.adversarial, adversarial_size=self.adversarial_size,
        )  # fmt: skip
        if not task.learnable:
            return self.learned_from(encoder, graph)
        history = learn(self.name, task, options, resources)
        for modality, trust in _contents_of(encoder).trust().items():
            resources.report(f"{self.name}: mean trust in the items' {modality} {trust:.2f}")
        settled = replace(self, stop_after=history.best.number)
        if resources.validation is not None and self.fades(graph):
            settled = max(
                (replace(settled, half_life=half_life) for half_life in (None, *HALF_LIVES)),
                key=lambda scorer: task.measure(scorer.learned_from(encoder, graph).score) or 0.0,
            )
        return settled.learned_from(encoder, graph)

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy in which new items hear what their texts, images and facts say, and say nothing.

        The network as it was trained is sent over the larger graph, but nothing is sent from what is new, so
        that all known vectors stay. A new item is placed as a known one without likes that has the same
        contents and facts; its own trained vector is zero.
        """
        encoder = self._encoder(graph, resources)
        items, entities = (
            len(self.network[f"network.inputs.{kind}.ids.weight"]) for kind in ("item", "entity")
        )
        encoder = with_more_rows(encoder, self.network, resources.device)
        nodes = np.arange(encoder.adjacency.num_nodes)
        new_items = (nodes >= graph.num_users + items) & (nodes < graph.first("entity"))
        new = new_items | (nodes >= graph.first("entity") + entities)
        if new.any():
            silent = torch.from_numpy(new).to(encoder.adjacency.degrees.device)
            encoder.adjacency = encoder.adjacency.unheard(silent)
        grown = self.learned_from(encoder, graph)
        grown.placed[items:] = grown.items[items:].any(axis=1)
        return grown._changed(network=self.network)

    def state(self) -> State:
        """The vectors, and the network's weights, from which new items are placed."""
        return {name: getattr(self, name) for name in self._learned() - {"network"}} | self.network

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy with these vectors and weights."""
        vectors = {name: state[name] for name in self._learned() - {"network"}}
        return self._fitted(**vectors, network={name: state[name] for name in state.keys() - vectors.keys()})

    def fades(self, graph: KnowledgeGraph) -> bool:
        """Whether validation chooses a half-life: there are times, and people are nothing but histories."""
        return graph.interactions.timed and self.people == "history"

    def score(self, profiles: Profiles) -> ScoreArray:
        """Products of people and items; NaN for people with nothing known and items with no link."""
        people: ScoreArray = self._likes(profiles) @ self.contexts
        known = (profiles.users >= 0) & (profiles.users < len(self.bases))
        people[known] += self.bases[profiles.users[known]]
        scores: ScoreArray = people @ self.items.T
        scores[~people.any(1)] = np.nan
        scores[:, ~self.placed] = np.nan
        return scores

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        weights = self._likes(person).data
        shares: ScoreArray = (self.contexts[person.items] @ self.items[items].T) * weights[:, None]
        return shares

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """See `Scorer.over`: the network as it was trained is sent over the other graph, as in `grown`."""
        return self.grown(after, resources)

    def _likes(self, profiles: Profiles) -> sparse.csr_array:
        """The weight of each like in its person, shape (len(profiles), num_items)."""
        likes = faded(profiles, len(self.items), self.half_life)
        totals = np.maximum(likes.sum(axis=1), 1e-12)  # the number of likes, where none has faded
        likes.data /= np.repeat(np.sqrt(totals), profiles.lengths).astype(np.float32)
        return likes

    def learned_from(self, encoder: GraphEncoder, graph: KnowledgeGraph) -> Self:
        """A fitted copy with the vectors that an encoder has now."""
        vectors, placed = encoder.embeddings(), placed_items(graph)
        placed[_contents_of(encoder).rows.cpu().numpy()] = True
        liking = np.diff(likes(graph).indptr) > 0
        return self._fitted(
            # without layers over facts entities take no part, and are nowhere
            nodes=np.pad(vectors.nodes, ((0, graph.num_nodes - len(vectors.nodes)), (0, 0))),
            items=vectors.items,
            contexts=np.where(placed[:, None], vectors.contexts, np.float32(0)),
            # a free vector that nothing has trained says nothing
            bases=vectors.bases if self.people == "history" else vectors.bases * liking[:, None],
            placed=placed,
            network=weights_of(encoder),
        )

    def _encoder(self, graph: KnowledgeGraph, resources: Resources) -> GraphEncoder:
        size, graph = self.embedding_size, propagated(self, graph)
        adjacency = Adjacency.of(to_hetero(graph), len(graph.relations))
        evidence = np.bincount(likes(graph).indices, minlength=graph.num_items)
        tables = {"text": resources.text, "image": resources.images}
        contents = {
            name: Content(torch.from_numpy(table.vectors), torch.from_numpy(table.present))
            for name, table in tables.items()
            if table is not None
        }
        inputs = {
            "user": (Nothing if self.people == "history" else GatedContents)(graph.num_users, size),
            "item": GatedContents(graph.num_items, size, contents, torch.from_numpy(evidence)),
            "entity": GatedContents(len(graph.entities), size),
        }
        shape = EncoderOptions(size, self.fact_layer, self.num_fact_layers, self.num_layers, self.dropout)
        return GraphEncoder(shape, inputs, adjacency, graph)


def _contents_of(encoder: GraphEncoder) -> GatedContents:
    """The items' inputs."""
    return cast("GatedContents", encoder.inputs["item"])


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
    placed[graph.facts_of("item")[0]] = True
    return placed
