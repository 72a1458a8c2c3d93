"""Ask about anything, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hybrid.adapt.interviewers.base import Interviewer

if TYPE_CHECKING:
    from hybrid.adapt.interviewers.base import Crowd, Worth


@dataclass(frozen=True)
class AtRandom(Interviewer):
    """Every item has the same chance to be asked, whatever was answered."""

    name: ClassVar[str] = "random"

    def prepared(self, crowd: Crowd, seed: int) -> Worth:
        """See `Interviewer.prepared`."""
        rng = np.random.default_rng(seed)
        return lambda _answers: rng.random(crowd.num_items)
