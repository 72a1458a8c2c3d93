"""New items in a fitted recommender: known answers stay, whom they suit gets them, reasons are real."""

from __future__ import annotations

import functools
import json
import sys

import numpy as np
import pytest

from hybrid import Query, cli, models
from hybrid.adapt import growing
from hybrid.profiles import Profiles
from kg import workspace
from kg.errors import UnknownIdError, WorkspaceError
from kg.newitems import NewItem
from tests.recommenders import Worded, fit
from tests.worlds import checkerboard

BLACK = (("has_colour", "black"),)
ITEMS = (
    NewItem("told", "A told field", "a black black black field of the board"),
    NewItem("linked", "A linked field", links=BLACK),
    NewItem("odd", text="zebra"),
    NewItem("bare"),
)


@functools.cache
def known():
    return fit(checkerboard(), members=("ease", "filters", "text", "als", "graph"))


@functools.cache
def grown():
    return known().with_items(ITEMS)


def everybody():
    return Profiles.of_users(known().graph, np.arange(20))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A workspace with a model, and a file with the items that say something."""
    monkeypatch.setattr(models, "Recommender", Worded)
    models.save(known(), tmp_path / "space")
    items = [
        {"id": "told", "label": "A told field", "text": ITEMS[0].text},
        {"id": "linked", "label": "A linked field", "links": dict(BLACK)},
    ]
    (tmp_path / "items.json").write_text(json.dumps(items))
    return tmp_path / "space"


def test_the_recommender_that_was_given_stays():
    before = known().recommend(Query(user="u3")).items
    assert grown().graph.items.ids[-4:] == ("told", "linked", "odd", "bare")
    assert known().graph.num_items == 20
    assert known().text.vectors.shape[0] == 20
    assert known().recommend(Query(user="u3")).items == before
    assert grown().ranker is known().ranker


def test_scorers_say_of_known_items_what_they_said():
    for before, after in zip(known().members, grown().members, strict=True):
        scores = after.score(everybody())
        np.testing.assert_allclose(
            scores[:, :20], before.score(everybody()), rtol=1e-5, atol=1e-5, err_msg=before.name
        )


@pytest.mark.parametrize("name", ["text", "graph", "ease", "filters"])
def test_a_new_item_suits_who_likes_its_colour(name):
    scorer = next(member for member in grown().members if member.name == name)
    row = 21 if name in {"ease", "filters"} else 20
    scores = scorer.score(everybody())[:, row]
    assert scores[1::2].min() > scores[::2].max()


def test_who_is_recommended_a_new_item():
    for user in range(1, 20, 2):
        found = grown().recommend(Query(user=f"u{user}"), 30).items
        assert {"told", "linked"} <= set(found)
        assert "bare" not in found


def test_words_find_a_new_item():
    assert grown().recommend(Query(text="zebra"), 1).items == ("odd",)


def test_reasons_are_edges_of_the_graph_that_serves():
    graph = grown().graph
    edges = set(zip(graph.edges.heads.tolist(), graph.edges.tails.tolist(), strict=True))
    explained = grown().explain(Query(user="u3"), "linked")
    assert explained.paths
    for path in explained.paths:
        assert path.nodes[-1] == graph.node("item", "linked")
        assert "black" in {graph.id(node) for node in path.nodes}
        for ends in zip(path.nodes, path.nodes[1:], strict=False):
            assert ends in edges or ends[::-1] in edges


def test_a_liked_new_item_counts():
    found = grown().recommend(Query(likes=("told",)), 5).items
    assert all(int(item[1:]) % 2 for item in found if item[0] == "i")


def test_a_mistake_is_told():
    with pytest.raises(UnknownIdError, match=r"item 'x': 'has_colour': entity 'blakc'.*did you mean 'black'"):
        known().with_items([NewItem("x", links=(("has_colour", "blakc"),))])


def test_a_workspace_and_its_model_are_added_to(home):
    added, version = growing.add(home, home.parent / "items.json")
    assert ([item.id for item in added], version) == (["told", "linked"], "0002")
    loaded = models.load(home)
    assert loaded.graph.items.ids[-2:] == ("told", "linked")
    scores = known().with_items(ITEMS[:2]).score(everybody())
    np.testing.assert_allclose(loaded.score(everybody()), scores, rtol=1e-4, atol=1e-5)
    (home.parent / "more.json").write_text('[{"id": "third", "text": "a white field"}]')
    assert growing.add(home, home.parent / "more.json")[1] == "0003"
    assert models.load(home).graph.items.ids[-1] == "third"


def test_a_workspace_without_a_model(tmp_path):
    workspace.write_workspace(checkerboard(), tmp_path / "space")
    (tmp_path / "items.json").write_text('[{"id": "x", "text": "y"}]')
    assert growing.add(tmp_path / "space", tmp_path / "items.json")[1] == ""
    assert "x" in workspace.open_graph(tmp_path / "space").items


@pytest.mark.parametrize("moment", ["_write", "_same"])
def test_a_failure_leaves_workspace_and_model_as_they_were(home, monkeypatch, moment):
    def fail(*_):
        raise KeyboardInterrupt

    before = models.load(home).score(everybody())
    with monkeypatch.context() as patched:
        patched.setattr(models, moment, fail)
        with pytest.raises(KeyboardInterrupt):
            growing.add(home, home.parent / "items.json")
    np.testing.assert_array_equal(models.load(home).score(everybody()), before)
    assert workspace.open_graph(home).num_items == 20
    assert [path.name for path in home.parent.iterdir() if path.name.startswith(".")] == []


def test_a_model_of_another_graph_is_refused_before_anything_is_added(home):
    graph = workspace.open_graph(home)
    workspace.write_workspace(graph.with_items([NewItem("i20")]), home)
    with pytest.raises(WorkspaceError, match="built again after its model was trained"):
        growing.add(home, home.parent / "items.json")
    assert workspace.open_graph(home).num_items == 21


def run(monkeypatch, capsys, *words):
    monkeypatch.setattr(sys, "argv", ["whyrec", *map(str, words)])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0), capsys.readouterr()
    return 0, capsys.readouterr()


def test_the_command(home, monkeypatch, capsys):
    items = home.parent / "items.json"
    status, told = run(monkeypatch, capsys, "add", home, items)
    assert (status, told.out.splitlines()[0]) == (0, f"2 items added to {home}")
    assert "version 0002" in told.out
    status, told = run(monkeypatch, capsys, "add", home, items)
    assert (status, told.out) == (2, "")
    assert told.err.strip().endswith(
        "items.json: item 'told', field 'id': the graph has such an item; a new id was expected"
    )
    items.write_text('[{"id": "third", "text": "a white field"}]')
    status, told = run(monkeypatch, capsys, "add", home, items, "--json")
    assert json.loads(told.out) == {"items": ["third"], "version": "0003"}
