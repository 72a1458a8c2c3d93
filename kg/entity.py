"""The page of one node: what it is, what is said of it and by which file, and who likes it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyoxigraph as ox

from kg import frames, rdf
from kg.describe import degrees_of, node, schema_of
from kg.errors import QueryError, UnknownIdError
from kg.graph import KINDS
from kg.store import GraphStore
from kg.terms import PREFIXES, expand
from kg.workspace import STORE, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from kg.description import Node
    from kg.graph import IntArray, Interactions, Kind, KnowledgeGraph

SHOWN = 20  # facts of a group that are listed
SEARCHED = 100_000  # names looked through for near ones
Direction = Literal["out", "in"]
VALUES = "SELECT ?p ?o ?g WHERE { GRAPH ?g { ?me ?p ?o } FILTER(isLiteral(?o)) }"
ENDS: Mapping[Direction, str] = {
    "out": "SELECT ?p ?o ?g WHERE { GRAPH ?g { ?me ?p ?o } FILTER(isIRI(?o)) }",
    "in": "SELECT ?p ?o ?g WHERE { GRAPH ?g { ?o ?p ?me } }",
}


@dataclass(frozen=True, slots=True)
class Property:
    """A value that a file gives, for instance a year."""

    name: str
    value: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """The node at the other end, and the files that say so; none where the workspace holds no RDF."""

    node: Node
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one relation in one direction.

    Attributes:
        relation: the relation's id.
        words: how it reads from this node on.
        direction: "out" where this node is the head.
        count: how many there are.
        shown: those with the best linked nodes, at most 20.
    """

    relation: str
    words: str
    direction: Direction
    count: int
    shown: tuple[Fact, ...]

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


@dataclass(frozen=True, slots=True)
class EntityPage:
    """All that is known of a node.

    Attributes:
        node: the node.
        iri: its IRI.
        text: its free text.
        properties: its values.
        facts: its facts, those that start here first.
        likes: of a user: how many items they like; of an item: how many people like it; else 0.
        heldout: those of the likes that are kept for testing.
    """

    node: Node
    iri: str
    text: str
    properties: tuple[Property, ...]
    facts: tuple[Facts, ...]
    likes: int
    heldout: int


def page(folder: str | Path, entity: str) -> EntityPage:
    """The page of a node.

    Args:
        folder: the workspace.
        entity: its IRI, whole or with a prefix of `kg.terms.PREFIXES`, its id, or its label.

    Raises:
        UnknownIdError: there is none.
        QueryError: several nodes have this id or label.
        WorkspaceError: as for `kg.describe.describe`.
    """
    home = Path(folder)
    graph = frames.read(home, str(check(home)["name"]))
    number = find(graph, entity)
    told = _Told.read(home, graph, number)
    liked = [_count_likes(graph, number, likes) for likes in (graph.interactions, graph.heldout)]
    every = degrees_of(graph)
    return EntityPage(
        node=node(graph, number, int(every[number])),
        iri=_iri(graph, number),
        text=str(graph.texts[number]),
        properties=told.properties,
        facts=tuple(_facts(graph, number, every, told)),
        likes=sum(liked),
        heldout=liked[1],
    )


def _count_likes(graph: KnowledgeGraph, number: int, likes: Interactions) -> int:
    """How many items a user likes, or how many people like an item, each pair once; 0 for an entity."""
    kind, row = graph.kind(number), graph.row(number)
    if kind == "entity":
        return 0
    mine, others = (likes.users, likes.items) if kind == "user" else (likes.items, likes.users)
    return len(np.unique(others[mine == row]))


def find(graph: KnowledgeGraph, asked: str) -> int:
    """The number of the node with this IRI, id or label, tried in this order; case matters last.

    Raises:
        UnknownIdError, QueryError: as for `page`.
    """
    whole = expand(asked) if asked.partition(":")[0] in PREFIXES else asked
    for tried in (_by_iri(graph, whole), _by_id(graph, asked), _by_label(graph, asked)):
        if len(tried) > 1:
            raise QueryError(_several(graph, asked, tried))
        if tried:
            return tried[0]
    names = dict.fromkeys([*filter(None, graph.labels.tolist()), *graph.items.ids, *graph.entities.ids])
    near = difflib.get_close_matches(asked, list(names)[:SEARCHED], n=3, cutoff=0.6)
    hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
    raise UnknownIdError(f"{asked!r} is no id, IRI or label in dataset {graph.name!r}{hint}")


def _by_iri(graph: KnowledgeGraph, address: str) -> list[int]:
    if "://" not in address:
        return []
    try:
        ids = {kind: rdf.external_id(graph.name, kind, address) for kind in KINDS}
    except UnicodeDecodeError:  # no id is written so
        return []
    return [number for number in _numbers(graph, ids) if _iri(graph, number) == address]


def _by_id(graph: KnowledgeGraph, asked: str) -> list[int]:
    return _numbers(graph, dict.fromkeys(KINDS, asked))


def _numbers(graph: KnowledgeGraph, ids: Mapping[Kind, str]) -> list[int]:
    return [
        graph.node(kind, external) for kind, external in ids.items() if external in graph.vocabulary(kind)
    ]


def _by_label(graph: KnowledgeGraph, asked: str) -> list[int]:
    exact = np.flatnonzero(graph.labels == asked).tolist() if asked else []
    if exact or not asked:
        return exact
    return [number for number, label in enumerate(graph.labels) if label.casefold() == asked.casefold()]


def _several(graph: KnowledgeGraph, asked: str, numbers: list[int]) -> str:
    listed = "; ".join(
        f"{graph.class_names[graph.classes[number]]} {graph.labels[number] or graph.id(number)!r}: "
        f"{_iri(graph, number)}"
        for number in numbers[:SHOWN]
    )
    more = f"; and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"{asked!r} names {len(numbers)} nodes; ask for one of them by its IRI: {listed}{more}"


def _iri(graph: KnowledgeGraph, number: int) -> str:
    return rdf.iri(graph.name, graph.kind(number), graph.id(number))


@dataclass(frozen=True, slots=True)
class _Told:
    """What only the RDF tells: the values, and the files behind (direction, relation, other node's IRI)."""

    properties: tuple[Property, ...]
    files: Mapping[tuple[Direction, str, str], tuple[str, ...]]

    @classmethod
    def read(cls, home: Path, graph: KnowledgeGraph, number: int) -> _Told:
        """Read it; all of it is empty where a workspace holds no RDF."""
        if not (home / STORE).exists():
            return cls((), {})
        me = {"me": ox.NamedNode(_iri(graph, number))}
        with GraphStore(home / STORE, read_only=True) as store:
            schema = schema_of(store, graph.name)
            values = store.rows(VALUES, bind=me)
            facts = {direction: store.rows(sparql, bind=me) for direction, sparql in ENDS.items()}
        names = {me: value for me, about, value in schema if about == rdf.RDFS_LABEL}
        relations = {me: value for me, about, value in schema if about == rdf.IDENTIFIER}
        files: dict[tuple[Direction, str, str], list[str]] = {}
        for direction, rows in facts.items():
            for predicate, other, source in rows[["p", "o", "g"]].itertuples(index=False, name=None):
                if predicate in relations:
                    key = direction, relations[predicate], other
                    files.setdefault(key, []).append(_file(graph, source))
        return cls(
            properties=_properties(graph, values, names),
            files={key: tuple(sorted(found)) for key, found in files.items()},
        )


def _properties(graph: KnowledgeGraph, rows: pd.DataFrame, names: Mapping[str, str]) -> tuple[Property, ...]:
    """The values but for label and text, which have a place of their own."""
    files: dict[tuple[str, str], list[str]] = {}
    for predicate, value, source in rows[["p", "o", "g"]].itertuples(index=False, name=None):
        if predicate not in {rdf.RDFS_LABEL, rdf.DESCRIPTION}:
            files.setdefault((names.get(predicate, predicate), value), []).append(_file(graph, source))
    return tuple(Property(*key, tuple(sorted(found))) for key, found in sorted(files.items()))


def _file(graph: KnowledgeGraph, source: str) -> str:
    return rdf.external_id(graph.name, "source", source)


def _facts(graph: KnowledgeGraph, me: int, degrees: IntArray, told: _Told) -> Iterator[Facts]:
    edges = graph.edges
    near, far = edges.heads, edges.tails
    ways: tuple[tuple[Direction, IntArray, IntArray], ...] = (("out", near, far), ("in", far, near))
    for direction, mine, others in ways:
        rows = np.flatnonzero(mine == me)
        for row in np.unique(edges.relations[rows]).tolist():
            relation = graph.relations[row]
            found = others[rows[edges.relations[rows] == row]]
            best = found[np.argsort(-degrees[found], kind="stable")[:SHOWN]].tolist()
            shown = (
                Fact(
                    node(graph, other, int(degrees[other])),
                    told.files.get((direction, relation.id, _iri(graph, other)), ()),
                )
                for other in best
            )
            words = relation.label if direction == "out" else relation.inverse_label
            yield Facts(relation.id, words, direction, len(found), tuple(shown))
