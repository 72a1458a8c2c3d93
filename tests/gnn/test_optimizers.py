"""Optimizers and schedules by name: against the rules worked out by hand."""

from __future__ import annotations

import math

import pytest

from gnn.optimizers import OPTIMIZERS, SCHEDULES
from gnn.train import train
from kg.errors import WhyRecError
from tests.gnn.tasks import Slopes, options


def test_what_there_is():
    assert sorted(OPTIMIZERS) == ["adam", "adamw", "sgd"]
    assert sorted(SCHEDULES) == ["constant", "cosine", "linear", "one_cycle"]


@pytest.mark.parametrize(
    ("name", "start", "middle", "end"),
    [
        ("cosine", 0.05, 0.55, 0.1),
        ("one_cycle", 0.04, 0.5, 0.0),
        ("linear", 0.05, 0.5, 0.0),
        ("constant", 0.05, 1.0, 1.0),
    ],
)
def test_schedules_at_their_corners(name, start, middle, end):
    share = SCHEDULES[name].share
    assert share(0.0, 0.2) == start
    assert share(0.1, 0.2) == pytest.approx((start + 1) / 2)
    assert share(0.2, 0.2) == 1.0
    assert share(0.6, 0.2) == pytest.approx(middle)
    assert share(1.0, 0.2) == pytest.approx(end)
    assert share(1.5, 0.2) == share(1.0, 0.2)


def test_a_schedule_may_be_all_warm_up_or_none():
    assert SCHEDULES["linear"].share(0.5, 1.0) == pytest.approx(0.525)
    assert SCHEDULES["linear"].share(1.0, 1.0) == 1.0
    assert SCHEDULES["linear"].share(0.0, 0.0) == 1.0


def test_sgd_by_hand():
    """Gradients 1 and -3, rate 0.1, momentum 0.5: steps of 0.1 and 0.1 * (0.5 - 3) = -0.25."""
    task = Slopes([1.0, -3.0])
    train(task, options(epochs=1, optimizer="sgd", momentum=0.5, schedule="constant"))
    assert task.before_step[1] == pytest.approx(-0.1)
    assert task.module.weight.item() == pytest.approx(-0.1 + 0.25)


def test_weight_decay_is_part_of_adams_gradient_and_not_of_adamws():
    """From -1, rate 0.1, decay 2, gradient 2: Adam sees 2 - 2 = 0 and stays; AdamW shrinks first."""
    places = {}
    for name in ("adam", "adamw"):
        task = Slopes([2.0])
        task.module.weight.data.fill_(-1.0)
        train(task, options(epochs=1, optimizer=name, weight_decay=2.0))
        places[name] = task.module.weight.item()
    assert places == pytest.approx({"adam": -1.0, "adamw": -0.8 - 0.1})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"optimizer": "lion"}, "no optimizer 'lion'; known are adam, adamw, sgd"),
        ({"schedule": "sine"}, "no schedule 'sine'; known are constant, cosine, linear, one_cycle"),
        ({"precision": "int8"}, "no precision 'int8'; known are bfloat16, float32"),
        ({"accumulate": 0}, "accumulate must be at least 1, got 0"),
        ({"adversarial": 1.0}, "needs embeddings to perturb"),
    ],
)
def test_an_option_that_is_not_there_is_told(changes, told):
    with pytest.raises(WhyRecError, match=told):
        train(Slopes([1.0]), options(epochs=1, **changes))


def test_a_rate_of_the_middle_is_the_formulas():
    done = (0.37 - 0.1) / 0.9
    assert SCHEDULES["cosine"].share(0.37, 0.1) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi * done)))
