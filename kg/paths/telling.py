"""Paths for people: what was found in numbers becomes names, words and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kg import words
from kg.paths.picture import path_svg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import IntArray, Kind, KnowledgeGraph
    from kg.languages import Language
    from kg.paths.kept import Found
    from kg.paths.steps import Links

_REMEMBERED = 1 << 16  # names


@dataclass(frozen=True, slots=True)
class ReasoningPath:
    """A chain of real edges from a liked item to a recommended one, or between any two nodes.

    Attributes:
        nodes: numbers of the nodes, the liked item first, the recommended one last.
        labels: a name for people per node.
        kinds: "user", "item" or "entity" per node.
        relations: words per step, read in the direction of the path, as the card has them.
        weight: the path's strength; comparable between the paths of one recommendation.
        sentence: the path in words.
    """

    nodes: tuple[int, ...]
    labels: tuple[str, ...]
    kinds: tuple[Kind, ...]
    relations: tuple[str, ...]
    weight: float
    sentence: str

    def _repr_html_(self) -> str:
        """The path as a small graph, for notebooks."""
        return path_svg((self,))


class Teller:
    """Puts paths into words.

    Args:
        graph: whose labels and relations they are.
        facts: the steps by its facts.
        popularity: how many people like each item, shape (num_items,).
        language: to tell them in.
    """

    def __init__(self, graph: KnowledgeGraph, facts: Links, popularity: IntArray, language: Language) -> None:
        self._graph, self._facts, self._popularity = graph, facts, popularity
        self._language = language
        self._classes = _usual_classes(graph, facts)
        self._kind = lru_cache(_REMEMBERED)(graph.kind)
        self._step = lru_cache(_REMEMBERED)(self._words)
        self._known = lru_cache(_REMEMBERED)(self._plain)

    def speaking(self, language: Language) -> Teller:
        """The same in another language."""
        return Teller(self._graph, self._facts, self._popularity, language)

    def tell(self, found: Found, *, liked: bool) -> ReasoningPath:
        """A path in words; `liked` says that it starts at something that is known to be liked."""
        nodes, codes = found.backwards[::-1], found.codes
        steps = tuple([self._step(code) for code in codes])
        # a node's role is the step that leads to it, seen from the node; the first one's, the step it takes
        roles = (codes[0], *[code ^ 1 for code in codes])
        names = [self._name(node, role, nodes) for node, role in zip(nodes, roles, strict=True)]
        told = [words.told(code, step, self._language) for code, step in zip(codes, steps, strict=True)]
        if liked:
            sentence = words.sentence(names, codes, told, found.people, self._language)
        else:
            sentence = words.chain(names, told, self._language)
        labels = tuple([name.first for name in names])
        return ReasoningPath(
            nodes, labels, tuple([self._kind(node) for node in nodes]), steps, -found.rank, sentence
        )

    def _words(self, code: int) -> str:
        return words.step(self._graph, code, self._language)

    def _name(self, node: int, role: int, besides: tuple[int, ...]) -> words.Name:
        """What to call a node; only what has no label has another name on another path."""
        if self._graph.labels[node]:
            return self._known(node)
        what = self._classes.get(role, int(self._graph.classes[node]))
        return words.name(
            self._graph,
            node,
            self._graph.class_names[what],
            self._alike(node, role),
            self._language,
            besides=besides,
        )

    def _plain(self, node: int) -> words.Name:
        return words.name(self._graph, node, "", (), self._language)

    def _alike(self, node: int, role: int) -> Iterator[int]:
        """The nodes that a node is the same thing to, those that most people like first."""
        others = self._facts.others(node, role)
        rows = others - self._graph.first("item")
        items = (rows >= 0) & (rows < self._graph.num_items)
        counts = np.zeros(len(others), dtype=np.int64)
        counts[items] = self._popularity[rows[items]]
        yield from others[np.argsort(-counts, kind="stable")].tolist()


def _usual_classes(graph: KnowledgeGraph, facts: Links) -> dict[int, int]:
    """The most frequent class of the nodes that have steps of each code."""
    nodes, codes = facts.roles
    counts = np.zeros((2 * len(graph.relations), len(graph.class_names)), dtype=np.int64)
    np.add.at(counts, (codes, graph.classes[nodes]), 1)
    return {code: int(classes.argmax()) for code, classes in enumerate(counts) if classes.any()}
