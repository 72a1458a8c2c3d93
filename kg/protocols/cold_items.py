"""Items that nobody has liked yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.protocols.base import Shares
from kg.protocols.places import drawn_groups

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class ColdItems(Shares):
    """All likes of a share of the items test, and those of another share tune; the shares are of the items.

    A test item has no like to learn from, but its facts, text and images stay. An item of the validation
    share has none either while models are tuned, so that they are tuned for what is tested; whoever fits
    again to training and validation likes knows it then. Ratings of an item go with its likes. People whose
    likes are all of cold items have no history left.
    """

    name: ClassVar[str] = "cold_items"

    def deal(self, likes: Interactions, seed: int) -> Parts:
        """See `Protocol.deal`.

        Raises:
            CatalogError: too few items have likes.
        """
        return drawn_groups(likes.items, np.unique(likes.items), self.test, self.valid, seed)

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:  # noqa: ARG002
        """The part of the rated item; one that nobody likes is for training."""
        size = 1 + max(likes.items.max(initial=0), rest.items.max(initial=0))
        by_item = np.full(size, "train", dtype="<U5")
        by_item[likes.items] = parts
        return by_item[rest.items]
