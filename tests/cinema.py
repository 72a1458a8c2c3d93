"""A small cinema for the tests of queries: films with genres, directors and prices, people with ages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hybrid.links import Links
from hybrid.names import Names
from kg.graph import Interactions
from tests.worlds import make_graph

TITLES = ("Alien", "Heat", "Brazil", "Fargo", "Alien Nation", "Bound")
GENRES = (("Film-Noir",), ("Western",), ("Comedy",), ("Film-Noir", "Comedy"), ("Western",), ())
DECADES = ("under 1980", "1980-1989", "1980-1989", "1990 and over")
AGES = ("under 18", "18-24", "25-34", "35 and over")


def cinema():
    """Films i0 .. i5, people u0 .. u3 of one age group each; u0 is a writer.

    u0 likes i0, i1 and i2 in this order; who likes a film gave it 4 or 5, and u1 gave i3 a 2.
    i0 .. i3 are of some decade. Scott directed i0 and i1, one Smith i2 and i3, another Smith i4.
    """
    likes = [(0, 0, 100), (0, 1, 200), (0, 2, 300), (1, 0, 100), (2, 1, 100), (3, 2, 100)]
    facts = [(f"i{item}", "genre", name) for item, names in enumerate(GENRES) for name in names]
    directors = ("d1", "d1", "d2", "d2", "d3")
    facts += [(f"i{item}", "film.film.directed_by", name) for item, name in enumerate(directors)]
    facts += [(f"i{item}", "decade", name) for item, name in enumerate(DECADES)]
    facts += [(f"u{user}", "age group", name) for user, name in enumerate(AGES)]
    facts += [("u0", "occupation", "writer"), ("u1", "occupation", "farmer")]
    names = {f"i{item}": title for item, title in enumerate(TITLES)}
    people = {"d1": "Ridley Scott", "d2": "Jo Smith", "d3": "Jo Smith"}
    same = {name: name for name in ("Film-Noir", "Western", "Comedy", *AGES, *DECADES, "writer", "farmer")}
    graph = make_graph(
        likes, num_users=4, num_items=6, facts=facts, labels=names | people | same, name="cinema"
    )
    prices = np.full(graph.num_nodes, np.nan)
    prices[graph.num_users : graph.num_users + 5] = (10, 20, 30, 40, 50)
    classes = graph.classes.copy()
    for name in people:
        classes[graph.node("entity", name)] = 3
    ratings = Interactions.of(
        [0, 0, 0, 1, 2, 3, 1], [0, 1, 2, 0, 1, 2, 3], weights=[5, 4, 4, 5, 4, 5, 2], times=[100] * 7
    )
    return replace(
        graph,
        numbers={"Price": prices},
        ratings=ratings,
        classes=classes,
        class_names=(*graph.class_names, "Director"),
    )


CINEMA = cinema()
NAMES = Names(CINEMA)
ITEMS, PEOPLE = Links(NAMES, "item"), Links(NAMES, "user")


def entity(external: str) -> int:
    """The number of an entity."""
    return CINEMA.node("entity", external)
