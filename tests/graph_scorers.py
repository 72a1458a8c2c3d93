"""The graph scorer in small, and its training tasks, shared by its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from hybrid.evaluation.protocol import evaluate
from hybrid.scorers.base import Resources
from hybrid.scorers.graph import Graph

if TYPE_CHECKING:
    from hybrid.scorers.graph_parts import Batch
    from hybrid.scorers.graph_tasks import GraphTask
    from kg.graph import KnowledgeGraph

RESOURCES = Resources(device="cpu", seed=0)
SMALL = Graph(embedding_size=16, epochs=4)
PUBLISHED = Graph(
    embedding_size=16, people="free", num_fact_layers=0, num_layers=3, dropout=0.0, loss="bpr",
    num_negatives=1, penalty=1e-4, learning_rate=0.02, schedule="constant", warmup=0.0, epochs=40,
)  # fmt: skip


def first(scorer: Graph, graph: KnowledgeGraph) -> float:
    """How often the held-out item is ranked first."""
    return evaluate(scorer.fit(graph, RESOURCES).score, graph, graph.heldout, ks=(1,)).metrics["ndcg@1"]


def task_of(kind: type[GraphTask], scorer: Graph, graph: KnowledgeGraph) -> GraphTask:
    """A training task of a scorer that has learned nothing yet."""
    return kind(scorer, scorer._encoder(graph, RESOURCES), graph, RESOURCES)


def one_batch(task: GraphTask, seed: int = 0) -> Batch:
    """The first batch of an epoch."""
    return next(iter(task.batches(torch.Generator().manual_seed(seed))))
