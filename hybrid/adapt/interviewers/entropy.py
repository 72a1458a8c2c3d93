"""Ask about what many people know and few agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.adapt.interviewers.base import Interviewer, entropy

if TYPE_CHECKING:
    from hybrid.adapt.interviewers.base import Crowd, Worth


@dataclass(frozen=True)
class Entropy(Interviewer):
    r"""Popularity times entropy (Rashid et al., "Getting to Know You", IUI 2002), whatever was answered.

    .. math:: \log n_i \; H(l_i / n_i, \; 1 - l_i / n_i)

    Of the n people who know item i, l like it. Where nobody rated anything, n is everybody: who did not say
    that they like an item counts as one who does not.
    """

    name: ClassVar[str] = "entropy"

    def prepared(self, crowd: Crowd, seed: int) -> Worth:  # noqa: ARG002
        """See `Interviewer.prepared`."""
        rated = crowd.disliked.any()
        known = crowd.liked + crowd.disliked if rated else np.full(crowd.num_items, float(crowd.size))
        share = crowd.liked / np.maximum(known, 1)
        worth = np.log(np.maximum(known, 1)) * entropy(share, 1 - share)
        return lambda _answers: worth
