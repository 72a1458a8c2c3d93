"""Linear propagation: low-order graph filters over people, items and entities, without training."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy import sparse

from hybrid.scorers.base import Resources, ScoreArray, Scorer, abstain, likes, seen_items
from hybrid.scorers.bridges import Bridge, item_facts, lost_facts, power, scaled
from hybrid.scorers.neighbours import nearest, neighbour_shares
from hybrid.scorers.recency import faded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.profiles import Profiles
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

TERMS = ("people", "facts", "items")


@dataclass(frozen=True, slots=True)
class PathShares:
    """What each path from a liked item to a scored one gives to the score; n paths.

    Attributes:
        likes: row of the liked item, shape (n,).
        terms: index into `TERMS`: the kind of node in the middle, shape (n,).
        nodes: the graph's number of the node in the middle, shape (n,).
        values: the shares, shape (n,).
    """

    likes: IntArray
    terms: IntArray
    nodes: IntArray
    values: FloatArray


@dataclass(frozen=True)
class Filters(Scorer):
    r"""Score = history @ W with W a sum of graph filters, whose every entry is a sum over paths.

    .. math:: W = P + \lambda F + \mu P P, \qquad
        P \sim D_I^{-a} X^T D_U^{-b} X D_I^{-c}, \qquad F \sim \hat{E} D_E^{-d} \hat{E}^T

    X is who liked what, binarised, D its degrees. P walks from a liked item over a person to an item: with
    a = c = 1/2 and b = 1 it is the linear filter of GF-CF (Shen et al., CIKM 2021), with other exponents
    LinkProp (Fu et al., WSDM 2022) and close to RP3beta. F walks over an entity, or another node that both
    items have the same relation to; each relation of an item weighs the same, a like that nobody has yet is
    reached so. P P walks over a further item; with a negative weight it takes back what is popular with
    everybody, as the polynomials of Turbo-CF do (Park et al., SIGIR 2024). Each of the three has no diagonal
    and is scaled to entries that sum to the number of items before it is weighed. Facts about people are not
    used, for somebody new has none.

    Args:
        start: exponent a of the liked item's number of likes.
        middle: exponent b of the number of likes of the person between.
        end: exponent c of the scored item's number of likes.
        rarity: exponent d of the number of items that have the fact.
        fact_weight: the weight of F, at least 0.
        item_weight: the weight of P P; may be negative.
        half_life: how many newer likes halve what a like gives, above 0; None: all give the same. Without
            effect over a graph whose interactions have no times.
        neighbours: how many liked items an item is scored from at most, at least 1.
        near: how many items an item is a step away from in P P at most, at least 1.
    """

    name: ClassVar[str] = "filters"
    reason: ClassVar[str] = "it is only a few steps away from what you like, over people and facts"
    kind: ClassVar[str] = "neighbours"
    reads_facts: ClassVar[bool] = True
    scores_new: ClassVar[bool] = True
    grid: ClassVar[Mapping[str, Sequence[Any]]] = {
        "middle": (0.5, 0.75),
        "start": (0.4, 0.5, 0.6),
        "end": (0.4, 0.5, 0.6),
        "half_life": (None, 5.0, 10.0),
        "rarity": (0.5, 1.0),
        "fact_weight": (0.03, 0.1, 0.3),
        "near": (100, 300),
        "item_weight": (-0.3, -0.1, 0.0),
    }
    item_axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"liked_by": (0,), "steps": (0, 1), "known": (0,)}

    start: float = 0.5
    middle: float = 0.5
    end: float = 0.5
    rarity: float = 1.0
    fact_weight: float = 0.1
    item_weight: float = -0.1
    half_life: float | None = None
    neighbours: int = 1000
    near: int = 300
    weights: sparse.csr_array = field(init=False, repr=False, compare=False)
    known: BoolArray = field(init=False, repr=False, compare=False)
    timed: BoolArray = field(init=False, repr=False, compare=False)
    liked_by: sparse.csr_array = field(init=False, repr=False, compare=False)
    facts: sparse.csr_array = field(init=False, repr=False, compare=False)
    fact_nodes: IntArray = field(init=False, repr=False, compare=False)
    steps: sparse.csr_array = field(init=False, repr=False, compare=False)
    learned: IntArray = field(init=False, repr=False, compare=False)

    def fit(self, graph: KnowledgeGraph, resources: Resources) -> Self:  # noqa: ARG002
        """Multiply the filters out, keeping the `neighbours` largest positive weights of each scored item."""
        liked_by = likes(graph).T.tocsr()
        facts, fact_nodes = item_facts(graph)
        size = graph.num_items
        people = self._over_people(liked_by, size)
        steps = nearest(people.to, size, self.near).T.tocsr()
        bridges = (people, self._over_facts(facts, size), self._over_items(steps, size))
        told = facts[:, np.bincount(facts.indices, minlength=facts.shape[1]) > 1]
        return self._fitted(
            weights=nearest(
                lambda targets: sum((bridge.to(targets) for bridge in bridges[1:]), people.to(targets)),
                size,
                self.neighbours,
            ).T.tocsr(),
            known=seen_items(graph) | (np.diff(told.indptr) > 0) & (self.fact_weight > 0),
            timed=np.array(graph.interactions.timed),
            liked_by=liked_by,
            facts=facts,
            fact_nodes=fact_nodes,
            steps=steps,
            learned=np.array(size),
        )

    def grown(self, graph: KnowledgeGraph, resources: Resources) -> Self:
        """A fitted copy that reaches new items, and goes on from them, over the facts that known ones have.

        What a fact is worth, and the scale of F, stay as they were: a new fact changes nothing between known
        items. F is symmetric, so the weights to a new item are also those from it.
        """
        grown, old, size = super().grown(graph, resources), len(self.known), int(self.learned)
        facts, nodes = item_facts(graph)
        shared = np.bincount(facts[:size].indices, minlength=facts.shape[1]) > 0
        told = sparse.vstack([self.facts, facts[old:, shared]], format="csr")
        near = nearest(self._over_facts(told, size).to, graph.num_items, self.neighbours, first=old)
        to_old, to_new = near[:, :old], near[:, old:].T.tocsr()
        blocks = [[self.weights, to_old.T.tocsr()], [to_old, to_new]]
        grown.known[old:] = (np.diff(told.indptr)[old:] > 0) & (self.fact_weight > 0)
        return grown._changed(
            weights=sparse.csr_array(sparse.block_array(blocks, format="csr")),
            facts=sparse.csr_array(told),
            fact_nodes=nodes[shared],
        )

    def over(self, before: KnowledgeGraph, after: KnowledgeGraph, resources: Resources) -> Self:
        """See `Scorer.over`: facts that stay weigh what they did; how many items have each is counted anew.

        Where facts were only taken away, what the walks over them gave to the weights is taken off, and no
        other items become neighbours; else everything is computed again.
        """
        lost = lost_facts(before, after)
        if lost is None or self.facts.shape != lost.shape or before.interactions is not after.interactions:
            return self.fit(after, resources)
        rows, columns = np.repeat(np.arange(len(self.known)), np.diff(self.facts.indptr)), self.facts.indices
        gone = np.isin(rows * self.facts.shape[1] + columns, lost.rows * self.facts.shape[1] + lost.columns)
        facts = self.facts.copy()
        facts.data[gone] = 0.0
        facts.eliminate_zeros()
        fewer, touched = np.unique(lost.columns), np.unique(rows[np.isin(columns, lost.columns)])
        size = int(self.learned)
        one, other = (self._facts_bridge(each[:, fewer], size) for each in (facts, self.facts))
        change = sparse.coo_array(one.to(touched) - other.to(touched))
        change *= self._facts_bridge(self.facts, size).factor(self.fact_weight, size)
        ends = (change.coords[1], touched[change.coords[0]])
        moved = sparse.csr_array((change.data, ends), shape=self.weights.shape)
        weights = sparse.csr_array(self.weights + moved.multiply(self.weights > 0))
        np.maximum(weights.data, 0, out=weights.data)
        return self._changed(facts=facts, weights=weights.astype(np.float32))

    def score(self, profiles: Profiles) -> ScoreArray:
        """The summed weights from the liked items, 0 without a path; NaN where it cannot tell."""
        return abstain((self._history(profiles) @ self.weights).toarray(), profiles, self.known)

    def shares(self, person: Profiles, items: IntArray) -> ScoreArray:
        """See `Scorer.shares`."""
        return neighbour_shares(self.weights, person.items, items, self._history(person).data)

    def paths_of(self, person: Profiles, item: int) -> PathShares:
        """Every path from what a person likes to an item, with its share: they add up to the score.

        Args:
            person: a batch of one.
            item: row of the item.

        Returns:
            In the order of the terms and the history. A pair of items that was not among the nearest has no
            paths, for it gives nothing. A share over items is negative where their weight is.
        """
        history = self._history(person)
        near = self.weights[:, [item]].toarray().ravel() > 0
        liked = person.items[near[person.items]]
        worth = history.toarray().ravel().astype(np.float64)
        found = []
        for term, (bridge, nodes) in enumerate(self._bridges):
            walks = bridge.through(liked, item)
            walks.eliminate_zeros()
            sources, between = walks.coords
            like = liked[sources]
            found.append((like, np.full(walks.nnz, term), nodes[between], walks.data * worth[like]))
        return PathShares(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _history(self, profiles: Profiles) -> sparse.csr_array:
        return faded(profiles, len(self.known), self.half_life if self.timed else None)

    @cached_property
    def _bridges(self) -> tuple[tuple[Bridge, IntArray], ...]:
        """The terms, each with the graph's numbers of its nodes in the middle."""
        (num_items, num_users), size = self.liked_by.shape, int(self.learned)
        return (
            (self._over_people(self.liked_by, size), np.arange(num_users)),
            (self._over_facts(self.facts, size), self.fact_nodes),
            (self._over_items(self.steps, size), num_users + np.arange(num_items)),
        )

    def _over_people(self, liked_by: sparse.csr_array, size: int) -> Bridge:
        items = np.diff(liked_by.indptr)
        people = np.bincount(liked_by.indices, minlength=liked_by.shape[1])
        start = scaled(liked_by, power(items, -self.start), power(people, -self.middle))
        return Bridge(start, scaled(liked_by, power(items, -self.end))).weighing(1.0, size)

    def _over_facts(self, facts: sparse.csr_array, size: int) -> Bridge:
        return self._facts_bridge(facts, size).weighing(self.fact_weight, size)

    def _facts_bridge(self, facts: sparse.csr_array, size: int) -> Bridge:
        crowd = np.bincount(facts[:size].indices, minlength=facts.shape[1])
        return Bridge(scaled(facts, columns=power(crowd, -self.rarity)), facts)

    def _over_items(self, steps: sparse.csr_array, size: int) -> Bridge:
        return Bridge(steps, steps.T.tocsr()).weighing(self.item_weight, size)
