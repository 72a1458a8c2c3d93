"""Recommenders fitted to the small worlds in a second, shared by the tests; nobody may change one."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from hybrid import Options, Recommender, scorers
from tests import worlds
from tests.worlds import WordEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


class Worded(Recommender):
    """A recommender that reads texts by their words, so that no language model is loaded."""

    def encoder(self) -> WordEncoder:  # type: ignore[override]
        return WordEncoder()


def quick(**changes: object) -> Options:
    """Options with which every scorer is fast, on the CPU."""
    overrides = {name: dict(scorer.quick) for name, scorer in scorers.find().items()}
    return replace(Options(overrides=overrides, device="cpu", seed=1), **changes)


def fit(graph: KnowledgeGraph, *, checkpoints: Path | None = None, **changes: object) -> Recommender:
    """A quickly fitted recommender."""
    return Worded(quick(**changes)).fit(graph, checkpoints=checkpoints)


@functools.cache
def fitted(world: str) -> Recommender:
    """A recommender fitted to the world of this name in `tests.worlds`."""
    return fit(getattr(worlds, world)())
