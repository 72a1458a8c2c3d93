"""What an item's text says, compared with the texts of liked items and with what is asked for in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, State
from hybrid.scorers.recency import faded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from hybrid.text.table import Encoder
    from kg.graph import BoolArray, IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Text(Scorer):
    """Cosine of an item's text vector and the person's: the mean of the liked items' and the query's text.

    It needs no interactions at all, so it can score items that nobody has liked yet. The encoder comes from
    `Resources.text`; a scorer restored without one still reads histories, and abstains on words.

    Args:
        half_life: how many newer likes halve the weight of a like in the mean; None weighs all alike.
        centred: whether the mean of all items' vectors is taken off first. What all texts of a catalog have
            in common then no longer drowns what sets them apart (Mu and Viswanath, "All-but-the-Top", 2018).
        query_share: weight of the words beside the likes: 0 ignores the words, 1 ignores the likes.
    """

    name: ClassVar[str] = "text"
    reason: ClassVar[str] = "its description fits"
    kind: ClassVar[str] = "text"
    reads_text: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "half_life": (None, 5.0, 20.0),
        "centred": (False, True),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"vectors": (0,), "present": (0,)}

    half_life: float | None = None
    centred: bool = False
    query_share: float = 0.5
    vectors: ScoreArray = field(init=False, repr=False, compare=False)
    present: BoolArray = field(init=False, repr=False, compare=False)
    centre: ScoreArray = field(init=False, repr=False, compare=False)
    encoder: Encoder | None = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Take the text vectors, shape (num_items, size); without text it abstains on everything."""
        table = resources.text
        if table is None:
            nothing = np.zeros((graph.num_items, 0), dtype=np.float32)
            nowhere = np.zeros(graph.num_items, dtype=np.bool_)
            return self._fitted(
                vectors=nothing, present=nowhere, centre=np.zeros(0, dtype=np.float32), encoder=None
            )
        centre = np.zeros(table.vectors.shape[1], dtype=np.float32)
        vectors = table.vectors
        if self.centred and table.present.any():
            centre = vectors[table.present].mean(axis=0)
            vectors = _without(centre, vectors, table.present)
        return self._fitted(vectors=vectors, present=table.present, centre=centre, encoder=table.encoder)

    def score(self, profiles: Profiles) -> ScoreArray:
        """Cosines in -1 .. 1; NaN without words and likes that have text, and for items without text."""
        scores: ScoreArray = self._wanted(profiles) @ self.vectors.T
        scores[:, ~self.present] = np.nan
        return scores

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`; their sum is brought to the length 1, and so is that with the words."""
        history = faded(person, len(self.present), self.half_life)
        summed, asked = history @ self.vectors, self._asked([person.wishes[0].text])
        liked = 1.0 - self.query_share
        lengths = np.linalg.norm(summed) * np.linalg.norm(liked * _unit(summed) + self.query_share * asked)
        worth = history.data * (liked / lengths if lengths > 0 else 0.0)
        return np.asarray(worth[:, None] * (self.vectors[person.items] @ self.vectors[items].T), np.float32)

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy with the vectors of new texts, of which the same is taken off as of known ones."""
        grown, table = super().grown(graph, resources), resources.text
        if table is not None and len(self.centre):
            new = slice(len(self.present), None)
            grown.present[new] = table.present[new]
            grown.vectors[new] = _without(self.centre, table.vectors[new], table.present[new])
        return grown

    def state(self) -> State:
        """The vectors, which items have one, and what was taken off them."""
        return {"vectors": self.vectors, "present": self.present, "centre": self.centre}

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """A fitted copy with these vectors and the encoder of `resources.text`, where there is one."""
        return self._fitted(**state, encoder=resources.text.encoder if resources.text else None)

    def _wanted(self, profiles: Profiles) -> ScoreArray:
        """Unit vectors of what each person wants, NaN where nothing says so, shape (n, size)."""
        liked = _unit(faded(profiles, len(self.present), self.half_life) @ self.vectors)
        asked = self._asked([wish.text for wish in profiles.wishes])
        # Where only one of the two is there, its length does not matter: the sum becomes a unit vector again.
        return _unit((1.0 - self.query_share) * liked + self.query_share * asked, empty=np.nan)

    def _asked(self, texts: Sequence[str]) -> ScoreArray:
        vectors = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        rows = [row for row, text in enumerate(texts) if text.strip()]
        if rows and self.encoder is not None:
            vectors[rows] = _unit(self.encoder.encode([texts[row] for row in rows]) - self.centre)
        return vectors


def _without(centre: ScoreArray, vectors: ScoreArray, present: BoolArray) -> ScoreArray:
    """Unit vectors with something taken off those that are there; the others are zeros."""
    return np.where(present[:, None], _unit(vectors - centre), np.float32(0))


def _unit(vectors: ScoreArray, empty: float = 0.0) -> ScoreArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: ScoreArray = np.divide(vectors, lengths, out=np.full_like(vectors, empty), where=lengths > 0)
    return units
