"""Graphs with other links than their own, to see what the links are worth: none, shuffled, rewired.

Nodes, likes, ratings, texts and numbers stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kg.graph import Edges
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

_PASSES = 10
_TAKEN = 0.9  # of the offers: were all taken, an odd number of swaps could never come about


def without(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The people and items of a graph, and what is between them: no facts, and so no entities."""
    nothing, kept = np.zeros(0, dtype=np.int64), slice(graph.first("entity"))
    return replace(
        graph,
        entities=Vocabulary("entity", ()),
        labels=graph.labels[kept],
        classes=graph.classes[kept],
        texts=graph.texts[kept],
        numbers={name: values[kept] for name, values in graph.numbers.items()},
        edges=Edges(nothing, nothing, nothing),
    )


def shuffled(graph: KnowledgeGraph, seed: int = 0) -> KnowledgeGraph:
    """Each item that has facts gets those of another: links that are wrong but look right.

    The items stand in a random circle, and each has what the one before it had. A fact of two items has both
    exchanged; facts of entities and people stay, but for the items in them.

    Args:
        graph: any graph.
        seed: of the circle.
    """
    circle = np.random.default_rng(seed).permutation(np.unique(graph.facts_of("item")[0]))
    places = np.arange(graph.num_nodes)
    first = graph.first("item")
    places[first + circle] = first + np.roll(circle, 1)
    edges = graph.edges
    return replace(graph, edges=Edges(places[edges.heads], edges.relations, places[edges.tails]))


def rewired(graph: KnowledgeGraph, seed: int = 0) -> KnowledgeGraph:
    """Random links in which every node has as many of each relation as before, as head and as tail.

    Two facts of one relation swap their tails, unless that would make a fact that is there already or one of
    a node with itself (Maslov and Sneppen, "Specificity and Stability in Topology of Protein Networks",
    Science 2002). In each of 10 passes every fact is offered a swap with a random other one of its relation;
    more passes leave no fewer facts as they were (see docs/evaluation.md). Facts that are all of one head, or
    join all heads and all tails of their relation, have nothing to swap. A million take about five seconds.

    Args:
        graph: any graph.
        seed: of the swaps.
    """
    rng, edges = np.random.default_rng(seed), graph.edges
    tails = edges.tails.copy()
    for _ in range(_PASSES):
        one, other = _pairs(edges.relations, rng)
        ours, theirs = tails[other], tails[one]
        heads = edges.heads[one], edges.heads[other]
        keys = (edges.relations * graph.num_nodes + edges.heads) * graph.num_nodes
        taken = rng.random(len(one)) < _TAKEN
        fresh = _fresh(keys + tails, np.concatenate([keys[one] + ours, keys[other] + theirs]))
        swapped = taken & fresh[: len(one)] & fresh[len(one) :] & (heads[0] != ours) & (heads[1] != theirs)
        tails[one[swapped]], tails[other[swapped]] = ours[swapped], theirs[swapped]
    return replace(graph, edges=replace(edges, tails=tails))


def _pairs(groups: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Random pairs of rows of one group; each row is in one pair, or in none if its group's number is odd."""
    order = rng.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    ordered = groups[order]
    starts = np.searchsorted(ordered, ordered)
    first = np.flatnonzero((np.arange(len(order)) - starts) % 2 == 0)
    first = first[first + 1 < len(order)]
    first = first[ordered[first] == ordered[first + 1]]
    return order[first], order[first + 1]


def _fresh(known: IntArray, offered: IntArray) -> BoolArray:
    """Which of the offered keys are neither known nor offered twice."""
    keys = np.concatenate([known, offered])
    order = np.argsort(keys)
    same = np.diff(keys[order]) == 0
    alone = np.ones(len(keys), dtype=np.bool_)
    alone[order[1:][same]] = False
    alone[order[:-1][same]] = False
    return alone[len(known) :]
