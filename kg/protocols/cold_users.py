"""People of whom nothing was learned, who show a few likes when they ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.errors import CatalogError
from kg.protocols.base import Shares
from kg.protocols.places import SHOWN, drawn, drawn_groups, places_from_end

if TYPE_CHECKING:
    from kg.graph import Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class ColdUsers(Shares):
    """A share of the people loses all likes: the first few are shown in queries, all others test.

    The people are drawn from those with more than `given` likes, and so are the shares counted. The first
    likes are those by time, or drawn where there are no times. They are in `Dealt.shown`: nothing learns from
    them, and they are the history that a query for the person has. (Breese et al., Empirical Analysis of
    Predictive Algorithms for Collaborative Filtering, UAI 1998, call it "given k".)

    Of the people who are drawn for tuning, the first `given` likes are for training and all others tune, so
    that models are tuned for histories as short as those that are tested. Ratings that are no likes go with
    the person; those of test people test.

    Attributes:
        given: likes that each test person shows, 0 or more.
    """

    name: ClassVar[str] = "cold_users"
    in_card: ClassVar[bool] = False

    given: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.given < 0:
            raise CatalogError(f"{self.given} likes to show of a cold user; 0 or more were expected")

    def deal(self, likes: Interactions, seed: int) -> Parts:
        """See `Protocol.deal`.

        Raises:
            CatalogError: too few people have more than `given` likes.
        """
        back, sizes = places_from_end(likes.users, likes.times if likes.timed else drawn(len(likes), seed))
        known = np.unique(likes.users[sizes > self.given])
        parts = drawn_groups(likes.users, known, self.test, self.valid, seed)
        first = sizes - 1 - back < self.given
        parts[first & (parts == "test")] = SHOWN
        parts[first & (parts == "valid")] = "train"
        return parts

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:  # noqa: ARG002
        """The part of the person: test, validation, or training for everybody else."""
        tested, tuned = (np.isin(rest.users, likes.users[parts == part]) for part in ("test", "valid"))
        dealt = np.full(len(rest), "train", dtype="<U5")
        dealt[tuned] = "valid"
        dealt[tested] = "test"
        return dealt
