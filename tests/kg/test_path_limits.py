"""Limits: what a path may look like, and what they say to somebody who asks for nonsense."""

from __future__ import annotations

import numpy as np
import pytest

from kg.errors import QueryError, UnknownIdError
from kg.paths import Limits, PathFinder
from tests.worlds import make_graph

FACTS = [
    ("i0", "directed_by", "d"),
    ("i1", "directed_by", "d"),
    ("i0", "of_genre", "g"),
    ("i1", "of_genre", "g"),
    ("i2", "of_genre", "g"),
]
LIKES = [(0, 0, 10), (0, 1, 20), (1, 0, 30), (1, 1, 40), (1, 2, 50)]


def graph(facts=FACTS, likes=LIKES, **options):
    return make_graph(likes, num_users=2, num_items=3, facts=facts, **options)


def finder(world):
    return PathFinder(world, np.ones((world.num_nodes, 2), np.float32))


def over(world, limits, liked=(0,), item=1):
    """What the second node of each path is, the strongest first."""
    paths = finder(world).best(np.array(liked), np.ones(len(liked)), item, k=9, limits=limits)
    return [world.id(path.nodes[1]) for path in paths]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_hops": 0}, "max_hops must be 1 to 4, not 0"),
        ({"max_hops": 5}, "max_hops must be 1 to 4, not 5"),
        ({"max_fan": 0}, "max_fan must be at least 1, not 0"),
        ({"before": float("nan")}, "before must be a time in seconds since 1970, not nan"),
        ({"relations": set()}, "relations must be a set of relation ids"),
        ({"relations": "director"}, "relations must be a set of relation ids, not 'director'"),
        ({"pattern": ("item",)}, "pattern names 1 nodes, expected 2 to 4"),
        ({"pattern": ("item",) * 5}, "pattern names 5 nodes, expected 2 to 4"),
        ({"pattern": "item"}, "pattern must be a tuple of kinds or classes, not 'item'"),
    ],
)
def test_limits_that_are_none_are_refused(options, said):
    with pytest.raises(QueryError, match=said):
        Limits(**options)


def test_limits_that_do_not_fit_the_graph_are_refused():
    world = graph()
    with pytest.raises(UnknownIdError, match="relation 'directed_bye' is not in the graph; did you mean"):
        over(world, Limits(relations={"directed_bye"}))
    with pytest.raises(
        QueryError, match="'Actor', which is no kind and no class of the graph; known are user"
    ):
        over(world, Limits(pattern=("item", "Actor", "item")))


def test_questions_that_ask_for_nothing_are_refused():
    world = graph()
    with pytest.raises(QueryError, match="k must be a number of paths, 0 or more, not -1"):
        finder(world).best(np.array([0]), np.ones(1), 1, k=-1)
    with pytest.raises(QueryError, match="both ends are node 0"):
        finder(world).between(0, 0)
    with pytest.raises(QueryError, match="there is no node 7, they are 0 to 6"):
        finder(world).between(0, 7)


def test_no_paths_are_none():
    assert finder(graph()).best(np.array([0]), np.ones(1), 1, k=0) == ()
    assert finder(graph()).between(0, 3, k=0) == ()


def test_shares_of_any_precision():
    seeker, liked = finder(graph()), np.array([0, 2])
    exact, single = (
        seeker.best(liked, np.array([0.25, 0.5], kind), 1, k=9) for kind in (np.float64, np.float32)
    )
    assert exact == single


def test_relations():
    assert sorted(over(graph(), Limits())) == ["d", "g", "u0"]
    assert over(graph(), Limits(relations={"of_genre"})) == ["g"]
    assert over(graph(), Limits(relations={"likes"})) == ["u0"]
    assert sorted(over(graph(), Limits(relations={"likes", "directed_by"}))) == ["d", "u0"]


def test_patterns():
    assert over(graph(), Limits(pattern=("item", "user", "item"))) == ["u0"]
    assert sorted(over(graph(), Limits(pattern=("Item", "Entity", "*")))) == ["d", "g"]
    assert over(graph(), Limits(pattern=("item", "entity", "entity"))) == []
    assert over(graph(), Limits(pattern=("entity", "*", "*"))) == []
    assert over(graph(), Limits(pattern=("item", "item"))) == []


def test_a_hub_by_the_limits_is_not_walked_through():
    assert sorted(over(graph(), Limits(max_fan=3, relations={"of_genre", "directed_by"}))) == ["d", "g"]
    assert over(graph(), Limits(max_fan=2, relations={"of_genre", "directed_by"})) == ["d"]


def test_likes_from_before_a_time_are_all_there_are():
    """The paths are those of the graph as it was then, counts and all."""
    world = graph()
    for before in (5, 15, 25, 35, 45, 55):
        then, now = finder(world.upto(before)), finder(world)
        limits = Limits(before=before)
        assert now.best(np.array([0]), np.ones(1), 1, k=9, limits=limits) == then.best(
            np.array([0]), np.ones(1), 1, k=9
        )
        assert now.between(0, 3, k=9, limits=limits) == then.between(0, 3, k=9)


def test_a_like_of_an_unknown_time_is_before_none():
    world = graph(likes=[(0, 0), (0, 1)])
    assert "u0" in over(world, Limits())
    assert "u0" not in over(world, Limits(before=1e12))


def test_between_anybody_and_anything_over_facts_and_likes():
    world = graph(labels={"i0": "Alien", "i1": "Gladiator", "i2": "Heat", "d": "Scott", "g": "noir"})
    user, director = world.node("user", "u0"), world.node("entity", "d")
    best, other = finder(world).between(user, director, limits=Limits(max_hops=2))
    assert {best.sentence, other.sentence} == {
        "Somebody likes Alien; Alien directed by Scott.",
        "Somebody likes Gladiator; Gladiator directed by Scott.",
    }
    assert best.weight == pytest.approx(
        1 / 2 * (1 / 2) ** 0.5
    )  # steps of 1 / sqrt(2 * 2) and 1 / sqrt(1 * 2)
    assert best.kinds == ("user", "item", "entity")
    (back,) = finder(world).between(director, user, k=1, limits=Limits(max_hops=2))
    assert back.sentence == "Scott directed by of Alien; Alien is liked by somebody."
    assert back.weight == pytest.approx(best.weight)


def test_four_steps_where_they_are_asked_for():
    facts = [("i0", "r", "a"), ("a", "r", "b"), ("b", "r", "c"), ("c", "r", "i1")]
    world = graph(facts=facts, likes=[])
    assert over(world, Limits()) == []
    (path,) = finder(world).best(np.array([0]), np.ones(1), 1, limits=Limits(max_hops=4))
    assert [world.id(node) for node in path.nodes] == ["i0", "a", "b", "c", "i1"]


def test_what_is_remembered_of_one_question_does_not_answer_another():
    world = graph()
    seeker = finder(world)

    def ask(**options):
        return seeker.best(np.array([0]), np.ones(1), 1, k=9, limits=Limits(**options))

    options = [{}, {"max_hops": 1}, {"relations": {"of_genre"}}, {"max_fan": 1}, {"before": 1}, {}]
    assert [len(ask(**option)) for option in options] == [3, 0, 1, 1, 2, 3]
