"""Puts paths to the test: what the score falls by without a path, and without random links in its stead."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hybrid.reasons.explanation import Reason
from hybrid.situation import ABOUT_ITEMS
from kg.changes import Change, changed, facts_between

if TYPE_CHECKING:
    from hybrid.panel import Panel
    from hybrid.profiles import Profiles
    from hybrid.reasons.attribution import Attribution
    from hybrid.reasons.explanation import Verdict
    from hybrid.recommender import Recommender
    from kg.changes import Fact
    from kg.graph import BoolArray, IntArray, KnowledgeGraph
    from kg.paths import ReasoningPath

_LIKES, _WORLDS = 5, 2  # random likes, and random sets of facts, that a path is compared with
_BY_PEOPLE = ("neighbours", "factors")  # kinds of scorers that go by what people like together


@dataclass
class Trials:
    """Asks again for one person with fewer likes and facts.

    Attributes:
        recommender: who answers.
        person: a batch of one.
        allowed: True for what may be recommended, shape (num_items,).
        seed: of the random links that paths are compared with.
    """

    recommender: Recommender
    person: Profiles
    allowed: BoolArray
    seed: int = 0
    _worlds: dict[tuple[tuple[Fact, ...], tuple[str, ...]], Panel] = field(default_factory=dict, repr=False)
    _whole: dict[int, float] = field(default_factory=dict, repr=False)
    _random: dict[tuple[tuple[int, ...], ...], list[tuple[Fact, ...]]] = field(
        default_factory=dict, repr=False
    )

    def without(self, facts: tuple[Fact, ...], item: int | None = None) -> Panel:
        """The scorers over the graph without some facts; what they have learned stays.

        Args:
            facts: the facts that are gone.
            item: row of the only one that is asked about: scorers that have no weight for it stay over the
                whole graph.
        """
        if not facts:
            return self.recommender.panel
        panel, before = self.recommender.panel, self.recommender.graph
        situation = panel.circumstances.around(self.person)
        if item is not None:
            situation = replace(situation, items=situation.items[[item]])
        world = facts, panel.ranker.speaking(situation)
        if world not in self._worlds:
            after, resources = changed(before, Change(lost=facts)), self.recommender.resources("over")
            self._worlds[world] = panel.over(before, after, resources, world[1])
        return self._worlds[world]

    def score(self, item: int, facts: tuple[Fact, ...] = (), likes: BoolArray | None = None) -> float:
        """The score of an item (row) without some facts and likes, 0 where nobody can tell any more.

        Args:
            item: its row.
            facts: the facts that are gone.
            likes: True for the likes that are gone, shape (number of likes,).
        """
        person = self.person if likes is None else self.person.without(likes)
        score = float(self.without(facts, item).score(person, self.allowed[None])[0, item])
        return 0.0 if math.isnan(score) else score

    def judge(self, path: ReasoningPath, item: int, gave: Attribution) -> Reason:
        """A path with what it gives and how it stands its test (see `Reason`).

        Args:
            path: it leads from a like to the item.
            item: row of the item.
            gave: what each like gave to the item's score, and to no other's.
        """
        like, facts = self.like_of(path), facts_of(self.recommender, path)
        if item not in self._whole:
            self._whole[item] = self.score(item)
        whole = self._whole[item]
        if facts:
            share = whole - self.score(item, facts)
        else:
            share = float(gave.shares[self._by_people(gave.names), like, 0].sum())
        gone = np.arange(len(self.person.items)) == like
        drop = whole - self.score(item, facts, gone)
        control = float(np.median(self.controls(item, facts, like, whole)))
        verdict: Verdict = "because" if min(share, drop, drop - control) > 0 else "related"
        return Reason(path, share, drop, control, verdict)

    def controls(self, item: int, facts: tuple[Fact, ...], like: int, whole: float) -> list[float]:
        """What the score falls by without other likes, as well known, and random facts of the same kinds.

        0 alone where the person likes nothing else.
        """
        worlds = self._alike(facts)
        falls = []
        for place, other in enumerate(self._others(like)):
            gone = np.arange(len(self.person.items)) == other
            falls.append(whole - self.score(item, worlds[place % len(worlds)], gone))
        return falls or [0.0]

    def _alike(self, facts: tuple[Fact, ...]) -> list[tuple[Fact, ...]]:
        """Random facts of the same kinds, the same ones for all paths of the kinds and degrees of one."""
        degrees = self._degrees
        key = tuple(
            (relation, *(int(np.log2(degrees[node])) for node in (head, tail)))
            for head, relation, tail in facts
        )
        if key not in self._random:
            seeds = range(self.seed, self.seed + (_WORLDS if facts else 1))
            self._random[key] = [alike(self.recommender.graph, facts, degrees, seed) for seed in seeds]
        return self._random[key]

    @cached_property
    def _degrees(self) -> IntArray:
        """The number of facts of each node."""
        graph = self.recommender.graph
        ends = np.concatenate([graph.edges.heads, graph.edges.tails])
        return np.bincount(ends, minlength=graph.num_nodes)

    def like_of(self, path: ReasoningPath) -> int:
        """The place in the history of the like that a path starts from."""
        row = path.nodes[0] - self.recommender.graph.first("item")
        return int(np.flatnonzero(self.person.items == row)[-1])

    def _others(self, like: int) -> IntArray:
        """Places of some other likes, drawn from the half that are most nearly as well known."""
        known = self.recommender.panel.circumstances.items[self.person.items, ABOUT_ITEMS.index("likes")]
        others = np.delete(np.arange(len(known)), like)
        apart = np.abs(known[others] - known[like])
        near = others[np.argsort(apart, kind="stable")][: max(_LIKES, (len(others) + 1) // 2)]
        drawn = np.random.default_rng((self.seed, like)).permutation(near)[:_LIKES]
        return np.asarray(drawn)

    def _by_people(self, names: tuple[str, ...]) -> list[int]:
        kinds = {member.name: member.kind for member in self.recommender.panel.members}
        return [place for place, name in enumerate(names) if kinds.get(name) in _BY_PEOPLE]


def facts_of(recommender: Recommender, path: ReasoningPath) -> tuple[Fact, ...]:
    """The facts between the nodes of a path; none for a path over people."""
    if "user" in path.kinds:
        return ()
    steps = zip(path.nodes, path.nodes[1:], strict=False)
    return tuple(dict.fromkeys(fact for step in steps for fact in facts_between(recommender.graph, *step)))


def alike(graph: KnowledgeGraph, facts: tuple[Fact, ...], degrees: IntArray, seed: int) -> tuple[Fact, ...]:
    """Random facts of the same relations, whose ends have about as many facts as those of the given ones.

    Where a relation has no other fact, none stands in for it.

    Args:
        graph: whose facts they are.
        facts: the given ones.
        degrees: the number of facts of each node, shape (num_nodes,).
        seed: of the choice, among the 50 that are most alike.
    """
    edges, rng = graph.edges, np.random.default_rng(seed)
    named = np.array([node for head, _, tail in facts for node in (head, tail)], dtype=np.int64)
    found: list[Fact] = []
    for head, relation, tail in facts:
        others = np.flatnonzero(edges.relations == relation)
        ends = np.stack([edges.heads[others], edges.tails[others]])
        others, ends = (each[..., ~np.isin(ends, named).any(axis=0)] for each in (others, ends))
        if len(others):
            apart = np.abs(np.log(degrees[ends]) - np.log(degrees[[head, tail]])[:, None]).sum(axis=0)
            near = others[np.argsort(apart, kind="stable")[:50]]
            row = int(rng.choice(near))
            found.append((int(edges.heads[row]), relation, int(edges.tails[row])))
    return tuple(dict.fromkeys(found))
