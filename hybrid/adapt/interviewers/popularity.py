"""Ask about what most people know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hybrid.adapt.interviewers.base import Interviewer

if TYPE_CHECKING:
    from hybrid.adapt.interviewers.base import Crowd, Worth


@dataclass(frozen=True)
class Popularity(Interviewer):
    """The number of people who could answer, whatever was answered so far."""

    name: ClassVar[str] = "popularity"

    def prepared(self, crowd: Crowd, seed: int) -> Worth:  # noqa: ARG002
        """See `Interviewer.prepared`."""
        known = crowd.liked + crowd.disliked
        return lambda _answers: known
