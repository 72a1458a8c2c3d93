"""Model versions: saved whole or not at all, checked when loaded, and the same after as before."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import hybrid
from hybrid import Query, models
from hybrid.profiles import Profiles
from kg import workspace
from kg.errors import WorkspaceError
from tests.recommenders import Worded, fitted
from tests.worlds import two_cliques


@pytest.fixture(autouse=True)
def _words(monkeypatch):
    monkeypatch.setattr(models, "Recommender", Worded)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A workspace with one model; copied for each test."""
    home = tmp_path_factory.mktemp("saved") / "space"
    models.save(fitted("checkerboard"), home)
    return home


@pytest.fixture
def home(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "space")


def load(home):
    return models.load(home, device="cpu")


def edit(home, **changes):
    path = home / "models" / "0001" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "query", [{"user": "u3"}, {"likes": ("i2", "i4")}, {"text": "black"}], ids=["user", "likes", "text"]
)
def test_a_loaded_model_answers_as_before(home, query):
    before, after = fitted("checkerboard").recommend(Query(**query)), load(home).recommend(Query(**query))
    assert after.items == before.items
    for one, other in zip(after, before, strict=True):
        assert (one.label, one.score, one.paths) == (other.label, other.score, other.paths)
        np.testing.assert_array_equal(list(one.parts.values()), list(other.parts.values()))


def test_everything_of_a_model_comes_back(home):
    before, after = fitted("checkerboard"), load(home)
    everybody = Profiles.of_users(before.graph, np.arange(20))
    np.testing.assert_array_equal(after.score(everybody), before.score(everybody))
    assert [type(member) for member in after.members] == [type(member) for member in before.members]
    assert after.members == before.members
    assert after.options == before.options
    assert after.seconds == before.seconds
    assert after.histories == before.histories
    np.testing.assert_array_equal(after.ranker.weights, before.ranker.weights)
    np.testing.assert_array_equal(after.graph.interactions.validation, before.graph.interactions.validation)


def test_from_python(tmp_path):
    """The names that README teaches: `.save`, `hybrid.load`."""
    fitted("two_cliques").save(tmp_path / "space")
    loaded = hybrid.load(tmp_path / "space")
    assert loaded.recommend(Query(user="u0"), 1).items == ("i1",)


def test_heldout_likes_stay_with_the_workspace_and_out_of_the_model(tmp_path):
    workspace.write_workspace(two_cliques(), tmp_path / "space")
    models.save(fitted("two_cliques"), tmp_path / "space")
    assert len(workspace.open_graph(tmp_path / "space").heldout) == 12
    assert len(load(tmp_path / "space").graph.heldout) == 0


def test_versions_are_counted_and_the_newest_is_used(home):
    assert models.save(fitted("checkerboard"), home) == "0002"
    assert (home / "models" / "current").read_text() == "0002"
    assert sorted(path.name for path in (home / "models").iterdir()) == ["0001", "0002", "current"]
    (home / "models" / "current").write_text("0001")  # going back is one word
    assert load(home).recommend(Query(user="u3"), 1).items == ("i3",)


def snapshot(home):
    return {path.relative_to(home): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("step", ["weights", "rename", "pointer"])
def test_a_failed_save_leaves_the_current_version(home, monkeypatch, step):
    """Whatever fails, and wherever: the version in use stays, whole, and can be loaded."""
    before = snapshot(home)

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    if step == "weights":
        written = []

        def some(path, **arrays):
            written.append(path)
            path.write_bytes(b"half")
            if len(written) == 3:
                fail()

        monkeypatch.setattr(models.np, "savez", some)
    elif step == "rename":
        monkeypatch.setattr(models.Path, "rename", fail)
    else:
        monkeypatch.setattr(models.Path, "replace", fail)
    with pytest.raises((OSError, WorkspaceError), match="No space left"):
        models.save(fitted("checkerboard"), home)
    monkeypatch.undo()
    monkeypatch.setattr(models, "Recommender", Worded)
    after = snapshot(home)
    assert {path: after.get(path) for path in before} == before
    assert load(home).recommend(Query(user="u3"), 1).items == ("i3",)
    left = {path.parts[1] for path in after if path not in before}
    assert left <= {"0002", "current.part"}, "nothing half-written may look like a version"
    if step != "pointer":
        assert left == set()


def test_saving_goes_on_after_a_failure(home, monkeypatch):
    (home / "models" / ".new-killed").mkdir()  # what a killed process leaves behind
    assert models.save(fitted("checkerboard"), home) == "0002"
    assert load(home).recommend(Query(user="u3"), 1).items == ("i3",)


@pytest.mark.parametrize("name", ["graph.npz", "text.npz", "ease.npz"])
def test_a_damaged_file_is_named(home, name):
    file = home / "models" / "0001" / name
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    with pytest.raises(WorkspaceError, match=rf"{name} is missing or damaged; run `whyrec train"):
        load(home)
    file.unlink()
    with pytest.raises(WorkspaceError, match=rf"{name} is missing or damaged"):
        load(home)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}'])
def test_a_damaged_manifest_is_named(home, text):
    (home / "models" / "0001" / "model.json").write_text(text)
    with pytest.raises(WorkspaceError, match=r"model\.json is missing or damaged .*train again"):
        load(home)


def test_another_format_is_said(home):
    edit(home, format=0)
    with pytest.raises(
        WorkspaceError, match=f"another version, format 0; this WhyRec reads {models.FORMAT}: run"
    ):
        load(home)


@pytest.mark.parametrize(
    "changes",
    [
        {"scorers": {"oracle": {}}},
        {"scorers": {"ease": {"magic": 1}}},
        {"options": {"members": [], "magic": 1}},
        {"options": {}},
        {"weights": None},
    ],
    ids=["scorer", "scorer option", "option", "no options", "weights"],
)
def test_a_model_that_this_version_does_not_understand_is_said(home, changes):
    edit(home, **changes)
    with pytest.raises(WorkspaceError, match=r"model\.json.*train"):
        load(home)


def test_a_pointer_to_nowhere_is_said(home):
    (home / "models" / "current").write_text("0007")
    with pytest.raises(WorkspaceError, match="0007"):
        load(home)
    (home / "models" / "current").unlink()
    with pytest.raises(WorkspaceError, match="has no trained model; run `whyrec train"):
        load(home)


def test_a_graph_built_again_is_said(home):
    models_before = home / "models"
    shutil.move(models_before, home.parent / "kept")
    shutil.rmtree(home)
    workspace.write_workspace(two_cliques(), home)
    shutil.move(home.parent / "kept", home / "models")
    with pytest.raises(
        WorkspaceError, match="was built again after its model was trained; run `whyrec train"
    ):
        load(home)


def test_a_model_does_not_go_into_the_workspace_of_another_graph(tmp_path):
    """Its rows would mean other items; the model would load and answer nonsense."""
    workspace.write_workspace(two_cliques(), tmp_path / "space")
    before = snapshot(tmp_path / "space")
    with pytest.raises(WorkspaceError, match="another graph"):
        models.save(fitted("checkerboard"), tmp_path / "space")
    assert snapshot(tmp_path / "space") == before


def test_a_folder_of_other_things_is_not_saved_into(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkspaceError, match="is no workspace"):
        models.save(fitted("two_cliques"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_in_a_model_is_a_pickle(home):
    files = sorted((home / "models" / "0001").iterdir())
    assert {file.suffix for file in files} == {".json", ".npz"}
    for file in files:
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype != object for name in arrays.files)
