"""What the scorers that are trained in epochs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybrid.evaluation.protocol import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

    from gnn.train import Epoch
    from hybrid.profiles import Profiles
    from hybrid.scorers.base import Resources, ScoreArray
    from kg.graph import KnowledgeGraph


def validation_ndcg(
    graph: KnowledgeGraph, resources: Resources
) -> Callable[[Callable[[Profiles], ScoreArray]], float | None]:
    """A function from `score` to NDCG@10 on the validation interactions, None where there are none."""

    def measure(score: Callable[[Profiles], ScoreArray]) -> float | None:
        if resources.validation is None:
            return None
        return evaluate(score, graph, resources.validation, ks=(10,), seed=resources.seed).metrics["ndcg@10"]

    return measure


def progress(name: str, resources: Resources) -> Callable[[Epoch], None]:
    """Reports epochs in words."""

    def say(epoch: Epoch) -> None:
        metric = "" if epoch.metric is None else f", validation NDCG@10 {epoch.metric:.4f}"
        resources.report(
            f"{name}: epoch {epoch.number}, loss {epoch.loss:.4f}{metric} ({epoch.seconds:.1f} s)"
        )

    return say
