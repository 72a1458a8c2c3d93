import numpy as np
import pytest

from hybrid.evaluation.protocol import evaluate
from hybrid.profiles import Profiles
from hybrid.scorers import transitions
from hybrid.scorers.base import Resources
from hybrid.scorers.transitions import Transitions
from tests.worlds import chain, make_graph, two_cliques

HISTORIES = ([0, 1, 2, 3], [2, 0, 1], [4], [3, 4, 0, 2])


def world():
    rows = [(user, item, time) for user, items in enumerate(HISTORIES) for time, item in enumerate(items)]
    return make_graph(rows, num_users=4, num_items=5)


def solved(past_rate, future_rate, regularization):
    """The weights by their definition: an example per place, its past and its future written out."""
    pasts, futures = [], []
    for items in HISTORIES:
        for place in range(len(items) - 1):
            past, future = np.zeros(5), np.zeros(5)
            for other, item in enumerate(items):
                if other <= place:
                    past[item] += past_rate ** (place - other)
                else:
                    future[item] += future_rate ** (other - place - 1)
            pasts.append(past)
            futures.append(future)
    H, Y = np.array(pasts), np.array(futures)
    return np.linalg.solve(H.T @ H + regularization * np.eye(5), H.T @ Y)


def test_the_weights_are_the_ridge_from_past_to_future(monkeypatch):
    monkeypatch.setattr(transitions, "_FADED", 1e-9)
    scorer = Transitions(regularization=2.0, half_life=2.0, horizon=1.0).fit(world(), Resources())
    np.testing.assert_allclose(scorer.weights, solved(0.5**0.5, 0.5, 2.0), rtol=1e-5, atol=1e-6)


def test_what_comes_next_is_told_from_what_came_before():
    graph = make_graph([(user, item, item) for user in range(6) for item in range(5)], num_items=5)
    scores = Transitions(regularization=0.1).fit(graph, Resources()).score(Profiles.of_likes(np.array([2])))
    assert scores[0, 3] == scores[0].max()
    assert scores[0, 3] > 5 * abs(scores[0, 1])


def test_a_far_horizon_reaches_past_the_very_next():
    graph = make_graph([(user, item, item) for user in range(6) for item in range(5)], num_items=5)
    person = Profiles.of_likes(np.array([0]))
    near, far = (
        Transitions(regularization=0.1, horizon=horizon).fit(graph, Resources()).score(person)[0]
        for horizon in (0.2, 20.0)
    )
    assert near[4] < 0.1 * near[1]
    assert far[4] > 0.5 * far[1]


def test_transitions_find_the_next_of_a_chain():
    graph = chain()
    scorer = Transitions(half_life=1.0, horizon=1.0).fit(graph, Resources())
    assert evaluate(scorer.score, graph, graph.heldout, ks=(1,)).metrics["ndcg@1"] == 1.0


def test_transitions_abstain_where_likes_have_no_order():
    graph = two_cliques()
    people = Profiles.of_users(graph, np.arange(graph.num_users))
    assert np.isnan(Transitions().fit(graph, Resources()).score(people)).all()


@pytest.mark.parametrize("option", ["half_life", "horizon"])
def test_a_half_life_is_above_zero(option):
    with pytest.raises(ValueError, match="above 0"):
        Transitions(**{option: 0.0}).fit(world(), Resources())
