"""Neighbours of people and of both kinds, against their formulas written out the slow way."""

import numpy as np
import pytest

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources, neighbours
from hybrid.scorers.base import likes
from hybrid.scorers.itemknn import ItemKnn
from hybrid.scorers.mixedknn import MixedKnn
from hybrid.scorers.userknn import UserKnn
from tests.worlds import make_graph, two_cliques


def world(seed=0, num_users=30, num_items=14):
    liked = np.random.default_rng(seed).random((num_users, num_items)) < 0.35
    liked[np.arange(num_users), np.arange(num_users) % num_items] = True
    return make_graph(np.argwhere(liked), num_users=num_users, num_items=num_items)


def everybody(graph):
    return Profiles.of_users(graph, np.arange(graph.num_users))


def similarities(graph, shrinkage):
    X = likes(graph).toarray().astype(np.float64)
    counts = X.sum(axis=1)
    return X, X @ X.T / (np.sqrt(np.outer(counts, counts)) + shrinkage)


@pytest.mark.parametrize("cells", [1, 100, 16_000_000])
def test_userknn_is_shrunk_cosine(monkeypatch, cells):
    monkeypatch.setattr(neighbours, "_CELLS", cells)
    graph = world()
    X, similarity = similarities(graph, 2.0)
    scores = UserKnn(neighbours=100, shrinkage=2.0).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(scores, similarity @ X, rtol=1e-5)


def test_userknn_asks_the_nearest_only():
    graph = world()
    X, similarity = similarities(graph, 0.5)
    fourth = -np.sort(-similarity, axis=1)[:, 3:4]
    untied = (similarity >= fourth).sum(axis=1) == 4
    assert untied.any()
    expected = np.where(similarity >= fourth, similarity, 0) @ X
    scores = UserKnn(neighbours=4, shrinkage=0.5).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(scores[untied], expected[untied], rtol=1e-5)


def test_shrinkage_prefers_what_rests_on_more():
    """u0 shares its only like with u1 (of cosine 1), and u2 has six of its eight."""
    few, many = [(1, 0)], [(2, item) for item in range(2, 8)]
    asked = Profiles.of_likes(np.array([0, 2, 3, 4, 5, 6, 7]))
    graph = make_graph([*few, (1, 8), *many, (2, 9)], num_items=10)

    def ratio(shrinkage):
        scores = UserKnn(shrinkage=shrinkage).fit(graph, Resources()).score(asked)[0]
        return float(scores[9] / scores[8])

    assert ratio(20.0) > ratio(0.0) > 1


def test_a_known_person_who_has_liked_more_since_is_asked_by_all_of_it():
    graph = two_cliques()
    scores = UserKnn().fit(graph, Resources()).score(Profiles.of_likes(np.array([6, 7, 8]), user=0))[0]
    assert (scores[9:] > 0).all()
    assert (scores[:6] == 0).all()


def test_mixed_is_the_weighted_sum_of_both_shares():
    graph, people = world(), everybody(world())
    item = ItemKnn(5, 1.0).fit(graph, Resources()).score(people)
    user = UserKnn(6, 1.0).fit(graph, Resources()).score(people)
    mixed = MixedKnn(0.3, item_neighbours=5, user_neighbours=6, shrinkage=1.0).fit(graph, Resources())
    expected = 0.3 * item / item.sum(1, keepdims=True) + 0.7 * user / user.sum(1, keepdims=True)
    np.testing.assert_allclose(mixed.score(people), expected, rtol=1e-5)


@pytest.mark.parametrize(("weight", "pure"), [(1.0, ItemKnn(100, 1.0)), (0.0, UserKnn(100, 1.0))])
def test_at_the_ends_mixed_ranks_like_one_of_them(weight, pure):
    graph, people = world(), everybody(world())
    mixed = MixedKnn(weight, 100, 100, 1.0).fit(graph, Resources()).score(people)
    alone = pure.fit(graph, Resources()).score(people)
    np.testing.assert_allclose(mixed, alone / alone.sum(1, keepdims=True), rtol=1e-5)


def test_nobody_near_gives_nought_and_not_a_division_by_it():
    graph = make_graph([(0, 0), (1, 1), (1, 2)], num_items=3)
    scores = MixedKnn().fit(graph, Resources()).score(Profiles.of_likes(np.array([0])))
    assert scores[0, 1:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_is_a_share(weight):
    with pytest.raises(ValueError, match="between 0 and 1"):
        MixedKnn(weight).fit(world(), Resources())


@pytest.mark.parametrize("scorer", [UserKnn(neighbours=0), MixedKnn(user_neighbours=0)])
def test_no_neighbours_is_refused(scorer):
    graph = world()
    with pytest.raises(ValueError, match="at least 1 neighbour"):
        scorer.fit(graph, Resources()).score(everybody(graph))


@pytest.mark.parametrize("scorer", [UserKnn(), MixedKnn()])
def test_cliques_stay_apart(scorer):
    graph = two_cliques()
    scores = scorer.fit(graph, Resources()).score(everybody(graph))
    assert (scores[:6, 6:] == 0).all()
    assert evaluate(lambda p: scores[p.users], graph, graph.heldout, ks=(1,)).metrics["recall@1"] == 1.0
