"""Finds nodes of the graph by what people call them: an id, a label, or words of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process

from kg.describe import degrees_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.graph import BoolArray, IntArray, Kind, KnowledgeGraph

_WORD = re.compile(r"\w+")
_FEW = 12  # names that are all told where one is not found
_NEAR, _HALF = 75.0, 50.0  # of 100, how alike a name, in part and as a whole, must be to be offered
_TRIED, _OFFERED = 20, 3  # names that are looked at more closely, and offered


@dataclass(frozen=True, slots=True)
class Found:
    """Nodes that a name may mean, those with most facts and likes first.

    Attributes:
        nodes: their numbers; none where nothing is called so.
        how: "id" where it is the id of one, "label" where they are called exactly so, but for case,
            underscores and spaces, "words" where these are some of the words of its label.
    """

    nodes: tuple[int, ...] = ()
    how: str = ""


@dataclass(frozen=True)
class Names:
    """The names of a graph's items and entities.

    Attributes:
        graph: the graph.
    """

    graph: KnowledgeGraph

    def find(self, asked: str, among: BoolArray, *, words: bool = False) -> Found:
        """The nodes that a name may mean.

        Args:
            asked: an id or a label.
            among: True for the nodes that are looked at, shape (num_nodes,).
            words: whether some words of a label will do, where they are in one label only.
        """
        tried = (("id", self._by_id(asked)), ("label", self._by_label.get(normal(asked), [])))
        for how, nodes in tried:
            if found := [node for node in nodes if among[node]]:
                return Found(self._sorted(found), how)
        loose = self._by_words(asked, among) if words else []
        return Found(self._sorted(loose), "words" if loose else "")

    def hint(self, asked: str, among: BoolArray) -> str:
        """The names nearest to one that is not found, or all few that there are: the end of a sentence."""
        labels = {node: self.call(node) for node in np.flatnonzero(among).tolist()}
        return hint(asked, labels.values())

    def call(self, node: int) -> str:
        """A node's label, or its id where it has none."""
        return self.graph.label(node)

    def of(self, *kinds: Kind) -> BoolArray:
        """True for the nodes of these kinds, shape (num_nodes,)."""
        chosen = np.zeros(self.graph.num_nodes, dtype=np.bool_)
        for kind in kinds:
            first = self.graph.first(kind)
            chosen[first : first + len(self.graph.vocabulary(kind))] = True
        return chosen

    @cached_property
    def linked_entities(self) -> BoolArray:
        """True for the entities that some item is linked to, shape (num_nodes,)."""
        chosen = np.zeros(self.graph.num_nodes, dtype=np.bool_)
        chosen[self.graph.facts_of("item")[2]] = True
        return chosen & self.of("entity")

    def _sorted(self, nodes: list[int]) -> tuple[int, ...]:
        return tuple(sorted(nodes, key=lambda node: -self._degrees[node]))

    def _by_id(self, asked: str) -> list[int]:
        kinds: tuple[Kind, ...] = ("item", "entity")
        return [self.graph.node(kind, asked) for kind in kinds if asked in self.graph.vocabulary(kind)]

    def _by_words(self, asked: str, among: BoolArray) -> list[int]:
        wanted = _words(asked)
        nodes = [
            node
            for node in np.flatnonzero(among).tolist()
            if wanted and wanted <= _words(str(self.graph.labels[node]))
        ]
        names = {normal(str(self.graph.labels[node])) for node in nodes}
        return nodes if len(names) == 1 else []

    @cached_property
    def _by_label(self) -> dict[str, list[int]]:
        """Items and entities by their labels, as `normal` has them."""
        labels: dict[str, list[int]] = {}
        for node, label in enumerate(
            self.graph.labels[self.graph.num_users :].tolist(), self.graph.num_users
        ):
            if label:
                labels.setdefault(normal(label), []).append(node)
        return labels

    @cached_property
    def _degrees(self) -> IntArray:
        return degrees_of(self.graph)


def normal(name: str) -> str:
    """A name without regard to case, underscores and repeated spaces."""
    return " ".join(name.casefold().replace("_", " ").split())


def hint(asked: str, known: Iterable[str]) -> str:
    """The known names nearest to one that is not known, or all where they are few, "" where none is near."""
    names = list(dict.fromkeys(known))
    if 0 < len(names) <= _FEW:
        return f"; known are {', '.join(map(repr, names))}"
    sought, plain = normal(asked), [normal(name) for name in names]
    alike = process.extract(sought, plain, scorer=fuzz.WRatio, limit=_TRIED, score_cutoff=_NEAR)
    near = [(fuzz.ratio(sought, name), names[place]) for name, _, place in alike]
    near = sorted((each for each in near if each[0] >= _HALF), key=lambda each: -each[0])[:_OFFERED]
    return f"; did you mean {' or '.join(repr(name) for _, name in near)}?" if near else ""


def _words(text: str) -> set[str]:
    return set(_WORD.findall(normal(text)))
