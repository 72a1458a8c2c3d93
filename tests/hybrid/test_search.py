"""`whyrec tune`: the best options by validation, kept in the workspace and taken up by training."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from hybrid import cli, flow, models, scorers, search
from hybrid.scorers import base
from hybrid.scorers.ease import Ease
from hybrid.scorers.graph import Graph
from hybrid.study import Budget
from kg import workspace
from kg.errors import QueryError, WorkspaceError
from tests.recommenders import Worded, quick
from tests.worlds import checkerboard, make_graph


@pytest.fixture
def home(tmp_path, monkeypatch):
    for module in (flow, models, search):
        monkeypatch.setattr(module, "Recommender", Worded)
    workspace.write_workspace(checkerboard(12), tmp_path / "space")
    return tmp_path / "space"


def found(home, *members, trials=4, **more):
    overrides = {"graph": dict(Graph.quick)}
    options = quick(members=members, overrides=overrides)
    return search.search(home, options, Budget(trials), **more)


def test_the_best_options_are_kept_for_training(home):
    (ease,) = found(home, "ease", trials=6)
    kept = json.loads((home / "tuned.json").read_text())["scorers"]["ease"]
    assert ease.best.options.keys() == ease.space.keys()
    assert kept["options"] == ease.best.options
    assert kept["ndcg@10"] == ease.best.value >= ease.best.first
    assert search.tuned(home) == {"ease": ease.best.options}


def test_results_of_several_scorers_add_up(home):
    found(home, "ease", trials=1)
    found(home, "itemknn", trials=1)
    assert search.tuned(home).keys() == {"ease", "itemknn"}


def test_by_default_the_hybrid_is_tuned_but_for_what_has_no_options(home, monkeypatch):
    monkeypatch.setattr(Graph, "fit", lambda scorer, graph, resources: pytest.fail("not a quick one"))
    known = {name: scorers.find()[name] for name in ("ease", "popularity", "recent")}
    monkeypatch.setattr(scorers, "find", lambda: known)
    assert [each.scorer for each in found(home, trials=1)] == ["ease", "recent"]


def test_a_second_search_goes_on(home):
    told = []
    found(home, "ease", trials=2)
    found(home, "ease", trials=4, report=told.append)
    trials = [message for message in told if "trial" in message]
    assert [message.split(":")[1] for message in trials] == [" trial 3 of 4", " trial 4 of 4"]


def test_epochs_prune_and_overrides_stand(home):
    seen = []

    class Watched(Graph):
        def fit(self, graph, resources):
            seen.append((self, resources))
            return super().fit(graph, resources)

    known = {"graph": Watched}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorers, "find", lambda: known)
        (graph,) = found(home, "graph", trials=2, ranges=["graph.penalty=0.001:0.1:log"])
    assert {"learning_rate", "penalty"} <= graph.best.options.keys()
    assert "embedding_size" not in graph.space  # the quick options say what it is
    assert all(scorer.embedding_size == 16 for scorer, _ in seen)
    assert all(resources.checkpoints is None for _, resources in seen)


def test_every_epoch_is_a_step(home):
    """What the training loop reports reaches the study, so that it can give a trial up."""
    steps = []
    recommender = Worded(quick(members=("graph",)))
    whole, resources = recommender.set_aside(workspace.open_graph(home))
    scorer = Graph(**Graph.quick)
    objective = search._objective(scorer, search.training(whole), resources)
    value = objective({"learning_rate": 0.01}, lambda number, metric: steps.append((number, metric)))
    assert [number for number, _ in steps] == list(range(1, len(steps) + 1))
    assert 1 <= len(steps) <= scorer.epochs
    assert 0 <= value <= 1


def test_heldout_likes_are_never_looked_at(home, tmp_path):
    """The search sees a graph without them, and finds the same where there are none."""
    seen = []

    class Watched(Ease):
        def fit(self, graph, resources):
            seen.append((graph, resources))
            return super().fit(graph, resources)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorers, "find", lambda: {"ease": Watched})
        first = found(home, "ease", trials=6)
    graph = workspace.open_graph(home)
    assert len(graph.heldout) == 12
    held = set(zip(graph.heldout.users.tolist(), graph.heldout.items.tolist(), strict=True))
    for learned, resources in seen:
        assert not len(learned.heldout)
        for likes in (learned.interactions, resources.validation):
            assert held.isdisjoint(zip(likes.users.tolist(), likes.items.tolist(), strict=True))
    workspace.write_workspace(graph.without_heldout(), tmp_path / "other")
    assert found(tmp_path / "other", "ease", trials=6)[0].best == first[0].best


def test_what_was_found_is_taken_up_and_not_varied(home):
    """The quick grid of training would take another regularization; what was tuned stands."""
    options = quick(members=("ease", "itemknn"), overrides={"ease": {"regularization": 7.0}})
    recommender, _ = flow.train(home, options, lambda _message: None)
    assert recommender.members[0].regularization == 7.0
    free, _ = flow.train(home, quick(members=("ease", "itemknn"), overrides={}), lambda _message: None)
    assert free.members[0].regularization in {Ease().regularization, *Ease.grid["regularization"]}


def test_the_commands(home, monkeypatch, capsys):
    def whyrec(*words):
        monkeypatch.setattr(sys, "argv", ["whyrec", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code in {0, None}, capsys.readouterr().err
        return capsys.readouterr()

    monkeypatch.setattr(scorers, "find", lambda: {"ease": Ease})
    written = "ease.regularization=2:3"
    told = whyrec("tune", home, "ease", "--trials", 2, "--over", written, "--json")
    chosen = json.loads(told.out)["ease"]["options"]["regularization"]
    assert 2 <= chosen <= 3
    assert "ease: trial 2 of 2: " in told.err
    table = whyrec("tune", home, "ease", "--trials", 2, "--over", written)
    assert "2 to 3" in table.out
    assert "tuned.json" in table.out
    whyrec("train", home)
    assert models.load(home).members[0].regularization == chosen
    whyrec("train", home, "--no-tuned")
    assert models.load(home).members[0].regularization != chosen


@pytest.mark.parametrize(
    ("members", "ranges", "message"),
    [
        (("oracle",), (), "no scorer 'oracle'"),
        (("popularity",), (), "'popularity' has nothing to tune"),
        (("ease",), ("als.alpha=1:2",), "'als', which is not among"),
        (("ease",), ("regularization",), "expected SCORER.OPTION=RANGE"),
        (("ease",), ("ease.rate=1:2",), "no option 'rate'"),
    ],
)
def test_what_cannot_be_searched_is_told(home, members, ranges, message):
    with pytest.raises(QueryError, match=message):
        found(home, *members, ranges=ranges)
    assert not (home / "tuned.json").exists()


@pytest.mark.parametrize(
    "content",
    ["[", "{}", '{"scorers": {"oracle": {"options": {}}}}', '{"scorers": {"ease": {"options": {"x": 1}}}}'],
)
def test_a_damaged_or_foreign_result_is_told(home, content):
    (home / "tuned.json").write_text(content)
    with pytest.raises(WorkspaceError, match=r"tuned\.json .*delete it"):
        search.tuned(home)


def test_too_few_likes_are_told(tmp_path):
    workspace.write_workspace(make_graph([(0, 0)], name="bare"), tmp_path / "space")
    with pytest.raises(Exception, match="too few likes"):
        search.search(tmp_path / "space", quick(members=("ease",), overrides={}), Budget(1))


def test_lists_come_back_as_tuples():
    assert base._tuples([1, [2, 3]]) == (1, (2, 3))
    assert np.isscalar(base._tuples(2.5))
