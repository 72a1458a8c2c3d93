"""The benchmark of interviews: what is asked about does not test, and all strategies face the same test."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hybrid.adapt.interviewers import Answer
from kg.graph import Interactions
from tests.worlds import make_graph

FILE = Path(__file__).parents[1] / "benchmarks" / "onboarding.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("benchmark_onboarding", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.MEMBERS = ("itemknn", "popularity")
    return module


@pytest.fixture(scope="module")
def given(benchmark):
    """Forty people of two tastes, each with eight likes of ten and two items rated low of the other ten."""
    rng = np.random.default_rng(0)
    likes = [(user, user % 2 * 10 + item) for user in range(40) for item in rng.permutation(10)[:8]]
    low = [(user, (user + 1) % 2 * 10 + item) for user in range(40) for item in rng.permutation(10)[:2]]
    ratings = Interactions.of(*np.array(likes + low).T, weights=[5.0] * len(likes) + [1.0] * len(low))
    return benchmark.world(replace(make_graph(likes), ratings=ratings), 0)


def test_newcomers_are_not_learned_from(given):
    learned = given.recommender.graph
    assert len(given.said) == 8
    assert not {*learned.interactions.users, *learned.ratings.users} & {*given.said}


def test_what_answers_does_not_test(given):
    asked, wanted = ({*zip(rows.users, rows.items, strict=True)} for rows in (given.asked, given.wanted))
    assert not asked & wanted
    assert len(asked) == 8 * 5
    for user, said in given.said.items():
        assert {item for _user, item in asked if _user == user} == {*said}
        assert all((answer is Answer.LIKE) == (item // 10 == user % 2) for item, answer in said.items())


def test_every_strategy_is_judged_on_the_same_people_and_begins_alike(benchmark, given):
    curves = {
        name: benchmark.judged(given, benchmark.interview(given, name, 6, 0), 6, 0)
        for name in ("neighbours", "popularity")
    }
    first, second = ([each.per_user["ndcg@10"] for each in curve] for curve in curves.values())
    assert first[0].tolist() == second[0].tolist()
    assert first[6].mean() > first[0].mean()


def test_people_of_several_seeds_count_once(benchmark):
    one, two = (
        benchmark.Evaluation({}, {"ndcg@10": np.array(values)}, np.array(users))
        for values, users in (([0.2, 0.4], [3, 7]), ([0.6, 1.0], [7, 9]))
    )
    told = benchmark.part([one, two], np.array([3, 7]))
    assert told.users.tolist() == [3, 7]
    assert told.per_user["ndcg@10"] == pytest.approx([0.2, 0.5])
    assert told.metrics["ndcg@10"] == pytest.approx(0.4)
