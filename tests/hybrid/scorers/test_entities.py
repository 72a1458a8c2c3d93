import numpy as np
import pytest

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources
from hybrid.scorers.entities import Entities
from tests.worlds import make_graph

GRAPH = make_graph(
    num_users=1,
    num_items=7,
    facts=[
        ("i0", "director", "scott"),
        ("i1", "director", "scott"),
        ("i1", "director", "varda"),
        ("i2", "director", "varda"),
        ("i3", "director", "other"),
        ("varda", "is", "women"),
        *((f"i{item}", "genre", "horror") for item in (0, 3, 4)),
        *((f"i{item}", "genre", "drama") for item in (1, 2, 5)),
    ],
    labels={
        "i4": "It (1990)",
        "i5": "Her (1982)",
        "scott": "Ridley Scott",
        "varda": "Agnès Varda",
        "women": "women",
        "horror": "Horror",
        "drama": "Drama",
    },
)


def fit(graph=GRAPH, **options):
    return Entities(**options).fit(graph, Resources())


def score(*entities, text="", graph=GRAPH):
    wish = Wish(text, entities=tuple(map(graph.entities.number, entities)))
    return fit(graph).score(Profiles.of_likes(np.zeros(0, dtype=np.int64), wish=wish))[0]


def test_linked_items_come_first_and_then_those_a_walk_away():
    scores = score("scott")
    assert scores[[0, 1]].min() > scores[[2, 3, 4, 5]].max()
    assert scores[2] > scores[4]  # it shares a director and a genre with a linked one, not only a genre
    assert scores[[2, 3, 4, 5]].min() > 0


def test_two_steps_away_is_between():
    scores = score("women")
    assert scores[[1, 2]].min() > scores[[0, 3, 4, 5]].max()
    direct = score("varda")
    assert direct[2] > scores[2]


def test_rarer_entities_count_more():
    scores = score("varda", "horror")
    assert scores[2] > scores[4]
    assert np.nanargmax(score("scott", "drama")) == 1


def test_the_formula():
    graph = make_graph(
        num_users=0, num_items=3, facts=[("i0", "tag", "a"), ("i1", "tag", "b"), ("i0", "tag", "b")]
    )
    found = score("a", graph=graph)
    # i0 has 1 of a and is alike i1 by b alone, whose part of it is 1 / sqrt(2) and of i1 is 1
    once = np.log(1 + 3)
    assert found[:2] == pytest.approx([once * (1 + 0.25 / np.sqrt(2)), once * 0.25], rel=1e-5)
    assert np.isnan(found[2])


def test_words_call_entities_by_name():
    np.testing.assert_array_equal(score(text="films by ridley scott"), score("scott"))
    np.testing.assert_array_equal(score(text="horror by women"), score("horror", "women"))
    np.testing.assert_array_equal(score("scott", text="Ridley Scott"), score("scott"))
    assert np.isnan(score(text="by nobody")).all()


def test_words_call_decades_and_years():
    assert np.nanargmax(score(text="from the 80s")) == 5
    assert np.nanargmax(score(text="drama of 1990")) == 4


def test_one_name_of_two_things_means_either():
    facts = [("i0", "genre", "g"), ("i1", "tag", "t"), ("i2", "tag", "u")]
    labels = {"g": "Comedy", "t": "comedy", "u": "other"}
    graph = make_graph(num_users=0, num_items=4, facts=facts, labels=labels)
    np.testing.assert_allclose(
        score(text="comedies", graph=graph)[:3], np.log(3) * np.array([1, 1, 0]), rtol=1e-6
    )


def test_what_nothing_is_linked_to_is_no_wish():
    graph = make_graph(num_users=1, num_items=2, facts=[("i0", "genre", "g"), ("u0", "is", "alone")])
    assert np.isnan(score("alone", graph=graph)).all()
    np.testing.assert_array_equal(score("alone", "g", graph=graph), score("g", graph=graph))


def test_an_item_without_a_link_is_not_scored():
    assert np.isnan(score("scott")[6])
    assert np.isfinite(score("scott")[:6]).all()
