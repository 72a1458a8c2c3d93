"""A world with one right first question: two cliques, an item that all like, and one that splits people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kg.graph import Interactions
from tests.worlds import make_graph, two_cliques

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

FIRST, SECOND, HUB, SPLITTER = range(6), range(6, 12), 12, 13


def split_cliques() -> KnowledgeGraph:
    """People u0 .. u5 like `FIRST` and `SPLITTER`, u6 .. u11 like `SECOND` and rated `SPLITTER` low.

    Of their six items each likes five. All like `HUB`, and u12 likes nothing else.
    """
    likes = two_cliques().interactions
    people = np.concatenate([likes.users, np.arange(13), np.arange(6)])
    items = np.concatenate([likes.items, [HUB] * 13, [SPLITTER] * 6])
    graph = make_graph(
        np.column_stack([people, items]),
        facts=[(f"i{item}", "has_colour", "red" if item in FIRST else "blue") for item in range(12)],
        labels={f"i{item}": f"Item {item}" for item in range(14)} | {"red": "red", "blue": "blue"},
        name="split-cliques",
    )
    return replace(graph, ratings=Interactions.of(range(6, 12), [SPLITTER] * 6))
