"""Items by class, genre or whatever else they are linked to."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kg.errors import QueryError, UnknownIdError
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

ITEM, CLASS = "item", "class"


@dataclass(frozen=True)
class Kinds:
    """The kinds that items are of.

    Attributes:
        shares: 1 / number of its kinds for each kind of an item, shape (num_items, number of kinds).
        words: how each kind is said of an item: "is of the genre Drama".
        numbers: the kinds of each item, padded with 0, shape (num_items, most kinds of an item).
        parts: its shares of them, 0 in the padding, shape as numbers.
    """

    shares: sparse.csr_array
    words: tuple[str, ...]
    numbers: IntArray
    parts: FloatArray


@dataclass(frozen=True)
class Groups:
    """The items of a graph by what is true of them.

    Attributes:
        graph: the graph.
    """

    graph: KnowledgeGraph

    def kinds(self, relation: str = "") -> Kinds:
        """The kinds of all items.

        Args:
            relation: id of the relation whose other end is a kind; "" for the classes of the graph.

        Raises:
            QueryError: there is no such relation, it links no item, or all items are of one class.
        """
        if relation not in self._known:
            self._known[relation] = self._linked(relation) if relation else self._classes()
        return self._known[relation]

    def members(self, what: str, value: str) -> BoolArray:
        """Which items something is true of, shape (num_items,).

        Args:
            what: "item", "class", or the id of a relation.
            value: id of the item; name of the class; id or label of what the relation links to.

        Raises:
            QueryError: the graph has no such relation, or no such value.
        """
        if (what, value) not in self._masks:
            self._masks[what, value] = self._mask(what, value)
        return self._masks[what, value]

    @cached_property
    def _masks(self) -> dict[tuple[str, str], BoolArray]:
        return {}

    @cached_property
    def _known(self) -> dict[str, Kinds]:
        return {}

    @cached_property
    def _facts(self) -> tuple[IntArray, IntArray, IntArray]:
        return self.graph.facts_of("item")

    @property
    def _item_classes(self) -> IntArray:
        first = self.graph.first("item")
        return self.graph.classes[first : first + self.graph.num_items]

    def _mask(self, what: str, value: str) -> BoolArray:
        graph = self.graph
        with _asked():
            if what == ITEM:
                return np.asarray(np.arange(graph.num_items) == graph.items.number(value))
            if what == CLASS:
                number = Vocabulary(CLASS, graph.class_names).number(value)
                return np.asarray(self._item_classes == number)
        items, nodes = self._links(what)
        return np.isin(np.arange(graph.num_items), items[nodes == self._other(what, value, np.unique(nodes))])

    def _classes(self) -> Kinds:
        graph = self.graph
        used, numbers = np.unique(self._item_classes, return_inverse=True)
        if len(used) < 2:  # noqa: PLR2004
            known = ", ".join(relation.id for relation in graph.relations)
            raise QueryError(
                f"all items of graph {graph.name!r} are of one class; name the relation that tells their "
                f"kinds, one of {known}"
            )
        words = [f"is of the class {graph.class_names[row]}" for row in used]
        return _kinds(np.arange(graph.num_items), numbers, words, graph.num_items)

    def _linked(self, relation: str) -> Kinds:
        items, nodes = self._links(relation)
        used, numbers = np.unique(nodes, return_inverse=True)
        label = next(known.label for known in self.graph.relations if known.id == relation)
        return _kinds(items, numbers, [f"{label} {self._label(node)}" for node in used], self.graph.num_items)

    def _links(self, relation: str) -> tuple[IntArray, IntArray]:
        """The items that a relation says something of and the nodes at the other ends, shape (n,) each."""
        with _asked():
            number = Vocabulary("relation", (known.id for known in self.graph.relations)).number(relation)
        items, relations, others = self._facts
        ours = relations // 2 == number
        if not ours.any():
            raise QueryError(f"relation {relation!r} says nothing of any item of graph {self.graph.name!r}")
        return items[ours], others[ours]

    def _other(self, relation: str, value: str, nodes: IntArray) -> int:
        """The node of an id or a label among those that a relation links items to."""
        by_id = [int(node) for node in nodes if self.graph.id(int(node)) == value]
        found = by_id or nodes[self.graph.labels[nodes] == value].tolist()
        if len(found) == 1:
            return int(found[0])
        if found:
            ids = ", ".join(repr(self.graph.id(node)) for node in found)
            raise QueryError(f"{relation} {value!r} may be any of {ids}; give the id")
        near = difflib.get_close_matches(value, {self._label(node) for node in nodes}, n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
        raise QueryError(f"no item of graph {self.graph.name!r} has the {relation} {value!r}{hint}")

    def _label(self, node: int) -> str:
        return self.graph.label(int(node))


@contextmanager
def _asked() -> Iterator[None]:
    """Make an unknown id the mistake of who asks for it."""
    try:
        yield
    except UnknownIdError as error:
        raise QueryError(str(error)) from None


def _kinds(items: IntArray, numbers: IntArray, words: list[str], num_items: int) -> Kinds:
    pairs = np.unique(np.stack([items, numbers]), axis=1)
    sizes = np.bincount(pairs[0], minlength=num_items)
    shares = 1 / sizes[pairs[0]]
    places = np.arange(pairs.shape[1]) - (np.cumsum(sizes) - sizes)[pairs[0]]
    padded = np.zeros((num_items, sizes.max()), dtype=np.int64)
    parts = np.zeros(padded.shape)
    padded[pairs[0], places], parts[pairs[0], places] = pairs[1], shares
    matrix = sparse.csr_array((shares, (pairs[0], pairs[1])), shape=(num_items, len(words)))
    return Kinds(matrix, tuple(words), padded, parts)
