"""A workspace is built whole or not at all, opens as it was, and says what is wrong with it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kg import CatalogError, WorkspaceError, workspace
from kg.building import build_workspace
from kg.workspace import open_graph, open_store


@pytest.fixture
def home(files, tmp_path):
    build_workspace(files.card, tmp_path / "work" / "space")
    return tmp_path / "work" / "space"


def test_a_graph_opens_as_it_was_built(graph, home) -> None:
    again = open_graph(home)
    for name in ("name", "class_names", "relations"):
        assert getattr(again, name) == getattr(graph, name)
    for name in ("users", "items", "entities"):
        assert getattr(again, name).ids == getattr(graph, name).ids
    for name in ("labels", "texts", "classes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(graph, name))
    for part in ("interactions", "heldout"):
        for name in ("users", "items", "weights", "times", "validation"):
            np.testing.assert_array_equal(
                getattr(getattr(again, part), name), getattr(getattr(graph, part), name)
            )
    np.testing.assert_array_equal(again.edges.heads, graph.edges.heads)
    np.testing.assert_array_equal(again.edges.relations, graph.edges.relations)
    np.testing.assert_array_equal(again.edges.tails, graph.edges.tails)


def test_the_rdf_is_in_it_and_opening_it_changes_nothing(home) -> None:
    assert len(open_store(home)) > 50
    assert len(open_store(home).query("SELECT ?s WHERE { ?s ?p ?o } LIMIT 3")) == 3
    open_graph(home)


def test_nothing_is_left_beside_it(home) -> None:
    assert [path.name for path in home.parent.iterdir()] == ["space"]


def test_nothing_in_it_is_a_pickle(home) -> None:
    endings = {path.suffix for path in home.iterdir() if path.is_file()}
    assert endings == {".parquet", ".json", ".yaml", ".csv"}


def test_a_rebuild_keeps_the_models(files, home) -> None:
    (home / "models" / "v1").mkdir(parents=True)
    (home / "models" / "v1" / "weights").write_text("w")
    (home / "tuned.json").write_text("{}")
    files.change("films.csv", "Alien", "Aliens")
    build_workspace(files.card, home)
    assert (home / "models" / "v1" / "weights").read_text() == "w"
    assert (home / "tuned.json").read_text() == "{}"
    assert "Aliens" in open_graph(home).labels


def test_a_failed_rebuild_leaves_the_workspace_as_it_was(files, home) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    (files.folder / "films.csv").unlink()
    with pytest.raises(CatalogError):
        build_workspace(files.card, home)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert [path.name for path in home.parent.iterdir()] == ["space"]


def test_a_failure_at_the_last_step_leaves_it_too(files, home, monkeypatch) -> None:
    before = (home / "workspace.json").read_bytes()
    rename = workspace.Path.rename

    def fail(path, target):
        if path.name == "new":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    files.change("films.csv", "Alien", "Aliens")
    monkeypatch.setattr(workspace.Path, "rename", fail)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        build_workspace(files.card, home)
    monkeypatch.undo()
    assert (home / "workspace.json").read_bytes() == before
    open_graph(home)


def test_a_folder_with_other_things_is_not_replaced(files, tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkspaceError, match="is there already and is no workspace"):
        build_workspace(files.card, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_what_is_no_workspace_is_said(tmp_path) -> None:
    with pytest.raises(WorkspaceError, match=r"is not a workspace: it has no workspace\.json"):
        open_graph(tmp_path / "nowhere")


def test_an_older_version_is_said(home) -> None:
    manifest = json.loads((home / "workspace.json").read_text())
    (home / "workspace.json").write_text(json.dumps({**manifest, "format": 0}))
    with pytest.raises(
        WorkspaceError, match="made by an older version, format 0; this WhyRec reads format 2: build"
    ):
        open_graph(home)
    (home / "workspace.json").write_text(json.dumps({**manifest, "format": 3}))
    with pytest.raises(WorkspaceError, match="made by another version, format 3"):
        open_graph(home)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}'])
def test_a_broken_manifest_is_said(home, text: str) -> None:
    (home / "workspace.json").write_text(text)
    with pytest.raises(WorkspaceError, match=r"workspace\.json"):
        open_graph(home)


def test_a_missing_and_a_damaged_file_are_named(home) -> None:
    facts = home / "facts.parquet"
    whole = facts.read_bytes()
    facts.write_bytes(bytes([whole[0]]) + bytes([whole[1] ^ 1]) + whole[2:])
    with pytest.raises(WorkspaceError, match=r"facts\.parquet is damaged"):
        open_graph(home)
    facts.unlink()
    with pytest.raises(WorkspaceError, match=r"facts\.parquet is missing"):
        open_graph(home)
