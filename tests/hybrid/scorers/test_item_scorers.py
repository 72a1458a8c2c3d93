"""EASE, recency, neighbours and walks against their formulas, written out the slow way."""

import numpy as np
import pytest

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources, find
from hybrid.scorers import ease as ease_module
from hybrid.scorers.base import likes
from hybrid.scorers.ease import Ease, item_weights
from hybrid.scorers.itemknn import ItemKnn
from hybrid.scorers.popularity import Popularity
from hybrid.scorers.recency import Recent, faded
from hybrid.scorers.rp3beta import Rp3Beta
from tests.worlds import chain, make_graph, two_cliques


def random_graph(seed=0, num_users=40, num_items=15):
    rng = np.random.default_rng(seed)
    liked = rng.random((num_users, num_items)) < 0.3
    liked[:, 0] |= ~liked.any(axis=1)
    users, items = np.nonzero(liked)
    weights = rng.uniform(0.5, 9, len(users))
    rows = np.column_stack([users, items, rng.permutation(len(users)), weights])
    return make_graph(rows, num_users=num_users, num_items=num_items)


def everybody(graph):
    return Profiles.of_users(graph, np.arange(graph.num_users))


def test_popularity_counts_people_not_weights():
    graph = make_graph([(0, 0, 1, 9), (1, 0, 1, 9), (1, 1, 1, 9)], num_items=3)
    scores = Popularity().fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_array_equal(scores, [[2, 1, 0], [2, 1, 0]])


@pytest.mark.parametrize("block", [4, 1024])
@pytest.mark.parametrize("double_up_to", [0, 5_000])
def test_ease_is_its_closed_form(monkeypatch, block, double_up_to):
    monkeypatch.setattr(ease_module, "_BLOCK", block)
    monkeypatch.setattr(ease_module, "_DOUBLE_UP_TO", double_up_to)
    graph = random_graph()
    X = likes(graph).toarray().astype(np.float64)
    P = np.linalg.inv(X.T @ X + 7.0 * np.eye(15))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    fitted = Ease(regularization=7.0).fit(graph, Resources())
    np.testing.assert_allclose(fitted.weights, B, atol=1e-5)
    np.testing.assert_allclose(fitted.score(everybody(graph)), X @ B, atol=1e-5)


def test_ease_weights_minimise_its_loss():
    """No diagonal-free change of B lowers ||X - XB||² + λ||B||²."""
    X = likes(random_graph()).toarray().astype(np.float64)
    B = item_weights(likes(random_graph()), 5.0).astype(np.float64)
    gradient = -2 * X.T @ (X - X @ B) + 2 * 5.0 * B
    np.fill_diagonal(gradient, 0)
    np.testing.assert_allclose(gradient, 0, atol=1e-4)


def test_ease_solves_for_seen_items_only():
    graph = make_graph([(0, 0), (0, 5), (1, 5), (1, 9)], num_items=1_000)
    assert Ease().fit(graph, Resources()).weights.shape == (3, 3)


def two_studios():
    """Even items are of one studio and odd ones of another; nobody has liked i4 and i5 yet."""
    facts = [(f"i{item}", "made_by", ("even", "odd")[item % 2]) for item in range(6)]
    return make_graph([(0, 0), (0, 2), (1, 1), (1, 3), (2, 0)], num_items=7, facts=facts)


def test_attributes_are_further_people_of_ease():
    graph = two_studios()
    people = np.zeros((2, 7))
    people[0, [0, 2, 4]] = people[1, [1, 3, 5]] = np.sqrt(2.0 / np.sqrt(3))
    X = np.vstack([likes(graph).toarray(), people])[:, :6].astype(np.float64)
    P = np.linalg.inv(X.T @ X + 0.5 * np.eye(6))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0)
    fitted = Ease(regularization=0.5, attributes=2.0).fit(graph, Resources())
    np.testing.assert_allclose(fitted.weights, B, atol=1e-5)


def test_an_item_with_facts_and_without_likes_is_scored_by_them():
    graph = two_studios()
    scores = Ease().fit(graph, Resources()).score(everybody(graph))
    assert scores[0, 4] > max(scores[0, 5], 0)
    assert scores[1, 5] > max(scores[1, 4], 0)
    assert np.isnan(scores[:, 6]).all()
    liked = Ease().fit(graph, Resources()).score(Profiles.of_likes(np.array([4])))[0]
    assert (liked[[0, 2]] > 0).all()
    without = Ease(attributes=0.0).fit(graph, Resources()).score(everybody(graph))
    assert np.isnan(without[:, 4:]).all()


def test_ease_refuses_a_negative_weight_of_attributes():
    with pytest.raises(ValueError, match="at least 0"):
        Ease(attributes=-1.0).fit(two_studios(), Resources())


@pytest.mark.parametrize("regularization", [0.0, -1.0])
def test_ease_needs_a_regularization(regularization):
    with pytest.raises(ValueError, match="above 0"):
        Ease(regularization=regularization).fit(random_graph(), Resources())


def test_fading_halves_a_like_each_half_life():
    graph = make_graph([(0, 0, 30), (0, 1, 20), (0, 2, 10), (1, 1, 5)])
    matrix = faded(everybody(graph), 3, half_life=1.0).toarray()
    np.testing.assert_allclose(matrix, [[1, 0.5, 0.25], [0, 1, 0]])
    np.testing.assert_array_equal(faded(everybody(graph), 3, None).toarray(), [[1, 1, 1], [0, 1, 0]])
    with pytest.raises(ValueError, match="above 0"):
        faded(everybody(graph), 3, half_life=0.0)


def test_a_long_half_life_is_plain_ease():
    graph = random_graph()
    recent = Recent(regularization=7.0, half_life=1e9).fit(graph, Resources()).score(everybody(graph))
    plain = Ease(regularization=7.0).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(recent, plain, atol=1e-5)


def test_recency_finds_the_next_of_a_chain_where_ease_cannot_tell_the_ends_apart():
    graph = chain()
    ndcg = {
        name: evaluate(find()[name]().fit(graph, Resources()).score, graph, graph.heldout, ks=(1,)).metrics[
            "ndcg@1"
        ]
        for name in ("recent", "ease")
    }
    assert ndcg["recent"] == 1.0
    assert ndcg["ease"] < 0.8


def test_recency_abstains_where_likes_have_no_order():
    graph = two_cliques()
    scores = Recent().fit(graph, Resources()).score(everybody(graph))
    assert np.isnan(scores).all()


def cosine(graph, shrinkage):
    X = likes(graph).toarray().astype(np.float64)
    counts = X.sum(axis=0)
    similarity = X.T @ X / (np.sqrt(np.outer(counts, counts)) + shrinkage)
    np.fill_diagonal(similarity, 0)
    return X, similarity


def test_itemknn_is_shrunk_cosine():
    graph = random_graph()
    X, similarity = cosine(graph, 3.0)
    scores = ItemKnn(neighbours=100, shrinkage=3.0).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(scores, X @ similarity, rtol=1e-5)


def test_itemknn_scores_an_item_from_its_nearest_only():
    graph = random_graph()
    X, similarity = cosine(graph, 0.5)
    third = -np.sort(-similarity, axis=0)[2]
    scores = ItemKnn(neighbours=3, shrinkage=0.5).fit(graph, Resources())
    assert (np.diff(scores.weights.tocsc().indptr) <= 3).all()
    kept = np.where(similarity >= third, similarity, 0)
    untied = (similarity >= third).sum(axis=0) == 3
    np.testing.assert_allclose(scores.score(everybody(graph))[:, untied], (X @ kept)[:, untied], rtol=1e-5)


def test_rp3beta_is_a_walk_of_three_steps():
    graph = random_graph()
    X = likes(graph).toarray().astype(np.float64)
    users, items = X.sum(axis=1, keepdims=True), X.sum(axis=0)
    walk = (X / items).T ** 0.7 @ (X / users) ** 0.7 / items**0.4
    np.fill_diagonal(walk, 0)
    scores = Rp3Beta(alpha=0.7, beta=0.4, neighbours=50).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(scores, X @ walk, rtol=1e-4)


def test_beta_takes_from_the_popular():
    graph = random_graph()
    counts = likes(graph).toarray().sum(axis=0)
    most = counts.argmax()

    def share(beta):
        scores = Rp3Beta(beta=beta).fit(graph, Resources()).score(everybody(graph))
        return float(scores[:, most].sum() / scores.sum())

    assert share(1.0) < share(0.0)


@pytest.mark.parametrize("scorer", [ItemKnn(neighbours=0), Rp3Beta(neighbours=0)])
def test_no_neighbours_is_refused(scorer):
    with pytest.raises(ValueError, match="at least 1 neighbour"):
        scorer.fit(random_graph(), Resources())


@pytest.mark.parametrize("scorer", [Ease(), ItemKnn(), Rp3Beta()])
def test_cliques_stay_apart(scorer):
    graph = two_cliques()
    scores = scorer.fit(graph, Resources()).score(everybody(graph))
    assert (scores[:6, :6].min(axis=1) > 0).all()
    np.testing.assert_allclose(scores[:6, 6:], 0, atol=1e-6)
    assert evaluate(lambda p: scores[p.users], graph, graph.heldout, ks=(1,)).metrics["recall@1"] == 1.0


def test_ease_weights_lie_in_memory_as_products_read_them():
    assert Ease().fit(random_graph(), Resources()).weights.flags.c_contiguous
