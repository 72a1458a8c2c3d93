import numpy as np
import pytest

from hybrid.profiles import Profiles, Wish
from hybrid.scorers import Resources
from hybrid.scorers.crowd import Crowd
from kg.newitems import NewItem
from tests.worlds import make_graph

# four young people and four old ones: all like i0, the young i1, the old i2, one of each i3; nobody i4
LIKES = [(user, 0) for user in range(8)] + [(user, 1 + user // 4) for user in range(8)] + [(0, 3), (7, 3)]
AGES = [(f"u{user}", "age", ("young", "old")[user // 4]) for user in range(8)]
GRAPH = make_graph(LIKES, num_users=9, num_items=5, facts=[*AGES, ("u0", "works as", "writer")])
NOTHING = np.zeros(0, dtype=np.int64)


def fit(**options):
    return Crowd(**options).fit(GRAPH, Resources())


def new(*facts):
    return Profiles.of_likes(NOTHING, wish=Wish(facts=tuple(map(GRAPH.entities.number, facts))))


def test_with_nothing_known_it_is_popularity():
    counts = np.array([8, 4, 4, 2, 0])
    for nobody in (new(), Profiles.of_users(GRAPH, np.array([8]))):
        np.testing.assert_allclose(fit().score(nobody)[0], np.log1p(counts), rtol=1e-6)


def test_an_age_alone_is_enough():
    young, old = (fit().score(new(age))[0] for age in ("young", "old"))
    assert young[1] > young[2]
    assert old[2] > old[1]
    assert young[0] == pytest.approx(old[0])


def test_the_formula():
    found = fit(prior=2.0).score(new("young"))[0]
    expected = np.log1p(4) + np.log((4 + 2) / (4 * 9 / 18 + 2))
    assert found[1] == pytest.approx(expected, rel=1e-6)


def test_what_is_known_of_a_user_is_in_the_graph():
    known = Profiles.of_users(GRAPH, np.array([0, 5]))
    scores = fit().score(known)
    np.testing.assert_allclose(scores[0], fit().score(new("young", "writer"))[0], rtol=1e-6)
    np.testing.assert_allclose(scores[1], fit().score(new("old"))[0], rtol=1e-6)


def test_a_fact_told_again_counts_once():
    told = Profiles.of_likes(NOTHING, wish=new("old").wishes[0], user=5)
    np.testing.assert_array_equal(fit().score(told), fit().score(Profiles.of_users(GRAPH, np.array([5]))))


def test_a_high_prior_takes_everybody_for_everybody():
    np.testing.assert_allclose(fit(prior=1e9).score(new("old")), fit().score(new()), rtol=1e-5)


def test_nobody_likes_a_new_item_yet_nor_is_linked_to_a_new_entity():
    more = GRAPH.with_items([NewItem("x", new=(("age", "ancient"),))])
    grown = fit().grown(more, Resources())
    for facts in ((), ("young",), ("old", "writer")):
        expected = np.append(fit().score(new(*facts))[0], 0)
        told = (*new(*facts).wishes[0].facts, len(GRAPH.entities))
        for wish in (Wish(facts=told[:-1]), Wish(facts=told)):
            found = grown.score(Profiles.of_likes(NOTHING, wish=wish))[0]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
