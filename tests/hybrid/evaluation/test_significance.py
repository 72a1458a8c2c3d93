import numpy as np
import pytest
from scipy import stats

from hybrid.evaluation.protocol import Evaluation
from hybrid.evaluation.significance import compare


def evaluation(values, users=None):
    values = np.asarray(values, dtype=np.float64)
    users = np.arange(len(values)) if users is None else np.asarray(users)
    return Evaluation({"ndcg@10": float(values.mean())}, {"ndcg@10": values}, users)


def test_it_agrees_with_the_t_test_and_its_interval():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.30, 0.2, 400), rng.normal(0.27, 0.2, 400)
    found, t_test = compare(evaluation(first), evaluation(second)), stats.ttest_rel(first, second)
    interval = t_test.confidence_interval()
    assert found.difference == pytest.approx((first - second).mean())
    assert found.p_value == pytest.approx(t_test.pvalue, abs=0.02)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.005)
    assert found.num_users == 400


def test_a_clear_difference_and_none():
    values = np.random.default_rng(1).random(200)
    better = compare(evaluation(values + 0.1), evaluation(values))
    assert better.p_value < 0.001
    assert better.low == pytest.approx(0.1)
    equal = compare(evaluation(values), evaluation(values))
    assert (equal.difference, equal.low, equal.high, equal.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_chance_is_called_so_about_as_often_as_promised():
    rng = np.random.default_rng(2)
    pairs = [(evaluation(rng.random(50)), evaluation(rng.random(50))) for _ in range(100)]
    false_alarms = sum(compare(*pair, resamples=199).p_value <= 0.05 for pair in pairs)
    assert false_alarms <= 12


def test_people_are_paired_by_row_not_by_place():
    first = evaluation([0.1, 0.2, 0.3], users=[1, 2, 3])
    second = evaluation([0.9, 0.1, 0.2], users=[0, 1, 2])
    found = compare(first, second)
    assert (found.num_users, found.difference) == (2, 0.0)


def test_one_person_and_nobody():
    assert compare(evaluation([0.5]), evaluation([0.2])).num_users == 1
    with pytest.raises(ValueError, match="no people in common"):
        compare(evaluation([1.0], users=[1]), evaluation([1.0], users=[2]))


def test_the_same_seed_gives_the_same_answer():
    rng = np.random.default_rng(3)
    first, second = evaluation(rng.random(80)), evaluation(rng.random(80))
    assert compare(first, second, seed=5) == compare(first, second, seed=5)
