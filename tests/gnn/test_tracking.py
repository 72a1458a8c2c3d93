"""Curves: what is written, and that a run which goes on goes on with them."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gnn.tracking import MEASURES, TRACKERS, Log, tracked, values
from gnn.train import Epoch, train
from kg.errors import WhyRecError
from tests.gnn.tasks import Killed, Noisy, Slopes, killed_after, killed_in, options

EPOCHS = [Epoch(1, 0.5, None, 1.0, 0.1, 2.0), Epoch(2, 0.25, 0.75, 1.5, 0.05, 1.0)]


def curve(folder, name):
    """Steps and values that TensorBoard shows for a run."""
    shown = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in shown.Scalars(name)]


def test_what_is_measured():
    assert list(values(EPOCHS[1])) == list(MEASURES)
    assert values(EPOCHS[0]) == {"loss": 0.5, "seconds": 1.0, "learning_rate": 0.1, "gradient_norm": 2.0}


def test_event_files_hold_every_epoch(tmp_path):
    history = train(Noisy(0, (1, 5, 2)), options(epochs=3), log=Log(tmp_path, "noisy"))
    for name in MEASURES:
        expected = [(epoch.number, pytest.approx(getattr(epoch, name))) for epoch in history.epochs]
        assert curve(tmp_path / "noisy", name) == expected


@pytest.mark.parametrize("end", [{"report": killed_after(2)}, {"step": killed_in(3)}], ids=["at", "within"])
def test_a_run_that_goes_on_goes_on_with_its_curve(end, tmp_path):
    file, log = tmp_path / "run.safetensors", Log(tmp_path, "noisy")
    with pytest.raises(Killed):
        train(Noisy(0), options(epochs=4), checkpoint=file, log=log, **end)
    history = train(Noisy(1), options(epochs=4), checkpoint=file, log=log)
    expected = [(epoch.number, pytest.approx(epoch.loss)) for epoch in history.epochs]
    assert curve(tmp_path / "noisy", "loss") == expected
    assert len(list((tmp_path / "noisy").iterdir())) == 2


def test_a_new_run_of_the_same_name_takes_the_place_of_the_old(tmp_path):
    for slope in (1.0, 2.0):
        history = train(Slopes([slope]), options(epochs=2), log=Log(tmp_path, "run"))
    assert curve(tmp_path / "run", "loss") == [(e.number, pytest.approx(e.loss)) for e in history.epochs]


def test_nothing_is_written_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(Slopes([1.0]), options(epochs=1))
    assert not list(tmp_path.iterdir())


def test_trackers_are_closed_when_a_run_fails(tmp_path, monkeypatch):
    told = []

    class Telling:
        def __init__(self, log):
            pass

        def start(self, name, options, done):
            told.append((name, options["epochs"], done))

        def epoch(self, epoch):
            told.append(epoch.number)

        def close(self):
            told.append("closed")

    monkeypatch.setitem(TRACKERS, "telling", Telling)
    with pytest.raises(Killed):
        train(
            Slopes([1.0]), options(epochs=3), report=killed_after(2), log=Log(tmp_path, "run", ("telling",))
        )
    assert told == [("run", 3, 0), 1, 2, "closed"]


def test_an_unknown_tracker_is_told(tmp_path):
    with pytest.raises(WhyRecError, match="no tracker 'paper'; known are mlflow, tensorboard, wandb"):
        train(Slopes([1.0]), options(epochs=1), log=Log(tmp_path, "run", ("paper",)))


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_a_tracker_that_is_not_installed_is_told(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(WhyRecError, match=f"'{name}' is not installed; run `pip install {name}"):
        train(Slopes([1.0]), options(epochs=1), log=Log(tmp_path, "run", (name,)))


class Remote:
    """What both services keep, in memory: metrics by run, and how often runs were begun."""

    def __init__(self):
        self.metrics, self.begun, self.ended, self.options = {}, [], [], {}

    # MLflow's client
    def create_run(self, experiment_id, run_name):
        self.begun.append(run_name)
        self.metrics[f"id{len(self.begun)}"] = []
        return SimpleNamespace(info=SimpleNamespace(run_id=f"id{len(self.begun)}"))

    def update_run(self, run_id, status):
        assert status == "RUNNING"
        assert run_id in self.metrics

    def log_param(self, run_id, key, value):
        self.options[key] = value

    def log_metric(self, run_id, key, value, step):
        self.metrics[run_id].append((key, step, value))

    def set_terminated(self, run_id):
        self.ended.append(run_id)

    # W&B's module and run
    def init(self, name, config, **how):
        run = how["id"] or self.create_run(None, name).info.run_id
        self.options |= config
        return SimpleNamespace(
            id=run,
            log=lambda told, step: [self.log_metric(run, key, value, step) for key, value in told.items()],
            finish=lambda: self.set_terminated(run),
        )


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_other_trackers_go_on_with_the_same_run(name, tmp_path, monkeypatch):
    """The services stand in; their own packages are no part of the tests' environment."""
    remote = Remote()
    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=lambda: remote))
    monkeypatch.setitem(sys.modules, "wandb", remote)
    log = Log(tmp_path, "run", (name,))
    for done, epoch in enumerate(EPOCHS):
        with tracked(log, {"epochs": 9}, done) as track:
            track(epoch)
    expected = [(key, epoch.number, value) for epoch in EPOCHS for key, value in values(epoch).items()]
    assert remote.metrics == {"id1": expected}
    assert (remote.begun, remote.ended, remote.options) == (["run"], ["id1", "id1"], {"epochs": 9})
    with tracked(log, {"epochs": 9}, 0) as track:
        track(EPOCHS[0])
    assert remote.begun == ["run", "run"]
