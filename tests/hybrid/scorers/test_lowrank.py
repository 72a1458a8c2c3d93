"""Low-rank EASE against the dense one, of which it is another way of writing."""

import numpy as np
import pytest
from scipy import sparse

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import Resources, lowrank
from hybrid.scorers.ease import Ease
from hybrid.scorers.lowrank import low_rank_factors
from tests.worlds import checkerboard, make_graph, two_cliques


def world(num_users=80, num_items=30, seed=0):
    liked = np.random.default_rng(seed).random((num_users, num_items)) < 0.2
    facts = [(f"i{item}", "in", f"x{item % 4}") for item in range(num_items)]
    return make_graph(np.argwhere(liked), num_users=num_users, num_items=num_items, facts=facts)


def everybody(graph):
    return Profiles.of_users(graph, np.arange(graph.num_users))


@pytest.mark.parametrize("attributes", [0.0, 2.0])
@pytest.mark.parametrize("block", [7, 32_768])
def test_with_full_rank_it_is_the_dense_one(monkeypatch, attributes, block):
    monkeypatch.setattr(lowrank, "_BLOCK", block)
    graph = world()
    dense = Ease(regularization=5.0, attributes=attributes).fit(graph, Resources())
    low = Ease(regularization=5.0, attributes=attributes, dense_up_to=29, rank=30).fit(graph, Resources())
    assert low.weights.size == 0
    assert low.factors.shape == (30, 30)
    np.testing.assert_allclose(low.score(everybody(graph)), dense.score(everybody(graph)), atol=1e-4)


def test_the_factors_keep_the_largest_directions():
    """F F' = V diag(e / (e + λ)) V' for the largest eigenvalues e of X'X."""
    matrix = sparse.csr_array((np.random.default_rng(1).random((300, 90)) < 0.1).astype(np.float32))
    values, vectors = np.linalg.eigh((matrix.T @ matrix).toarray().astype(np.float64))
    top, first = values[-5:], vectors[:, -5:]
    factors = low_rank_factors(matrix, 3.0, 5)
    assert factors.shape == (90, 5)
    assert factors.dtype == np.float32
    assert factors.flags.c_contiguous
    lengths = np.square(factors).sum(axis=0)
    assert (np.diff(lengths) <= 0).all()
    np.testing.assert_allclose(lengths[0], top[-1] / (top[-1] + 3.0), rtol=1e-4)
    np.testing.assert_allclose(lengths.sum(), (top / (top + 3.0)).sum(), rtol=0.01)
    np.testing.assert_allclose(np.abs(factors[:, 0]), np.abs(first[:, -1]) * np.sqrt(lengths[0]), atol=0.02)


def test_the_number_of_items_chooses():
    graph = world()
    assert len(Ease(dense_up_to=30).fit(graph, Resources()).weights) == 30
    assert len(Ease(dense_up_to=29).fit(graph, Resources()).weights) == 0


@pytest.mark.parametrize("graph", [two_cliques(), checkerboard()])
def test_one_direction_for_each_group_is_enough(graph):
    low = Ease(regularization=1.0, attributes=0.0, dense_up_to=0, rank=2).fit(graph, Resources())
    result = evaluate(low.score, graph, graph.heldout, ks=(1,))
    assert result.metrics["recall@1"] == 1.0


def test_nothing_of_an_item_is_told_by_itself():
    graph = make_graph([(0, 0), (1, 1)], num_items=2)
    scores = Ease(dense_up_to=0, attributes=0.0, rank=2).fit(graph, Resources()).score(everybody(graph))
    np.testing.assert_allclose(scores, np.zeros((2, 2)), atol=1e-7)


def test_it_survives_being_saved():
    graph = world()
    low = Ease(dense_up_to=0, rank=4).fit(graph, Resources(seed=2))
    restored = Ease(**low.options()).restored(low.state(), graph, Resources())
    np.testing.assert_array_equal(restored.score(everybody(graph)), low.score(everybody(graph)))


@pytest.mark.parametrize(("regularization", "rank"), [(0.0, 3), (-1.0, 3), (1.0, 0)])
def test_it_says_what_it_needs(regularization, rank):
    with pytest.raises(ValueError, match="above 0 and a rank of at least 1"):
        low_rank_factors(sparse.csr_array(np.eye(4, dtype=np.float32)), regularization, rank)
