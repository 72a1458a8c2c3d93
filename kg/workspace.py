"""The data half of a workspace: one folder with the RDF, the interactions and the numbered graph.

workspace.json          format version and SHA-256 sums; what is not listed there is not read
dataset.yaml            the card it was made from
store/                  the RDF (Oxigraph)
quarantine.csv          the rows that were left out, and why
nodes.parquet  relations.parquet  facts.parquet  interactions.parquet
models/                 model versions, not written here; they outlive a rebuild
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import frames, mapping
from kg.build import interactions, number
from kg.errors import WorkspaceError
from kg.inputs import Earlier, Inputs, checksum
from kg.quads import Writer
from kg.quarantine import Quarantine
from kg.store import GraphStore
from kg.sync import SourceRecord, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.graph import KnowledgeGraph
    from kg.sync import Synced

FORMAT = 2
MANIFEST, CARD, STORE, MODELS, REPORT = "workspace.json", "dataset.yaml", "store", "models", "quarantine.csv"
CHANGING = ("LOG", "LOCK")  # RocksDB writes these when a store is only opened


@dataclass(frozen=True, slots=True)
class Built:
    """What `build_workspace` did.

    Attributes:
        graph: the graph that the workspace now holds.
        changes: (added, removed) statements of every source file in which something changed.
        quarantine: the rows that were left out.
        written: whether anything had to be written.
    """

    graph: KnowledgeGraph
    changes: Mapping[str, tuple[int, int]]
    quarantine: Quarantine
    written: bool


def build_workspace(card: str | Path, folder: str | Path) -> Built:
    """Build a workspace from a dataset card, in one step that succeeds or leaves everything as it was.

    Where a workspace of the dataset is there already, only what changed in the files is changed in it, and if
    nothing did, nothing is written. The new state is written beside the folder, flushed to disk and renamed
    into place; `models/` are kept. Rows that cannot go in are listed in `quarantine.csv`.

    Args:
        card: the dataset card.
        folder: where the workspace shall be.

    Raises:
        CardError, CatalogError: the card or a file of its catalog is not right.
        WorkspaceError: the folder is something else than a workspace, or cannot be written.
    """
    target = Path(folder).absolute()
    _check_replaceable(target)
    inputs = Inputs.of(card)
    old = _earlier(target, inputs.name)
    if old is not None and old.inputs == inputs.sums and inputs.complete:
        return Built(frames.read(target, inputs.name), {}, Quarantine.read(target / REPORT), written=False)
    changes: dict[str, tuple[int, int]] = {}
    rejected = Quarantine() if old is None else _still_wrong(target, old, inputs)

    def fill(new: Path) -> tuple[KnowledgeGraph, Mapping[str, Any]]:
        graph, synced = _fill(card, new, None if old is None else (target, old), inputs, rejected)
        changes.update(synced.changes)
        shutil.copyfile(card, new / CARD)
        rejected.write(new / REPORT)
        records = {source: asdict(record) for source, record in synced.records.items()}
        return graph, {"inputs": dict(inputs.sums), "sources": records}

    graph = _write(target, fill)
    return Built(graph, changes, rejected, written=True)


def quarantine(place: str | Path) -> Quarantine:
    """The rows that cannot go into a catalog's graph.

    Args:
        place: a dataset card, which is built and validated for this and then forgotten, or a workspace, whose
            report is read.

    Raises:
        CardError, CatalogError, WorkspaceError: as for `build_workspace` and `open_graph`.
    """
    if Path(place).is_dir():
        check(Path(place))
        return Quarantine.read(Path(place) / REPORT)
    with tempfile.TemporaryDirectory() as folder:
        return build_workspace(place, Path(folder) / "workspace").quarantine


def _fill(
    card: str | Path,
    new: Path,
    earlier: tuple[Path, Earlier] | None,
    inputs: Inputs,
    rejected: Quarantine,
) -> tuple[KnowledgeGraph, Synced]:
    """Fill the store of a new workspace, again without the rows that break a shape until none does."""
    while True:
        known = len(rejected)
        catalog = mapping.read(card, rejected)
        if earlier is not None:
            _copy_store(earlier[0] / STORE, new / STORE)
        with GraphStore(new / STORE) as store:
            synced = sync(store, Writer.of(catalog), earlier[1].records if earlier else {}, inputs.records)
            if len(rejected) == known:
                return number(store, catalog.name, interactions(catalog)), synced
        shutil.rmtree(new / STORE)


def _still_wrong(target: Path, old: Earlier, inputs: Inputs) -> Quarantine:
    """The rows that were left out before and are as they were: their file and the card did not change."""
    if old.inputs.get(CARD) != inputs.sums[CARD]:
        return Quarantine()
    rows = Quarantine.read(target / REPORT).rows
    return Quarantine(
        {
            place: row
            for place, row in rows.items()
            if old.inputs.get(row.source) == inputs.sums.get(row.source, "changed")
        }
    )


def _copy_store(source: Path, target: Path) -> None:
    """Copy a store; its large files never change once written, so that they only get a second name."""
    shutil.copytree(
        source,
        target,
        ignore=shutil.ignore_patterns("LOCK"),
        copy_function=lambda one, two: _link(one, two) if one.endswith(".sst") else shutil.copy2(one, two),
    )


def write_workspace(graph: KnowledgeGraph, folder: str | Path) -> None:
    """Make a workspace from a graph that is in memory; it has neither a card nor RDF.

    Raises:
        WorkspaceError: as for `build_workspace`.
    """
    target = Path(folder).absolute()
    _check_replaceable(target)
    _write(target, lambda _new: (graph, {}))


def _write(target: Path, fill: Callable[[Path], tuple[KnowledgeGraph, Mapping[str, Any]]]) -> KnowledgeGraph:
    """Fill a folder beside the target, write the graph that `fill` gives into it, and put it in place.

    Args:
        target: the workspace.
        fill: fills the new folder and gives the graph and what the manifest shall note beside its sums.
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


def _earlier(folder: Path, name: str) -> Earlier | None:
    """What the workspace in a folder was made from, None where there is none of that dataset."""
    if not (folder / MANIFEST).is_file():
        return None
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT or manifest.get("name") != name or "sources" not in manifest:
        return None
    check(folder)
    records = {source: SourceRecord(**record) for source, record in manifest["sources"].items()}
    return Earlier(manifest["inputs"], records)


def _check_replaceable(target: Path) -> None:
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


def flush(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
