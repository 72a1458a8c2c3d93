"""What an explanation holds: an item's score taken apart, and paths that were put to the test."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.query import Query
    from hybrid.ranking import Recommendation
    from kg.paths import ReasoningPath

Verdict = Literal["because", "related", "untested"]


@dataclass(frozen=True, slots=True)
class LikeShare:
    """What one liked item gave to the score of the recommended one.

    Attributes:
        item: id of the liked item.
        label: its name for people.
        parts: what it gave through each scorer; the scorers that are no sum over likes have what the score
            falls by without it.
    """

    item: str
    label: str
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        """What it gave through all scorers."""
        return math.fsum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Reason:
    """A path, what it gave to the score, and how it stood its test.

    Attributes:
        path: the path.
        share: what its links give to the score while the like it starts from stays: the exact share of the
            path in the linear propagation, and what the graph network's part falls by without them.
        drop: what the score falls by without its links and the like it starts from; NaN where not tested.
        control: what it falls by, in the median, without random links of the same kinds and another like
            instead; NaN where not tested.
        verdict: "because" where both its links and the whole of it carry the score, more than the random
            ones do; else "related"; "untested" where nobody looked.
    """

    path: ReasoningPath
    share: float
    drop: float = math.nan
    control: float = math.nan
    verdict: Verdict = "untested"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the item's text, and the passage of what the person likes or wishes that is nearest.

    Attributes:
        text: a passage of the recommended item's text.
        near: the nearest passage of a liked item's text, or the words of the wish.
        label: the name of that liked item; "" for the wish.
        likeness: cosine of their vectors, -1 to 1.
    """

    text: str
    near: str
    label: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Origin:
    """What an answer came from, so that it can be asked for again.

    Attributes:
        whyrec: version of the program.
        model: name of the model's version in the workspace, "" for one in memory.
        model_sum: SHA-256 of the model's manifest, "" for one in memory.
        graph: SHA-256 of the graph that served.
        seed: of everything random.
    """

    whyrec: str
    model: str
    model_sum: str
    graph: str
    seed: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item has the score it has, for somebody.

    The parts of the scorers add up to the score. The part of each scorer is the sum of what the likes gave
    through it and of its `rest`.

    Attributes:
        recommendation: the item as it would be recommended, with the parts of its score.
        query: what was asked.
        likes: what each like gave, the most first.
        rest: of each scorer's part what is no like's share: what an item without any would have, what is
            known of the person or wished, and what the calibration bent.
        reasons: the paths, those that gave most first.
        passages: where the item's text is near to what is liked or wished, nearest first.
        origin: what the answer came from; None where nobody asked.
    """

    recommendation: Recommendation
    query: Query
    likes: tuple[LikeShare, ...] = ()
    rest: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    reasons: tuple[Reason, ...] = ()
    passages: tuple[Passage, ...] = ()
    origin: Origin | None = None

    @property
    def item(self) -> str:
        """Id of the item."""
        return self.recommendation.item

    @property
    def label(self) -> str:
        """Name of the item for people."""
        return self.recommendation.label

    @property
    def score(self) -> float:
        """Its score."""
        return self.recommendation.score

    @property
    def parts(self) -> Mapping[str, float]:
        """What each scorer gave, NaN for one that abstained."""
        return self.recommendation.parts

    @property
    def strongest_parts(self) -> list[tuple[str, float]]:
        """What each scorer gave, the most first and those that abstained last."""
        return sorted(self.parts.items(), key=lambda part: math.inf if math.isnan(part[1]) else -part[1])

    @property
    def paths(self) -> tuple[ReasoningPath, ...]:
        """The paths, those that gave most first."""
        return tuple(reason.path for reason in self.reasons)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the query could not be used, and why the item would not be recommended, if so."""
        return self.recommendation.notes

    @property
    def confidence(self) -> float:
        """How likely the item is to be among the next likes; NaN where that is not known."""
        return self.recommendation.confidence

    def _repr_html_(self) -> str:
        """The best reason, the paths and the parts of the score, for notebooks."""
        from hybrid.reasons.pictures.page import explanation_html  # noqa: PLC0415  (matplotlib takes a second)

        return explanation_html(self)._repr_html_()
