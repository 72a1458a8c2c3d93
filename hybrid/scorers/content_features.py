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
    def of(cls, graph: KnowledgeGraph, text: TextTable | None, known: int | None = None) -> Self:
        """Those of a graph's items.

        Args:
            graph: the graph.
            text: the items' text vectors.
            known: what is usual is taken from so many items, the first; from all where None. With as many as
                there were, items that join later leave the features of the others as they are.
        """
        usual = slice(known)
        facts, numbers = _shared_facts(graph, usual), _numbers(graph, usual)
        described = np.bincount(graph.facts_of("item")[0], minlength=graph.num_items) > 0
        described |= numbers.any(axis=1)
        if text is not None:
            described |= text.present
        groups = [_texts(graph, text, usual), _counts(graph, usual), _amount(graph), numbers]
        rest = np.hstack([_unit_mean(group * described[:, None], usual) for group in groups])
        return cls(facts, rest.astype(np.float32), described)

    def kernel(self, rows: IntArray) -> FloatArray:
        """How alike some items are, shape (len(rows), len(rows))."""
        facts, rest = self.facts[rows], self.rest[rows].astype(np.float64)
        return np.asarray((facts @ facts.T).toarray() + rest @ rest.T, dtype=np.float64)


def _shared_facts(graph: KnowledgeGraph, usual: slice) -> sparse.csr_array:
    facts = np.unique(np.stack(graph.facts_of("item")), axis=1)
    _, column = np.unique(facts[1] * graph.num_nodes + facts[2], return_inverse=True)
    known = facts[0] < len(range(graph.num_items)[usual])
    shared = np.bincount(column[known], minlength=column.max(initial=-1) + 1)
    kept = np.flatnonzero(shared > 1)
    told = shared[column] > 1
    values = shared[column[told]] ** -0.25
    values *= np.sqrt(
        len(range(graph.num_items)[usual]) / max(float(np.square(values[known[told]]).sum()), 1e-12)
    )
    return sparse.csr_array(
        (values.astype(np.float32), (facts[0][told], np.searchsorted(kept, column[told]))),
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


def _numbers(graph: KnowledgeGraph, usual: slice) -> FloatArray:
    first = graph.first("item")
    values = [numbers[first : first + graph.num_items] for numbers in graph.numbers.values()]
    return _standard(np.stack(values, axis=1) if values else np.zeros((graph.num_items, 0)), usual)


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
