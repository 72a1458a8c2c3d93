"""Lists by hand: what is new, varied, surprising and fair in them."""

import numpy as np
import pytest

from hybrid.evaluation.beyond import (
    OVERALL,
    PER_PERSON,
    Known,
    Lists,
    coverage,
    diversity,
    gini,
    novelty,
    popularity_lift,
    serendipity,
)
from hybrid.evaluation.metrics import METRICS
from hybrid.evaluation.protocol import KS, evaluate
from hybrid.profiles import Profiles
from tests.worlds import make_graph

# Items 0, 1, 2, 3 are liked by 4, 2, 1 and 0 of four people; u4 likes nothing.
LIKES = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (2, 2), (2, 2)]
FACTS = [
    ("i0", "of", "drama"),
    ("i0", "by", "Ann"),
    ("i1", "of", "drama"),
    ("i1", "by", "Ann"),
    ("i2", "of", "drama"),
    ("i2", "by", "Bob"),
    ("i3", "by", "Cy"),
]


def lists(top, users, hits=None, facts=FACTS, num_items=4):
    graph = make_graph(LIKES, num_users=5, num_items=num_items, facts=facts)
    top = np.array(top)
    hits = np.zeros(top.shape, dtype=bool) if hits is None else np.array(hits, dtype=bool)
    histories = Profiles.of_users(graph, np.array(users)).matrix(num_items)
    return Lists(top, hits, histories, Known.of(graph))


def test_what_is_known_of_the_catalog():
    known = lists([[0]], [4]).known
    assert (known.people, known.popularity.tolist()) == (4, [4, 2, 1, 0])
    cosines = (known.facts @ known.facts.T).toarray()
    half = 1 / 2
    expected = [[1, 1, half, 0], [1, 1, half, 0], [half, half, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(cosines, expected, atol=1e-6)


def test_novelty_is_in_bits_and_an_item_that_nobody_likes_counts_as_liked_once():
    found = lists([[0, 1, 2], [3, 2, -1], [-1, -1, -1]], [4, 3, 4])
    np.testing.assert_allclose(novelty(found, 3), [(0 + 1 + 2) / 3, (2 + 2) / 2, np.nan])
    np.testing.assert_allclose(novelty(found, 1), [0, 2, np.nan])


def test_a_hit_is_serendipitous_where_popularity_would_not_have_had_it():
    # u3 likes item 0: the most popular two for it are items 1 and 2. u4 likes nothing: they are 0 and 1.
    hits = [[1, 1], [1, 1], [0, 0]]
    found = lists([[3, 1], [2, 1], [-1, 2]], [3, 4, 4], hits)
    np.testing.assert_allclose(serendipity(found, 2), [1 / 2, 1 / 2, 0])
    np.testing.assert_allclose(serendipity(found, 1), [1, 1, 0])


def test_a_popularity_list_has_no_serendipity():
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((60, 30)) < np.linspace(0.6, 0.1, 30))
    held = rng.random(len(users)) < 0.3
    rows = np.column_stack([users, items])
    graph = make_graph(rows[~held], num_users=60, num_items=30, heldout=rows[held])
    popularity = np.bincount(graph.interactions.items, minlength=30) + np.linspace(0.5, 0, 30)
    result = evaluate(lambda p: np.tile(popularity.astype(np.float32), (len(p), 1)), graph, graph.heldout)
    assert result.metrics["precision@5"] > 0.1
    assert result.metrics["serendipity@5"] == result.metrics["serendipity@20"] == 0


def test_diversity_is_the_mean_over_pairs_of_items_with_facts():
    found = lists([[0, 1, 2], [3, -1, 0], [2, -1, -1]], [4, 4, 4])
    np.testing.assert_allclose(diversity(found, 3), [(0 + 0.5 + 0.5) / 3, 1, np.nan], atol=1e-6)
    np.testing.assert_allclose(diversity(found, 2), [0, np.nan, np.nan], atol=1e-6)
    left_out = lists([[0, 3, 2], [0, 3, -1]], [4, 4], facts=FACTS[:-1])
    np.testing.assert_allclose(diversity(left_out, 3), [0.5, np.nan], atol=1e-6)


def test_diversity_agrees_with_the_slow_way():
    rng = np.random.default_rng(1)
    pairs = {(f"i{item}", f"e{entity}") for item, entity in rng.integers([25, 12], size=(90, 2))}
    found = lists(
        np.argsort(rng.random((40, 30)), axis=1)[:, :8],
        [4] * 40,
        facts=[(item, "of", entity) for item, entity in sorted(pairs)],
        num_items=30,
    )
    sets = [{entity for item, entity in pairs if item == f"i{row}"} for row in range(30)]
    for row, value in zip(found.top, diversity(found, 8), strict=True):
        own = [sets[item] for item in row if sets[item]]
        away = [
            1 - len(own[i] & own[j]) / np.sqrt(len(own[i]) * len(own[j]))
            for i in range(len(own))
            for j in range(i)
        ]
        assert value == pytest.approx(np.mean(away), abs=1e-6)


def test_coverage_counts_items_once_and_no_empty_places():
    found = lists([[1, 2, 3], [1, 0, -1]], [4, 4], num_items=10)
    assert coverage(found, 1) == pytest.approx(0.1)
    assert coverage(found, 3) == pytest.approx(0.4)


def test_gini_of_equal_shares_of_all_to_one_and_of_something_between():
    assert gini(lists([[0, 1], [2, 3]], [4, 4]), 2) == pytest.approx(0)
    assert gini(lists([[2], [2]], [4, 4]), 1) == pytest.approx(1)
    # exposures 0, 1, 1, 2: (-3*0 - 1*1 + 1*1 + 3*2) / (3 * 4)
    assert gini(lists([[0, 1], [0, 2]], [4, 4]), 2) == pytest.approx(6 / 12)
    assert np.isnan(gini(lists([[-1]], [4]), 1))


def test_popularity_lift_is_of_the_group():
    # Histories of u0 (items 0 and 1: mean 3) and u2 (0 and 2: mean 2.5); lists of means 1 and 2.
    found = lists([[2, -1], [1, -1], [0, 0]], [0, 2, 4])
    assert popularity_lift(found, 2) == pytest.approx((1 + 2) / 2 / ((3 + 2.5) / 2) - 1)
    assert np.isnan(popularity_lift(lists([[1]], [4]), 1))


def test_the_evaluation_has_them_for_its_own_lists():
    graph = make_graph(LIKES, num_users=5, num_items=4, facts=FACTS, heldout=[(3, 1), (4, 3)])
    scores = np.array([[9, 1, 3, 2]], dtype=np.float32)  # u3 is shown 2 and 3, u4 0 and 2
    result = evaluate(lambda p: np.tile(scores, (len(p), 1)), graph, graph.heldout, ks=(2,))
    assert result.users.tolist() == [3, 4]
    np.testing.assert_allclose(result.per_user["novelty@2"], [2, 1])
    np.testing.assert_allclose(result.per_user["diversity@2"], [1, 0.5], atol=1e-6)
    assert result.metrics["novelty@2"] == 1.5
    assert result.metrics["coverage@2"] == 0.75
    assert result.metrics["popularity_lift@2"] == pytest.approx(0.5 / 4 - 1)
    assert {f"{name}@2" for name in (*PER_PERSON, *OVERALL)} <= set(result.metrics)


def test_tuning_can_do_without_them():
    graph = make_graph(LIKES, num_users=5, num_items=4, heldout=[(3, 1)])

    def score(profiles):
        return np.ones((len(profiles), 4), np.float32)

    whole, bare = (evaluate(score, graph, graph.heldout, beyond=each) for each in (True, False))
    assert set(bare.metrics) == {f"{name}@{k}" for name in METRICS for k in KS}
    assert all(whole.metrics[name] == value for name, value in bare.metrics.items())


def test_what_nobody_has_a_number_for_is_left_out():
    graph = make_graph(LIKES, num_users=5, num_items=4, heldout=[(3, 1)])
    result = evaluate(lambda p: np.ones((len(p), 4), np.float32), graph, graph.heldout, ks=(2,))
    assert "diversity@2" not in result.metrics
    assert "diversity@2" not in result.per_user
    assert "novelty@2" in result.metrics
