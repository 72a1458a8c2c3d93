"""Build a workspace from a card, bring it up to date, and look at what was left out or merged."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from kg import adding, cardread, frames, images, mapping, workspace
from kg.build import interactions, number
from kg.catalog import no_merges
from kg.errors import WorkspaceError
from kg.inputs import Earlier, Inputs
from kg.quads import Writer
from kg.quarantine import Quarantine
from kg.store import GraphStore
from kg.sync import SourceRecord, sync
from kg.violations import find_violations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.graph import KnowledgeGraph
    from kg.sync import Synced

VERDICTS = ("kept", "merged", "verdict")


@dataclass(frozen=True, slots=True)
class Built:
    """What `build_workspace` did.

    Attributes:
        graph: the graph that the workspace now holds.
        changes: (added, removed) statements of every source file in which something changed.
        quarantine: the rows that were left out.
        merges: which entities were found to be one, see `kg.merging.find_merges`.
        warnings: what is odd but costs no row, see `kg.violations.find_violations`.
        written: whether anything had to be written.
        left_out: why items that were added to the workspace are not in it any more, see `kg.adding`.
    """

    graph: KnowledgeGraph
    changes: Mapping[str, tuple[int, int]]
    quarantine: Quarantine
    merges: pd.DataFrame
    warnings: pd.DataFrame
    written: bool
    left_out: tuple[str, ...] = ()


def build_workspace(card: str | Path, folder: str | Path, decisions: pd.DataFrame | None = None) -> Built:
    """Build a workspace from a dataset card, in one step that succeeds or leaves everything as it was.

    Where a workspace of the dataset is there already, only what changed in the files is changed in it, and if
    nothing did, nothing is written. The new state is written beside the folder, flushed to disk and renamed
    into place; `models/` are kept. Rows that cannot go in are listed in `quarantine.csv`. Items that were
    added to the workspace (see `kg.adding`) are added again, but for those that the catalog has by now.

    Args:
        card: the dataset card.
        folder: where the workspace shall be.
        decisions: what a person said of entities that may be one, columns kept, merged and verdict ("same" or
            "different"); by default what the workspace holds of those.

    Raises:
        CardError, CatalogError: the card or a file of its catalog is not right.
        WorkspaceError: the folder is something else than a workspace, or cannot be written.
    """
    target = Path(folder).absolute()
    workspace.check_replaceable(target)
    said = _decisions(target) if decisions is None else decisions
    inputs = Inputs.of(card, said.to_csv(index=False))
    old = _earlier(target, inputs.name)
    if old is not None and old.inputs == inputs.sums and inputs.complete:
        graph = frames.read(target, inputs.name)
        rejected = Quarantine.read(target / workspace.REPORT)
        return Built(graph, {}, rejected, merges(target), _table(target / workspace.WARNINGS), written=False)
    found: list[_Filled] = []
    rejected = Quarantine()

    def fill(new: Path) -> tuple[KnowledgeGraph, Mapping[str, Any]]:
        earlier = None if old is None else (target, old)
        filled = _fill(card, new, earlier, inputs, rejected, said)
        found.append(filled)
        filled.merges.to_csv(new / workspace.MERGES, index=False)
        filled.warnings.to_csv(new / workspace.WARNINGS, index=False)
        said.to_csv(new / workspace.DECISIONS, index=False)
        shutil.copyfile(card, new / workspace.CARD)
        images.write(card, new)
        rejected.write(new / workspace.REPORT)
        records: Mapping[str, SourceRecord] = filled.synced.records
        with GraphStore(new / workspace.STORE) as store:
            graph = number(store, inputs.name, *filled.interactions)
            if old is not None:
                graph, records, reasons = adding.again(target, new, store, graph, records)
                left_out.extend(reasons)
        return graph, {
            "inputs": dict(inputs.sums),
            "sources": {source: asdict(record) for source, record in records.items()},
            "card": str(Path(card).absolute()),
        }

    left_out: list[str] = []
    graph, filled = workspace.put(target, fill), found[0]
    changes = {
        source: counts
        for source, counts in filled.synced.changes.items()
        if not source.startswith(f"{adding.ADDED}/")
    }
    return Built(
        graph, changes, rejected, filled.merges, filled.warnings, written=True, left_out=tuple(left_out)
    )


def merges(folder: str | Path) -> pd.DataFrame:
    """Which entities of a workspace were found to be one, see `kg.merging.find_merges`.

    Raises:
        WorkspaceError: as for `open_graph`.
    """
    workspace.check(Path(folder))
    if not (Path(folder) / workspace.MERGES).is_file():
        return no_merges()
    return _table(Path(folder) / workspace.MERGES).astype({"score": "float64"})


def card_of(place: str | Path) -> Path:
    """The card itself, or the one from which a workspace was built.

    Raises:
        WorkspaceError: the folder is no workspace, or its card is gone.
    """
    if not Path(place).is_dir():
        return Path(place)
    card = Path(workspace.read_manifest(Path(place)).get("card", ""))
    if not card.is_file():
        raise WorkspaceError(f"the card from which {place} was built ({card}) is gone; build it again")
    return card


def decide(folder: str | Path, kept: str, merged: str, verdict: str) -> Built:
    """Say whether two entities are one, and build the workspace again so.

    Args:
        folder: the workspace.
        kept: the id of one of the two.
        merged: the id of the other.
        verdict: "same" or "different".

    Raises:
        WorkspaceError: the pair is neither among the merges nor decided before, or the card is gone.
    """
    home = Path(folder)
    pair = {kept, merged}
    before = _decisions(home)
    pairs = pd.concat([merges(home)[["kept", "merged"]], before[["kept", "merged"]]])
    if not any({one, other} == pair for one, other in zip(pairs["kept"], pairs["merged"], strict=True)):
        raise WorkspaceError(f"{kept!r} and {merged!r} are not among the merges of {home}")
    said = pd.DataFrame([(kept, merged, verdict)], columns=list(VERDICTS))
    return build_workspace(card_of(home), home, pd.concat([before, said], ignore_index=True))


def _decisions(folder: Path) -> pd.DataFrame:
    path = folder / workspace.DECISIONS
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype="str") for name in VERDICTS})
    return _table(path)


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def quarantine(place: str | Path) -> Quarantine:
    """The rows that cannot go into a catalog's graph.

    Args:
        place: a dataset card, which is built and validated for this and then forgotten, or a workspace, whose
            report is read.

    Raises:
        CardError, CatalogError, WorkspaceError: as for `build_workspace` and `open_graph`.
    """
    if Path(place).is_dir():
        workspace.check(Path(place))
        return Quarantine.read(Path(place) / workspace.REPORT)
    with tempfile.TemporaryDirectory() as folder:
        return build_workspace(place, Path(folder) / "workspace").quarantine


@dataclass(frozen=True, slots=True)
class _Filled:
    """What is left of a catalog once its store is filled; the rest is let go of, for the memory."""

    synced: Synced
    merges: pd.DataFrame
    warnings: pd.DataFrame
    interactions: tuple[pd.DataFrame, pd.DataFrame]


def _fill(
    card: str | Path,
    new: Path,
    earlier: tuple[Path, Earlier] | None,
    inputs: Inputs,
    rejected: Quarantine,
    said: pd.DataFrame,
) -> _Filled:
    """Fill the store of a new workspace, again without the rows that break a shape until none does."""
    while True:
        known = len(rejected)
        catalog = mapping.read(card, rejected, said)
        if earlier is not None:
            workspace.copy_store(earlier[0] / workspace.STORE, new / workspace.STORE)
        with GraphStore(new / workspace.STORE) as store:
            writer = Writer.of(catalog)
            synced = sync(store, writer, earlier[1].records if earlier else {}, inputs.records)
            warnings = find_violations(cardread.load(card), writer, store, rejected)
            if len(rejected) == known:
                return _Filled(synced, catalog.merges, warnings, interactions(catalog))
        shutil.rmtree(new / workspace.STORE)


def _earlier(folder: Path, name: str) -> Earlier | None:
    """What the workspace in a folder was made from, None where there is none of that dataset."""
    if not (folder / workspace.MANIFEST).is_file():
        return None
    manifest = workspace.read_manifest(folder)
    if (
        manifest.get("format") != workspace.FORMAT
        or manifest.get("name") != name
        or "sources" not in manifest
    ):
        return None
    workspace.check(folder)
    records = {source: SourceRecord(**record) for source, record in manifest["sources"].items()}
    return Earlier(manifest["inputs"], records)
