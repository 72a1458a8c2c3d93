"""Parts of people and of test items, ranked once."""

import numpy as np
import pytest

from hybrid.evaluation.beyond import OVERALL, PER_PERSON
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.slices import evaluate_slices, of_items, of_people
from tests.worlds import checkerboard, make_graph


def people_of(*lengths):
    return make_graph([(user, item) for user, length in enumerate(lengths) for item in range(length)])


def test_people_by_the_length_of_their_history():
    graph = people_of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    parts = {name: np.flatnonzero(kept).tolist() for name, kept in of_people(graph, np.arange(10)).items()}
    assert parts["sparse"] == [0, 1]
    quarters = [parts[f"history q{number}"] for number in (1, 2, 3, 4)]
    assert quarters == [[0, 1, 2], [3, 4], [5, 6], [7, 8, 9]]
    some = of_people(graph, np.array([9, 0, 4, 3]))
    assert some["history q1"].tolist() == [False, True, False, False]
    assert some["history q4"].tolist() == [True, False, False, False]


def test_people_of_one_length_stay_together():
    parts = of_people(people_of(2, 2, 2, 2), np.arange(4))
    assert parts["history q1"].all()
    assert parts["sparse"].all()
    assert not parts["history q4"].any()


def test_items_by_who_likes_them():
    # Six liked items, of which the fifth that most like is two: items 0 and 1, tied with item 2.
    counts = [5, 4, 4, 2, 1, 1, 0, 0]
    graph = make_graph(
        [(user, item) for item, count in enumerate(counts) for user in range(count)], num_items=len(counts)
    )
    parts = {name: np.flatnonzero(kept).tolist() for name, kept in of_items(graph).items()}
    assert parts == {"warm": [0, 1, 2, 3, 4, 5], "head": [0, 1, 2], "tail": [3, 4, 5], "cold": [6, 7]}


def test_without_likes_everything_is_cold():
    assert {name: kept.any() for name, kept in of_items(make_graph(num_items=3)).items()} == {
        "warm": False,
        "head": False,
        "tail": False,
        "cold": True,
    }


@pytest.fixture
def world():
    """Item 0 is the head, items 1 to 4 the tail, item 5 is cold; u0 has one like, u1 two, u2 three."""
    likes = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 2), (3, 3), (3, 4)]
    return make_graph(likes, num_items=6, heldout=[(0, 1), (0, 5), (1, 5), (2, 3), (3, 0)])


def test_each_slice_is_measured_by_its_own_test_items(world):
    asked = []

    def score(profiles):
        asked.extend(profiles.users)
        return np.tile(np.array([3, 2, 1, 0, 0.5, 9], dtype=np.float32), (len(profiles), 1))

    found = evaluate_slices(score, world, world.heldout, ks=(2,), auc=True)
    assert asked == [0, 1, 2, 3]
    assert next(iter(found)) == "all"
    cold = found["cold"]
    assert (cold.users.tolist(), cold.per_user["recall@2"].tolist()) == ([0, 1], [1, 1])
    assert cold.metrics["mrr@2"] == 1
    tail = found["tail"]  # u0: items 5, 1; u2: items 5, 4, not 3
    assert (tail.users.tolist(), tail.per_user["recall@2"].tolist()) == ([0, 2], [1, 0])
    assert tail.per_user["mrr@2"].tolist() == [1 / 2, 0]
    assert tail.per_user["auc"].tolist() == [1, 0]  # u2: below 4 and 5
    assert found["head"].users.tolist() == [3]
    assert found["warm"].users.tolist() == [0, 2, 3]
    assert found["sparse"].users.tolist() == found["history q1"].users.tolist() == [0]
    assert found["sparse"].per_user["recall@2"].tolist() == [1]


def test_all_is_what_evaluate_gives_and_people_keep_their_numbers():
    graph = checkerboard(20)
    rng = np.random.default_rng(0)
    scores = rng.integers(4, size=(20, 20)).astype(np.float32)
    whole = evaluate(lambda p: scores[p.users], graph, graph.heldout, auc=True, seed=3)
    found = evaluate_slices(lambda p: scores[p.users], graph, graph.heldout, auc=True, seed=3)
    assert found["all"].metrics == whole.metrics
    rows = np.searchsorted(whole.users, found["history q1"].users)
    for name, values in whole.per_user.items():
        np.testing.assert_array_equal(found["history q1"].per_user[name], values[rows])
        if name.partition("@")[0] not in PER_PERSON:
            np.testing.assert_array_equal(found["warm"].per_user[name], values)
    assert "gini@5" in found["sparse"].metrics
    assert not {name for name in found["warm"].metrics if name.partition("@")[0] in {*PER_PERSON, *OVERALL}}
    assert "cold" not in found
