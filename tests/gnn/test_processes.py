"""Several processes: what each takes of a batch, and that two end where one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gnn.processes import Processes, join, rows
from gnn.train import train
from tests.gnn import runs
from tests.gnn.tasks import Factors, Shared

ROOT = Path(__file__).parents[2]


def test_rows_are_dealt_out():
    batch = torch.arange(5), torch.arange(10).view(5, 2)
    (numbers, pairs), weight = rows(batch, 0, 2)
    assert (numbers.tolist(), pairs.tolist(), weight) == ([0, 1, 2], [[0, 1], [2, 3], [4, 5]], 3 / 5)
    (numbers, pairs), weight = rows(batch, 1, 2)
    assert (numbers.tolist(), pairs.tolist(), weight) == ([3, 4], [[6, 7], [8, 9]], 2 / 5)


def test_a_process_for_which_no_row_is_left_has_no_weight():
    (part,), weight = rows((torch.arange(1),), 1, 2)
    assert (len(part), weight) == (0, 0.0)


def test_tensors_with_different_numbers_of_rows_are_not_cut():
    with pytest.raises(ValueError, match=r"\[2, 3\]"):
        rows((torch.arange(2), torch.arange(3)), 0, 2)


def test_the_loss_of_a_batch_is_that_of_its_parts():
    task = Shared(0, size=7)
    for batch in task.batches(torch.Generator()):
        parts = [task.shard(batch, rank, 3) for rank in range(3)]
        assert sum(weight for _, weight in parts) == pytest.approx(1)
        total = sum(task.loss(part) * weight for part, weight in parts)
        assert total.item() == pytest.approx(task.loss(batch).item(), rel=1e-6)


def test_a_task_that_cannot_be_divided_is_computed_whole_by_all():
    batch = object()
    second = Processes(torch.device("cpu"), rank=1, world=2)
    assert second.share(Factors(0), batch) == (batch, 1.0)
    assert not second.first


def test_one_process_unless_a_launcher_says_otherwise(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert join(torch.device("cpu")).world == 1
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert type(join(torch.device("cpu"))) is Processes


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """The folder that two processes have left their runs in."""
    folder = tmp_path_factory.mktemp("together")
    command = [
        sys.executable, "-W", "error", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        Path(runs.__file__), "together", folder,
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    return folder


def left(folder, name):
    told = json.loads((folder / f"{name}.json").read_text())
    return told["epochs"], told["reported"], load_file(folder / f"{name}.safetensors")


def apart(first, second):
    """The largest difference between two sets of weights."""
    assert first.keys() == second.keys()
    return max(float((first[name].double() - second[name].double()).abs().max()) for name in first)


@pytest.mark.parametrize("name", runs.RUNS)
def test_two_processes_end_where_one_does(name, together):
    task, chosen = runs.of(name)
    history = train(task, chosen)
    epochs, _, weights = left(together, f"{name}.0")
    for measure in ("loss", "gradient_norm", "learning_rate"):
        expected = [getattr(epoch, measure) for epoch in history.epochs]
        assert [epoch[measure] for epoch in epochs] == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert [epoch["metric"] for epoch in epochs] == pytest.approx(
        [e.metric for e in history.epochs], abs=1e-5
    )
    assert apart(weights, task.module.state_dict()) < 1e-5


@pytest.mark.parametrize("name", [*runs.RUNS, "left", "resumed"])
def test_all_processes_end_with_the_same(name, together):
    (epochs, _, weights), (others, _, copies) = (left(together, f"{name}.{rank}") for rank in (0, 1))
    assert epochs == others
    assert apart(weights, copies) == 0


def test_only_the_first_process_reports_and_writes(together):
    assert [left(together, f"adamw.{rank}")[1] for rank in (0, 1)] == [4, 0]
    assert (together / "log0" / "adamw").is_dir()
    assert not (together / "log1").exists()


def test_several_processes_go_on_where_they_stopped(together):
    half, _, _ = left(together, "left.0")
    epochs, _, weights = left(together, "resumed.0")
    assert len(half) == 2
    assert epochs[:2] == half
    assert apart(weights, left(together, "unbroken.0")[2]) == 0
