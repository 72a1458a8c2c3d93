"""What another catalog's model says of a catalog's items before anybody has liked one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

from hybrid.adapt.shared import View

if TYPE_CHECKING:
    from hybrid.adapt.shared import Described
    from hybrid.scorers.base import ScoreArray, State
    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """How to place a catalog's items; `hybrid.adapt.transfer` makes it.

    The d numbers of an item are its factors, as in `Als`, and last the logarithm of how often it is liked, up
    to a constant: texts @ by_text + links @ by_link + mean. An item that the other catalog has, too, is drawn
    to what likes say of it there.

    Attributes:
        view: what is understood of the catalog.
        by_text: shape (text size, d).
        by_link: shape (number of shared names, d).
        mean: shape (d,).
        shared: rows of the items that are in both catalogs, shape (m,).
        theirs: their numbers in the other catalog, shape (m, d).
        sureness: how sure those are, 0 to 1, shape (m,).
        alpha: how much more a like counts than its absence, see `Als`.
        popularity_share: the weight of popularity beside taste that suited people of the other catalog.
    """

    view: View
    by_text: FloatArray
    by_link: FloatArray
    mean: FloatArray
    shared: IntArray
    theirs: FloatArray
    sureness: FloatArray
    alpha: float
    popularity_share: float

    def place(self, graph: KnowledgeGraph, texts: TextTable | None) -> tuple[ScoreArray, BoolArray]:
        """The numbers of all items, shape (num_items, d), and of which of them anything is known.

        Args:
            graph: the catalog's graph; it may have got other facts or further items.
            texts: the vectors of its items' texts, by the encoder of the other catalog's model.
        """
        described = self.view.describe(graph, texts)
        numbers = described.texts @ self.by_text + described.links @ self.by_link + self.mean
        numbers[self.shared] += self.sureness[:, None] * (self.theirs - numbers[self.shared])
        known = self._told(described)
        known[self.shared] = True
        return np.asarray(numbers, dtype=np.float32), known

    def state(self) -> State:
        """Arrays, enough for `of`."""
        parts = {f"start.{name}": np.asarray(value) for name, value in _parts(self) if name != "view"}
        return parts | {f"start.view.{name}": np.asarray(value) for name, value in _parts(self.view)}

    @classmethod
    def of(cls, state: State) -> Self:
        """The one that had this state."""
        view = View(**{name.name: state[f"start.view.{name.name}"] for name in fields(View)})
        rest = {name.name: state[f"start.{name.name}"] for name in fields(cls) if name.name != "view"}
        numbers = {name: float(rest.pop(name)) for name in ("alpha", "popularity_share")}
        return cls(view, **rest, **numbers)  # type: ignore[arg-type]

    def _told(self, described: Described) -> BoolArray:
        """Of which items something is said that matters, shape (num_items,)."""
        by_text = described.texts.any(axis=1) & bool(self.by_text.any())
        return by_text | (described.links.count_nonzero(axis=1) > 0) & bool(self.by_link.any())


def _parts(value: Start | View) -> list[tuple[str, object]]:
    return [(part.name, getattr(value, part.name)) for part in fields(value)]
