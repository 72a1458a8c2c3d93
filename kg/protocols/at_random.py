"""A random share of each person's likes tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kg.protocols.base import Shares
from kg.protocols.places import drawn, last_shares

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class AtRandom(Shares):
    """A share of each person's likes is drawn to test and another to tune, at least one like each.

    People with fewer than three likes keep them all for training. Ratings that are no likes are drawn in the
    same way. Where there are times, this lets a model learn from a person's own future.
    """

    name: ClassVar[str] = "random"

    def deal(self, likes: Interactions, seed: int) -> Parts:
        """See `Protocol.deal`."""
        return last_shares(likes.users, drawn(len(likes), seed), self.test, self.valid)
