import time

import numpy as np
import pytest

from hybrid.evaluation import protocol
from hybrid.evaluation.beyond import OVERALL
from hybrid.evaluation.protocol import evaluate, history_mask, top_k
from hybrid.profiles import Profiles
from kg.errors import CatalogError
from kg.graph import Interactions
from tests.worlds import checkerboard, make_graph

NAN = np.nan


def rng():
    return np.random.default_rng(0)


def scored(*rows):
    return np.array(rows, dtype=np.float32)


def test_best_first_over_all_signs_and_sizes():
    scores = scored([-1.5, 1e-30, 3e38, -np.inf, -0.0, np.inf, -1e-30])
    np.testing.assert_array_equal(top_k(scores, 7, rng()), [[5, 2, 1, 4, 6, 0, 3]])


def test_it_sorts_like_numpy():
    scores = rng().normal(size=(50, 300)).astype(np.float32)
    np.testing.assert_array_equal(top_k(scores, 20, rng()), np.argsort(-scores, axis=1)[:, :20])


def test_nan_and_excluded_items_leave_places_empty():
    exclude = np.array([[False, False, True, False]])
    np.testing.assert_array_equal(top_k(scored([NAN, -5, 9, 1]), 4, rng(), exclude=exclude), [[3, 1, -1, -1]])
    np.testing.assert_array_equal(top_k(scored([NAN, NAN]), 3, rng()), [[-1, -1, -1]])


def test_more_places_than_items():
    np.testing.assert_array_equal(top_k(scored([1, 2]), 4, rng()), [[1, 0, -1, -1]])


def test_ties_are_broken_at_random_and_by_the_seed():
    scores = np.zeros((4_000, 10), dtype=np.float32)
    scores[:, 5] = -0.0
    first = top_k(scores, 3, rng())
    shares = np.bincount(first[:, 0], minlength=10) / len(first)
    np.testing.assert_allclose(shares, 0.1, atol=0.03)
    assert all(len(set(row)) == 3 for row in first)
    np.testing.assert_array_equal(first, top_k(scores, 3, rng()))
    assert (first != top_k(scores, 3, np.random.default_rng(1))).any()


def test_a_constant_scorer_does_not_profit_from_the_order_of_ids():
    """Everybody's test item has the lowest (or highest) number; knowing nothing finds it by chance only."""
    for favourite in (0, 99):
        rows = [(user, item) for user in range(2_000) for item in (40, 41)]
        graph = make_graph(rows, num_items=100)
        heldout = Interactions.of(np.arange(2_000), np.full(2_000, favourite))
        result = evaluate(lambda p: np.ones((len(p), 100), np.float32), graph, heldout, ks=(10,))
        assert result.metrics["recall@10"] == pytest.approx(10 / 98, abs=0.025)


def test_the_right_answer_is_found_and_the_history_masked():
    graph = checkerboard(20)

    def oracle(profiles):
        scores = np.zeros((len(profiles), 20), dtype=np.float32)
        scores[np.arange(len(profiles)), profiles.users] = 1
        return scores + 2 * history_mask(profiles, 20)

    result = evaluate(oracle, graph, graph.heldout, ks=(1, 5))
    assert result.metrics["ndcg@1"] == 1.0
    assert result.metrics["recall@5"] == result.metrics["mrr@5"] == result.metrics["hit@5"] == 1.0
    assert result.metrics["precision@5"] == pytest.approx(0.2)
    assert result.metrics["coverage@1"] == 1.0
    np.testing.assert_array_equal(result.users, np.arange(20))
    overall = {name for name in result.metrics if name.partition("@")[0] in OVERALL}
    assert set(result.per_user) == set(result.metrics) - overall
    np.testing.assert_array_equal(result.per_user["ndcg@1"], np.ones(20))


def test_an_abstaining_scorer_finds_nothing():
    graph = checkerboard(20)
    result = evaluate(lambda p: np.full((len(p), 20), NAN, np.float32), graph, graph.heldout)
    assert set(result.metrics.values()) == {0.0}


def test_the_auc_is_there_where_asked_for():
    # User 0 likes item 0; test items 1 and 4 beside items 2 and 3 (which has no score). Item 1 is above both,
    # item 4 equal to item 2. User 1 likes all but item 4, which is the test item: there is nothing to beat.
    graph = make_graph([(0, 0), (1, 0), (1, 1), (1, 2), (1, 3)], num_items=5)
    heldout = Interactions.of([0, 0, 1], [1, 4, 4])

    def score(profiles):
        return np.tile(scored([9, 3, 2, NAN, 2]), (len(profiles), 1))

    result = evaluate(score, graph, heldout, auc=True)
    np.testing.assert_allclose(result.per_user["auc"], [(1 + 0.75) / 2, NAN])
    assert result.metrics["auc"] == 0.875
    plain = evaluate(score, graph, heldout)
    assert "auc" not in plain.metrics
    assert {name: value for name, value in result.metrics.items() if name != "auc"} == plain.metrics


def test_batches_are_put_together_again(monkeypatch):
    graph = checkerboard(20)
    scores = rng().random((20, 20), dtype=np.float32)
    whole = evaluate(lambda p: scores[p.users], graph, graph.heldout, auc=True)
    monkeypatch.setattr(protocol, "_CELLS", 140)
    sizes = []

    def score(profiles):
        sizes.append(len(profiles))
        return scores[profiles.users]

    parts = evaluate(score, graph, graph.heldout, auc=True)
    assert sizes == [7, 7, 6]
    assert parts.metrics == whole.metrics


def test_who_and_what_is_evaluated():
    graph = make_graph([(0, 0), (1, 0), (2, 1)], num_users=4, num_items=4)
    # User 0: item 0 is in the history and does not count, item 2 is given twice and counts once. User 1 has
    # nothing left to find, user 2 nothing held out, user 3 no history.
    heldout = Interactions.of([0, 0, 0, 1, 3], [0, 2, 2, 0, 3])
    asked = []

    def score(profiles):
        asked.extend(profiles.users)
        return np.tile(scored([9, 1, 8, 7]), (len(profiles), 1))

    result = evaluate(score, graph, heldout, ks=(2,))
    np.testing.assert_array_equal(result.users, [0, 3])
    assert asked == [0, 3]
    np.testing.assert_array_equal(result.per_user["recall@2"], [1.0, 0.0])
    assert result.metrics["recall@2"] == 0.5


def test_nothing_to_find_is_said_so():
    graph = make_graph([(0, 0)], num_items=2, name="tiny")
    with pytest.raises(CatalogError, match="'tiny' has nothing held out"):
        evaluate(lambda p: scored([1, 2]), graph, Interactions.of([0], [0]))


def test_scores_of_another_shape_are_refused():
    graph = checkerboard(8)
    with pytest.raises(ValueError, match=r"shape \(8, 3\), expected \(8, 8\)"):
        evaluate(lambda p: np.ones((len(p), 3), np.float32), graph, graph.heldout)


def test_thousands_of_people_and_items_take_seconds():
    num_users, num_items = 6_040, 3_000
    users = np.repeat(np.arange(num_users), 100)
    items = rng().integers(num_items, size=len(users))
    graph = make_graph(np.column_stack([users, items]), num_users=num_users, num_items=num_items)
    heldout = Interactions.of(users[::5], rng().permutation(items)[::5])
    scores = rng().random((512, num_items), dtype=np.float32)
    start = time.process_time()
    evaluate(lambda p: scores[: len(p)], graph, heldout)
    assert time.process_time() - start < 8  # 2 seconds on an idle machine


def test_the_history_mask():
    graph = make_graph([(0, 0), (0, 2), (1, 1)])
    mask = history_mask(Profiles.of_users(graph, np.array([1, 0])), 3)
    np.testing.assert_array_equal(mask, [[False, True, False], [True, False, True]])
