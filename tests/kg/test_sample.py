"""A small world out of a catalog."""

from dataclasses import replace

import pandas as pd
import pytest

import kg
from kg.errors import CatalogError

CARD = """\
name: films
nodes:
  - kind: item
    class: Film
    file: films.csv
    id: id
    links: [{column: genre, relation: genre, class: Genre}]
  - {kind: user, file: people.csv, id: id}
interactions: [{file: likes.csv, user: user, item: film}]
"""


@pytest.fixture
def catalog(tmp_path):
    """Film 0 is liked by all, 1 by two, 2 by one, 3 by nobody; 0 and 1 share a genre."""
    (tmp_path / "films.csv").write_text("id,genre\n0,War\n1,War\n2,Love\n3,War\n")
    (tmp_path / "people.csv").write_text("id\n" + "".join(f"p{number}\n" for number in range(4)))
    likes = [(f"p{number}", 0) for number in range(3)] + [("p0", 1), ("p1", 1), ("p2", 2)]
    (tmp_path / "likes.csv").write_text("user,film\n" + "".join(f"{who},{what}\n" for who, what in likes))
    (tmp_path / "dataset.yaml").write_text(CARD)
    return kg.read(tmp_path / "dataset.yaml")


def test_it_keeps_what_is_liked_most_and_what_is_shared(catalog):
    graph = kg.build(kg.smaller(catalog, people=10, items=2))
    assert set(graph.items) == {"0", "1"}
    assert set(graph.users) == {"p0", "p1", "p2"}  # p3 likes nothing
    assert len(graph.entities) == 1
    assert (len(graph.edges), len(graph.interactions)) == (2, 5)


def test_what_only_one_film_has_is_left_out(catalog):
    assert len(kg.build(kg.smaller(catalog, people=10, items=1)).entities) == 0


def test_people_are_drawn_with_the_seed(catalog):
    drawn = {tuple(kg.build(kg.smaller(catalog, 1, 2, seed)).users) for seed in range(10)}
    assert len(drawn) > 1
    assert tuple(kg.build(kg.smaller(catalog, 1, 2, 3)).users) in drawn


def test_ratings_go_along(catalog):
    rated = catalog.interactions.assign(rating=5.0)
    small = kg.smaller(replace(catalog, ratings=rated), people=10, items=1)
    assert set(small.ratings["item"]) == {"0"}
    assert isinstance(small.ratings, pd.DataFrame)


@pytest.mark.parametrize(("people", "items"), [(0, 1), (1, 0)])
def test_nobody_and_nothing_are_refused(catalog, people, items):
    with pytest.raises(CatalogError, match="needs people and items"):
        kg.smaller(catalog, people, items)
