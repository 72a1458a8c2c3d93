"""Items that join a workspace: its graph, its RDF and the file they came in, beside what the card says."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kg import frames, rdf, workspace
from kg.catalog import Catalog
from kg.errors import WhyRecError
from kg.inputs import checksum
from kg.itemfile import read_items
from kg.naming import Names
from kg.newitems import links_of
from kg.quads import Writer
from kg.store import GraphStore
from kg.sync import SourceRecord, further

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.graph import KnowledgeGraph
    from kg.newitems import NewItem
    from kg.terms import Sort

ADDED = "added"
_SCHEMA = "SELECT ?s ?o WHERE { GRAPH <%s> { ?s a <%s> ; <%s> ?o } }"
_SORTS: Mapping[Sort, tuple[str, str]] = {
    "class": (rdf.RDFS_CLASS, rdf.RDFS_LABEL),
    "relation": (rdf.OBJECT_PROPERTY, rdf.IDENTIFIER),
    "property": (rdf.DATATYPE_PROPERTY, rdf.RDFS_LABEL),
}


def add_items(
    folder: str | Path,
    file: str | Path,
    finish: Callable[[Path, tuple[NewItem, ...]], object] = lambda _new, _items: None,
) -> tuple[NewItem, ...]:
    """Add the items of a file to a workspace, in one step that succeeds or leaves everything as it was.

    The new state is written beside the folder and renamed into place, as by `kg.building.build_workspace`.
    The items come after the known ones in the graph; in the RDF they are a named graph of their own; their
    file is kept, so that a later build can add them again.

    Args:
        folder: the workspace.
        file: the items, see `kg.itemfile.read_items`.
        finish: told of the new folder, with the old one's models in it, and of the items, before it is
            renamed.

    Raises:
        CatalogError, UnknownIdError: an item is not right; the message names the file, item and field.
        WorkspaceError: the folder is no workspace, or damaged, or cannot be written.
    """
    home, path = Path(folder).absolute(), Path(file)
    manifest = workspace.check(home)
    graph, items = frames.read(home, str(manifest["name"])), read_items(path)
    try:
        more = graph.with_items(items)
    except WhyRecError as error:
        raise type(error)(f"{path}: {error}") from None

    def fill(new: Path) -> tuple[KnowledgeGraph, Mapping[str, Any]]:
        _copy(home, new, manifest["files"])
        notes = {key: value for key, value in manifest.items() if key not in {"format", "name", "files"}}
        source = _keep(path, new)
        if (new / workspace.STORE).exists():
            known = {name: SourceRecord(**record) for name, record in notes.get("sources", {}).items()}
            with GraphStore(new / workspace.STORE) as store:
                notes["sources"] = _plain(_say(store, graph, more, path, source, known))
        return more, notes

    workspace.put(home, fill, lambda new: finish(new, items))
    return items


def again(
    old: Path, new: Path, store: GraphStore, graph: KnowledgeGraph, records: Mapping[str, SourceRecord]
) -> tuple[KnowledgeGraph, dict[str, SourceRecord], tuple[str, ...]]:
    """Add what was added to an old workspace to the one that a build puts in its place.

    Args:
        old: the old workspace.
        new: the folder of the new one; the files are copied there.
        store: the new one's RDF, without the items.
        graph: the new one's graph, likewise.
        records: of the store's sources.

    Returns:
        The graph and the records with the items, and why items were left out, each in a sentence: those
        that the catalog has by now, and those that no longer fit it.
    """
    known, left_out = dict(records), []
    for file in sorted((old / ADDED).glob("*")):
        names, fitting = Names(graph), []
        for item in read_items(file):
            try:
                links_of(item, names)
                fitting.append(item)
            except WhyRecError as error:
                left_out.append(f"{ADDED}/{file.name}: {error}")
        if not fitting:
            continue
        more = graph.with_items(fitting)
        (new / ADDED).mkdir(exist_ok=True)
        shutil.copy2(file, new / ADDED)
        known = _say(store, graph, more, file, f"{ADDED}/{file.name}", known)
        graph = more
    return graph, known, tuple(left_out)


def _plain(records: Mapping[str, SourceRecord]) -> dict[str, dict[str, str]]:
    return {source: asdict(record) for source, record in records.items()}


def _copy(home: Path, new: Path, files: Mapping[str, str]) -> None:
    """Everything that a workspace lists but its graph, which is written anew."""
    for name in files:
        place = Path(name)
        if place.parts[0] != workspace.STORE and name not in frames.FILES:
            (new / place).parent.mkdir(exist_ok=True)
            workspace.link(str(home / place), str(new / place))
    if (home / workspace.STORE).exists():
        workspace.copy_store(home / workspace.STORE, new / workspace.STORE)


def _keep(file: Path, new: Path) -> str:
    """Keep the file; its name as a source."""
    (new / ADDED).mkdir(exist_ok=True)
    number = 1 + len(list((new / ADDED).iterdir()))
    source = f"{ADDED}/{number:04d}-{file.name}"
    shutil.copyfile(file, new / source)
    return source


def _say(
    store: GraphStore,
    before: KnowledgeGraph,
    after: KnowledgeGraph,
    file: Path,
    source: str,
    known: Mapping[str, SourceRecord],
) -> dict[str, SourceRecord]:
    """Put what is new in a graph into the store, as a source; the records with it."""
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    writer = Writer.of(_catalog(before, after, source, _iris(store, after.name)))
    return further(store, writer, known, {source: SourceRecord(sha256=checksum(file), modified=written)})


def _iris(store: GraphStore, name: str) -> dict[Sort, dict[str, str]]:
    """What a store calls classes, relations and properties, by sort and name."""
    found: dict[Sort, dict[str, str]] = {}
    for sort, (kind, naming) in _SORTS.items():
        rows = store.rows(_SCHEMA % (rdf.schema_graph(name), kind, naming))
        found[sort] = dict(zip(rows["o"].to_list(), rows["s"].to_list(), strict=True))
    return found


def _literal(value: float) -> tuple[str, str]:
    """A number as RDF has it, and its type."""
    if value.is_integer():
        return str(int(value)), "integer"
    return format(Decimal(repr(value)), "f"), "number"


def _catalog(
    before: KnowledgeGraph, after: KnowledgeGraph, source: str, iris: Mapping[Sort, Mapping[str, str]]
) -> Catalog:
    """What one graph says beyond another, as said by a source; the known nodes in it are said by none."""
    edges, new = after.edges, slice(len(before.edges), None)
    items = np.arange(before.num_items, after.num_items) + after.num_users
    made = np.arange(len(before.entities), len(after.entities)) + after.first("entity")
    ends = np.unique(np.concatenate([edges.heads[new], edges.tails[new]]))
    nodes = [*items.tolist(), *made.tolist(), *np.setdiff1d(ends, np.concatenate([items, made])).tolist()]
    told = len(items) + len(made)
    names = [(after.kind(node), after.id(node), after.class_names[after.classes[node]]) for node in nodes]
    node_frame = pd.DataFrame(names, columns=["kind", "id", "class"], dtype="str").assign(
        label=after.labels[nodes],
        text=after.texts[nodes],
        source=[source] * told + [""] * (len(nodes) - told),
    )
    facts = [
        (after.kind(head), after.id(head), after.relations[relation].id, after.kind(tail), after.id(tail))
        for head, relation, tail in zip(
            edges.heads[new].tolist(), edges.relations[new].tolist(), edges.tails[new].tolist(), strict=True
        )
    ]
    columns = ["head_kind", "head", "relation", "tail_kind", "tail"]
    numbers = [
        ("item", after.id(node), name, *_literal(value))
        for name, values in after.numbers.items()
        for node, value in zip(items.tolist(), values[items].tolist(), strict=True)
        if not np.isnan(value)
    ]
    return Catalog.of(
        after.name,
        nodes=node_frame,
        facts=pd.DataFrame(facts, columns=columns, dtype="str").assign(source=source),
        properties=pd.DataFrame(
            numbers, columns=["kind", "id", "property", "value", "type"], dtype="str"
        ).assign(source=source),
        iris=iris,
    )
