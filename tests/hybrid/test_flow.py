"""The walk over workspaces: a killed training run goes on, and a refused one leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hybrid import flow, models
from hybrid.profiles import Profiles
from kg import workspace
from kg.errors import WhyRecError
from tests.recommenders import Worded, quick
from tests.worlds import checkerboard, make_graph

MEMBERS = ("ease", "graph", "sequence")


@pytest.fixture
def home(tmp_path, monkeypatch):
    for module in (flow, models):
        monkeypatch.setattr(module, "Recommender", Worded)
    workspace.write_workspace(checkerboard(12), tmp_path / "space")
    return tmp_path / "space"


class Killed(BaseException):
    """What a killed process looks like from inside."""


def train(home, kill_at="", options=None):
    """Train and keep what was reported; stop hard at the first report that starts with `kill_at`."""
    told = []

    def report(message):
        told.append(message)
        if kill_at and message.startswith(kill_at):
            raise Killed

    chosen = options or quick(members=MEMBERS)
    return flow.train(home, chosen, report)[0], told


def scores(recommender):
    return recommender.score(Profiles.of_users(recommender.graph, np.arange(12)))


def epochs(told, name):
    return [message.split(",")[0] for message in told if message.startswith(f"{name}: epoch")]


def test_a_killed_run_is_taken_up_and_ends_the_same(home, tmp_path):
    workspace.write_workspace(checkerboard(12), tmp_path / "other")
    whole, told = train(tmp_path / "other")
    with pytest.raises(Killed):
        train(home, kill_at="sequence: epoch 3")
    left = sorted(file.name for file in (home / "training").rglob("*.safetensors"))
    assert left == ["graph.safetensors", "sequence.safetensors"]
    resumed, told_again = train(home)
    assert epochs(told_again, "graph")[0] == "graph: epoch 1"  # of the last stage, for the first was finished
    assert len(epochs(told_again, "graph")) < len(epochs(told, "graph"))
    assert epochs(told_again, "sequence")[0] == "sequence: epoch 4"
    np.testing.assert_array_equal(scores(resumed), scores(whole))
    assert not (home / "training").exists()
    assert {file.parent.name for file in (home / "curves").rglob("events.out.*")} >= {"graph", "sequence"}


def test_a_run_with_other_options_starts_anew(home):
    with pytest.raises(Killed):
        train(home, kill_at="sequence: epoch 3")
    _, told = train(home, options=quick(members=MEMBERS, seed=2))
    assert epochs(told, "graph")[0] == "graph: epoch 1"
    assert epochs(told, "sequence")[0] == "sequence: epoch 1"


def snapshot(home):
    return {path.relative_to(home): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_a_run_that_cannot_work_leaves_the_workspace_as_it_was(home):
    before = snapshot(home)
    for options in (quick(members=("oracle",)), quick(device="abacus")):
        with pytest.raises(WhyRecError):
            train(home, options=options)
        assert snapshot(home) == before
        assert not (home / "training").exists()


def test_nothing_to_learn_from_leaves_it_too(tmp_path):
    workspace.write_workspace(make_graph(num_users=1, num_items=2, name="bare"), tmp_path / "space")
    before = snapshot(tmp_path / "space")
    with pytest.raises(WhyRecError, match=r"'bare'.*likes"):
        train(tmp_path / "space")
    assert snapshot(tmp_path / "space") == before
    assert not (tmp_path / "space" / "training").exists()


def test_an_input_error_does_not_throw_away_an_earlier_run(home, monkeypatch):
    """A hub that is offline for a minute must not cost the hours that were trained before."""
    with pytest.raises(Killed):
        train(home, kill_at="sequence: epoch 3")
    before = snapshot(home)

    def offline(recommender):
        raise WhyRecError("the hub is offline")

    monkeypatch.setattr(Worded, "encoder", offline)
    with pytest.raises(WhyRecError, match="offline"):
        train(home)
    assert snapshot(home) == before


def test_evaluation_is_of_the_saved_model(home):
    recommender, _ = train(home)
    results = flow.evaluate(home, lambda _message: None)
    assert results[0].name == "hybrid"
    assert results[0].evaluation.metrics["ndcg@5"] > results[-1].evaluation.metrics["ndcg@5"]
    assert {result.name for result in results} >= {*MEMBERS, "popularity", "itemknn"}
    assert set(recommender.ranker.by_name()) == set(MEMBERS) <= set(flow.reasons(recommender))


PROGRAM = """
import os, sys
from pathlib import Path
from hybrid import flow
from tests.recommenders import Worded, quick

told, flow.Recommender = [], Worded
_, version = flow.train(Path(sys.argv[1]), quick(members=("graph", "popularity")), told.append)
Path(sys.argv[2] + os.environ["RANK"]).write_text(f"{version} {bool(told)}")
"""


def test_of_two_processes_the_first_saves_what_both_have_learned(home, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, "-W", "error", "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", program, home, tmp_path / "told"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    (version,) = (folder.name for folder in (home / "models").iterdir() if folder.is_dir())
    assert [(tmp_path / f"told{rank}").read_text() for rank in (0, 1)] == [
        f"{version} True",
        f"{version} False",
    ]
    assert models.load(home).histories["graph"].epochs
    assert not (home / "training").exists()
