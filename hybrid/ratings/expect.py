"""The rating to expect of one person, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hybrid import ratings
from hybrid.ratings.judge import learn
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.scorers.base import Resources
    from kg.graph import KnowledgeGraph
    from kg.vocabulary import Vocabulary


class Expected(NamedTuple):
    """What somebody is expected to give to an item.

    Attributes:
        item: its id.
        label: its name, or its id.
        rating: the rating to expect.
        highest: the best that there is.
        chance: that the person likes the item, from 0 to 1.
        unknown: ids that the graph does not know, by "user" and "item"; the average stands in for them.
    """

    item: str
    label: str
    rating: float
    highest: float
    chance: float
    unknown: Mapping[str, str]


def expect(
    graph: KnowledgeGraph, user: str, items: Sequence[str], rater: str, resources: Resources
) -> tuple[Expected, ...]:
    """Learn from a graph's ratings, but for those held out, and predict some.

    Args:
        graph: the graph.
        user: id of the person.
        items: ids of the items.
        rater: name of the rater.
        resources: seed, device and so on.

    Raises:
        QueryError: there is no rater of that name, or the graph has no ratings.
    """
    known = ratings.find()
    if rater not in known:
        raise QueryError(f"there is no rater {rater!r}; known are {', '.join(known)}")
    judge = learn(known[rater](), graph, resources)
    rows = np.array([_row(graph.items, item) for item in items], dtype=np.int64)
    people = np.full(len(rows), _row(graph.users, user), dtype=np.int64)
    stars, chances = judge.ratings(people, rows), judge.chances(people, rows)
    return tuple(
        Expected(
            item=item,
            label=graph.item_label(int(row)) if row >= 0 else item,
            rating=float(stars[place]),
            highest=judge.fitted.highest,
            chance=float(chances[place]),
            unknown={
                kind: name
                for kind, name, there in (("user", user, people[place] >= 0), ("item", item, row >= 0))
                if not there
            },
        )
        for place, (item, row) in enumerate(zip(items, rows, strict=True))
    )


def _row(vocabulary: Vocabulary, external: str) -> int:
    return vocabulary.number(external) if external in vocabulary else -1
