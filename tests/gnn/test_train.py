"""The training loop: steps worked out by hand, early stopping, and resuming as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from gnn import checkpoint as checkpoints
from gnn.optimizers import OPTIMIZERS, SCHEDULES
from gnn.train import Epoch, choose_device, train
from kg.errors import WhyRecError
from tests.gnn import runs
from tests.gnn.tasks import Factors, Killed, Noisy, Slopes, killed_after, killed_in, options, same

ROOT = Path(__file__).parents[2]


def test_two_steps_by_hand():
    """AdamW, beta 0.9 and 0.999; gradients 1 and -3 (were they added up, the second would be -2).

    Step 1 at the full rate: m = 0.1, v = 0.001, corrected 1 and 1; the weight is -0.1.
    Step 2 half-way through the cosine, at 0.1 + 0.9/2 = 0.55 of the rate: m = 0.09 - 0.3 = -0.21,
    v = 0.000999 + 0.009 = 0.009999, corrected -0.21/0.19 = -1.105263 and 0.009999/0.001999 = 5.002001.
    """
    task = Slopes([1.0, -3.0])
    train(task, options(epochs=1))
    assert task.before_step == pytest.approx([0.0, -0.1])
    assert task.module.weight.item() == pytest.approx(-0.1 + 0.055 * 1.105263 / 5.002001**0.5, abs=1e-6)


def test_gradients_are_clipped():
    """At norm 1, gradients 100 and -3 become 1 and -1: m = -0.01, v = 0.001999, corrected -1/19 and 1."""
    task = Slopes([100.0, -3.0])
    train(task, options(epochs=1, clip=1.0))
    assert task.module.weight.item() == pytest.approx(-0.1 + 0.055 / 19, abs=1e-6)


def test_weight_decay():
    """The step of -0.1, then 1 - rate * decay times the weight, then a step of -0.055 (equal gradients)."""
    task = Slopes([1.0, 1.0])
    train(task, options(epochs=1, weight_decay=2.0))
    assert task.module.weight.item() == pytest.approx(-0.1 * (1 - 0.055 * 2.0) - 0.055, abs=1e-6)


def test_the_rate_rises_and_falls():
    """With equal gradients each of Adam's steps is the rate itself."""
    task = Slopes([1.0])
    train(task, options(epochs=4, warmup=0.5))
    places = [*task.before_step, task.module.weight.item()]
    steps = [before - after for before, after in pairwise(places)]
    assert steps == pytest.approx([0.1 * share for share in (0.05, 0.525, 1.0, 0.55)], abs=1e-6)


def test_a_run_cut_short_by_choice_keeps_the_schedule():
    whole, short = Slopes([1.0]), Slopes([1.0])
    train(whole, options(epochs=6, warmup=0.3))
    history = train(short, options(epochs=6, warmup=0.3, stop_after=3))
    assert [epoch.number for epoch in history.epochs] == [1, 2, 3]
    assert short.module.weight.item() == whole.before_step[3]


def test_early_stopping_keeps_the_best_weights():
    task = Slopes([1.0], metrics=[0.1, 0.3, 0.2, 0.3, 0.25, 9.0])
    history = train(task, options(epochs=20, patience=3))
    assert len(history.epochs) == 5  # three after the second, which stays the best: the fourth is not better
    assert history.best.number == 2
    assert task.module.weight.item() == task.after_epoch[1] != task.after_epoch[-1]
    assert not task.module.training


def test_negative_metrics_are_compared_as_they_are():
    task = Slopes([1.0], metrics=[-3.0, -1.0, -2.0])
    assert train(task, options(epochs=3)).best.number == 2
    assert task.module.weight.item() == task.after_epoch[1]


def test_without_validation_the_last_weights_are_kept():
    task = Slopes([1.0])
    history = train(task, options(epochs=3, patience=1))
    assert history.best.number == len(history.epochs) == 3
    assert task.module.weight.item() == task.after_epoch[2]


def test_validation_now_and_then_and_at_the_end():
    task = Slopes([1.0], metrics=[0.1, 0.2, 0.3])
    history = train(task, options(epochs=5, validate_every=2, patience=9))
    assert [epoch.metric for epoch in history.epochs] == [None, 0.1, None, 0.2, 0.3]


def test_epochs_are_reported_as_they_end():
    seen = []
    history = train(Slopes([2.0, 4.0]), options(epochs=2), report=seen.append)
    assert seen == history.epochs
    # the weight is 0, then -0.1 (a full step) when the losses 2w and 4w are taken
    assert seen[0].loss == pytest.approx((2.0 * 0.0 + 4.0 * -0.1) / 2, abs=1e-6)


@pytest.mark.parametrize("slope", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_run(slope, tmp_path):
    file = tmp_path / "run.safetensors"
    task = Slopes([1.0])
    task.slopes = [slope]
    with pytest.raises(FloatingPointError, match="epoch 1"):
        train(task, options(epochs=3), checkpoint=file)
    assert not file.exists()


def test_an_epoch_tells_its_rate_and_gradient():
    """Slopes 3 and -1 have norms 3 and 1; the second step is half-way through the cosine."""
    epoch = train(Slopes([3.0, -1.0]), options(epochs=1)).epochs[0]
    assert (epoch.gradient_norm, epoch.learning_rate) == pytest.approx((2.0, 0.055))


def test_an_epoch_written_before_they_were_measured_is_still_one():
    epoch = Epoch(number=1, loss=0.5, metric=None, seconds=1.0)
    assert epoch.learning_rate is epoch.gradient_norm is None


@pytest.mark.parametrize(("accumulate", "expected"), [(1, [1, 2, 3]), (2, [2, 3]), (9, [3])])
def test_steps_are_told(accumulate, expected):
    seen = []
    train(
        Slopes([1.0, 1.0, 1.0]),
        options(epochs=2, accumulate=accumulate),
        step=lambda done, in_all: seen.append((done, in_all)),
    )
    assert seen == [(done, 3) for done in expected] * 2


def test_the_seed_decides_everything_and_nothing_outside_is_touched():
    first, second, other = Noisy(0), Noisy(0), Noisy(0)
    torch.manual_seed(123)
    before = torch.get_rng_state()
    train(first, options(epochs=2, seed=5))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(456)
    train(second, options(epochs=2, seed=5))
    train(other, options(epochs=2, seed=6))
    assert same(first, second)
    assert not same(first, other)


@pytest.mark.parametrize("killed", [1, 3, 5])
@pytest.mark.parametrize(
    "metrics", [(), (1, 5, 2, 3, 4, 0), (1, 2, 3, 4, 5, 6)], ids=["none", "second", "last"]
)
def test_a_killed_run_ends_as_if_it_had_not_been(killed, metrics, tmp_path):
    file = tmp_path / "run.safetensors"
    chosen = options(epochs=6, warmup=0.2, weight_decay=0.1, patience=9, clip=0.5)
    whole = Noisy(0, metrics)
    expected = train(whole, chosen)
    with pytest.raises(Killed):
        train(Noisy(0, metrics), chosen, checkpoint=file, report=killed_after(killed))
    resumed = Noisy(99, metrics)  # other weights at first: all must come from the file
    resumed.epoch = killed
    history = train(resumed, chosen, checkpoint=file)
    assert same(resumed, whole)
    assert [epoch.loss for epoch in history.epochs] == [epoch.loss for epoch in expected.epochs]
    assert [epoch.metric for epoch in history.epochs] == [epoch.metric for epoch in expected.epochs]


EVERY = [
    *({"optimizer": name} for name in OPTIMIZERS),
    {"optimizer": "sgd", "momentum": 0.0},
    *({"schedule": name, "warmup": 0.2} for name in SCHEDULES),
    {"accumulate": 2},
    {"precision": "bfloat16"},
    {"l1": 0.01, "l2": 0.01},
]


@pytest.mark.parametrize("changes", EVERY, ids=str)
def test_every_kind_of_run_killed_within_an_epoch_ends_as_if_it_had_not_been(changes, tmp_path):
    file = tmp_path / "run.safetensors"
    chosen = options(epochs=4, **changes)
    whole, resumed = Noisy(0), Noisy(99)
    expected = train(whole, chosen)
    with pytest.raises(Killed):
        train(Noisy(0), chosen, checkpoint=file, step=killed_in(3))
    history = train(resumed, chosen, checkpoint=file)
    assert same(resumed, whole)
    assert [replace(epoch, seconds=0) for epoch in history.epochs] == [
        replace(epoch, seconds=0) for epoch in expected.epochs
    ]


def test_an_adversarial_run_killed_within_an_epoch_ends_as_if_it_had_not_been(tmp_path):
    file = tmp_path / "run.safetensors"
    chosen = options(epochs=4, adversarial=1.0, accumulate=2)
    whole, resumed = Factors(0, shuffled=True), Factors(99, shuffled=True)
    train(whole, chosen)
    with pytest.raises(Killed):
        train(Factors(0, shuffled=True), chosen, checkpoint=file, step=killed_in(3))
    train(resumed, chosen, checkpoint=file)
    assert same(resumed, whole)


def test_a_process_killed_within_an_epoch_ends_as_if_it_had_not_been(tmp_path):
    """Two processes of their own, ended with SIGKILL in their third epoch, and taken up here."""
    metrics = (1, 5, 2, 3, 4, 0)
    kinds = {
        "first": {"epochs": 6, "patience": 9, "weight_decay": 0.1, "warmup": 0.2, "clip": 0.5},
        "second": {"epochs": 6, "patience": 9, "optimizer": "sgd", "schedule": "one_cycle", "accumulate": 2,
                   "precision": "bfloat16", "learning_rate": 0.01},
    }  # fmt: skip
    for name in kinds:
        (tmp_path / name).mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, runs.__file__, "kill", tmp_path / name, json.dumps(changes)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name, changes in kinds.items()
    ]  # fmt: skip
    for process in started:
        with process:
            assert process.stdout.readline() == "in epoch 3, loaded for nothing: []\n"
            process.kill()
        assert process.returncode == -signal.SIGKILL
    for name, changes in kinds.items():
        whole, resumed = Noisy(0, metrics), Noisy(99, metrics)
        expected = train(whole, options(**changes))
        resumed.epoch = 2
        history = train(resumed, options(**changes), checkpoint=tmp_path / name / "run.safetensors")
        assert same(resumed, whole)
        assert [epoch.loss for epoch in history.epochs] == [epoch.loss for epoch in expected.epochs]


def test_a_run_is_not_taken_up_with_other_options(tmp_path):
    file = tmp_path / "run.safetensors"
    train(Noisy(0), options(epochs=4, stop_after=1), checkpoint=file)
    with pytest.raises(
        WhyRecError, match=r"run\.safetensors was left by a run with optimizer 'adamw', not 'sgd'"
    ):
        train(Noisy(0), options(epochs=4, optimizer="sgd"), checkpoint=file)


def test_a_finished_run_is_taken_up_without_another_step(tmp_path):
    file = tmp_path / "run.safetensors"
    first, again = Slopes([1.0], metrics=[2.0, 1.0, 1.0]), Slopes([1.0])
    train(first, options(epochs=9, patience=2), checkpoint=file)
    history = train(again, options(epochs=9, patience=2), checkpoint=file)
    assert again.before_step == []
    assert len(history.epochs) == 3
    assert again.module.weight.item() == first.module.weight.item()


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    file = tmp_path / "run.safetensors"
    train(Slopes([1.0]), options(epochs=4, stop_after=1), checkpoint=file)
    before = file.read_bytes()

    def full(tensors, path, metadata):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        train(Slopes([1.0]), options(epochs=4), checkpoint=file)
    assert file.read_bytes() == before


def test_tied_weights_are_kept_tied(tmp_path):
    file = tmp_path / "run.safetensors"

    class Tied(Noisy):
        def __init__(self, seed):
            super().__init__(seed)
            shared = nn.Linear(3, 3)
            self.module = nn.Sequential(shared, nn.Dropout(0.5), shared, nn.Linear(3, 1))

    whole = Tied(0)
    train(whole, options(epochs=3))
    with pytest.raises(Killed):
        train(Tied(0), options(epochs=3), checkpoint=file, report=killed_after(2))
    resumed = Tied(1)
    train(resumed, options(epochs=3), checkpoint=file)
    assert same(resumed, whole)
    assert resumed.module[0].weight is resumed.module[2].weight


def test_devices(monkeypatch):
    assert choose_device("cpu") == torch.device("cpu")
    for cuda, mps, expected in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda here=cuda: here)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda here=mps: here)
        assert choose_device("auto").type == expected
    for nowhere in ("abacus", "cuda:99"):
        with pytest.raises(WhyRecError, match=f"device '{nowhere}' is not here"):
            choose_device(nowhere)
