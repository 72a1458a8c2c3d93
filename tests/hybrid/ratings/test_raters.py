"""What each rater learns: formulas by hand, and worlds with one right answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hybrid.ratings.features import features
from hybrid.ratings.raters.bias import Bias
from hybrid.ratings.raters.factors import Factors
from hybrid.ratings.raters.itemknn import ItemKnn
from hybrid.scorers.base import Resources
from kg.graph import Interactions
from tests.rated import parties, with_ratings
from tests.worlds import make_graph

RESOURCES = Resources(device="cpu", seed=0)


def predict(rater, graph, *pairs, resources=RESOURCES):
    users, items = np.array(pairs).T
    return rater.fit(graph, resources).predict(users, items)


def test_biases_are_damped_means() -> None:
    graph = with_ratings(make_graph(num_users=3, num_items=2), [(0, 0, 5), (1, 0, 4), (1, 1, 3)])
    # mean 4; item 0: (1 + 0) / (1 + 2), item 1: -1 / (1 + 1); user 1: (-1/3 - 1/2) / (2 + 2)
    found = predict(Bias(user_damping=2, item_damping=1), graph, (1, 0), (1, 1), (2, 1), (-1, -1))
    np.testing.assert_allclose(found, [4 + 1 / 3 - 5 / 24, 4 - 1 / 2 - 5 / 24, 3.5, 4])


def test_neighbours_pull_from_the_bias_by_the_formula() -> None:
    rows = [(0, 0, 5), (0, 1, 5), (1, 0, 1), (1, 1, 1), (2, 0, 5), (3, 1, 4)]
    graph = with_ratings(make_graph(num_users=4, num_items=2), rows)
    base = Bias().fit(graph, RESOURCES).predict
    users, items, stars = (np.array(column) for column in zip(*rows, strict=True))
    left = np.zeros((4, 2))
    left[users, items] = stars - base(users, items)
    cosine = left[:, 0] @ left[:, 1] / np.linalg.norm(left[:, 0]) / np.linalg.norm(left[:, 1])
    similarity = cosine * 2 / (2 + 3)  # two people rated both
    found = predict(ItemKnn(shrinkage=3, damping=0.5), graph, (2, 1), (3, 1))
    pulled = base(np.array([2]), np.array([1]))[0] + similarity * left[2, 0] / (0.5 + similarity)
    np.testing.assert_allclose(found, [pulled, base(np.array([3]), np.array([1]))[0]], rtol=1e-5)


def test_of_a_repeated_rating_the_last_counts() -> None:
    rows = [(0, 0, 5), (0, 1, 5), (1, 0, 1), (1, 1, 1), (2, 0, 1), (2, 0, 5)]
    graph = with_ratings(make_graph(num_users=3, num_items=2), rows)
    bias, near = (predict(rater, graph, (2, 1))[0] for rater in (Bias(), ItemKnn(shrinkage=0)))
    assert near > bias + 0.5


@pytest.mark.parametrize("loss", ["mse", "mae", "log"])
def test_factors_find_the_parties_and_place_newcomers_by_their_facts(loss: str) -> None:
    graph = parties()
    rater = Factors(embedding_size=4, loss=loss, epochs=40, learning_rate=0.03, penalty=0.001)
    held = graph.heldout_ratings
    users, items = held.users, held.items
    found = rater.fit(graph, RESOURCES).predict(users, items)
    assert np.abs(found - held.weights)[:-4].mean() < 0.5
    # the last four are of a person and an item without ratings
    assert np.abs(found - held.weights)[-4:].max() < 1.5
    ids_only = Factors(**{**vars(rater), "side": False}).fit(graph, RESOURCES).predict(users[-4:], items[-4:])
    assert np.abs(ids_only - 3).max() < 1


def test_neighbours_find_the_parties() -> None:
    held = parties().heldout_ratings
    found = ItemKnn().fit(parties(), RESOURCES).predict(held.users, held.items)
    assert np.abs(found - held.weights)[:-4].mean() < 1


def test_validation_decides_when_to_stop() -> None:
    graph, noise = parties(8), np.random.default_rng(0)
    ratings = graph.heldout_ratings
    apart = Interactions.of(ratings.users, ratings.items, weights=noise.permutation(ratings.weights))
    given = Resources(device="cpu", seed=0, validation=apart)
    rater = Factors(embedding_size=4, epochs=30, learning_rate=0.1, penalty=0.0, patience=2)
    settled = rater.fit(graph, given).settled
    assert settled.stop_after == given.histories["factors"].best.number < 30
    again = Resources(device="cpu", seed=0)
    settled.fit(graph, again)
    assert len(again.histories["factors"].epochs) == settled.stop_after


def test_features_are_ids_and_shared_facts_in_both_directions() -> None:
    facts = [(f"i{item}", "of", "drama") for item in range(5)]
    facts += [("studio", "made", f"i{item}") for item in range(5)]
    facts += [("i0", "of", "noir")] + [(f"i{item}", "of", "crime") for item in (0, 2, 3, 4, 5)]
    graph = with_ratings(make_graph(num_users=1, num_items=6, facts=facts), [(0, 1, 5), (0, 5, 1)])
    table = features(graph, "item").toarray()
    assert table.shape == (7, 1 + 6 + 3)
    assert (table[:, 0] == 1).all()
    table = table[:, 1:]
    # itself, where it has a rating; "noir" is of one film only and is left out
    np.testing.assert_array_equal(table[:6, :6], np.diag([0, 1, 0, 0, 0, 1]))
    half = 2**-0.5
    rows = [
        [half, 1, half],
        [1, 1, 0],
        [half, 1, half],
        [half, 1, half],
        [half, 1, half],
        [0, 0, 1],
        [0, 0, 0],
    ]
    np.testing.assert_allclose(np.sort(table[:, 6:]), np.sort(np.array(rows)), rtol=1e-6)
    assert features(graph, "item", side=False).shape == (7, 6)
    assert features(graph, "user").toarray().tolist() == [[1, 1], [1, 0]]


def test_numbers_are_features_in_standard_deviations() -> None:
    graph = with_ratings(make_graph(num_users=1, num_items=22), [(0, 0, 5)])
    years, same = np.full((2, graph.num_nodes), np.nan)
    years[1:4], same[1:4] = [1990, 2000, 2010], 7
    price = np.full(graph.num_nodes, 1.0)
    price[22] = 1_000_000
    graph = replace(graph, numbers={"year": years, "same": same, "price": price})
    table = features(graph, "item").toarray()[:, 1:]
    assert table.shape == (23, 22 + 2)
    np.testing.assert_allclose(table[:4, 22], [-(1.5**0.5), 0, 1.5**0.5, 0], rtol=1e-6)
    assert table[21, 23] == 3
    assert features(graph, "user").shape == (2, 2)
