"""The table of models: everybody on the same held-out likes, nobody shown them before."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace

import numpy as np
import pytest

import kg
from hybrid import bench
from hybrid.evaluation import lists
from hybrid.evaluation.comparison import compare
from hybrid.evaluation.leaks import LeakError
from hybrid.evaluation.slices import evaluate_slices
from kg.errors import QueryError, WhyRecError
from kg.protocols.places import joined
from tests.recommenders import Worded, fitted, quick
from tests.worlds import checkerboard, make_graph

CARD = """\
name: {name}
nodes:
  - {{kind: item, class: Field, file: items.csv, id: id, label: title, text: text}}
interactions:
  - {{file: likes.csv, user: user, item: item, time: at}}
split: {{by: time, test: 0.1, valid: 0.1}}
"""


@pytest.fixture(scope="module")
def results():
    return compare(fitted("checkerboard"), checkerboard().heldout)


def test_the_hybrid_its_parts_and_the_baselines_are_compared(results):
    roles = {result.name: result.role for result in results}
    assert results[0].name == "hybrid"
    assert roles.pop("hybrid") == "hybrid"
    assert roles.pop("popularity") == roles.pop("itemknn") == "baseline"
    assert roles.pop("ease") == roles.pop("graph") == "scorer"
    assert set(roles.values()) == {"scorer"}
    usual = {member.name for member in fitted("checkerboard").members if member.usual}
    assert set(roles) | {"ease", "graph"} == usual


def test_the_one_right_answer_is_found_by_all_but_popularity(results):
    reached = {result.name: result.evaluation.metrics["ndcg@5"] for result in results}
    assert reached["hybrid"] == 1.0
    assert reached["ease"] == reached["itemknn"] == 1.0
    assert reached["popularity"] < 0.5


def test_the_best_come_first_after_the_hybrid(results):
    reached = [result.evaluation.metrics["ndcg@10"] for result in results[1:]]
    assert reached == sorted(reached, reverse=True)


def test_time_counts_what_was_spent_before(results):
    spent = fitted("checkerboard").seconds
    by_name = {result.name: result.seconds for result in results}
    assert by_name["hybrid"] > sum(spent.values())
    assert by_name["graph"] > spent["tune graph"] + spent["fit graph"]
    assert all(0 < result.seconds < 300 and result.peak_rss_mb > 50 for result in results)


def test_cpu_time_is_told_where_the_recommender_keeps_it(results):
    by_name = {result.name: result.cpu_seconds for result in results}
    assert by_name["itemknn"] > 0  # was fitted by the comparison itself
    kept = copy(fitted("checkerboard"))
    kept.cpu_seconds = dict.fromkeys(kept.seconds, 100.0)
    told = {result.name: result.cpu_seconds for result in compare(kept, checkerboard().heldout, ())}
    assert told["hybrid"] == pytest.approx(100 * len(kept.seconds), abs=60)
    assert told["graph"] == pytest.approx(200, abs=60)


def test_slices_are_those_of_the_same_lists(results):
    assert all("all" not in result.slices for result in results)
    expected = evaluate_slices(fitted("checkerboard").score, checkerboard(), checkerboard().heldout, seed=1)
    (hybrid,) = [result for result in results if result.name == "hybrid"]
    assert hybrid.evaluation.metrics == expected.pop("all").metrics
    assert {name: each.metrics for name, each in hybrid.slices.items()} == {
        name: each.metrics for name, each in expected.items()
    }


def test_lists_of_another_program_stand_beside(tmp_path):
    graph = checkerboard()
    peer = listed(tmp_path, graph, "theirs")
    results = compare(fitted("checkerboard"), graph.heldout, (), listed=lists.read(tmp_path, graph))
    (theirs,) = [result for result in results if result.name == "theirs"]
    assert (theirs.role, theirs.program, theirs.command) == ("peer", peer["program"], peer["command"])
    assert (theirs.seconds, theirs.cpu_seconds, theirs.peak_rss_mb) == (3.0, 5.0, 70.0)
    assert theirs.evaluation.metrics["ndcg@10"] == 1.0
    assert [verdict.comparison.metric for verdict in theirs.beside] == ["ndcg@10", "recall@20"]
    assert all(verdict.corrected == 1.0 for verdict in theirs.beside)
    assert theirs.slices["sparse"].metrics["ndcg@10"] == 1.0


def test_two_models_of_one_name_are_refused(tmp_path):
    graph = checkerboard()
    listed(tmp_path, graph, "hybrid")
    with pytest.raises(QueryError, match="two models have the name 'hybrid'"):
        compare(fitted("checkerboard"), graph.heldout, (), listed=lists.read(tmp_path, graph))


def listed(folder, graph, name):
    """Write lists that hold just what is looked for."""
    told = {"program": "Oracle 9", "command": "oracle", "seconds": 3, "cpu_seconds": 5, "peak_rss_mb": 70}
    (folder / f"{name}.json").write_text(json.dumps(told))
    rows, places = [], {}
    for user, item in zip(graph.heldout.users, graph.heldout.items, strict=True):
        places[user] = places.get(user, 0) + 1
        rows.append(f"{graph.users.ids[user]},{graph.items.ids[item]},{places[user]}\n")
    (folder / f"{name}.csv").write_text("user,item,rank\n" + "".join(rows))
    return told


def test_per_user_numbers_are_kept_for_paired_tests(results):
    for result in results:
        np.testing.assert_array_equal(result.evaluation.users, np.arange(20))
        assert len(result.evaluation.per_user["ndcg@10"]) == 20


def test_nothing_held_out_is_said():
    with pytest.raises(QueryError, match="'checkerboard' holds nothing out"):
        compare(fitted("checkerboard"), make_graph().heldout)


@pytest.fixture
def card(tmp_path, monkeypatch):
    """The checkerboard as files."""
    monkeypatch.setattr(bench, "Recommender", Worded)
    graph = checkerboard(16)
    items = "".join(f"i{row},Field {row},{text}\n" for row, text in enumerate(graph.item_texts))
    (tmp_path / "items.csv").write_text("id,title,text\n" + items)
    likes = zip(graph.interactions.users, graph.interactions.items, graph.interactions.times, strict=True)
    (tmp_path / "likes.csv").write_text(
        "user,item,at\n" + "".join(f"u{user},i{item},{time:.0f}\n" for user, item, time in likes)
    )
    return write_card(tmp_path / "dataset.yaml", "board")


def write_card(path, name):
    path.write_text(CARD.format(name=name))
    return path


def check_shape(measured, names):
    """{"datasets": {NAME: {"models": {MODEL: {"metrics": {...}, "seconds": x, "peak_rss_mb": x}}}}}"""
    assert list(measured) == ["datasets"]
    assert list(measured["datasets"]) == names
    for dataset in measured["datasets"].values():
        assert set(dataset["models"]) >= {"hybrid", "popularity", "ease", "itemknn"}
        for model in dataset["models"].values():
            assert {"metrics", "seconds", "peak_rss_mb"} <= set(model)
            assert {type(model["seconds"]), type(model["peak_rss_mb"])} == {float}
            wanted = {
                f"{name}@{k}" for name in ("ndcg", "recall", "mrr", "hit", "coverage") for k in (5, 10, 20)
            }
            assert set(model["metrics"]) >= wanted
            assert all(type(value) is float and np.isfinite(value) for value in model["metrics"].values())
            assert all(0 <= model["metrics"][name] <= 1 for name in wanted)


def test_bench_writes_what_was_promised(card, tmp_path):
    second = write_card(tmp_path / "second.yaml", "other")
    shown, file = [], tmp_path / "results.json"
    options = quick(members=("ease", "popularity"))
    measured = bench.bench([card, second], options, lambda _message: None, show=shown.append)
    bench.write(measured, file)
    check_shape(json.loads(file.read_text()), ["board", "other"])
    assert len(shown) == 2
    assert sorted(path.name for path in tmp_path.glob("results*")) == ["results.json"]
    board = measured["datasets"]["board"]
    assert board["data"] == {
        "split": "time", "people": 16, "tested": 16, "items": 16, "facts": 0,
        "likes": 96, "test_likes": 16,
    }  # fmt: skip
    ease = board["models"]["ease"]  # all have as many likes, so that all are in the sparse slice
    judged = {metric: ease["metrics"][metric] for metric in ("ndcg@10", "recall@20")}
    assert ease["slices"]["sparse"] == {"people": 16, "metrics": judged}
    assert set(board["models"]["hybrid"]["slices"]["warm"]["metrics"]) == {"ndcg@10", "recall@20"}
    assert {"date", "cores", "python", "versions", "commit"} <= set(board["machine"])
    assert not {"ablations", "worth"} & set(board)


def test_the_command_of_a_line_measures_the_same(card):
    """What stands in "command" for one model gives that model's figures again."""
    whole = bench.bench([card], quick(), lambda _message: None)["datasets"]["board"]
    assert whole["command"] == f"whyrec bench {card} --seed 1 --device cpu"
    for name in ("ease", "als", "itemknn"):
        line = whole["models"][name]["command"]
        assert line == (
            f"whyrec bench {card} --member {name} --baseline popularity --seed 1 --device cpu --no-ablations"
        )
        alone = bench.bench([card], quick(members=(name,)), lambda _message: None, baselines=["popularity"])[
            "datasets"
        ]["board"]
        assert alone["models"][name]["metrics"] == whole["models"][name]["metrics"]


def test_parts_are_kept_as_they_come_and_told_at_the_end(card):
    kept, told = [], []
    options = quick(members=("ease", "als", "graph"))
    bench.bench(
        [card], options, lambda _message: None, baselines=[], ablations=True, worth=True,
        keep=lambda measured: kept.append(list(measured["datasets"]["board"])), tell=told.append,
    )  # fmt: skip
    assert [names[-2:] for names in kept] == [
        ["command", "machine"], ["machine", "ablations"], ["ablations", "worth"],
    ]  # fmt: skip
    assert "factors" in {row["without"] for row in told[0]["ablations"]}
    assert told[0]["worth"]["sentence"]


def test_the_lists_of_a_folder_are_measured(card, tmp_path):
    folder = tmp_path / "peers"
    folder.mkdir()
    listed(folder, kg.build(kg.read(card)), "theirs")
    options = quick(members=("ease",))
    measured = bench.bench([card], options, lambda _message: None, baselines=[], listed=folder)
    theirs = measured["datasets"]["board"]["models"]["theirs"]
    assert (theirs["role"], theirs["program"], theirs["command"]) == ("peer", "Oracle 9", "oracle")
    assert theirs["metrics"]["ndcg@10"] == 1.0


@pytest.mark.parametrize(
    ("protocol", "names"),
    [
        ("leave_one_out", ["board leave_one_out"]),
        ("cold_users", ["board cold_users"]),
        ("k_fold", [f"board k_fold {number}" for number in range(1, 6)]),
    ],
)
def test_bench_deals_by_a_protocol(card, protocol, names):
    measured = bench.bench(
        [card], quick(members=("ease",)), lambda _message: None, baselines=["popularity"], protocol=protocol
    )
    assert list(measured["datasets"]) == names
    for result in measured["datasets"].values():
        # what the checkerboard's people like follows from any of their likes
        assert result["models"]["hybrid"]["metrics"]["recall@20"] == 1.0
        beside = result["models"]["popularity"]["beside_hybrid"]["ndcg@10"]
        assert beside["difference"] < 0
        assert beside["p"] <= beside["p_corrected"]


def test_bench_refuses_a_graph_that_tells_what_is_tested(card, monkeypatch):
    graph = kg.build(kg.read(card))
    both = replace(graph, ratings=joined(graph.interactions, graph.heldout))
    monkeypatch.setattr(kg, "build", lambda _catalog: both)
    with pytest.raises(LeakError, match="rating"):
        bench.bench([card], quick(members=("ease",)), lambda _message: None)


def test_a_leak_that_no_result_shows_is_reported(card, monkeypatch):
    graph = kg.build(kg.read(card))
    both = graph.with_interactions(joined(graph.interactions, graph.heldout.take(np.arange(1))))
    monkeypatch.setattr(kg, "build", lambda _catalog: both)
    told = []
    bench.bench([card], quick(members=("ease",)), told.append, baselines=[])
    assert any(line.startswith("leak that no result shows (likes): ") for line in told)


def test_two_cards_of_one_name_are_refused_before_anything_is_trained(card):
    with pytest.raises(WhyRecError, match="two cards of the name 'board'"):
        bench.bench([card, card], quick(members=("ease",)), pytest.fail)


def test_a_target_that_cannot_be_written_is_said_before_hours_are_spent(tmp_path):
    bench.check_target(tmp_path / "new.json")
    for bad in (tmp_path, tmp_path / "nowhere" / "new.json"):
        with pytest.raises(WhyRecError, match="cannot be written"):
            bench.check_target(bad)
