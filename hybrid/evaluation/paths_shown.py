"""Which of its paths an item is shown with: the strongest, or one about something more recent or known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.paths import path_type
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.evaluation.paths import Explained, Surroundings
    from kg.paths import ReasoningPath


@dataclass(frozen=True, slots=True)
class Taste:
    """What makes a path worth showing; each weight is 0 or more.

    Attributes:
        faithful: for its strength: its weight / that of the item's strongest path.
        recent: for how recent the like is that it starts at.
        popular: for how well known what it goes over last is.
        varied: for being of a type that no item above is shown with.

    Raises:
        QueryError: a weight is negative, or all are 0.
    """

    faithful: float = 1.0
    recent: float = 0.0
    popular: float = 0.0
    varied: float = 0.0

    def __post_init__(self) -> None:
        weights = (self.faithful, self.recent, self.popular, self.varied)
        if min(weights) < 0 or sum(weights) <= 0:
            raise QueryError(f"a taste needs weights of 0 or more, and one above 0, not {weights}")

    def choose(
        self,
        candidates: Sequence[Sequence[ReasoningPath]],
        recency: Mapping[int, float],
        known: Surroundings,
    ) -> list[ReasoningPath | None]:
        """One path for each item of a list, from the top; None for an item without any.

        Each is the best one by the sum of what speaks for it, given those above it. What is unknown (NaN)
        counts nothing. The items and their order stay as they are.

        Args:
            candidates: the paths of each item, strongest first.
            recency: how recent each like of the person is, by item row.
            known: the graph.
        """
        chosen: list[ReasoningPath | None] = []
        types: set[str] = set()
        for paths in candidates:
            worth = [self._worth(path, paths[0].weight, recency, known, types) for path in paths]
            best = paths[int(np.argmax(worth))] if paths else None
            chosen.append(best)
            types |= {path_type(best)} if best else set()
        return chosen

    def first(
        self,
        candidates: Sequence[tuple[ReasoningPath, ...]],
        recency: Mapping[int, float],
        known: Surroundings,
        count: int,
    ) -> list[tuple[ReasoningPath, ...]]:
        """So many paths for each item, the chosen one first and the others as they were."""
        chosen = self.choose(candidates, recency, known)
        return [
            paths if best is None else (best, *(path for path in paths if path is not best))[:count]
            for paths, best in zip(candidates, chosen, strict=True)
        ]

    def _worth(
        self,
        path: ReasoningPath,
        most: float,
        recency: Mapping[int, float],
        known: Surroundings,
        types: set[str],
    ) -> float:
        recent = recency.get(path.nodes[0] - known.first_item, np.nan)
        popular = known.popularity[path.nodes[-2]] if len(path.nodes) > 2 else np.nan  # noqa: PLR2004
        return float(
            self.faithful * path.weight / most
            + self.recent * np.nan_to_num(recent)
            + self.popular * np.nan_to_num(popular)
            + self.varied * (path_type(path) not in types)
        )


def faithfulness(candidates: Sequence[Sequence[ReasoningPath]], shown: Explained) -> float:
    """What showing other paths than the strongest costs: the mean of weight / the strongest's weight."""
    kept = [
        path.weight / paths[0].weight
        for paths, path in zip(candidates, shown.paths, strict=True)
        if path is not None
    ]
    return float(np.mean(kept)) if kept else np.nan
