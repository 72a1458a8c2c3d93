"""Explanations of the films of a small world, with paths that a finder found in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybrid import Query, Recommendation
from hybrid.reasons.explanation import Explanation, LikeShare, Reason
from kg.graph import Relation
from kg.paths import PathFinder
from tests.worlds import make_graph

LABELS = {
    "i0": "Alien",
    "i1": "Gladiator",
    "i2": "Heat",
    "i3": "Aliens",
    "i4": "It",
    "i5": "Seven",
    "i6": "Up",
    "i7": "Alien Nation",
    "scott": "Ridley Scott",
    "mann": "Michael Mann",
    "pacino": "Al Pacino",
    "war": "War",
}
WORDS = {
    "director": ("is directed by", "directed"),
    "actor": ("stars", "starred in"),
    "subject": ("is about", "is the subject of"),
}
FACTS = [
    ("i0", "director", "scott"),
    ("i1", "director", "scott"),
    ("i2", "director", "mann"),
    ("i2", "actor", "pacino"),
    ("i3", "subject", "war"),
]
LIKES = [(0, 0), (0, 2), *((user, item) for user in range(1, 8) for item in (2, 1))]


def films():
    """Eight films: Alien and Gladiator are by one director, and seven people like Heat and Gladiator."""
    graph = make_graph(LIKES, facts=FACTS, labels=LABELS, num_items=8)
    return replace(graph, relations=tuple(Relation(each.id, *WORDS[each.id]) for each in graph.relations))


FILMS = films()
FINDER = PathFinder(FILMS, np.ones((FILMS.num_nodes, 2), np.float32))


def explanation(item="i1", liked=("i0", "i2"), language="en", verdict="because", **changes):
    """Why an item, for somebody who likes some: its likes give 0.9, 0.3 and so on, its paths a verdict."""
    rows = FILMS.items.numbers(liked)
    row = FILMS.items.number(item)
    paths = FINDER.speaking(language).best(rows, np.ones(len(rows)), row, person=0)
    likes = tuple(
        LikeShare(each, LABELS[each], {"ease": amount})
        for each, amount in zip(liked, (0.9, 0.3), strict=False)
    )
    given = {"score": 1.5, "parts": {"ease": 1.25, "text": 0.25}, "notes": (), "confidence": float("nan")}
    found = {name: changes.pop(name, value) for name, value in given.items()}
    fields = {
        "likes": likes,
        "reasons": tuple(Reason(path, 0.1, verdict=verdict) for path in paths),
    } | changes
    return Explanation(
        Recommendation(item, LABELS[item], paths=paths, **found), Query(likes=tuple(liked)), **fields
    )
