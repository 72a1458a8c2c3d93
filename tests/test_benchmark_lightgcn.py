"""What `benchmarks/lightgcn.py` leaves out on this side, and what it makes of its runs."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.worlds import make_graph

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "lightgcn.py"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("benchmark_lightgcn", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_people_items_and_likes_are_left(script):
    graph = make_graph(
        [(0, 0), (1, 1)], heldout=[(0, 1)], facts=[("i0", "about", "e0")], texts={"i0": "words", "e0": "more"}
    )
    alone = script.likes_alone(graph)
    assert (alone.num_users, alone.num_items, len(alone.entities), len(alone.edges)) == (2, 2, 0, 0)
    assert alone.item_texts == ("", "")
    np.testing.assert_array_equal(alone.heldout.items, [1])


def test_medians(script):
    runs = [{"metrics": {"ndcg@10": value}, "seconds": [value, 9.0, 9.0]} for value in (0.1, 0.4, 0.2)]
    assert script.middle(runs, "ndcg@10") == pytest.approx(0.2)
    assert script.seconds_of(runs) == pytest.approx(9.0)


def test_recbole_learns_from_all_likes_for_all_epochs(script, monkeypatch, tmp_path):
    graph = make_graph([(0, 0), (1, 1)], heldout=[(0, 1), (1, 0)])
    asked = []

    def run(peer, python, given, into, **_limits):
        asked.append(dict(peer.options))
        (into / "lightgcn.csv").write_text("user,item,rank\nu0,i1,1\nu1,i0,2\n", encoding="utf-8")
        return {"seconds_of_epochs": [0.5]}

    monkeypatch.setattr(script, "run", run)
    arguments = script.parsed(["--epochs", "3", "--environment", str(tmp_path)])
    found = script.theirs(tmp_path / "python", graph, tmp_path, 0, arguments)
    assert found["seconds"] == [0.5]
    assert found["metrics"]["recall@10"] == 1.0
    assert found["metrics"]["ndcg@10"] == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert asked[0]["epochs"] == 3
    assert "stopping_step" not in asked[0]
