"""RMSE, MAE and log loss against numbers by hand; the chance of a like; what is learned from."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from hybrid import cli, flow
from hybrid.evaluation.significance import compare as paired
from hybrid.ratings import Fitted, Judge, Rater, find, learn
from hybrid.ratings.evaluation import calibration_error, compare, evaluate
from hybrid.ratings.expect import expect
from hybrid.ratings.judge import Liking, liked
from hybrid.ratings.raters.bias import Bias
from hybrid.ratings.show import print_rated, rated_as_json
from hybrid.scorers.base import Resources
from kg.errors import QueryError
from kg.graph import Interactions
from kg.workspace import write_workspace
from tests.rated import parties, with_ratings
from tests.worlds import make_graph

RESOURCES = Resources(device="cpu", seed=0)


@dataclass(frozen=True)
class Constant(Rater):
    """Says the same of all, and remembers what it saw."""

    name: ClassVar[str] = "constant"

    def learn(self, graph, resources):
        SEEN.append((len(graph.ratings), None if resources.validation is None else len(resources.validation)))
        return (lambda users, _items: np.full(len(users), 4.0)), self


SEEN: list[tuple[int, int | None]] = []


def says(values) -> Judge:
    """Predicts these ratings in turn, with a chance of sigmoid(rating - 3)."""
    fitted = Fitted(lambda _users, _items: np.array(values, dtype=float), Bias(), 1, 5)
    return Judge(fitted, Liking(1.0, -3.0))


def test_the_metrics_are_those_by_hand() -> None:
    rows = [(0, 0, 4)] * 5 + [(1, 0, 2)]
    graph = with_ratings(make_graph(num_users=3, num_items=3), rows, [(0, 0, 5), (0, 1, 2), (1, 0, 4)])
    found = evaluate(says([4, 3, 2]), graph, graph.heldout_ratings)
    chances = 1 / (1 + np.exp(-np.array([1.0, 0, -1])))  # of the truth: like, no like, like
    losses = -np.log([chances[0], 1 - chances[1], chances[2]])
    metrics = found.metrics
    assert metrics["rmse@all"] == pytest.approx(np.sqrt((1 + 1 + 4) / 3))
    assert metrics["mae@all"] == pytest.approx(4 / 3)
    assert metrics["log loss@all"] == pytest.approx(losses.mean())
    # three ratings and ten bins: each chance has its own
    gaps = [1 - chances[0], chances[1], 1 - chances[2]]
    assert metrics["calibration error@all"] == pytest.approx(np.mean(gaps))
    assert metrics["calibration error@cold items"] == pytest.approx(chances[1])
    # user 1 has one rating and item 1 none: fewer than five
    assert (metrics["rmse@cold users"], metrics["count@cold users"]) == (2, 1)
    assert (metrics["mae@cold items"], metrics["log loss@cold items"]) == (1, pytest.approx(losses[1]))
    assert found.users.tolist() == [0, 1]
    assert found.per_user["mse"].tolist() == [1, 4]
    assert found.per_user["log loss"].tolist() == pytest.approx([losses[:2].mean(), losses[2]])


def test_an_empty_slice_is_nan_and_nothing_held_out_is_refused() -> None:
    graph = with_ratings(make_graph(num_users=1, num_items=1), [(0, 0, 4)] * 5, [(0, 0, 4)])
    metrics = evaluate(says([4]), graph, graph.heldout_ratings).metrics
    assert np.isnan(metrics["rmse@cold items"])
    assert np.isnan(metrics["calibration error@cold items"])
    assert metrics["count@cold items"] == 0
    with pytest.raises(QueryError, match="'world' holds no ratings out"):
        evaluate(says([]), graph, Interactions.of([], []))


def test_the_calibration_error_by_hand() -> None:
    # two bins of four: chances .1 .2 .3 .4 with one like, .6 .7 .8 .9 with two
    chances = np.array([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4])
    truth = np.array([True, False, True, True, False, False, False, False])
    gaps = [abs(0.25 - 1 / 4), abs(0.75 - 2 / 4)]
    assert calibration_error(chances, truth, bins=2) == pytest.approx(sum(gaps) / 2)
    assert calibration_error(chances, truth, bins=1) == pytest.approx(abs(0.5 - 3 / 8))
    assert np.isnan(calibration_error(chances[:0], truth[:0]))


def test_equal_chances_are_one_bin_in_whatever_order_they_come() -> None:
    truth = np.arange(100) < 50
    assert calibration_error(np.full(100, 0.5), truth) == pytest.approx(0)
    assert calibration_error(np.full(100, 0.9), truth) == pytest.approx(0.4)


def test_chances_that_come_true_as_often_as_they_say_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(50_000)
    truth = rng.random(50_000) < chances
    assert calibration_error(chances, truth) < 0.01
    assert calibration_error(chances**2, truth) == pytest.approx(1 / 2 - 1 / 3, abs=0.01)


def test_predictions_stay_on_the_scale() -> None:
    assert says([0, 9]).ratings(np.zeros(2, dtype=int), np.zeros(2, dtype=int)).tolist() == [1, 5]


def test_the_chance_of_a_like_is_its_share_at_every_rating() -> None:
    rng = np.random.default_rng(0)
    predicted = rng.uniform(1, 5, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-(2 * predicted - 7)))
    line = Liking.of(predicted, truth)
    assert (line.slope, line.intercept) == (pytest.approx(2, abs=0.1), pytest.approx(-7, abs=0.3))


def test_the_chance_stays_finite_where_all_or_nothing_is_liked() -> None:
    predicted = np.array([1.0, 2, 3, 4])
    assert 0.7 < Liking.of(predicted, np.ones(4, dtype=bool)).chance(predicted).mean() < 1
    assert Liking.of(predicted, predicted > 2).chance(predicted)[[0, 3]] == pytest.approx(
        [0.2, 0.8], abs=0.15
    )
    assert Liking.of(predicted[:0], np.zeros(0, dtype=bool)).chance(predicted) == pytest.approx(0.5)


def test_what_is_liked_is_what_is_among_the_likes() -> None:
    ratings = Interactions.of([0, 0, 1, 7], [0, 5, 0, 0], weights=[5, 4, 1, 1])
    assert liked(ratings, Interactions.of([0], [0]), Interactions.of([0], [5])).tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_a_rater_learns_without_validation_first_and_then_with_it() -> None:
    SEEN.clear()
    graph = parties()
    judge = learn(Constant(), graph, RESOURCES)
    apart, whole = SEEN[0][1], len(graph.ratings)
    assert apart is not None
    assert [(whole - apart, apart), (whole, None)] == SEEN
    assert 0.05 < apart / whole < 0.2
    assert judge.chances(np.array([0]), np.array([0]))[0] == pytest.approx(0.5, abs=0.1)


def test_raters_are_compared_with_the_biases_over_people() -> None:
    found = compare(parties(), RESOURCES, [find()["itemknn"]()])
    assert [each.name for each in found] == ["itemknn", "bias"]
    best, base = found
    assert best.evaluation.metrics["rmse@all"] < base.evaluation.metrics["rmse@all"]
    assert base.against is None
    assert best.against == paired(best.evaluation, base.evaluation, "mse", seed=0)
    assert best.against is not None
    assert best.against.difference < 0
    assert rated_as_json(found)["itemknn"]["metrics"]["rmse@all"] == best.evaluation.metrics["rmse@all"]


def test_somebody_is_told_what_to_expect() -> None:
    even, odd, new = expect(parties(), "u0", ["i2", "i3", "i99"], "itemknn", RESOURCES)
    assert even.rating - odd.rating > 1
    assert even.chance > 0.5 > odd.chance
    assert (even.label, even.highest, even.unknown) == ("i2", 5, {})
    assert new.unknown == {"item": "i99"}
    assert abs(new.rating - 3) < 0.5
    with pytest.raises(QueryError, match="there is no rater 'stars'; known are bias, factors, itemknn"):
        expect(parties(), "u0", ["i2"], "stars", RESOURCES)


def test_the_command_line_rates(tmp_path) -> None:
    write_workspace(parties(), tmp_path / "w")
    asked = ["rate", str(tmp_path / "w"), "--user", "nobody", "--item", "i2", "--rater", "bias"]
    told = CliRunner().invoke(cli.app, asked)
    assert told.exit_code == 0
    assert told.stdout.startswith("i2: about 3.0 of 5, liked with a chance of ")
    assert "(user 'nobody' is unknown here)" in told.stdout
    answer = json.loads(CliRunner().invoke(cli.app, [*asked, "--json"]).stdout)["ratings"]
    assert [each["item"] for each in answer] == ["i2"]
    assert answer[0]["unknown"] == {"user": "nobody"}


def test_a_workspace_with_ratings_has_a_table_of_all_raters(tmp_path) -> None:
    write_workspace(parties(), tmp_path / "w")
    said: list[str] = []
    rated = flow.evaluate_ratings(tmp_path / "w", said.append)
    assert {each.name for each in rated} == set(find())
    assert "ratings: factors" in said
    screen = Console(file=io.StringIO(), width=200)
    print_rated(screen, rated)
    lines = screen.file.getvalue().splitlines()
    assert lines[0].strip() == (
        "Held-out ratings: 44 ratings (all), 2 ratings (cold users), 2 ratings (cold items)"
    )
    best = next(line for line in lines if line.split()[:1] == [rated[0].name])
    assert f"{rated[0].evaluation.metrics['rmse@all']:.4f}" in best


def test_a_workspace_without_ratings_has_no_table(tmp_path) -> None:
    write_workspace(make_graph([(0, 0), (0, 1)]), tmp_path / "w")
    assert flow.evaluate_ratings(tmp_path / "w", lambda _message: None) == ()
