"""What two catalogs have in common: the language of texts, entities of one name, items that are one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from kg import linking
from kg.titles import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hybrid.scorers.base import ScoreArray
    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph


@dataclass(frozen=True, slots=True)
class Described:
    """The n items of a catalog by what another catalog can say as well.

    Attributes:
        texts: unit vectors of their texts, the catalog's mean taken off, zeros without one, shape (n, size).
        links: which entities they are linked to, rows of length 1 or 0, shape (n, number of names).
    """

    texts: ScoreArray
    links: sparse.csr_array

    @property
    def known(self) -> BoolArray:
        """Which items anything is said of, shape (n,)."""
        return self.texts.any(axis=1) | (np.diff(self.links.indptr) > 0)

    def take(self, rows: IntArray) -> Described:
        """Some of the items."""
        return Described(self.texts[rows], sparse.csr_array(self.links[rows]))

    def alike(self, other: Described, text_share: float) -> ScoreArray:
        """How alike items of two catalogs are: text_share * cosine of texts + the rest * cosine of links."""
        texts = self.texts @ other.texts.T
        links = (self.links @ other.links.T).toarray()
        alike: ScoreArray = np.asarray(text_share * texts + (1 - text_share) * links, dtype=np.float32)
        return alike


@dataclass(frozen=True, slots=True)
class View:
    """What of a catalog another catalog understands, so that its items can be `Described`.

    Attributes:
        centre: the mean of the catalog's text vectors, shape (size,); (0,) where texts say nothing.
        names: the number of each entity's name among the shared ones, -1 for none, shape (num_entities,).
        rarity: how much each shared name weighs, shape (number of names,).
    """

    centre: ScoreArray
    names: IntArray
    rarity: FloatArray

    def describe(self, graph: KnowledgeGraph, table: TextTable | None) -> Described:
        """The items of the catalog's graph, which may have got other facts or further items.

        Args:
            graph: the graph.
            table: the vectors of its items' texts.
        """
        return Described(self._texts(graph, table), self._links(graph))

    def _texts(self, graph: KnowledgeGraph, table: TextTable | None) -> ScoreArray:
        if table is None or not len(self.centre):
            return np.zeros((graph.num_items, len(self.centre)), dtype=np.float32)
        apart = table.vectors - self.centre
        lengths = np.linalg.norm(apart, axis=1, keepdims=True)
        there = table.present[:, None] & (lengths > 0)
        units: ScoreArray = np.divide(apart, lengths, out=np.zeros_like(apart), where=there)
        return units

    def _links(self, graph: KnowledgeGraph) -> sparse.csr_array:
        items, columns = _linked(graph, self.names)
        weights = self.rarity[columns]
        lengths = np.sqrt(np.bincount(items, weights**2, minlength=graph.num_items))
        data = np.divide(weights, lengths[items], out=np.zeros_like(weights), where=lengths[items] > 0)
        return sparse.csr_array(
            (data.astype(np.float32), (items, columns)), shape=(graph.num_items, len(self.rarity))
        )


def views(
    source: KnowledgeGraph, target: KnowledgeGraph, texts: TextTable | None, new_texts: TextTable | None
) -> tuple[View, View]:
    """What two catalogs understand of each other: texts, and the names of entities that both have.

    An entity is the same in both where its name is, in one spelling (`kg.titles.fold`), whatever relation
    leads to it. In each catalog it weighs log(items / items linked to it): a director says more than a genre.

    Args:
        source: one catalog.
        target: the other.
        texts: the vectors of the source's items, None where they have no text.
        new_texts: those of the target's, made by the same encoder.
    """
    ours, theirs = _names(source), _names(target)
    numbers = {name: number for number, name in enumerate(sorted(ours.keys() & theirs.keys()))}
    told = all(table is not None and table.present.any() for table in (texts, new_texts))
    one, other = (
        _view(graph, names, numbers, table if told else None)
        for graph, names, table in ((source, ours, texts), (target, theirs, new_texts))
    )
    return one, other


def same_items(source: KnowledgeGraph, target: KnowledgeGraph) -> tuple[IntArray, IntArray]:
    """Items that are one by their labels (see `kg.linking`): their rows in the source and in the target."""
    found = linking.match(_records(source), _records(target))
    pairs = zip(found["left"], found["right"], strict=True)
    rows = np.array(
        [(source.items.number(left), target.items.number(right)) for left, right in pairs], dtype=np.int64
    ).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _records(graph: KnowledgeGraph) -> pd.DataFrame:
    first = graph.first("item")
    labels = pd.Series(graph.labels[first : first + graph.num_items], dtype="str")
    ids = pd.Series(list(graph.items.ids), dtype="str")
    return pd.DataFrame({"id": ids, "name": labels})[(labels != "").to_numpy()]


def _names(graph: KnowledgeGraph) -> dict[str, list[int]]:
    """The rows of the entities of each name."""
    names: dict[str, list[int]] = {}
    for row, label in enumerate(graph.labels[graph.first("entity") :]):
        if name := fold(str(label)):
            names.setdefault(name, []).append(row)
    return names


def _view(
    graph: KnowledgeGraph,
    names: Mapping[str, Iterable[int]],
    numbers: Mapping[str, int],
    table: TextTable | None,
) -> View:
    column = np.full(len(graph.entities), -1)
    for name, number in numbers.items():
        column[list(names[name])] = number
    counts = np.bincount(_linked(graph, column)[1], minlength=len(numbers))
    nothing = np.zeros(0, dtype=np.float32)
    centre = nothing if table is None else table.vectors[table.present].mean(axis=0)
    return View(centre, column, np.log(graph.num_items / np.maximum(counts, 1)))


def _linked(graph: KnowledgeGraph, names: IntArray) -> tuple[IntArray, IntArray]:
    """The pairs of an item and the number of a name that it is linked to, each once."""
    items, _, others = graph.facts_of("item")
    entities = others - graph.first("entity")
    linked = entities >= 0
    pairs = np.column_stack([items[linked], names[entities[linked]]])
    items, numbers = np.unique(pairs[pairs[:, 1] >= 0], axis=0).T
    return items, numbers
