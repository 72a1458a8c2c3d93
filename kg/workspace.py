"""The data half of a workspace: one folder with the RDF, the interactions and the numbered graph.

workspace.json          format version and SHA-256 sums; what is not listed there is not read
dataset.yaml            the card it was made from
store/                  the RDF (Oxigraph)
nodes.parquet  relations.parquet  facts.parquet  interactions.parquet
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

from kg import frames, mapping
from kg.build import build
from kg.errors import WorkspaceError
from kg.store import GraphStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.graph import KnowledgeGraph

FORMAT = 1
MANIFEST, CARD, STORE, MODELS = "workspace.json", "dataset.yaml", "store", "models"
CHANGING = ("LOG", "LOCK")  # RocksDB writes these when a store is only opened


def build_workspace(card: str | Path, folder: str | Path) -> KnowledgeGraph:
    """Build a workspace from a dataset card, in one step that succeeds or leaves everything as it was.

    The new workspace is written beside the folder, flushed to disk and renamed into place. A workspace that
    is there already is replaced; its `models/` are kept.

    Args:
        card: the dataset card.
        folder: where the workspace shall be.

    Raises:
        CardError, CatalogError: the card or a file of its catalog is not right.
        WorkspaceError: the folder is something else than a workspace, or cannot be written.
    """
    target = Path(folder).absolute()
    _check_replaceable(target)
    catalog = mapping.read(card)

    def fill(new: Path) -> KnowledgeGraph:
        store = GraphStore(new / STORE)
        graph = build(catalog, store)
        store.close()
        shutil.copyfile(card, new / CARD)
        return graph

    return _write(target, fill)


def write_workspace(graph: KnowledgeGraph, folder: str | Path) -> None:
    """Make a workspace from a graph that is in memory; it has neither a card nor RDF.

    Raises:
        WorkspaceError: as for `build_workspace`.
    """
    target = Path(folder).absolute()
    _check_replaceable(target)
    _write(target, lambda _new: graph)


def _write(target: Path, fill: Callable[[Path], KnowledgeGraph]) -> KnowledgeGraph:
    """Fill a folder beside the target, write the graph that `fill` gives into it, and put it in place."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error}") from error
    try:
        new = aside / "new"
        new.mkdir()
        graph = fill(new)
        frames.write(graph, new)
        _seal(new, graph.name)
        _swap(new, target, aside / "old")
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return graph


def fingerprint(folder: str | Path) -> str:
    """A SHA-256 that is the same only for the same graph.

    Raises:
        WorkspaceError: as for `open_graph`.
    """
    sums = _manifest(Path(folder))["files"]
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
    manifest = _manifest(folder)
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


def _manifest(folder: Path) -> dict[str, Any]:
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


def _check_replaceable(target: Path) -> None:
    if (
        target.exists()
        and not (target / MANIFEST).is_file()
        and (not target.is_dir() or any(target.iterdir()))
    ):
        raise WorkspaceError(f"{target} is there already and is no workspace; name a new or an empty folder")


def _seal(folder: Path, name: str) -> None:
    """Write the manifest last, then flush everything to disk."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(CHANGING)
    )
    sums = {path.relative_to(folder).as_posix(): checksum(path) for path in files}
    manifest = json.dumps({"format": FORMAT, "name": name, "files": sums}, indent=1)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    for path in [*(path for path in folder.rglob("*") if path.is_file()), folder]:
        flush(path)


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put the new workspace in place of the old one, whose models move over; undone if it fails half-way."""
    try:
        if target.exists():
            if (target / MODELS).is_dir():
                shutil.copytree(target / MODELS, new / MODELS, copy_function=_link)
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


def _link(source: str, target: str) -> None:
    """Give a file a second name; copy it where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
