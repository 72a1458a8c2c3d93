"""What a workspace holds, in numbers: classes, relations, likes, degrees, gaps, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyoxigraph as ox
from scipy import sparse

from kg import frames, rdf
from kg.description import (
    ClassCount,
    Components,
    Degrees,
    Description,
    Gap,
    Likes,
    Link,
    Node,
    RelationCount,
    SourceFile,
)
from kg.graph import KINDS
from kg.quarantine import Quarantine
from kg.store import GraphStore
from kg.sync import SourceRecord
from kg.workspace import CARD, DECISIONS, REPORT, STORE, check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.graph import BoolArray, IntArray, Kind, KnowledgeGraph

EXAMPLES = 10  # nodes named where a list of them would be too long
SIZES = "SELECT ?graph (COUNT(*) AS ?statements) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"


def describe(folder: str | Path) -> Description:
    """Describe a workspace. Likes held out for testing are counted with the others.

    Raises:
        WorkspaceError: the folder is no workspace, is of another version, or is damaged.
    """
    home = Path(folder)
    manifest = check(home)
    graph = frames.read(home, str(manifest["name"]))
    told = _Told.read(home, graph.name)
    users, items = _likes(graph)
    size, degrees = graph.num_nodes, degrees_of(graph)
    unnamed = (graph.labels == "") & (np.arange(size) >= graph.num_users)
    return Description(
        name=graph.name,
        description=told.about.get(rdf.DESCRIPTION, ""),
        licence=told.about.get(rdf.LICENCE, ""),
        nodes=size,
        facts=len(graph.edges),
        classes=_classes(graph, told.classes),
        relations=_relations(graph, told.relations),
        likes=_count_likes(graph, users, items),
        degrees=tuple(_spread(graph, kind, degrees) for kind in KINDS if len(graph.vocabulary(kind))),
        unlabelled=_gap(graph, degrees, unnamed),
        orphans=_gap(graph, degrees, degrees == 0),
        components=_components(graph, users, items),
        sources=_sources(home, manifest, told.statements),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What only the RDF tells: of the dataset by predicate, IRIs by name or id, statements by named graph."""

    about: Mapping[str, str]
    classes: Mapping[str, str]
    relations: Mapping[str, str]
    statements: Mapping[str, int]

    @classmethod
    def read(cls, home: Path, name: str) -> _Told:
        """Read it; all of it is empty where a workspace holds no RDF."""
        if not (home / STORE).exists():
            return cls({}, {}, {}, {})
        with GraphStore(home / STORE, read_only=True) as store:
            schema, rows = schema_of(store, name), store.rows(SIZES)
        sizes = zip(rows["graph"].to_list(), rows["statements"].to_list(), strict=True)
        dataset = rdf.iri(name, "dataset", name)
        classes = {me for me, about, value in schema if (about, value) == (rdf.RDF_TYPE, rdf.RDFS_CLASS)}
        return cls(
            about={about: value for me, about, value in schema if me == dataset},
            classes={value: me for me, about, value in schema if about == rdf.RDFS_LABEL and me in classes},
            relations={value: me for me, about, value in schema if about == rdf.IDENTIFIER},
            statements={graph: int(count) for graph, count in sizes},
        )


def schema_of(store: GraphStore, name: str) -> list[tuple[str, str, str]]:
    """What a store says of a dataset, its classes, relations and properties: (subject, predicate, object)."""
    return [
        (quad.subject.value, quad.predicate.value, quad.object.value)
        for quad in store.quads(rdf.schema_graph(name))
        if not isinstance(quad.subject, ox.Triple) and not isinstance(quad.object, ox.Triple)
    ]


def degrees_of(graph: KnowledgeGraph) -> IntArray:
    """How many facts and likes each node has a part in, held-out likes included, shape (num_nodes,)."""
    ends = graph.edges.heads, graph.edges.tails, *_likes(graph)
    return np.bincount(np.concatenate(ends), minlength=graph.num_nodes)


def _likes(graph: KnowledgeGraph) -> tuple[IntArray, IntArray]:
    """The numbers of the users and items of all likes, held-out ones included."""
    parts = graph.interactions, graph.heldout
    users = np.concatenate([likes.users for likes in parts])
    return users, np.concatenate([likes.items for likes in parts]) + graph.num_users


def _classes(graph: KnowledgeGraph, iris: Mapping[str, str]) -> tuple[ClassCount, ...]:
    told = {
        "labelled": (graph.labels != "").astype(np.int64),
        "with_text": (graph.texts != "").astype(np.int64),
    }
    kinds = np.repeat(np.arange(len(KINDS)), [len(graph.vocabulary(kind)) for kind in KINDS])
    found = []
    for kind, row in np.unique(np.column_stack([kinds, graph.classes]), axis=0).tolist():
        here = (kinds == kind) & (graph.classes == row)
        counts = {name: int(flags[here].sum()) for name, flags in told.items()}
        name = graph.class_names[row]
        found.append(ClassCount(KINDS[kind], name, iris.get(name, ""), nodes=int(here.sum()), **counts))
    return tuple(sorted(found, key=lambda count: -count.nodes))


def _relations(graph: KnowledgeGraph, iris: Mapping[str, str]) -> tuple[RelationCount, ...]:
    edges = graph.edges
    found = []
    for row in np.unique(edges.relations).tolist():
        heads, tails = (ends[edges.relations == row] for ends in (edges.heads, edges.tails))
        each = np.unique(heads, return_counts=True)[1]
        relation = graph.relations[row]
        found.append(
            RelationCount(
                id=relation.id,
                label=relation.label,
                iri=iris.get(relation.id, ""),
                facts=len(heads),
                links=_links(graph, heads, tails),
                mean=float(each.mean()),
                most=int(each.max()),
            )
        )
    return tuple(sorted(found, key=lambda relation: -relation.facts))


def _links(graph: KnowledgeGraph, heads: IntArray, tails: IntArray) -> tuple[Link, ...]:
    """How often nodes of one class lead to nodes of another."""
    names = graph.class_names
    codes = graph.classes[heads] * len(names) + graph.classes[tails]
    found, counts = np.unique(codes, return_counts=True)
    links = (
        Link(names[code // len(names)], names[code % len(names)], count)
        for code, count in zip(found.tolist(), counts.tolist(), strict=True)
    )
    return tuple(sorted(links, key=lambda link: -link.facts))


def _count_likes(graph: KnowledgeGraph, users: IntArray, items: IntArray) -> Likes:
    times = np.concatenate([graph.interactions.times, graph.heldout.times])
    known = times[~np.isnan(times)]
    each = np.unique(users, return_counts=True)[1]
    return Likes(
        count=len(users),
        heldout=len(graph.heldout),
        users=len(each),
        items=len(np.unique(items)),
        median=float(np.median(each)) if len(each) else 0.0,
        first=_day(known.min()) if len(known) else "",
        last=_day(known.max()) if len(known) else "",
        links=_links(graph, users, items),
    )


def _day(seconds: float) -> str:
    """The day of a time, "" for one beyond the calendar."""
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return ""


def _spread(graph: KnowledgeGraph, kind: Kind, degrees: IntArray) -> Degrees:
    first = graph.first(kind)
    own = degrees[first : first + len(graph.vocabulary(kind))]
    values, counts = np.unique(own[own > 0], return_counts=True)
    hubs = np.argsort(-own, kind="stable")[:EXAMPLES]
    return Degrees(
        kind=kind,
        median=float(np.median(own)),
        p90=float(np.quantile(own, 0.9, method="higher")),
        most=int(own.max()),
        spread=tuple(zip(values.tolist(), counts.tolist(), strict=True)),
        hubs=tuple(node(graph, first + row, int(own[row])) for row in hubs.tolist() if own[row]),
    )


def node(graph: KnowledgeGraph, number: int, degree: int) -> Node:
    """A node of the graph, as people see it."""
    return Node(
        kind=graph.kind(number),
        id=graph.id(number),
        label=str(graph.labels[number]),
        class_name=graph.class_names[graph.classes[number]],
        degree=degree,
    )


def _gap(graph: KnowledgeGraph, degrees: IntArray, lacking: BoolArray) -> Gap:
    """The nodes that lack something; those with most facts and likes are the examples."""
    rows = np.flatnonzero(lacking)
    shown = rows[np.argsort(-degrees[rows], kind="stable")[:EXAMPLES]]
    return Gap(len(rows), tuple(node(graph, row, int(degrees[row])) for row in shown.tolist()))


def _components(graph: KnowledgeGraph, users: IntArray, items: IntArray) -> Components:
    heads, tails = np.append(graph.edges.heads, users), np.append(graph.edges.tails, items)
    size = graph.num_nodes
    joined = sparse.coo_array((np.ones(len(heads), dtype=np.int8), (heads, tails)), shape=(size, size))
    count, parts = sparse.csgraph.connected_components(joined.tocsr(), directed=False)
    sizes = np.bincount(parts, minlength=1)
    return Components(count=int(count), largest=int(sizes.max()), lone=int((sizes == 1).sum()))


def _sources(home: Path, manifest: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[SourceFile, ...]:
    """The files of the catalog; one of likes says nothing in the RDF."""
    records = {name: SourceRecord(**record) for name, record in manifest.get("sources", {}).items()}
    sums = {
        name: value for name, value in manifest.get("inputs", {}).items() if name not in {CARD, DECISIONS}
    }
    report = home / REPORT
    left_out = Quarantine.read(report).counts() if report.is_file() else {}
    found = []
    for name in sorted({*records, *sums, *left_out}):
        record = records.get(name, SourceRecord(sha256=sums.get(name, "")))
        found.append(
            SourceFile(
                file=name or "catalog",
                statements=sizes.get(rdf.source_graph(str(manifest["name"]), name), 0),
                sha256=record.sha256,
                modified=record.modified,
                loaded=record.loaded,
                quarantined=left_out.get(name, 0),
            )
        )
    return tuple(found)
