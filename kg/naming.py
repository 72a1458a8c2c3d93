"""What people call relations and entities, and which of a graph's they mean."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kg.errors import CatalogError, UnknownIdError, WhyRecError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.graph import IntArray, KnowledgeGraph

_OFFERED = 10_000  # names looked through for near ones
_SHOWN = 5


class Made(NamedTuple):
    """An entity that is yet to be made: its id, its name and the row of its class."""

    id: str
    label: str
    of_class: int


class Link(NamedTuple):
    """A fact between an item and an entity, as the item sees it.

    Attributes:
        relation: directed, as `KnowledgeGraph.facts_of` numbers it.
        entity: a row of the entity vocabulary, or an entity that is yet to be made.
    """

    relation: int
    entity: int | Made


class Names:
    """The names by which people call the relations and entities of a graph's items.

    Args:
        graph: the graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        _, relations, others = graph.facts_of("item")
        ours = others >= graph.first("entity")
        self._facts = np.unique(np.stack([relations, others - graph.first("entity")])[:, ours], axis=1)
        self._sizes = np.bincount(relations[ours], minlength=2 * len(graph.relations))

    def link(self, relation: str, entity: str, *, make: bool = False) -> Link:
        """The fact that two names mean.

        Args:
            relation: the id of a relation, or its words in either direction, in any case.
            entity: the id of an entity or its label, in any case; where several have it, one that items are
                linked to by the relation is meant.
            make: whether an entity that is not there is to be made. It is of the class of most entities that
                items are linked to by the relation, and its id begins with that class as in links of a card.

        Raises:
            UnknownIdError: there is no such relation or entity.
            CatalogError: a name means several.
        """
        directed = self._relation(relation)
        try:
            return Link(directed, self._entity(directed, entity))
        except UnknownIdError as error:
            if make and entity:
                return Link(directed, self._made(directed, entity))
            raise UnknownIdError(f"{relation!r}: {error}") from None
        except WhyRecError as error:
            raise type(error)(f"{relation!r}: {error}") from None

    @cached_property
    def item_class(self) -> int:
        """The class of most items."""
        return _commonest(self.graph.classes[self.graph.num_users : self.graph.first("entity")])

    def _relation(self, name: str) -> int:
        for row, relation in enumerate(self.graph.relations):
            if relation.id == name:  # in the direction of most facts that items have by it
                return 2 * row + int(self._sizes[2 * row + 1] > self._sizes[2 * row])
        found = self._words.get(name.casefold(), [])
        if len(found) > 1:
            several = [self.graph.relations[directed // 2].id for directed in found]
            raise CatalogError(f"{name!r} are the words of several relations; name one by its id: {several}")
        if not found:
            known = [text for one in self.graph.relations for text in (one.id, one.label, one.inverse_label)]
            raise unknown("relation", name, known)
        return found[0]

    def _entity(self, directed: int, name: str) -> int:
        if name in self.graph.entities:
            return self.graph.entities.number(name)
        found = self._labels.get(name.casefold(), [])
        if len(found) > 1:
            found = np.intersect1d(found, self._ends(directed)).tolist() or found
        if len(found) > 1:
            several = [self.graph.entities.ids[row] for row in found[:_SHOWN]]
            raise CatalogError(f"{len(found)} entities are called {name!r}; name one by its id: {several}")
        if not found:
            labels, first = self.graph.labels, self.graph.first("entity")
            ends = self._ends(directed).tolist()
            known = (str(labels[first + row]) or self.graph.entities.ids[row] for row in ends)
            raise unknown("entity", name, known)
        return found[0]

    def _made(self, directed: int, name: str) -> int | Made:
        classes, rows = self.graph.classes[self.graph.first("entity") :], self._ends(directed)
        of_class = _commonest(classes[rows] if len(rows) else classes)
        external = f"{self.graph.class_names[of_class].lower()}:{name}"
        if external in self.graph.entities:
            return self.graph.entities.number(external)
        return Made(external, name, of_class)

    def _ends(self, directed: int) -> IntArray:
        """The entities that items are linked to by a directed relation."""
        start, stop = np.searchsorted(self._facts[0], [directed, directed + 1])
        return self._facts[1, start:stop]

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        return relations_by_words(self.graph)

    @cached_property
    def _labels(self) -> dict[str, list[int]]:
        """Entities by label."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, label in enumerate(self.graph.labels[self.graph.first("entity") :]):
            found[label.casefold()].append(row)
        found.pop("", None)
        return dict(found)


def relations_by_words(graph: KnowledgeGraph) -> dict[str, list[int]]:
    """Directed relations, as `KnowledgeGraph.facts_of` numbers them, by their words in lower case."""
    found: dict[str, list[int]] = defaultdict(list)
    for row, relation in enumerate(graph.relations):
        for direction, words in enumerate((relation.label, relation.inverse_label)):
            found[words.casefold()].append(2 * row + direction)
    return dict(found)


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownIdError:
    """The error for a name that is not known; it offers near ones, or all where they are few."""
    names = sorted(set(known))[:_OFFERED]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names * (len(names) <= _SHOWN)
    hint = f"; did you mean {', '.join(map(repr, near))}?" if near else "" if names else "; there is none"
    return UnknownIdError(f"{what} {name!r} is not in the graph{hint}")


def _commonest(classes: IntArray) -> int:
    return int(np.bincount(classes).argmax()) if len(classes) else 0
