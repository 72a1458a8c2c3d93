"""Model versions in a workspace: a folder each, written aside, checked by sums; the pointer moves last.

models/current             the number of the version in use
models/0001/model.json     format, options, weights, SHA-256 sums of the files and of the graph learned from
models/0001/<name>.npz     what a scorer learned; items.text.npz, items.images.npz: their vectors
models/0001/encoder.safetensors  what an adapted text encoder learned
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gnn.train import Epoch, History
from hybrid import scorers
from hybrid.boosting import Boosted
from hybrid.images.table import ImageTable
from hybrid.options import Options
from hybrid.ranker_record import plain, ranker_of
from hybrid.recommender import Recommender
from hybrid.text import adapted
from hybrid.text.table import TextTable
from kg import workspace
from kg.errors import WorkspaceError
from kg.graph import KINDS
from kg.inputs import checksum
from kg.split import hold_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Scorer, State
    from kg.graph import KnowledgeGraph

FORMAT = 6
CURRENT, MANIFEST, ENCODER, TREES = "current", "model.json", "encoder.safetensors", "ranker.trees.txt"
TEXTS, IMAGES = "items.text.npz", "items.images.npz"  # no scorer has such a name


def save(recommender: Recommender, folder: str | Path) -> str:
    """Save a fitted recommender as a new version of a workspace; the version's name.

    Args:
        recommender: a fitted one.
        folder: a workspace built from the same graph, or a new folder, which becomes one.

    Raises:
        WorkspaceError: the folder is something else, or holds another graph.
    """
    home = Path(folder)
    if not (home / workspace.MANIFEST).exists():
        workspace.write_workspace(recommender.graph, home)
    elif not _same(workspace.open_graph(home), recommender.graph):
        raise WorkspaceError(f"{home} holds another graph than the one learned from; name a new folder")
    models = home / workspace.MODELS
    models.mkdir(exist_ok=True)
    version = f"{max([int(old.name) for old in models.glob('[0-9]' * 4)], default=0) + 1:04d}"
    aside = Path(tempfile.mkdtemp(dir=models, prefix=".new-"))
    try:
        _write(recommender, aside, workspace.fingerprint(home))
        aside.rename(models / version)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    pointer = models / f"{CURRENT}.part"
    pointer.write_text(version, encoding="utf-8")
    workspace.flush(pointer)
    pointer.replace(models / CURRENT)
    workspace.flush(models)
    return version


def load(
    folder: str | Path,
    *,
    version: str = "",
    device: str = "auto",
    report: Callable[[str], None] = lambda _message: None,
) -> Recommender:
    """A model of a workspace, ready to answer.

    Args:
        folder: the workspace.
        version: which of its models; the current one where "".
        device: "cpu", "cuda" or "auto".
        report: told of progress in words.

    Raises:
        WorkspaceError: no workspace, no such model in it, a damaged file, another format, or a graph that was
            built again after the model was trained.
    """
    home = Path(folder)
    graph = workspace.open_graph(home)
    place = home / workspace.MODELS / version if version else _current(home)
    manifest = _checked(place, home)
    options, unfitted, histories, weights = _understood(manifest, place, home, device)
    recommender = Recommender(options, report)
    recommender.workspace, recommender.version = home, place.name
    if ENCODER in manifest["files"]:
        recommender.adapted = adapted.load(place / ENCODER, recommender.encoder_options())
    recommender.text, recommender.images = _text(recommender, place), _images(place)
    resources = recommender.resources("load")
    whole = hold_out(graph.without_heldout(), options.validation_share, options.seed)
    members = [
        scorer.restored(_arrays(place / f"{scorer.name}.npz"), whole, resources) for scorer in unfitted
    ]
    recommender.seconds, recommender.histories = manifest["seconds"], histories
    recommender.cpu_seconds = manifest["cpu_seconds"]
    return recommender.ready(whole, tuple(members), weights)


def _same(graph: KnowledgeGraph, other: KnowledgeGraph) -> bool:
    """Whether rows mean the same in both, so that what was learned from one can be used with the other."""
    return all(graph.vocabulary(kind).ids == other.vocabulary(kind).ids for kind in KINDS) and all(
        np.array_equal(one, another)
        for one, another in (
            (graph.edges.heads, other.edges.heads),
            (graph.edges.relations, other.edges.relations),
            (graph.edges.tails, other.edges.tails),
            (graph.interactions.users, other.interactions.users),
            (graph.interactions.items, other.interactions.items),
        )
    )


def _understood(
    manifest: dict[str, Any], version: Path, home: Path, device: str
) -> tuple[Options, list[Scorer], dict[str, History], Ranker]:
    """What a manifest says, as values; it may be of a WhyRec with other scorers or options."""
    try:
        written = manifest["options"]
        adapt = adapted.adapt_options(written["adapt"]) if written.get("adapt") else None
        options = Options(
            **{**written, "members": tuple(written["members"]), "device": device, "adapt": adapt}
        )
        known = scorers.find()
        unfitted = [known[name].of(settings) for name, settings in manifest["scorers"].items()]
        histories = {
            name: History([Epoch(**epoch) for epoch in epochs])
            for name, epochs in manifest["histories"].items()
        }
        ranker = ranker_of(manifest)
    except (KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"{version / MANIFEST} was made by another version of WhyRec ({error}); "
            f"run `whyrec train {home}` again"
        ) from error
    if TREES in manifest["files"]:
        ranker = Boosted(**vars(ranker), trees=(version / TREES).read_text(encoding="utf-8"))
    return options, unfitted, histories, ranker


def _write(recommender: Recommender, folder: Path, graph: str) -> None:
    for scorer in recommender.members:
        np.savez(folder / f"{scorer.name}.npz", **scorer.state())  # type: ignore[arg-type]
    if recommender.text is not None:
        np.savez(folder / TEXTS, vectors=recommender.text.vectors, present=recommender.text.present)
    if recommender.adapted is not None:
        recommender.adapted.save(folder / ENCODER)
    if recommender.images is not None:
        images = recommender.images
        np.savez(folder / IMAGES, vectors=images.vectors, present=images.present)
    if isinstance(recommender.ranker, Boosted):
        (folder / TREES).write_text(recommender.ranker.trees, encoding="utf-8")
    manifest = {
        "format": FORMAT,
        "graph": graph,
        "options": asdict(recommender.options),
        "scorers": {scorer.name: scorer.options() for scorer in recommender.members},
        **plain(recommender.ranker),
        "seconds": recommender.seconds,
        "cpu_seconds": recommender.cpu_seconds,
        "histories": {
            name: [asdict(epoch) for epoch in history.epochs]
            for name, history in recommender.histories.items()
        },
        "files": {file.name: checksum(file) for file in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for file in [*folder.iterdir(), folder]:
        workspace.flush(file)


def _current(home: Path) -> Path:
    pointer = home / workspace.MODELS / CURRENT
    if not pointer.is_file():
        raise WorkspaceError(f"{home} has no trained model; run `whyrec train {home}` first")
    return home / workspace.MODELS / pointer.read_text(encoding="utf-8").strip()


def _checked(version: Path, home: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((version / MANIFEST).read_text(encoding="utf-8"))
        written, files, graph = manifest["format"], manifest["files"], manifest["graph"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(f"{version / MANIFEST} is missing or damaged ({error}); train again") from error
    if written != FORMAT:
        raise WorkspaceError(
            f"{version} was made by another version, format {written}; this WhyRec reads {FORMAT}: "
            f"run `whyrec train {home}` again"
        )
    for name, wanted in files.items():
        if not (version / name).is_file() or checksum(version / name) != wanted:
            raise WorkspaceError(f"{version / name} is missing or damaged; run `whyrec train {home}` again")
    if graph != workspace.fingerprint(home):
        raise WorkspaceError(f"{home} was built again after its model was trained; run `whyrec train {home}`")
    return manifest


def _images(version: Path) -> ImageTable | None:
    file = version / IMAGES
    return ImageTable(**_arrays(file)) if file.exists() else None


def _text(recommender: Recommender, version: Path) -> TextTable | None:
    file = version / TEXTS
    if not file.exists():
        return None
    arrays = _arrays(file)
    return TextTable(arrays["vectors"], arrays["present"], recommender.encoder())


def _arrays(file: Path) -> State:
    with np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
