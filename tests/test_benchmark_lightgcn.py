"""What `benchmarks/lightgcn.py` hands to RecBole, and what it leaves out on this side."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.worlds import make_graph

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "lightgcn.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("benchmark_lightgcn", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines(folder, part):
    return (folder / "likes" / f"likes.{part}.inter").read_text(encoding="utf-8").splitlines()


def test_each_like_is_in_one_part_once(script, tmp_path):
    graph = make_graph([(0, 1), (0, 1), (1, 0)], heldout=[(0, 0), (0, 1), (1, 1)])
    script.write_splits(graph, tmp_path)
    assert lines(tmp_path, "train") == ["user_id:token\titem_id:token", "u0\ti1", "u1\ti0"]
    assert lines(tmp_path, "valid")[1:] == ["u0\ti1"]
    assert lines(tmp_path, "test")[1:] == ["u0\ti0", "u1\ti1"]


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


def test_a_ready_environment_is_used_again(script, tmp_path):
    wanted = (script.PEERS / "recbole.txt").read_text(encoding="utf-8")
    (tmp_path / "ready").write_text(wanted, encoding="utf-8")
    assert script.environment(tmp_path) == tmp_path / "bin" / "python"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ready"]
