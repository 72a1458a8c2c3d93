"""An explanation in a world of three films, with any word wherever a catalog's words can stand."""

from __future__ import annotations

import math

import numpy as np

from hybrid.query import Query
from hybrid.ranking import Ranking, Recommendation
from hybrid.reasons.explanation import Explanation, LikeShare, Origin, Passage, Reason
from kg.paths import PathFinder
from tests.worlds import make_graph


def world(word="Alien"):
    """Two liked films and a third that shares a director with one and a genre with the other."""
    return make_graph(
        [(0, 0), (0, 1), (1, 0), (1, 2)],
        facts=[
            ("i0", f"made by {word}", "scott"),
            ("i2", f"made by {word}", "scott"),
            ("i1", "is of", "horror"),
            ("i2", "is of", "horror"),
            ("i0", "is of", "slow"),
        ],
        labels={
            "i0": word,
            "i1": "Heat",
            "i2": f"Blade Runner {word}",
            "scott": f"Ridley {word}",
            "horror": "Horror",
        },
    )


def paths(graph):
    """The paths from what person 0 likes to the third film."""
    finder = PathFinder(graph, np.ones((graph.num_nodes, 1), np.float32), max_fan=50)
    return finder.best(np.array([0, 1]), np.ones(2), 2, k=10, person=0)


def explained(word="Alien"):
    """The graph, and all that an explanation can hold."""
    graph = world(word)
    verdicts = ("because", "related", "untested")
    reasons = tuple(
        Reason(path, 0.5 - place / 10, *((math.nan, math.nan) if place else (0.4, 0.1)), verdicts[place % 3])
        for place, path in enumerate(paths(graph))
    )
    recommendation = Recommendation(
        "i2", f"Blade Runner {word}", 1.25, {"graph": 1.5, word: -0.25, "text": math.nan}, (), (word,), 0.3
    )
    likes = (
        LikeShare("i0", word, {"graph": 0.9, word: -0.2}),
        LikeShare("i1", word, {"graph": 0.3, word: math.nan}),
    )
    return graph, Explanation(
        recommendation,
        Query(user="u0"),
        likes,
        {"graph": 0.3, word: -0.05},
        reasons,
        (Passage(word, word, word, 0.5), Passage(word, word, "", 0.25)),
        Origin(word, word, "ab" * 32, "cd" * 32, 7),
    )


def bare(word="Alien"):
    """The graph, and an explanation that has nothing to say."""
    return world(word), Explanation(Recommendation("i2", word, 0.0, {}, ()), Query(user="u0"))


def ranked(word="Alien"):
    """A ranking of one item with paths and one without, and notes."""
    graph = world(word)
    first = Recommendation("i2", word, 1.0, {"graph": 1.0}, paths(graph), (word,), 0.2)
    return Ranking(Query(user="u0"), (first, Recommendation("i1", word, 0.5, {word: 0.5}, ())), (word,))
