"""What items have in common, and what sets them apart, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kg.graph import IntArray, KnowledgeGraph


@dataclass(frozen=True)
class Said:
    """The facts about items whose other end has a name, as "is directed by Ridley Scott".

    Attributes:
        graph: the graph that says them.
    """

    graph: KnowledgeGraph

    def shared(self, item: int, other: int) -> str:
        """The rarest thing that is said of both items (rows), "" where there is none."""
        both = np.intersect1d(self._of(item), self._of(other))
        return self._words(both[self._crowd(both).argmin()]) if len(both) else ""

    def new(self, item: int, others: IntArray) -> str:
        """The most common thing that is said of an item and of none of the others, "" where there is none."""
        theirs = [np.zeros(0, dtype=np.int64), *(self._of(int(other)) for other in others)]
        own = np.setdiff1d(self._of(item), np.concatenate(theirs))
        return self._words(own[self._crowd(own).argmax()]) if len(own) else ""

    @cached_property
    def _facts(self) -> tuple[IntArray, IntArray, IntArray]:
        """Items in order, a number for what is said of each, and those numbers in order."""
        graph = self.graph
        items, relations, others = graph.facts_of("item")
        named = graph.labels[others] != ""
        facts = np.unique(np.stack([items, relations * graph.num_nodes + others])[:, named], axis=1)
        return facts[0], facts[1], np.sort(facts[1])

    def _of(self, item: int) -> IntArray:
        items, said, _ = self._facts
        return said[slice(*np.searchsorted(items, [item, item + 1]))]

    def _crowd(self, said: IntArray) -> IntArray:
        """Of how many items each is said."""
        everything = self._facts[2]
        return np.searchsorted(everything, said, side="right") - np.searchsorted(everything, said)

    def _words(self, said: int) -> str:
        directed, node = divmod(int(said), self.graph.num_nodes)
        relation = self.graph.relations[directed // 2]
        return f"{relation.inverse_label if directed % 2 else relation.label} {self.graph.labels[node]}"
