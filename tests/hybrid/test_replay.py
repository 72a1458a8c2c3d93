"""Answers that were written down are asked for again."""

from __future__ import annotations

import json

import pytest

from hybrid import Query, models, show
from hybrid.reasons import origins, replay
from kg.errors import QueryError
from tests.recommenders import Worded, fitted

ASKED, GIVEN = Query(user="u3"), {"item": "i1", "language": "en"}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A workspace, and an explanation and a ranking that its model gave."""
    monkeypatch.setattr(models, "Recommender", Worded)
    home = tmp_path / "space"
    models.save(fitted("checkerboard"), home)
    recommender = models.load(home, device="cpu")
    answers = {
        "explanation": (replay.answered(recommender, ASKED, GIVEN), GIVEN),
        "ranking": (show.ranking_as_json(recommender.recommend(ASKED)), {}),
    }
    for name, (answer, given) in answers.items():
        told = replay.record(recommender, ASKED, answer, **given)
        (tmp_path / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["explanation", "ranking"])
def test_the_same_model_gives_the_same_answer(written, name):
    found = replay.replay(written / f"{name}.json")
    assert found.same, found.changes
    assert found.changes == ()


def test_the_version_that_answered_is_asked_though_there_is_a_newer_one(written):
    models.save(fitted("checkerboard"), written / "space")
    assert models.load(written / "space", device="cpu").version == "0002"
    assert replay.replay(written / "ranking.json") == replay.Replayed(same=True, changes=())


def test_what_has_changed_is_said(written):
    file = written / "ranking.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["recommendations"][0]["score"] += 1.0
    told["recommendations"][1]["label"] = "Field of dreams"
    told["replay"]["origin"]["whyrec"] = "0.0.1"
    file.write_text(json.dumps(told), encoding="utf-8")
    found = replay.replay(file)
    assert not found.same
    assert found.changes[0].startswith("whyrec: was 0.0.1, is ")
    assert any(change.startswith("recommendations[0].score: was ") for change in found.changes)
    assert any('recommendations[1].label: was "Field of dreams"' in change for change in found.changes)


def test_another_program_that_gives_the_same_answer_gives_the_same_answer(written):
    file = written / "explanation.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    for origin in (told["origin"], told["replay"]["origin"]):
        origin["whyrec"] = "0.0.1"
    file.write_text(json.dumps(told), encoding="utf-8")
    found = replay.replay(file)
    assert found.same
    assert [change.split(":")[0] for change in found.changes] == ["whyrec"]


def test_a_version_is_a_name_and_no_way_out_of_the_workspace(written):
    file = written / "ranking.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["replay"]["origin"]["model"] = "../models/0001"
    file.write_text(json.dumps(told), encoding="utf-8")
    assert replay.replay(file).changes == ("model: was ../models/0001, is 0001",)


def test_a_version_that_is_gone_is_said(written):
    file = written / "ranking.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["replay"]["origin"]["model"] = "0007"
    file.write_text(json.dumps(told), encoding="utf-8")
    assert replay.replay(file).changes == ("model: was 0007, is 0001",)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"replay": {"query": 1}}', '{"replay": {"query": {}}}'])
def test_a_file_that_is_no_answer_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(QueryError, match=r"a\.json is no answer that can be asked for again"):
        replay.replay(tmp_path / "a.json")
    with pytest.raises(QueryError, match="cannot be read"):
        replay.replay(tmp_path / "b.json")


def test_an_answer_from_memory_needs_a_workspace(tmp_path):
    told = replay.record(fitted("checkerboard"), ASKED, {})
    (tmp_path / "a.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(QueryError, match="came from a model in memory; name the workspace to ask"):
        replay.replay(tmp_path / "a.json")


def test_a_graph_in_memory_has_a_sum_of_what_it_says():
    one = origins.fingerprint(fitted("checkerboard").graph)
    assert one == origins.of(fitted("checkerboard")).graph
    assert one != origins.fingerprint(fitted("two_cliques").graph)
