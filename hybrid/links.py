"""What people or items are linked to, by what a relation is called: `occupation`, `director`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hybrid.conditions import number
from hybrid.names import Found, hint, normal
from kg.labels import holds, relation_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybrid.names import Names
    from kg.graph import BoolArray, IntArray, Kind


@dataclass(frozen=True)
class Links:
    """The relations that nodes of a kind have.

    A relation is directed here as in `KnowledgeGraph.facts_of`: twice its number, and one more where the
    nodes of this kind are its tails.

    Attributes:
        names: of the graph's nodes.
        kind: of the nodes.
    """

    names: Names
    kind: Kind

    def relations(self, asked: str) -> tuple[int, ...]:
        """The directed relations of this name; none where nothing is called so, several where several are.

        A relation is called by its id, else by its words in this direction, else by the last part of its id,
        else by the class of what it leads to, else by some words of these that no other relation has.
        """
        sought = normal(asked)
        for called in zip(*self._called.values(), strict=True):
            pairs = zip(self._called, called, strict=True)
            if found := tuple(
                relation for relation, name in pairs if name and sought in {name, normal(name)}
            ):
                return found
        words = set(sought.split())
        near = [
            relation
            for relation, called in self._called.items()
            if words and any(words <= set(normal(name).split()) for name in called)
        ]
        return tuple(near) if len(near) == 1 else ()

    def ends(self, relations: tuple[int, ...]) -> BoolArray:
        """True for the nodes that these relations lead to, shape (num_nodes,)."""
        _, directed, others = self._facts
        chosen = np.zeros(self.names.graph.num_nodes, dtype=np.bool_)
        chosen[others[np.isin(directed, relations)]] = True
        return chosen

    def linked(self, nodes: tuple[int, ...], relations: tuple[int, ...] | None = None) -> BoolArray:
        """True for the nodes of this kind that lead to any of some nodes, by these relations or by any.

        Shape (number of nodes of this kind,).
        """
        rows, directed, others = self._facts
        there = np.isin(others, nodes)
        if relations is not None:
            there &= np.isin(directed, relations)
        chosen = np.zeros(len(self.names.graph.vocabulary(self.kind)), dtype=np.bool_)
        chosen[rows[there]] = True
        return chosen

    def of(self, row: int, relations: tuple[int, ...]) -> tuple[int, ...]:
        """The nodes that these relations lead to from one node of this kind (its row)."""
        rows, directed, others = self._facts
        return tuple(np.unique(others[(rows == row) & np.isin(directed, relations)]).tolist())

    def value(self, asked: str, relations: tuple[int, ...]) -> Found:
        """What a value of a relation means: a node of that name, or a range that holds the number."""
        ends = self.ends(relations)
        found = self.names.find(asked, ends)
        value = number(asked)
        if not found.nodes and value is not None:
            called = ((node, self.names.call(node)) for node in np.flatnonzero(ends).tolist())
            found = Found(tuple(node for node, name in called if holds(name, value)), "range")
        return found if found.nodes else self.names.find(asked, ends, words=True)

    def hint(self, asked: str) -> str:
        """The relations nearest to a name that none has, as the end of a sentence."""
        return hint(asked, (called[2] or called[1] for called in self._called.values()))

    @cached_property
    def _facts(self) -> tuple[IntArray, IntArray, IntArray]:
        return self.names.graph.facts_of(self.kind)

    @cached_property
    def _called(self) -> dict[int, tuple[str, str, str, str]]:
        """What each directed relation is called: its id, its words, the last part of its id, a class."""
        return dict(self._calls())

    def _calls(self) -> Iterator[tuple[int, tuple[str, str, str, str]]]:
        graph, (_, directed, others) = self.names.graph, self._facts
        present = set(np.unique(directed).tolist())
        for way in sorted(present):
            relation = graph.relations[way // 2]
            there = graph.classes[others[directed == way]]
            led = graph.class_names[int(np.bincount(there).argmax())]
            if way % 2 == 0:
                yield way, (relation.id, relation.label, relation_label(relation.id), led)
            else:  # from the tail, the id means this direction only where it has no other here
                own = "" if way - 1 in present else relation.id
                yield way, (own, relation.inverse_label, relation_label(own) if own else "", led)
