"""The weights of scorers in every situation, all learned on validation interactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid import beginnings, confidence, newcomers, weighing
from hybrid.boosting import boost
from hybrid.lessons import study
from hybrid.options import BOOSTED
from hybrid.ranker import Ranker
from hybrid.situation import Circumstances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybrid.options import Options
    from hybrid.scorers.base import Resources, Scorer
    from kg.graph import FloatArray, KnowledgeGraph


def learn(scorers: Sequence[Scorer], graph: KnowledgeGraph, resources: Resources, options: Options) -> Ranker:
    """Weights for usual situations, short histories, new items and wishes, and how sure they are.

    They follow from how the scorers rank validation interactions that they were not fitted to.

    Args:
        scorers: as tuned.
        graph: what they were fitted to.
        resources: with the validation interactions.
        options: which ranker, and what share of the places new items shall have.

    Raises:
        ValueError: there are no validation interactions, or nobody has one among the candidates.
    """
    usual = _usual(scorers, graph, resources, options)
    resources.report("weights for short histories and new items")
    ranker = replace(
        usual,
        beginnings=beginnings.learn(usual, scorers, graph, resources),
        newcomers=newcomers.learn(usual, scorers, graph, resources, options.cold_share),
        wishes=_for_wishes(scorers),
    )
    return replace(ranker, confidence=confidence.learn(ranker, scorers, graph, resources))


def unlearned(scorers: Sequence[Scorer]) -> Ranker:
    """Weights where there is nothing to learn them on: those that another catalog started say what is liked.

    The others have a say in wishes only.
    """
    started = np.array([float(scorer.started) for scorer in scorers])
    return Ranker(tuple(scorer.name for scorer in scorers), started, wishes=_for_wishes(scorers))


def _usual(
    scorers: Sequence[Scorer], graph: KnowledgeGraph, resources: Resources, options: Options
) -> Ranker:
    """Weights for a usual situation; the scorers that have no say there have 0."""
    if resources.validation is None:
        raise ValueError("weights are learned on validation interactions, and there are none")
    usual = [scorer for scorer in scorers if scorer.usual] or scorers
    lessons, items = study(usual, graph, resources.validation, resources.seed), Circumstances.of(graph).items
    learned = weighing.learn([scorer.name for scorer in usual], lessons, items, resources.seed)
    shares = ", ".join(f"{name} {weight:.2f}" for name, weight in learned.by_name().items())
    resources.report(f"weights: {shares}")
    if options.ranker == BOOSTED:
        boosted = boost(learned, lessons, items, resources.seed)
        told = "trees do not help here" if boosted is learned else "trees on top of the weighted sum"
        resources.report(told)
        learned = boosted
    return learned.among([scorer.name for scorer in scorers])


def _for_wishes(scorers: Sequence[Scorer]) -> FloatArray | None:
    """Weights by `hybrid.situation.WISHES` for the scorers that read them; None where there are none."""
    reads = np.array([[scorer.reads_text, scorer.reads_entities] for scorer in scorers]).T
    asked = reads * np.array([scorer.asked for scorer in scorers])
    return asked if asked.any() else None
