"""What is said of every item to one person: the parts of a score, and their sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.ranker import calibrated

if TYPE_CHECKING:
    from hybrid.scorers.base import ScoreArray
    from kg.graph import BoolArray, IntArray

DISLIKES, POPULARITY = "dislikes", "popularity"
REASONS = {DISLIKES: "it is unlike what you dislike", POPULARITY: "many people like it"}
STRENGTH = 0.1  # of the dislikes beside the likes, see docs/queries.md


@dataclass(frozen=True, slots=True)
class Tally:
    """Scores of all items and their parts, which add up to them.

    Attributes:
        names: what the parts are of.
        parts: shape (len(names), num_items), NaN where a scorer abstains.
        total: the scores, shape (num_items,), NaN where nobody can tell.
        guessed: whether they go by popularity, because nothing is known of the person.
    """

    names: tuple[str, ...]
    parts: ScoreArray
    total: ScoreArray
    guessed: bool = False

    @property
    def speaks(self) -> bool:
        """Whether anything is said of any item."""
        return not bool(np.isnan(self.total).all())

    @property
    def speakers(self) -> tuple[str, ...]:
        """What says anything of any item."""
        return tuple(
            name for name, part in zip(self.names, self.parts, strict=True) if not np.isnan(part).all()
        )

    def by_popularity(self, likes: IntArray, allowed: BoolArray) -> Tally:
        """The same of somebody of whom nothing is known: the items that most people like come first.

        Args:
            likes: number of people who like each item, shape (num_items,).
            allowed: True for what may be recommended, shape (num_items,).
        """
        scores = calibrated(np.log1p(likes)[None].astype(np.float32), allowed[None])[0]
        return Tally((*self.names, POPULARITY), np.vstack([self.parts, scores[None]]), scores, guessed=True)

    def without(self, disliked: ScoreArray) -> Tally:
        """The same with a share taken off for what somebody would like who liked what is disliked.

        Args:
            disliked: that somebody's scores, shape (num_items,), NaN where nobody can tell.
        """
        part = -np.float32(STRENGTH) * disliked
        total = self.total + np.nan_to_num(part)
        parts = np.vstack([self.parts, part[None]])
        return replace(self, names=(*self.names, DISLIKES), parts=parts, total=total)

    def of(self, item: int) -> dict[str, float]:
        """The parts of one item (row), by name."""
        return {name: float(part) for name, part in zip(self.names, self.parts[:, item], strict=True)}
