"""One like of each person tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kg.protocols.base import Protocol
from kg.protocols.places import SMALLEST_HISTORY, drawn, latest, of_places, places_from_end

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class LeaveOneOut(Protocol):
    """Each person's latest like tests and the one before it tunes; random ones where likes have no times.

    People with fewer than three likes keep them all for training. Ratings that are no likes go by time as in
    `ByTime`; without times, one of each person's tests and one tunes. (He et al., Neural Collaborative
    Filtering, WWW 2017, who rank the one item among a hundred drawn ones; here all items are ranked.)
    """

    name: ClassVar[str] = "leave_one_out"

    def deal(self, likes: Interactions, seed: int) -> Parts:
        """See `Protocol.deal`."""
        key = likes.times if likes.timed else drawn(len(likes), seed)
        back, sizes = places_from_end(likes.users, key)
        few = sizes < SMALLEST_HISTORY
        back[few] = sizes[few] + 1  # behind the two places that are taken
        return of_places(back, 1, 2)

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:
        """See `Protocol.deal_rest`."""
        return latest(rest, likes, parts) if likes.timed else self.deal(rest, seed)
