"""Neighbours of both kinds: items like yours, and items of people like you."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from hybrid.scorers.base import Resources, ScoreArray, Scorer, State
from hybrid.scorers.itemknn import ItemKnn
from hybrid.scorers.userknn import UserKnn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import KnowledgeGraph

_ITEMS, _PEOPLE = "by_item.", "by_person."


@dataclass(frozen=True)
class MixedKnn(Scorer):
    """A weighted sum of `ItemKnn` and `UserKnn`, after Wang, de Vries and Reinders (SIGIR 2006).

    Each of the two is divided by the sum of its scores for the person first, for their scales differ.

    Args:
        weight: of the item-based part, from 0 to 1; the user-based part has the rest.
        item_neighbours: see `ItemKnn`.
        user_neighbours: see `UserKnn`.
        shrinkage: of both, at least 0.
    """

    name: ClassVar[str] = "mixedknn"
    reason: ClassVar[str] = "people like you like it, and it is close to what you like"
    kind: ClassVar[str] = "neighbours"
    baseline: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "item_neighbours": (100, 500, 3000),
        "user_neighbours": (50, 100, 400),
        "weight": (0.1, 0.3, 0.5, 0.7, 0.9),
    }

    weight: float = 0.5
    item_neighbours: int = 500
    user_neighbours: int = 100
    shrinkage: float = 10.0
    by_item: ItemKnn = field(init=False, repr=False, compare=False)
    by_person: UserKnn = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """Fit both parts.

        Raises:
            ValueError: an option is out of its range.
        """
        if not 0 <= self.weight <= 1:
            raise ValueError(f"the weight of the items' part lies between 0 and 1, not at {self.weight}")
        items, people = self._parts()
        return self._fitted(by_item=items.fit(graph, resources), by_person=people.fit(graph, resources))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The weighted sum; NaN where the parts cannot tell."""
        items = _shares(self.by_item.score(profiles))
        people = _shares(self.by_person.score(profiles))
        return self.weight * items + (1 - self.weight) * people

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy of parts that are grown."""
        items, people = (part.grown(graph, resources) for part in (self.by_item, self.by_person))
        return self._fitted(by_item=items, by_person=people)

    def state(self) -> State:
        """Both parts' learned arrays."""
        by_item, by_person = self.by_item.state(), self.by_person.state()
        return {_ITEMS + name: value for name, value in by_item.items()} | {
            _PEOPLE + name: value for name, value in by_person.items()
        }

    def restored(self, state: State, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy of parts with these arrays."""
        items, people = self._parts()
        return self._fitted(
            by_item=items.restored(_under(state, _ITEMS), graph, resources),
            by_person=people.restored(_under(state, _PEOPLE), graph, resources),
        )

    def _parts(self) -> tuple[ItemKnn, UserKnn]:
        return (
            ItemKnn(self.item_neighbours, self.shrinkage),
            UserKnn(self.user_neighbours, self.shrinkage),
        )


def _shares(scores: ScoreArray) -> ScoreArray:
    """Scores divided by their sum in each row, in place; a row of zeros stays one, NaN stays NaN."""
    total = np.nansum(scores, axis=1, keepdims=True)
    scores /= np.where(total > 0, total, np.float32(1))
    return scores


def _under(state: State, prefix: str) -> State:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
