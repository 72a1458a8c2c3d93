"""Every like tests once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.errors import CatalogError
from kg.protocols.at_random import AtRandom
from kg.protocols.base import Protocol
from kg.protocols.places import drawn

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class KFold(Protocol):
    """The likes in k folds of one size, each of which tests once while the others are learned from.

    Each person's likes are spread over the folds as evenly as they go; somebody with one like has no history
    in the fold that tests it. `runs` gives the k protocols, whose tests partition the likes for one seed. A
    share of the likes that do not test tunes, drawn as `AtRandom` does. Ratings that are no likes are dealt
    in the same way.

    Attributes:
        folds: k, at least 2.
        fold: which fold tests, from 0; `runs` counts it up.
        valid: the share of each person's other likes that tunes.

    Raises:
        CatalogError: folds, fold or share are out of range.
    """

    name: ClassVar[str] = "k_fold"
    in_card: ClassVar[bool] = False

    folds: int = 5
    fold: int = 0
    valid: float = 0.1

    def __post_init__(self) -> None:
        if not (self.folds > 1 and 0 <= self.fold < self.folds and 0 <= self.valid < 1):
            raise CatalogError(
                f"fold {self.fold} of {self.folds} with a validation share of {self.valid:g}; "
                "at least 2 folds, counted from 0, and a share below 1 were expected"
            )

    def runs(self) -> tuple[Protocol, ...]:
        """One protocol a fold."""
        return tuple(replace(self, fold=fold) for fold in range(self.folds))

    def deal(self, likes: Interactions, seed: int) -> Parts:
        """See `Protocol.deal`."""
        key = drawn(len(likes), seed)
        places = np.empty(len(likes), dtype=np.int64)
        places[np.lexsort((key, likes.users))] = np.arange(len(likes))
        tested = places % self.folds == self.fold
        parts = np.full(len(likes), "test", dtype="<U5")
        parts[~tested] = AtRandom(test=0.0, valid=self.valid).deal(likes.take(~tested), seed)
        return parts
