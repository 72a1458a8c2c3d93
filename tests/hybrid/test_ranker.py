"""The ranker: one scale for all scorers, parts that add up, weights that validation earned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize
from scipy.special import log_softmax

from hybrid import ranker
from hybrid.ranker import Ranker, calibrated, learn

NAN = np.nan
EVERYTHING = np.ones((1, 3), dtype=np.bool_)


def scores(*rows):
    return np.array(rows, dtype=np.float32)


def test_calibrated_scores_have_mean_0_and_deviation_1():
    # 1, 2, 3: mean 2, deviation sqrt(2/3); the scale and the place of the scores do not matter
    for given in (scores([1, 2, 3]), scores([-500, 0, 500])):
        np.testing.assert_allclose(calibrated(given, EVERYTHING), [[-(1.5**0.5), 0, 1.5**0.5]], rtol=1e-5)


def test_scores_that_are_all_the_same_say_nothing():
    np.testing.assert_array_equal(calibrated(scores([7, 7, 7]), EVERYTHING), [[0, 0, 0]])
    np.testing.assert_array_equal(calibrated(scores([NAN, 7, NAN]), EVERYTHING), [[NAN, 0, NAN]])


def test_an_abstaining_scorer_stays_silent_and_infinity_is_no_score():
    assert np.isnan(calibrated(scores([NAN, NAN, NAN]), EVERYTHING)).all()
    np.testing.assert_allclose(calibrated(scores([1, np.inf, 3]), EVERYTHING), [[-1, NAN, 1]], rtol=1e-5)


def test_one_far_out_score_is_cut():
    far = np.zeros((1, 1000), dtype=np.float32)
    far[0, 3] = 1e6
    top = calibrated(far, np.ones_like(far, dtype=np.bool_))
    assert top[0, 3] == 12.0  # uncut it would be sqrt(999)


def test_what_may_not_be_recommended_does_not_count():
    candidates = np.array([[True, False, True]])
    for liked in (2.0, -1e9, NAN):
        out = calibrated(scores([1, liked, 3]), candidates)
        np.testing.assert_allclose(out, [[-1, NAN, 1]], rtol=1e-5)


def test_people_are_calibrated_apart():
    both = calibrated(scores([1, 2, 3], [300, 100, 200]), np.ones((2, 3), dtype=np.bool_))
    np.testing.assert_allclose(both, 1.5**0.5 * np.array([[-1, 0, 1], [1, -1, 0]]), rtol=1e-5)


@pytest.fixture
def three():
    """Three scorers of which one abstains on a person and another on an item."""
    rng = np.random.default_rng(0)
    given = {name: rng.normal(size=(4, 6)).astype(np.float32) for name in ("a", "b", "c")}
    given["a"][1] = NAN
    given["b"][:, 5] = NAN
    for one in given.values():
        one[3] = NAN
    candidates = rng.random((4, 6)) < 0.8
    candidates[:, 5] = True
    return Ranker(("a", "b", "c"), np.array([0.5, 2.0, 1.0])), given, candidates


def test_parts_add_up_to_the_score(three):
    weighed, given, candidates = three
    parts, total = weighed.parts(given, candidates), weighed.combine(given, candidates)
    assert parts.shape == (3, 4, 6)
    np.testing.assert_allclose(np.nansum(parts, axis=0)[~np.isnan(total)], total[~np.isnan(total)], atol=1e-5)
    np.testing.assert_array_equal(np.isnan(parts).all(0), np.isnan(total))
    np.testing.assert_array_equal(np.isnan(total[:3]), ~candidates[:3])
    assert np.isnan(total[3]).all()


def test_where_one_abstains_the_others_decide(three):
    weighed, given, candidates = three
    without = Ranker(("b", "c"), np.array([2.0, 1.0]))
    np.testing.assert_array_equal(
        weighed.combine(given, candidates)[1], without.combine(given, candidates)[1]
    )
    alone = Ranker(("a", "c"), np.array([0.5, 1.0]))
    np.testing.assert_array_equal(
        weighed.combine(given, candidates)[:, 5], alone.combine(given, candidates)[:, 5]
    )


def sample(people=60, items=30, seed=0):
    """Calibrated scores of a scorer that knows, one that guesses and one that is wrong on purpose."""
    rng = np.random.default_rng(seed)
    positives = np.zeros((people, items), dtype=np.bool_)
    positives[np.arange(people), rng.integers(items, size=people)] = True
    positives[: people // 2, 0] = True
    noise = rng.normal(size=(3, people, items))
    raw = np.stack([noise[0] + 3 * positives, noise[1], noise[2] - 3 * positives]).astype(np.float32)
    everything = np.ones((people, items), dtype=np.bool_)
    return np.stack([calibrated(one, everything) for one in raw]), positives


def test_weights_go_to_the_scorer_that_knows():
    features, positives = sample()
    learned = learn(["knows", "guesses", "errs"], features, positives)
    assert learned.names == ("knows", "guesses", "errs")
    assert learned.weights[0] > 1.0
    assert learned.weights[1] < 0.1 * learned.weights[0]
    assert learned.weights[2] == 0.0  # held at 0, never below


def test_the_order_of_the_scorers_does_not_matter():
    features, positives = sample()
    learned = learn(["a", "b", "c"], features, positives).weights
    np.testing.assert_allclose(
        learn(["c", "b", "a"], features[::-1], positives).weights[::-1], learned, atol=1e-3
    )


def plain_loss(weights, features, positives, penalty):
    """The loss as the docstring says it, in 64 bits and without a short cut; NaN is no part."""
    known = ~np.isnan(features).all(0)
    values = []
    for person in np.flatnonzero((positives & known).any(1)):
        logits = np.tensordot(
            weights, np.nan_to_num(features[:, person, known[person]].astype(np.float64)), 1
        )
        values.append(-log_softmax(logits)[positives[person, known[person]]].mean())
    return np.mean(values) + penalty * np.square(weights).sum()


def with_gaps():
    features, positives = sample()
    features = features.copy()
    features[0, :20] = NAN  # one scorer abstains on some people
    features[:, 30:, 4] = NAN  # all of them on some items: no candidates
    features[:, 7] = NAN  # and on a whole person
    return features, positives


def test_the_weights_are_those_of_the_loss_as_it_is_told():
    features, positives = with_gaps()
    learned = learn(["a", "b", "c"], features, positives, penalty=0.01).weights
    found = minimize(
        plain_loss, [0.1, 0.1, 0.1], (features, positives, 0.01), method="L-BFGS-B", bounds=[(0, None)] * 3
    )
    np.testing.assert_allclose(learned, found.x, atol=0.01)


def test_the_slope_is_the_gradient_and_the_loss_is_convex(monkeypatch):
    caught = []

    def catch(loss, start, **kwargs):
        caught.append(loss)
        return minimize(loss, start, **kwargs)

    monkeypatch.setattr(ranker, "minimize", catch)
    features, positives = with_gaps()
    learn(["a", "b", "c"], features, positives, penalty=0.01)
    (loss,) = caught
    rng = np.random.default_rng(1)
    for point, other in rng.uniform(0, 3, size=(5, 2, 3)):
        exact = plain_loss(point, features, positives, 0.01)
        assert loss(point)[0] == pytest.approx(exact, rel=1e-4)
        wrong = check_grad(lambda w: loss(w)[0], lambda w: loss(w)[1], point, epsilon=1e-3)
        assert wrong < 0.02 * max(1.0, np.linalg.norm(loss(point)[1]))
        assert loss((point + other) / 2)[0] <= (loss(point)[0] + loss(other)[0]) / 2 + 1e-6


def test_nothing_to_learn_from_is_said():
    features, positives = sample()
    with pytest.raises(Exception, match="no validation item is among the candidates"):
        learn(["a", "b", "c"], features, np.zeros_like(positives))


def test_a_scorer_without_weight_decides_where_nobody_else_can_tell():
    """Words are worth nothing to people with a history, and everything to somebody who has only words."""
    weighed = Ranker(("history", "words"), np.array([1.0, 0.0]))
    given = {"history": scores([NAN, NAN, NAN], [1, 2, 3]), "words": scores([5, 9, 7], [5, 9, 7])}
    candidates = np.ones((2, 3), dtype=np.bool_)
    parts = weighed.parts(given, candidates)
    alone, both = np.nansum(parts, axis=0)
    assert list(np.argsort(-alone)) == [1, 2, 0]
    assert list(np.argsort(-both)) == [2, 1, 0]
    np.testing.assert_allclose(np.nan_to_num(weighed.combine(given, candidates)), [alone, both], atol=1e-5)
