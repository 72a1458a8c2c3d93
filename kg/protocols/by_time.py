"""Each person's last likes test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.protocols.base import Shares
from kg.protocols.places import last_shares, latest

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class ByTime(Shares):
    """Each person's last share of likes tests and the share before it tunes, at least one like each.

    People with fewer than three likes keep them all for training. A rating that is no like is in the part of
    the person's latest like at or before its time; it is for training where there is none.

    What one person liked last may lie before what another liked first: a model learns from other people's
    future, as it does in most of the literature. `GlobalTime` does not allow that.
    """

    name: ClassVar[str] = "time"

    def deal(self, likes: Interactions, seed: int) -> Parts:  # noqa: ARG002
        """See `Protocol.deal`.

        Raises:
            CatalogError: some like has no time.
        """
        if len(likes) and not likes.timed:
            raise CatalogError("a split by time, but some interactions have no time")
        return last_shares(likes.users, likes.times, self.test, self.valid)

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:  # noqa: ARG002
        """See `Protocol.deal_rest`."""
        return latest(rest, likes, parts)
