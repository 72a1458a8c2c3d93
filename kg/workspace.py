"""The data half of a workspace: one folder with the RDF, the interactions and the numbered graph.

workspace.json          format version and SHA-256 sums; what is not listed there is not read
dataset.yaml            the card it was made from
store/                  the RDF (Oxigraph)
quarantine.csv          the rows that were left out, and why
warnings.csv            what is odd in the graph but costs no row
merges.csv              which entities were found to be one
decisions.csv           what a person said of those
nodes.parquet  relations.parquet  facts.parquet  interactions.parquet
ratings.parquet  numbers.parquet   where there are some
images.parquet          vectors or picture files of items, where the card has some, see `kg.images`
added/                  files of items that were added later, see `kg.adding`
models/                 model versions, not written here; they outlive a rebuild
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import frames
from kg.errors import WorkspaceError
from kg.inputs import checksum
from kg.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.graph import KnowledgeGraph

FORMAT = 2
MANIFEST, CARD, STORE, MODELS, REPORT = "workspace.json", "dataset.yaml", "store", "models", "quarantine.csv"
KEPT = (MODELS, "tuned.json", "curves")  # what others make of the graph; it outlives a new one
MERGES, DECISIONS, WARNINGS = "merges.csv", "decisions.csv", "warnings.csv"
CHANGING = ("LOG", "LOCK")  # RocksDB writes these when a store is only opened


def write_workspace(graph: KnowledgeGraph, folder: str | Path) -> None:
    """Make a workspace from a graph that is in memory; it has neither a card nor RDF.

    Raises:
        WorkspaceError: as for `build_workspace`.
    """
    target = Path(folder).absolute()
    check_replaceable(target)
    put(target, lambda _new: (graph, {}))


def put(
    target: Path,
    fill: Callable[[Path], tuple[KnowledgeGraph, Mapping[str, Any]]],
    finish: Callable[[Path], object] = lambda _new: None,
) -> KnowledgeGraph:
    """Fill a folder beside the target, write the graph that `fill` gives into it, and put it in place.

    Args:
        target: the workspace.
        fill: fills the new folder and gives the graph and what the manifest shall note beside its sums.
        finish: does something with the new folder when it is a workspace with the old one's models.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error}") from error
    try:
        new = aside / "new"
        new.mkdir()
        graph, notes = fill(new)
        frames.write(graph, new)
        _seal(new, graph.name, notes)
        _keep(target, new)
        finish(new)
        _swap(new, target, aside / "old")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return graph


def fingerprint(folder: str | Path) -> str:
    """A SHA-256 that is the same only for the same graph.

    Raises:
        WorkspaceError: as for `open_graph`.
    """
    sums = read_manifest(Path(folder))["files"]
    tables = {name: value for name, value in sums.items() if name.endswith(".parquet")}
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def open_graph(folder: str | Path) -> KnowledgeGraph:
    """The graph of a workspace, held-out interactions included.

    Raises:
        WorkspaceError: the folder is no workspace, is of another version, or a file is missing or damaged.
    """
    home = Path(folder)
    manifest = check(home)
    return frames.read(home, str(manifest["name"]))


def open_store(folder: str | Path) -> GraphStore:
    """The RDF of a workspace, for reading.

    Raises:
        WorkspaceError: as for `open_graph`.
    """
    check(Path(folder))
    return GraphStore(Path(folder) / STORE, read_only=True)


def check(folder: Path) -> dict[str, Any]:
    """Check a workspace's version and sums and give its manifest.

    Raises:
        WorkspaceError: one clear sentence on what is wrong.
    """
    manifest = read_manifest(folder)
    version = manifest.get("format")
    if version != FORMAT:
        age = "an older" if isinstance(version, int) and version < FORMAT else "another"
        raise WorkspaceError(
            f"{folder} was made by {age} version, format {version}; this WhyRec reads format {FORMAT}: "
            f"build it again with `whyrec build CARD --into {folder}`"
        )
    sums = manifest.get("files")
    if not isinstance(sums, dict) or not isinstance(manifest.get("name"), str):
        raise WorkspaceError(
            f"{folder / MANIFEST} lacks its name or its list of files; build the workspace again"
        )
    for name, wanted in sums.items():
        file = folder / name
        if not file.is_file():
            raise WorkspaceError(f"{file} is missing from the workspace; build it again")
        if checksum(file) != wanted:
            raise WorkspaceError(
                f"{file} is damaged: its SHA-256 is not the one noted; build the workspace again"
            )
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a workspace's manifest says, whatever its version.

    Raises:
        WorkspaceError: there is none, or it is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise WorkspaceError(
            f"{folder} is not a workspace: it has no {MANIFEST}; make one with `whyrec build`"
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise WorkspaceError(f"{path} is damaged: {error}; build the workspace again") from error
    if not isinstance(manifest, dict):
        raise WorkspaceError(f"{path} is damaged: it holds no object; build the workspace again")
    return manifest


def check_replaceable(target: Path) -> None:
    """Make sure that nothing but a workspace would be replaced.

    Raises:
        WorkspaceError: the folder holds something else.
    """
    if (
        target.exists()
        and not (target / MANIFEST).is_file()
        and (not target.is_dir() or any(target.iterdir()))
    ):
        raise WorkspaceError(f"{target} is there already and is no workspace; name a new or an empty folder")


def _seal(folder: Path, name: str, notes: Mapping[str, Any]) -> None:
    """Write the manifest last, then flush everything to disk."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(CHANGING)
    )
    sums = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
    manifest = json.dumps({"format": FORMAT, "name": name, "files": sums, **notes}, indent=1)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    for path in [*(path for path in folder.rglob("*") if path.is_file()), folder]:
        flush(path)


def _keep(target: Path, new: Path) -> None:
    """Give the new workspace the models and the like of the old one."""
    try:
        for name in KEPT:
            if (target / name).is_dir():
                shutil.copytree(target / name, new / name, copy_function=link)
            elif (target / name).is_file():
                link(str(target / name), str(new / name))
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error}") from error


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put the new workspace in place of the old one, or undo it."""
    try:
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        flush(target.parent)
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error}") from error


def copy_store(source: Path, target: Path) -> None:
    """Copy a store; its large files never change once written, so that they only get a second name."""
    shutil.copytree(
        source,
        target,
        ignore=shutil.ignore_patterns("LOCK"),
        copy_function=lambda one, two: link(one, two) if one.endswith(".sst") else shutil.copy2(one, two),
    )


def link(source: str, target: str) -> None:
    """Give a file a second name; copy it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def flush(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
