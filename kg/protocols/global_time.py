"""One point in time parts what is known from what is to come, for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.errors import CatalogError
from kg.protocols.base import Shares
from kg.protocols.places import counts

if TYPE_CHECKING:
    from kg.graph import FloatArray, Interactions
    from kg.protocols.places import Parts


@dataclass(frozen=True)
class GlobalTime(Shares):
    """All likes from one time on test, and those of a stretch before it tune, whoever's they are.

    The cuts lie where the last share of all likes begins, at least one, and the share before it; likes at the
    time of a cut fall behind it together. Nothing that is learned from happened after what is tested (Ji et
    al., A Critical Study on Data Leakage in Recommender System Offline Evaluation, TOIS 2023).

    People and items that are first seen after the cut stay in the graph and in the test: they are cold, with
    their facts and texts and without a like to learn from. People whose likes all lie before it are not
    tested.
    """

    name: ClassVar[str] = "global_time"

    def deal(self, likes: Interactions, seed: int) -> Parts:  # noqa: ARG002
        """See `Protocol.deal`.

        Raises:
            CatalogError: some like has no time, or all likes would fall behind the cuts.
        """
        if len(likes) and not likes.timed:
            raise CatalogError("a split by one time for everybody, but some interactions have no time")
        parts = _behind(likes.times, *self._cuts(likes.times))
        if len(likes) and not (parts == "train").any():
            raise CatalogError("a split by one time for everybody, but no like lies before it to learn from")
        return parts

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:  # noqa: ARG002
        """By the same cuts; a rating without a time is for training."""
        valid, test = (likes.times[parts == part].min(initial=np.inf) for part in ("valid", "test"))
        return _behind(rest.times, min(valid, test), test)

    def _cuts(self, times: FloatArray) -> tuple[float, float]:
        """When validation and when testing begins."""
        ordered = np.append(np.sort(times), np.inf)
        tests, valids = counts(len(times), self.test, self.valid)
        valid, test = (max(0, len(times) - later) for later in (tests + valids, tests))
        return float(ordered[valid]), float(ordered[test])


def _behind(times: FloatArray, valid: float, test: float) -> Parts:
    parts = np.full(len(times), "train", dtype="<U5")
    parts[times >= valid] = "valid"
    parts[times >= test] = "test"
    return parts
