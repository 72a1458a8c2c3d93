"""Adapts a text encoder to who liked what, so that texts of items liked by the same people come close."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gnn.train import History, TrainOptions, train
from hybrid.evaluation.comparison import peak_rss_mb
from hybrid.evaluation.protocol import evaluate
from hybrid.scorers.base import Resources, binary
from hybrid.scorers.text import Text
from hybrid.text.adapted import AdaptedEncoder
from hybrid.text.batches import TextBatches, hard_negatives
from hybrid.text.cache import CachedEncoder
from hybrid.text.cold import hide_items, only
from hybrid.text.encoder import TextEncoder
from hybrid.text.modes import AdaptError
from hybrid.text.objectives import LikedTexts, Material
from hybrid.text.rated import LOSSES, RatedTexts, RatingHead
from hybrid.text.table import TextTable
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gnn.train import Epoch
    from hybrid.text.objectives import TextTask
    from hybrid.text.options import AdaptOptions, EncoderOptions
    from kg.graph import IntArray, Interactions, KnowledgeGraph

HARD = 10  # of a text's neighbours are drawn from when it is to have a hard negative


@dataclass(frozen=True)
class Adaptation:
    """An adapted encoder and what it took.

    Attributes:
        encoder: in eval mode, with what was learned.
        history: its epochs; none where nothing is trained.
        trainable: number of trained weights, a rating head's not counted.
        parameters: number of weights in all.
        seconds: wall time of training, validation included.
        peak_memory_mb: the most memory in use, of a GPU its own, else the whole process's so far.
        head: what rates texts by their vectors, where ratings were learned.
    """

    encoder: AdaptedEncoder
    history: History
    trainable: int
    parameters: int
    seconds: float
    peak_memory_mb: float
    head: RatingHead | None = None

    @property
    def share(self) -> float:
        """Trained weights among all, 0 to 1."""
        return self.trainable / max(self.parameters, 1)


def adapt(
    graph: KnowledgeGraph,
    options: AdaptOptions,
    settings: EncoderOptions,
    *,
    checkpoint: Path | None = None,
    report: Callable[[Epoch], None] = lambda _epoch: None,
) -> Adaptation:
    """Adapt an encoder to the likes of a graph, for ranking.

    A share of the items is hidden and ranked after each epoch as if they were new, by NDCG@10; the best epoch
    is kept.

    Args:
        graph: its texts and its interactions, all of them; its held-out ones are not looked at.
        options: what is trained, and how.
        settings: which language model, and how it reads.
        checkpoint: file to go on from, see `gnn.train.train`.
        report: called after every epoch.

    Raises:
        CatalogError: nobody likes two items that have text.
        EncoderError: the model cannot be read.
        AdaptError: the model cannot be adapted in this way.
    """
    table = _frozen(graph, settings)
    warm, cold, hidden = hide_items(graph, options.validation_share, options.seed, table.present)
    encoder = AdaptedEncoder(settings, options)

    def measure() -> float:
        now = Text(centred=True).fit(warm, Resources(text=TextTable.of(graph.item_texts, encoder)))
        found = evaluate(only(now.score, hidden), warm, cold, ks=(10,), seed=options.seed, beyond=False)
        return found.metrics["ndcg@10"]

    material = _material(warm, table, options, measure if len(cold) else None)
    if not (np.diff(material.likes.indptr) > 1).any():
        wanted = "expected a person who likes two items with text"
        raise CatalogError(f"dataset {graph.name!r} has too few likes to adapt its text encoder: {wanted}")
    return _trained(encoder, LikedTexts(encoder, material), checkpoint, report)


def adapt_to_ratings(
    graph: KnowledgeGraph,
    ratings: Interactions,
    loss: str,
    options: AdaptOptions,
    settings: EncoderOptions,
    *,
    checkpoint: Path | None = None,
    report: Callable[[Epoch], None] = lambda _epoch: None,
) -> Adaptation:
    """Adapt an encoder, and a linear head on it, to ratings.

    As `adapt`, but the ratings of the hidden items are what is measured, by their mean loss.

    Args:
        graph: its texts and its interactions, which say what a person likes.
        ratings: who rated what and, as its weight, how; 0 or 1 (liked) for log loss.
        loss: "mse", "mae" or "log", a name of `hybrid.text.rated.LOSSES`.
        options: what is trained, and how; with "frozen" only the head is.
        settings: which language model, and how it reads.
        checkpoint: file to go on from.
        report: called after every epoch.

    Raises:
        CatalogError: no item that has text is rated.
        EncoderError: the model cannot be read.
        AdaptError: the model cannot be adapted in this way, or there is no such loss.
    """
    if loss not in LOSSES:
        raise AdaptError(f"there is no loss {loss!r} for ratings; known are {', '.join(LOSSES)}")
    table = _frozen(graph, settings)
    rated = ratings.take(table.present[ratings.items])
    warm, cold, _ = hide_items(graph.with_interactions(rated), options.validation_share, options.seed)
    if not len(warm.interactions):
        raise CatalogError(
            f"dataset {graph.name!r} has no rating of an item with text to adapt its encoder to"
        )
    encoder = AdaptedEncoder(settings, options)
    liked = graph.with_interactions(
        graph.interactions.take(~np.isin(graph.interactions.items, np.unique(cold.items)))
    )
    material = _material(liked, table, options, None, warm.interactions.items)
    task = RatedTexts(encoder, material, warm.interactions, loss, cold)
    return _trained(encoder, task, checkpoint, report, task.head)


def _frozen(graph: KnowledgeGraph, settings: EncoderOptions) -> TextTable:
    """The texts' vectors by the model as it is, from the cache where they are known."""
    return TextTable.of(graph.item_texts, CachedEncoder(TextEncoder(settings)))


def _material(
    graph: KnowledgeGraph,
    table: TextTable,
    options: AdaptOptions,
    measure: Callable[[], float] | None,
    items: IntArray | None = None,
) -> Material:
    """What a graph's likes of items with text teach; batches are drawn from `items`, or from those liked."""
    liked = graph.interactions.take(table.present[graph.interactions.items])
    likes = binary(liked.matrix(graph.num_users, graph.num_items))
    rows = np.unique(liked.items if items is None else items)
    hard = hard_negatives(table.vectors[rows], likes[:, rows], HARD if options.hard_share else 0)
    batches = TextBatches(rows, hard, options.batch_size, options.hard_share)
    return Material(graph.item_texts, table.vectors, likes, batches, measure)


def _trained(
    encoder: AdaptedEncoder,
    task: TextTask,
    checkpoint: Path | None,
    report: Callable[[Epoch], None],
    head: RatingHead | None = None,
) -> Adaptation:
    options, language, start = encoder.adapt, encoder.language, time.perf_counter()
    device = encoder.device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    history = History()
    if any(parameter.requires_grad for parameter in task.module.parameters()):
        how = TrainOptions(
            epochs=options.epochs,
            learning_rate=options.peak_rate,
            weight_decay=options.weight_decay,
            patience=options.patience,
            seed=options.seed,
            device=encoder.options.device,
        )
        history = train(task, how, checkpoint=checkpoint, report=report)
    peak = (
        torch.cuda.max_memory_allocated(device) / 1e6 if device.type == "cuda" else peak_rss_mb() * 1.048576
    )
    return Adaptation(
        encoder,
        history,
        language.num_trainable,
        language.num_parameters,
        time.perf_counter() - start,
        peak,
        head,
    )
