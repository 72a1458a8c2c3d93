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


@dataclass(frozen=True)
class Features:
    """Of each of n items; the groups of features count alike: each has a mean squared length of 1.

    Attributes:
        facts: a column per directed relation and node at its other end that two items or more share, rarer
            ones counting more: two items agree by the sum of 1 / sqrt(number of items) over what they share.
            The more facts, the longer: what much is known of is liked by more. Shape (n, number of columns).
        rest: text vectors without their mean; how many facts of each relation there are, by the logarithm, in
            standard deviations, and of all together; numbers such as a year. Shape (n, size).
        described: which items anything at all is said of, shape (n,); the others have zeros.
    """

    facts: sparse.csr_array
    rest: ScoreArray
    described: BoolArray

    @classmethod
    def of(cls, graph: KnowledgeGraph, text: TextTable | None) -> Self:
        """Those of a graph's items."""
        facts, numbers = _shared_facts(graph), _numbers(graph)
        described = np.bincount(graph.facts_of("item")[0], minlength=graph.num_items) > 0
        described |= numbers.any(axis=1)
        if text is not None:
            described |= text.present
        groups = [_texts(graph, text), _counts(graph), _amount(graph), numbers]
        rest = np.hstack([_unit_mean(group * described[:, None]) for group in groups])
        return cls(facts, rest.astype(np.float32), described)

    def kernel(self, rows: IntArray) -> FloatArray:
        """How alike some items are, shape (len(rows), len(rows))."""
        facts, rest = self.facts[rows], self.rest[rows].astype(np.float64)
        return np.asarray((facts @ facts.T).toarray() + rest @ rest.T, dtype=np.float64)


def _shared_facts(graph: KnowledgeGraph) -> sparse.csr_array:
    facts = np.unique(np.stack(graph.facts_of("item")), axis=1)
    _, column, shared = np.unique(
        facts[1] * graph.num_nodes + facts[2], return_inverse=True, return_counts=True
    )
    told = shared[column] > 1
    values = shared[column][told] ** -0.25
    values *= np.sqrt(graph.num_items / max(float(np.square(values).sum()), 1e-12))
    return sparse.csr_array(
        (values.astype(np.float32), (facts[0][told], column[told])), shape=(graph.num_items, len(shared))
    )


def _texts(graph: KnowledgeGraph, text: TextTable | None) -> FloatArray:
    if text is None or not text.present.any():
        return np.zeros((graph.num_items, 0))
    centred = text.vectors - text.vectors[text.present].mean(axis=0)
    centred[~text.present] = 0.0
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-12), dtype=np.float64)


def _counts(graph: KnowledgeGraph) -> FloatArray:
    items, relations, _ = graph.facts_of("item")
    counts = np.zeros((graph.num_items, 2 * len(graph.relations)))
    np.add.at(counts, (items, relations), 1)
    common = counts[:, (counts > 0).mean(axis=0) > _COMMON] if graph.num_items else counts
    return _standard(np.log1p(common))


def _amount(graph: KnowledgeGraph) -> FloatArray:
    items = graph.facts_of("item")[0]
    return np.log1p(np.bincount(items, minlength=graph.num_items))[:, None]


def _numbers(graph: KnowledgeGraph) -> FloatArray:
    first = graph.first("item")
    values = [numbers[first : first + graph.num_items] for numbers in graph.numbers.values()]
    return _standard(np.stack(values, axis=1) if values else np.zeros((graph.num_items, 0)))


def _standard(table: FloatArray) -> FloatArray:
    """Columns in standard deviations from their means, at most three; 0 where unknown or always the same."""
    known = np.ma.masked_invalid(table)
    deviation = known.std(axis=0).filled(0.0)
    scaled = (known - known.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return np.asarray(np.clip(scaled.filled(0.0), -_FARTHEST, _FARTHEST))


def _unit_mean(group: FloatArray) -> FloatArray:
    """A group of features with a mean squared length of 1 over the items; as it is where all are 0."""
    total = float(np.square(group).sum())
    return group / np.sqrt(total / len(group)) if total > 0 else group
