"""A small shop for the tests of stages: eight items with colours, texts, dates and popularity."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Stock
from tests.worlds import make_graph, text_table

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

DAY = 86_400
COLOURS = ("red", "red", "red", "blue", "blue", "green", "red", "")  # of i0 .. i7; i7 has no fact


def shop() -> KnowledgeGraph:
    """Users u0 .. u9; item i is liked by 8 - i of them, first on day i; i6 and i7 are books, the others toys.

    u9 likes i0, i3 and i5, a red, a blue and a green one.
    """
    likes = [(user, item, DAY * (10 * user + item)) for item in range(8) for user in range(8 - item)]
    likes += [(9, item, DAY * 1_000) for item in (0, 3, 5)]
    graph = make_graph(
        likes,
        num_users=10,
        facts=[(f"i{item}", "has_colour", colour) for item, colour in enumerate(COLOURS) if colour],
        texts={f"i{item}": f"a {colour} thing" for item, colour in enumerate(COLOURS) if colour},
        labels={f"i{item}": f"Item {item}" for item in range(8)} | {name: name for name in COLOURS if name},
        name="shop",
    )
    classes = graph.classes.copy()
    classes[graph.num_users + 6 : graph.num_users + 8] = 2
    years = np.full(graph.num_nodes, np.nan)
    years[graph.num_users : graph.num_users + 7] = np.arange(2000, 2007)
    return replace(graph, classes=classes, class_names=("User", "Toy", "Book"), numbers={"year": years})


SHOP = shop()
STOCK = Stock(SHOP, text_table(SHOP).vectors)


def people(*users: int) -> Profiles:
    """Known people."""
    return Profiles.of_users(SHOP, np.array(users, dtype=np.int64))


def ranked(*rows: tuple[int, ...], scores: tuple[float, ...] = ()) -> Candidates:
    """Candidates in this order, by default with scores that fall from 1 to 0; short rows are padded."""
    width = max(len(row) for row in rows)
    items = np.array([(*row, *[-1] * (width - len(row))) for row in rows], dtype=np.int64)
    given = np.tile(scores or np.linspace(1, 0, width), (len(rows), 1))
    return Candidates(items, np.where(items >= 0, given, np.nan))


def context(*users: int, n: int = 4, **options: object) -> Context:
    """What stages know of users of the shop, nobody's history where none are given."""
    profiles = people(*users) if users else Profiles.of_likes(np.zeros(0, dtype=np.int64))
    return Context(STOCK, profiles, n, **options)


def order(candidates: Candidates, row: int = 0) -> list[int]:
    """The items of a person, without empty places."""
    return [int(item) for item in candidates.items[row] if item >= 0]
