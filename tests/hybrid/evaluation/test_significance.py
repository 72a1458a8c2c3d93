import numpy as np
import pytest
from scipy import stats

from hybrid.evaluation.protocol import Evaluation
from hybrid.evaluation.significance import average, best_of, compare, compare_all, pooled


def evaluation(values, users=None, **more):
    per_user = {"ndcg@10": np.asarray(values, dtype=np.float64)}
    per_user |= {name: np.asarray(column, dtype=np.float64) for name, column in more.items()}
    users = np.arange(len(per_user["ndcg@10"])) if users is None else np.asarray(users)
    return Evaluation({name: float(np.nanmean(each)) for name, each in per_user.items()}, per_user, users)


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


def test_it_agrees_with_scipy_for_skewed_differences():
    rng = np.random.default_rng(4)
    first, second = rng.exponential(1.0, 150), rng.exponential(0.75, 150)
    found = compare(evaluation(first), evaluation(second))
    samples, mean = (first - second,), lambda values, axis: values.mean(axis=axis)
    test = stats.permutation_test(samples, mean, permutation_type="samples", rng=rng)
    interval = stats.bootstrap(samples, mean, method="percentile", rng=rng).confidence_interval
    assert found.p_value == pytest.approx(test.pvalue, abs=0.015)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.03)


def test_few_people_are_tested_in_all_ways():
    # Of the 32 signs that five equal differences may have, two are as far from 0 as all of one sign.
    found = compare(evaluation([0.1, 0.1, 0.1, 0.1, 0.1]), evaluation(np.zeros(5)))
    assert found.p_value == 2 / 32
    rng = np.random.default_rng(5)
    first, second = rng.random(9), rng.random(9)
    test = stats.permutation_test(
        (first - second,), lambda values, axis: values.mean(axis=axis), permutation_type="samples", rng=rng
    )
    assert compare(evaluation(first), evaluation(second)).p_value == pytest.approx(test.pvalue)


def test_no_p_value_is_below_what_the_resamples_can_tell():
    found = compare(evaluation(np.full(100, 0.5)), evaluation(np.zeros(100)), resamples=199)
    assert found.p_value == 1 / 200


def test_the_interval_holds_the_truth_about_as_often_as_promised():
    rng = np.random.default_rng(6)
    found = [
        compare(evaluation(rng.normal(0.1, 1, 60)), evaluation(np.zeros(60)), resamples=399)
        for _ in range(300)
    ]
    held = np.mean([each.low <= 0.1 <= each.high for each in found])
    assert 0.90 <= held <= 0.98


def test_people_without_a_number_are_left_out():
    found = compare(evaluation([0.5, np.nan, 0.4, 0.1]), evaluation([0.2, 0.9, np.nan, 0.1]))
    assert (found.num_users, found.difference) == (2, pytest.approx(0.15))
    with pytest.raises(ValueError, match=r"no people in common who have ndcg@10"):
        compare(evaluation([np.nan, 1]), evaluation([1, np.nan]))


def models():
    rng = np.random.default_rng(7)
    base = rng.random(300)
    noise = rng.normal(0, 0.05, (3, 300))
    noise -= noise.mean(axis=1, keepdims=True)
    shifts = {"plain": 0.0, "same": 0.0, "little": 0.006, "better": 0.05}
    columns = [base, *(base + each for each in noise)]
    return {
        name: evaluation(column + shift, recall=column**2 + shift)
        for (name, shift), column in zip(shifts.items(), columns, strict=True)
    }


def test_all_are_compared_with_the_first_as_one_by_one():
    found = compare_all(models(), "ndcg@10", "recall", seed=3)
    assert [(each.comparison.metric, each.name) for each in found] == [
        (metric, name) for metric in ("ndcg@10", "recall") for name in ("same", "little", "better")
    ]
    for each in found:
        alone = compare(models()[each.name], models()["plain"], each.comparison.metric, seed=3)
        np.testing.assert_allclose(
            [each.comparison.difference, each.comparison.low, each.comparison.high],
            [alone.difference, alone.low, alone.high],
            atol=1e-12,
        )
        assert each.comparison.p_value == alone.p_value
        assert each.reference == "plain"


def test_p_values_are_corrected_step_by_step():
    found = compare_all(models(), "ndcg@10", "recall")
    order = sorted(found, key=lambda each: each.comparison.p_value)
    raised, least = [], 0.0
    for left, each in zip(range(6, 0, -1), order, strict=True):
        least = max(least, min(1.0, left * each.comparison.p_value))
        raised.append(least)
    assert [each.corrected for each in order] == pytest.approx(raised)
    assert [each.name for each in found[:3] if each.comparison.p_value < 0.05] == ["little", "better"]
    assert [each.name for each in found[:3] if each.corrected < 0.05] == ["better"]


def test_one_may_be_named_to_compare_with():
    found = compare_all(models(), reference="better")
    assert [(each.name, each.comparison.metric) for each in found] == [
        ("plain", "ndcg@10"),
        ("same", "ndcg@10"),
        ("little", "ndcg@10"),
    ]
    assert all(each.comparison.difference < 0 for each in found)
    with pytest.raises(KeyError, match="nobody"):
        compare_all(models(), reference="nobody")


def test_many_models_that_are_equal_are_seldom_called_different():
    rng = np.random.default_rng(8)
    called = 0
    for _ in range(60):
        equal = {f"m{number}": evaluation(rng.random(40)) for number in range(8)}
        called += any(each.corrected <= 0.05 for each in compare_all(equal, resamples=399))
    assert called <= 8


def test_the_best_and_what_is_not_significantly_below_it_are_marked():
    evaluations = models()
    assert best_of(evaluations) == ("better",)
    close = evaluation(evaluations["better"].per_user["ndcg@10"] - np.tile([0.03, -0.029], 150))
    assert best_of({"close": close, **evaluations}) == ("close", "better")
    assert best_of({"alone": evaluations["plain"]}) == ("alone",)


def test_seeds_are_averaged_person_by_person():
    first, second = evaluation([0, 1, 0.5], recall=[0, 0, 1]), evaluation([1, 1, 0], users=[0, 1, 2])
    found = average([first, second])
    assert found.per_user["ndcg@10"].tolist() == [0.5, 1, 0.25]
    assert list(found.metrics) == list(found.per_user) == ["ndcg@10"]
    assert found.metrics["ndcg@10"] == pytest.approx(np.mean([0.5, 1, 0.25]))
    assert found.users.tolist() == [0, 1, 2]
    for bad in ([], [first, evaluation([1, 1, 0], users=[0, 1, 3])]):
        with pytest.raises(ValueError, match="evaluations of the same people"):
            average(bad)


def test_people_of_several_seeds_are_pooled_and_each_counts_once():
    first, second = evaluation([0, 1], users=[4, 7]), evaluation([0.5, 0.2, np.nan], users=[7, 9, 4])
    found = pooled([first, second])
    assert found.users.tolist() == [4, 7, 9]
    assert found.per_user["ndcg@10"].tolist() == [0, 0.75, 0.2]
    assert found.metrics["ndcg@10"] == pytest.approx(0.95 / 3)
    unknown = Evaluation({}, {"ndcg@10": np.array([np.nan]), "recall": np.array([1.0])}, np.array([0]))
    nobody = pooled([unknown])
    assert list(nobody.metrics) == ["recall"]
    with pytest.raises(ValueError, match="at least one"):
        pooled([])
