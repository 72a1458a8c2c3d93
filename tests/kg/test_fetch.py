"""Packages that hold data: checked, unpacked once, and never outside their folder."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from kg import CatalogError, fetch
from kg.fetch import Package


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("WHYREC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def wheel(path: Path, names: dict[str, str]) -> Package:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return Package("data", "1.0", hashlib.sha256(path.read_bytes()).hexdigest(), "data/tables")


def serve(monkeypatch, path: Path) -> list[list[str]]:
    """Let pip 'download' a wheel from disk."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        target = Path(command[command.index("--dest") + 1])
        (target / "data-1.0-py3-none-any.whl").write_bytes(path.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(fetch.subprocess, "run", run)
    return calls


def test_a_package_is_fetched_once_and_only_its_folder_is_kept(tmp_path, cache, monkeypatch) -> None:
    package = wheel(tmp_path / "w.whl", {"data/tables/a.csv": "a,b\n", "data/code.py": "boom"})
    calls = serve(monkeypatch, tmp_path / "w.whl")
    folder = fetch.fetch(package)
    assert (folder / "a.csv").read_text() == "a,b\n"
    assert fetch.fetch(package) == folder
    assert len(calls) == 1
    assert "--no-deps" in calls[0]
    assert [path.name for path in cache.rglob("*") if path.is_file()] == ["a.csv"]


def test_another_sum_is_refused_and_leaves_nothing(tmp_path, cache, monkeypatch) -> None:
    wheel(tmp_path / "w.whl", {"data/tables/a.csv": "a,b\n"})
    serve(monkeypatch, tmp_path / "w.whl")
    with pytest.raises(CatalogError, match="so it is not used"):
        fetch.fetch(Package("data", "1.0", "0" * 64, "data/tables"))
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["data/tables/../../../evil", "data/tables/..\\evil"])
def test_names_that_lead_outside_are_refused(tmp_path, cache, monkeypatch, name: str) -> None:
    package = wheel(tmp_path / "w.whl", {name: "evil"})
    serve(monkeypatch, tmp_path / "w.whl")
    with pytest.raises(CatalogError, match="unsafe name"):
        fetch.fetch(package)
    assert not list(tmp_path.rglob("evil"))


def test_a_package_without_the_folder_is_said(tmp_path, monkeypatch) -> None:
    package = wheel(tmp_path / "w.whl", {"other/a.csv": "a"})
    serve(monkeypatch, tmp_path / "w.whl")
    with pytest.raises(CatalogError, match="holds no folder 'data/tables'"):
        fetch.fetch(package)


def test_what_is_no_wheel_is_said(tmp_path, monkeypatch) -> None:
    (tmp_path / "w.whl").write_text("no zip")
    serve(monkeypatch, tmp_path / "w.whl")
    with pytest.raises(CatalogError, match="is not a wheel"):
        fetch.fetch(Package("data", "1.0", hashlib.sha256(b"no zip").hexdigest()))


def test_pips_reason_is_passed_on(monkeypatch) -> None:
    done = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: No matching distribution found\n")
    monkeypatch.setattr(fetch.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(
        CatalogError, match=r"pip cannot download data==1\.0: ERROR: No matching distribution"
    ):
        fetch.fetch(Package("data", "1.0", "0" * 64))
