"""UserKNN: people who like the same items are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, binary, likes, seen_items
from hybrid.scorers.neighbours import nearest_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, KnowledgeGraph


@dataclass(frozen=True)
class UserKnn(Scorer):
    """Cosine of people's binarised histories with shrinkage, over the nearest people of each person.

    sim(u, v) = |both| / (sqrt(|u| |v|) + shrinkage), after Herlocker et al. (SIGIR 1999); an item's score is
    the sum over those of the person's `neighbours` nearest people who like it. Neighbours are looked for when
    somebody asks, by the history of that moment, so that somebody new has them too. A known person is among
    their own neighbours, which adds to what they like already and to nothing else.

    Args:
        neighbours: how many nearest people a person is scored from, at least 1.
        shrinkage: in items; pulls similarities that rest on few of them towards 0, at least 0.
    """

    name: ClassVar[str] = "userknn"
    reason: ClassVar[str] = "the people most like you like it"
    kind: ClassVar[str] = "neighbours"
    baseline: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "neighbours": (25, 50, 100, 200, 400),
        "shrinkage": (0.0, 10.0),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"people": (1,), "known": (0,)}

    neighbours: int = 100
    shrinkage: float = 10.0
    people: sparse.csr_array = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Keep everybody's likes, shape (num_users, num_items)."""
        return self._fitted(people=likes(graph), known=seen_items(graph))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed similarities of the neighbours; NaN without known likes and for items never seen."""
        history = binary(profiles.matrix(len(self.known)))
        near = nearest_rows(history, self.people, self.neighbours, self.shrinkage)
        return abstain((near @ self.people).toarray(), profiles, self.known)
