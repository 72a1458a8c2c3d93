"""What people of the same age, occupation or the like are fond of, beside what everybody is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import sparse

from hybrid.scorers.base import Resources, ScoreArray, Scorer, binary, likes, padded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Crowd(Scorer):
    r"""Popularity, shifted by what is known of a person: c_i people like item i, c_ia of those who share a.

    .. math:: score_i = \log(1 + c_i) + \sum_a \log \frac{c_{ia} + s}{e_{ia} + s} \qquad
        e_{ia} = c_i \frac{\sum_j c_{ja}}{\sum_j c_j}

    e is what c_ia would be if those who share a liked what everybody does. The quotient is the mean of the
    ratio of the two after a gamma prior of mean 1 worth s likes (Clayton and Kaldor, "Empirical Bayes
    Estimates of Age-standardized Relative Risks", Biometrics 1987); the sum takes what is known of a person
    as independent given the item. With nothing known it is popularity itself. Likes are not looked at.

    Known are a known user's links to entities in the graph, and `Wish.facts`.

    Args:
        prior: s; the higher, the more people are taken for everybody.
    """

    name: ClassVar[str] = "crowd"
    reason: ClassVar[str] = "people like you like it"
    kind: ClassVar[str] = "popularity"
    reads_facts: ClassVar[bool] = True
    reads_people: ClassVar[bool] = True
    usual: ClassVar[bool] = False
    asked: ClassVar[float] = 0.0
    answers_all: ClassVar[bool] = True
    inductive: ClassVar[bool] = False
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {"prior": (3.0, 10.0, 30.0, 100.0, 300.0)}
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"popularity": (0,), "counts": (1,)}

    prior: float = 30.0
    popularity: ScoreArray = field(init=False, repr=False, compare=False)
    known: sparse.csr_array = field(init=False, repr=False, compare=False)
    counts: sparse.csr_array = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Count likes, of everybody and of those linked to each entity."""
        liked = likes(graph)
        users, _, others = graph.facts_of("user")
        entities = others - graph.first("entity")
        known = _links(users[entities >= 0], entities[entities >= 0], (graph.num_users, len(graph.entities)))
        counts = np.bincount(liked.indices, minlength=graph.num_items).astype(np.float32)
        return self._fitted(popularity=counts, known=known, counts=sparse.csr_array(known.T @ liked))

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy in which nobody likes the new items yet, nor is linked to the new entities."""
        grown, entities = super().grown(graph, resources), len(graph.entities)
        return grown._changed(
            known=padded(grown.known, (1,), entities), counts=padded(grown.counts, (0,), entities)
        )

    def score(self, profiles: Profiles) -> ScoreArray:
        """Logarithms, shape (len(profiles), num_items); never NaN."""
        known = self._known(profiles)
        there = np.flatnonzero(np.bincount(known.indices, minlength=known.shape[1]))
        shifts = known[:, there].toarray() @ self._shifts(there)
        return np.asarray(np.log1p(self.popularity) + shifts, dtype=np.float32)

    def _known(self, profiles: Profiles) -> sparse.csr_array:
        """Ones for the entities that each person is linked to, shape (len(profiles), number of entities)."""
        theirs = self.known[np.maximum(profiles.users, 0)].tocoo()
        ours = profiles.users[theirs.row] >= 0
        told = [(row, fact) for row, wish in enumerate(profiles.wishes) for fact in wish.facts]
        rows, facts = np.array(told, dtype=np.int64).reshape(-1, 2).T
        return _links(
            np.concatenate([theirs.row[ours], rows]),
            np.concatenate([theirs.col[ours], facts]),
            (len(profiles), self.known.shape[1]),
        )

    def _shifts(self, entities: IntArray) -> ScoreArray:
        """What each of some entities adds for each item, shape (len(entities), num_items)."""
        counts = self.counts[entities].toarray()
        shares = counts.sum(axis=1, keepdims=True) / max(self.popularity.sum(), 1)
        shifts: ScoreArray = np.log((counts + self.prior) / (shares * self.popularity + self.prior))
        return shifts


def _links(people: IntArray, entities: IntArray, shape: tuple[int, int]) -> sparse.csr_array:
    return binary(sparse.csr_array((np.ones(len(people), np.float32), (people, entities)), shape=shape))
