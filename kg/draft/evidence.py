"""Points for and against a guess, with the reasons; together they say how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


def percent(share: float) -> str:
    """A share in words: 1 is "100%", a little less never is.

    >>> percent(1.0), percent(0.9994), percent(0.5), percent(0.0004)
    ('100%', '99.9%', '50%', '0.04%')
    """
    if share in {0, 1} or 0.01 <= share <= 0.99:  # noqa: PLR2004
        return f"{share:.0%}"
    return f"{math.floor(share * 1e3) / 10:g}%" if share > 0.5 else f"{share * 100:.1g}%"  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a guess: natural log-odds, added up, and in words what was seen."""

    points: float = 0.0
    reasons: tuple[str, ...] = field(default=())

    @classmethod
    def at(cls, sure: float, *reasons: str) -> Evidence:
        """Evidence that makes one so sure."""
        return cls(math.log(sure / (1 - sure)), reasons)

    def plus(self, points: float, reason: str = "") -> Evidence:
        """The same with something more."""
        return Evidence(self.points + points, (*self.reasons, reason) if reason else self.reasons)

    @property
    def sure(self) -> float:
        """How sure the guess is, from 0.01 to 0.99."""
        return round(min(max(1 / (1 + math.exp(-max(min(self.points, 50), -50))), 0.01), 0.99), 2)

    @property
    def why(self) -> str:
        """The reasons as one phrase."""
        return "; ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice that the draft made.

    Attributes:
        field: the card's field, such as "nodes[0].label".
        choice: what was chosen.
        sure: how sure that is, from 0 to 1.
        why: what was seen in the data.
    """

    field: str
    choice: str
    sure: float
    why: str

    @property
    def word(self) -> str:
        """In one word: "sure" from 95 %, "likely" from 80 %, else "unsure"."""
        return "sure" if self.sure >= 0.95 else "likely" if self.sure >= 0.8 else "unsure"  # noqa: PLR2004

    def __str__(self) -> str:
        return f"({self.word}, {self.sure:.0%}) {self.why}"
