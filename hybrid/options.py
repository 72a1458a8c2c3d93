"""How a recommender is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybrid import scorers
from hybrid.boosting import lightgbm
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.scorers.base import Scorer
    from hybrid.text.options import AdaptOptions

RANKERS = (WEIGHTED, BOOSTED) = ("weighted", "boosted")


@dataclass(frozen=True)
class Options:
    """How a recommender is made.

    Attributes:
        members: the scorers to combine, by name; all that are not mere baselines where empty.
        overrides: options of scorers that differ from their defaults: {"graph": {"epochs": 5}}. They stand:
            tuning varies only the others.
        text_model: folder or hub name of the text encoder; the packaged all-MiniLM-L6-v2 where empty.
        validation_share: of each person's interactions, set aside for tuning where the data says nothing.
        seed: for everything random.
        device: "cpu", "cuda", or "auto" for CUDA where there is one.
        adapt: how to adapt the text encoder to who liked what; None leaves it as it is.
        image_model: folder or hub name of the vision model for picture files; vectors need none.
        ranker: "weighted", a sum of scores with weights that shift with the situation; or "boosted", with
            trees on top where they help.
        cold_share: what share of the first 20 places new items, which nobody has liked, should take on
            average where a fifth of the items is new; as much as costs 2 % of the recall of known ones where
            None. See `hybrid.newcomers`.
        start_from: folder of a workspace of another catalog, whose model places the items before anybody has
            liked one, and reads the texts; "" for none. See docs/transfer.md.
    """

    members: tuple[str, ...] = ()
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    text_model: str = ""
    validation_share: float = 0.1
    seed: int = 0
    device: str = "auto"
    adapt: AdaptOptions | None = None
    image_model: str = ""
    ranker: str = WEIGHTED
    cold_share: float | None = None
    start_from: str = ""

    @property
    def started(self) -> bool:
        """Whether another catalog's model tells enough to begin without likes."""
        return bool(self.start_from) and any(scorer.started for scorer in self.scorers())

    def scorers(self) -> list[Scorer]:
        """The unfitted members.

        Raises:
            QueryError: a member or the ranker is unknown, a library is missing for it, the share of new
                items is none, or texts shall be read by another encoder than the other catalog's.
        """
        if self.start_from and (self.text_model or self.adapt is not None):
            raise QueryError(
                "a model that starts from another catalog's reads texts with that one's encoder: expected no "
                "text model and no adaptation beside it"
            )
        if self.cold_share is not None and not 0 <= self.cold_share <= 1:
            raise QueryError(f"cold_share is {self.cold_share}; a share, 0 to 1, was expected")
        if self.ranker not in RANKERS:
            raise QueryError(f"there is no ranker {self.ranker!r}; known are {', '.join(RANKERS)}")
        if self.ranker == BOOSTED:
            lightgbm()  # to fail at once where it is missing
        known = scorers.find()
        names = self.members or tuple(
            name
            for name, scorer in known.items()
            if not (scorer.baseline and scorer.usual) and (self.start_from or not scorer.started)
        )
        unknown = [name for name in names if name not in known]
        if unknown:
            raise QueryError(f"there is no scorer {unknown[0]!r}; known are {', '.join(known)}")
        return [known[name](**self.overrides.get(name, {})) for name in names]
