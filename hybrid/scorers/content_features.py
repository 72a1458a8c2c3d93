"""What is said of items, as features whose products tell how alike two items are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from hybrid.scorers.base import ScoreArray
    from hybrid.text.table import TextTable
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

_COMMON = 0.02  # share of the items that must have a relation for its count to be a feature
_FARTHEST = 3.0  # standard deviations
_NEAR = 0.1  # of all items lie between two numbers that are somewhat alike
_ALIKE = 0.3  # what numbers that are alike add to all else that two items have in common


@dataclass(frozen=True)
class Features:
    """Of each of n items; the groups of features count alike: each has a mean squared length of 1.

    Attributes:
        facts: a column per directed relation and node at its other end that two items or more share: two
            items agree by how many they share, rare or not. The more facts, the longer: what much is known
            of is liked by more. Shape (n, number of columns).
        rest: text vectors without their mean; how many facts of each relation there are, by the logarithm, in
            standard deviations, and of all together; numbers such as a year. Shape (n, size).
        numbers: the share of the items with a lower number, for each kind of number; NaN where unknown.
            Shape (n, kinds).
        described: which items anything at all is said of, shape (n,); the others have zeros.
    """

    facts: sparse.csr_array
    rest: ScoreArray
    numbers: ScoreArray
    described: BoolArray

    @classmethod
    def of(cls, graph: KnowledgeGraph, text: TextTable | None, known: int | None = None) -> Self:
        """Those of a graph's items.

        Args:
            graph: the graph.
            text: the items' text vectors.
            known: what is usual is taken from so many items, the first; from all where None. With as many as
                there were, items that join later leave the features of the others as they are.
        """
        usual = slice(known)
        numbers = _numbers(graph)
        facts, scaled = _shared_facts(graph, usual), _standard(numbers, usual)
        described = np.bincount(graph.facts_of("item")[0], minlength=graph.num_items) > 0
        described |= np.isfinite(numbers).any(axis=1)
        if text is not None:
            described |= text.present
        groups = [_texts(graph, text, usual), _counts(graph, usual), _amount(graph), scaled]
        rest = np.hstack([_unit_mean(group * described[:, None], usual) for group in groups])
        places = [_places(column, column[usual]) for column in numbers.T]
        along = np.stack(places, axis=1) if places else numbers
        return cls(facts, rest.astype(np.float32), along.astype(np.float32), described)

    def kernel(self, rows: IntArray, columns: IntArray, weight: float) -> FloatArray:
        r"""How alike some items are to others, shape (len(rows), len(columns)).

        .. math:: (w F F^T + R R^T) \circ (1 + 0.3 \exp(-(q - q')^2 / (2 \cdot 0.1^2)))

        F are facts, R the rest, and q numbers as places among all items, whose likeness is a mean over the
        kinds: what two films share says more where they are of the same years.

        Args:
            rows: items.
            columns: items.
            weight: w, of the facts beside the rest.
        """
        alike = weight * (self.facts[rows] @ self.facts[columns].T).toarray().astype(np.float64)
        alike += self.rest[rows].astype(np.float64) @ self.rest[columns].T.astype(np.float64)
        near = np.zeros_like(alike)
        for places in self.numbers.T:
            away = (places[rows, None] - places[columns]) / _NEAR
            near += np.nan_to_num(np.exp(-0.5 * np.square(away)))
        product: FloatArray = alike * (1 + _ALIKE * near / (self.numbers.shape[1] or 1))
        return product


def _shared_facts(graph: KnowledgeGraph, usual: slice) -> sparse.csr_array:
    facts = np.unique(np.stack(graph.facts_of("item")), axis=1)
    _, column = np.unique(facts[1] * graph.num_nodes + facts[2], return_inverse=True)
    known = facts[0] < len(range(graph.num_items)[usual])
    shared = np.bincount(column[known], minlength=column.max(initial=-1) + 1)
    kept = np.flatnonzero(shared > 1)
    told = shared[column] > 1
    mean = float(np.count_nonzero(known & told)) / len(range(graph.num_items)[usual])
    values = np.full(np.count_nonzero(told), max(mean, 1e-12) ** -0.5, dtype=np.float32)
    return sparse.csr_array(
        (values, (facts[0][told], np.searchsorted(kept, column[told]))),
        shape=(graph.num_items, len(kept)),
    )


def _texts(graph: KnowledgeGraph, text: TextTable | None, usual: slice) -> FloatArray:
    if text is None or not text.present[usual].any():
        return np.zeros((graph.num_items, 0))
    centred = text.vectors - text.vectors[usual][text.present[usual]].mean(axis=0)
    centred[~text.present] = 0.0
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-12), dtype=np.float64)


def _counts(graph: KnowledgeGraph, usual: slice) -> FloatArray:
    items, relations, _ = graph.facts_of("item")
    counts = np.zeros((graph.num_items, 2 * len(graph.relations)))
    np.add.at(counts, (items, relations), 1)
    common = (counts[usual] > 0).sum(axis=0) > _COMMON * len(counts[usual])
    return _standard(np.log1p(counts[:, common]), usual)


def _amount(graph: KnowledgeGraph) -> FloatArray:
    items = graph.facts_of("item")[0]
    return np.log1p(np.bincount(items, minlength=graph.num_items))[:, None]


def _numbers(graph: KnowledgeGraph) -> FloatArray:
    first = graph.first("item")
    values = [numbers[first : first + graph.num_items] for numbers in graph.numbers.values()]
    return np.stack(values, axis=1) if values else np.zeros((graph.num_items, 0))


def _places(values: FloatArray, usual: FloatArray) -> FloatArray:
    """The share of the usual values that are lower, equal ones by half; NaN where unknown."""
    order = np.sort(usual[np.isfinite(usual)])
    below = np.searchsorted(order, values, "left") + np.searchsorted(order, values, "right")
    return np.where(np.isfinite(values), below / max(2 * len(order), 1), np.nan)


def _standard(table: FloatArray, usual: slice) -> FloatArray:
    """Columns in standard deviations from their means, at most three; 0 where unknown or always the same."""
    known = np.ma.masked_invalid(table)
    mean, deviation = (part.filled(0.0) for part in (known[usual].mean(axis=0), known[usual].std(axis=0)))
    scaled = (known - mean) / np.where(deviation > 0, deviation, 1.0) * (deviation > 0)
    return np.asarray(np.clip(scaled.filled(0.0), -_FARTHEST, _FARTHEST))


def _unit_mean(group: FloatArray, usual: slice) -> FloatArray:
    """Features with a mean squared length of 1 over the usual items; as they are where all are 0."""
    total = float(np.square(group[usual]).sum())
    return group / np.sqrt(total / len(group[usual])) if total > 0 else group
