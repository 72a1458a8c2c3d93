"""The contract of a scorer: small options, `fit`, `score`, and a state of arrays to save."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hybrid.profiles import Profiles
    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, Interactions, KnowledgeGraph

ScoreArray = npt.NDArray[np.float32]
State = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Resources:
    """What scorers share while they are fitted.

    Attributes:
        text: vectors of the items' texts and the encoder that made them; None where there is no text.
        validation: interactions to stop early or choose options by; None when everything is learned from.
        seed: for everything random.
        device: "cpu", "cuda" or "auto".
        report: told of progress in words, for instance "epoch 3 of 20, loss 0.41".
    """

    text: TextTable | None = None
    validation: Interactions | None = None
    seed: int = 0
    device: str = "auto"
    report: Callable[[str], None] = field(default=lambda _message: None)


@dataclass(frozen=True)
class Scorer(ABC):
    """Scores every item for every person of a batch; subclasses are frozen dataclasses of options.

    One scorer is one file in `hybrid/scorers/`; discovery finds it and the contract tests run on it.

    Class attributes:
        name: unique short name, used in tables and saved models.
        reason: what its part of a score means, in words ("people with your taste").
        baseline: True for a scorer that stands in every table for comparison and is not in the default hybrid.
        grid: options worth trying on validation data: field name -> values.
    """

    name: ClassVar[str]
    reason: ClassVar[str]
    baseline: ClassVar[bool] = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {}

    @abstractmethod
    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy, learned from `graph.interactions` (all rows) and the graph's facts and texts."""

    @abstractmethod
    def score(self, profiles: Profiles) -> ScoreArray:
        """Scores, higher is better, shape (len(profiles), num_items), float32.

        NaN says "I cannot tell": for a whole row when nothing of the profile helps this scorer, for an item
        it knows nothing about. It is never replaced by a made-up number. Liked items are scored like any other.
        """

    @abstractmethod
    def state(self) -> State:
        """The fitted arrays, by name, enough for `restored`."""

    @abstractmethod
    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with these arrays, over the graph it was fitted to."""

    def settled(self) -> Self:
        """An unfitted copy with what validation decided (such as the number of epochs) fixed."""
        return replace(self)

    def options(self) -> dict[str, Any]:
        """The options as plain values, for a manifest."""
        return {option.name: getattr(self, option.name) for option in fields(self) if option.init}


def abstain(scores: ScoreArray, profiles: Profiles, known_items: BoolArray) -> ScoreArray:
    """Put NaN into the rows of empty histories and the columns of items that were never interacted with."""
    scores[profiles.lengths == 0] = np.nan
    scores[:, ~known_items] = np.nan
    return scores


def seen_items(graph: KnowledgeGraph) -> BoolArray:
    """Which items have at least one interaction, shape (num_items,)."""
    seen = np.zeros(graph.num_items, dtype=np.bool_)
    seen[graph.interactions.items] = True
    return seen
