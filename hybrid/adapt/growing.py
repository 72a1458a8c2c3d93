"""Items that a fitted recommender takes in without training: its graph, its tables and its scorers grow."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from hybrid import models
from kg import adding, workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hybrid.recommender import Recommender
    from kg.newitems import NewItem


def with_items(recommender: Recommender, items: Sequence[NewItem]) -> Recommender:
    """A recommender that knows further items; the one given, its weights and all known scores stay.

    Each scorer places the new items by what it has learned already, or says that it cannot tell
    (`Scorer.grown`); an item about which every scorer is silent is not recommended. Only new texts are
    encoded. Where no item had a text while training, texts are not read.

    Args:
        recommender: a fitted one.
        items: the new items.

    Raises:
        CatalogError, UnknownIdError: as for `KnowledgeGraph.with_items`.
    """
    graph, grown = recommender.graph.with_items(items), copy(recommender)
    grown.tuned = {}  # they know the smaller graph
    if recommender.text is not None:
        grown.text = recommender.text.extended([item.text for item in items])
    if recommender.images is not None:
        grown.images = recommender.images.extended(len(items))
    resources = grown.resources("grow")
    members = tuple(member.grown(graph, resources) for member in recommender.members)
    return grown.ready(graph, members, recommender.ranker)


def add(
    folder: Path, file: Path, report: Callable[[str], None] = lambda _message: None
) -> tuple[tuple[NewItem, ...], str]:
    """Add the items of a file to a workspace and, where it has a model, to that as its new version.

    Either both are done or everything stays as it was.

    Args:
        folder: the workspace.
        file: the items, see `kg.itemfile.read_items`.
        report: told of progress in words.

    Returns:
        The items, and the version of the model, "" where there is none.

    Raises:
        CatalogError, UnknownIdError, WorkspaceError: as for `kg.adding.add_items` and `hybrid.models.load`.
    """
    trained = (folder / workspace.MODELS / models.CURRENT).is_file()
    recommender = models.load(folder, report=report) if trained else None
    versions = [""]

    def finish(new: Path, items: tuple[NewItem, ...]) -> None:
        if recommender is not None:
            versions.append(models.save(recommender.with_items(items), new))

    return adding.add_items(folder, file, finish), versions[-1]
