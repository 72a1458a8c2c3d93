"""A workspace as a file for other tools: Turtle, N-Triples, N-Quads, TriG or GraphML, plain or gzipped."""

from __future__ import annotations

import gzip
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyoxigraph as ox

from kg import rdf
from kg.errors import WorkspaceError
from kg.terms import PREFIXES
from kg.views import INTERACTED, to_pandas
from kg.workspace import STORE, open_graph, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import Interactions, KnowledgeGraph
    from kg.store import GraphStore

TRIPLES = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}
QUADS = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG}
GRAPHML = ".graphml"
ENDINGS = (*TRIPLES, *QUADS, GRAPHML)
SHARED = """SELECT DISTINCT ?early ?late WHERE {
GRAPH ?early { ?s ?p ?o } GRAPH ?late { ?s ?p ?o } FILTER(STR(?early) < STR(?late)) }"""
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
KEYS = {
    "node": ("kind", "id", "iri", "class", "label", "text"),
    "edge": ("relation", "label", "part", "weight", "time"),
}
NUMBERS = frozenset({"weight", "time"})
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""
ROWS = 50_000  # lines put together at once


def export(folder: str | Path, path: str | Path, *, heldout: bool = False) -> int:
    """Write a workspace to a file whose ending says how; memory stays flat with RDF.

    .ttl and .nt hold every statement once, .nq and .trig every statement in each of its named graphs, so that
    nothing is lost. Likes are not RDF here: only .graphml has them, beside nodes and facts. It is written by
    hand, since networkx's own writer takes 3 GB for a million edges. A further .gz compresses any of them.
    The file is written aside and renamed, so that there is never half of one.

    Args:
        folder: the workspace.
        path: the file; one that is there is replaced.
        heldout: for GraphML, whether the likes kept for testing come along, marked part "test".

    Returns:
        How many statements, or edges of a GraphML file, were written.

    Raises:
        WorkspaceError: the ending is unknown, the file cannot be written, or the folder is no workspace.
    """
    target = Path(path)
    ending = _ending(target)
    with _aside(target) as file:
        if ending == GRAPHML:
            return _write_graphml(open_graph(folder), file, heldout=heldout)
        _check_rdf(Path(folder))
        with open_store(folder) as store:
            return _write_rdf(store, file, ending)


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    for ending in ENDINGS:
        if name.endswith(ending):
            return ending
    raise WorkspaceError(
        f"{path}: the ending says what to write, and this one is unknown; expected one of "
        f"{', '.join(ENDINGS)}, each also with .gz"
    )


@contextmanager
def _aside(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its place if all goes well."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with aside.open("wb") as plain:
            if target.name.lower().endswith(".gz"):
                with gzip.GzipFile("", "wb", 6, plain, mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield plain
        aside.replace(target)
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error}") from error
    finally:
        aside.unlink(missing_ok=True)


def _check_rdf(folder: Path) -> None:
    if folder.is_dir() and not (folder / STORE).exists():
        raise WorkspaceError(f"{folder} holds no RDF, only the graph of numbers; {GRAPHML} can be written")


def _write_rdf(store: GraphStore, file: IO[bytes], ending: str) -> int:
    written = 0

    def counted() -> Iterator[ox.Quad] | Iterator[ox.Triple]:
        nonlocal written
        for quad in _all(store) if ending in QUADS else _once(store):
            written += 1
            yield quad

    form = {**TRIPLES, **QUADS}[ending]
    ox.serialize(counted(), file, form, prefixes=dict(PREFIXES))
    return written


def _all(store: GraphStore) -> Iterator[ox.Quad]:
    for graph in store.graphs():
        yield from store.quads(graph)


def _once(store: GraphStore) -> Iterator[ox.Triple]:
    """Every statement once: what an earlier graph says is left out of a later one."""
    earlier: dict[str, list[ox.NamedNode]] = {}
    for early, late in store.rows(SHARED)[["early", "late"]].itertuples(index=False, name=None):
        earlier.setdefault(late, []).append(ox.NamedNode(early))
    for graph in store.graphs():
        before = earlier.get(graph, [])
        for quad in store.quads(graph):
            said = (ox.Quad(quad.subject, quad.predicate, quad.object, name) for name in before)
            if not any(map(store.contains, said)):
                yield quad.triple


def _write_graphml(graph: KnowledgeGraph, file: IO[bytes], *, heldout: bool) -> int:
    parts = [(graph.interactions, "")] + ([(graph.heldout, "test")] if heldout else [])
    file.write(HEAD.encode())
    keys = (
        f'<key id="{of}-{name}" for="{of}" attr.name="{name}" attr.type="{_type(name)}"/>\n'
        for of, names in KEYS.items()
        for name in names
    )
    file.write("".join(keys).encode())
    file.write(f'<graph edgedefault="directed">\n<desc>{_text(graph.name)}</desc>\n'.encode())
    _write_lines(file, _nodes(graph))
    _write_lines(file, _facts(graph))
    for likes, part in parts:
        _write_lines(file, _likes(likes, graph.num_users, part))
    file.write(b"</graph>\n</graphml>\n")
    return len(graph.edges) + sum(len(likes) for likes, _ in parts)


def _type(name: str) -> str:
    return "double" if name in NUMBERS else "string"


def _write_lines(file: IO[bytes], lines: Iterator[str]) -> None:
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == ROWS:
            file.write("".join(held).encode())
            held.clear()
    file.write("".join(held).encode())


def _nodes(graph: KnowledgeGraph) -> Iterator[str]:
    frame = to_pandas(graph)["nodes"]
    pairs = zip(frame["kind"].to_list(), frame["id"].to_list(), strict=True)
    frame["iri"] = [rdf.iri(graph.name, kind, external) for kind, external in pairs]
    columns = [frame[name].to_list() for name in KEYS["node"]]
    for number, values in enumerate(zip(*columns, strict=True)):
        yield f'<node id="n{number}">{_data("node", values)}</node>\n'


def _facts(graph: KnowledgeGraph) -> Iterator[str]:
    words = [_data("edge", (relation.id, relation.label)) for relation in graph.relations]
    edges = graph.edges
    ends = zip(edges.heads.tolist(), edges.tails.tolist(), edges.relations.tolist(), strict=True)
    for head, tail, relation in ends:
        yield f'<edge source="n{head}" target="n{tail}">{words[relation]}</edge>\n'


def _likes(likes: Interactions, first_item: int, part: str) -> Iterator[str]:
    names = np.where(likes.validation, "valid", part or "train").tolist()
    times = pd.Series(likes.times).astype(object).where(~np.isnan(likes.times), "").to_list()
    rows = zip(likes.users.tolist(), likes.items.tolist(), names, likes.weights.tolist(), times, strict=True)
    for user, item, name, weight, time in rows:
        data = _data("edge", (INTERACTED, "likes", name, weight, time))
        yield f'<edge source="n{user}" target="n{item + first_item}">{data}</edge>\n'


def _data(of: str, values: tuple[object, ...]) -> str:
    """The values of a node or an edge, in the order of `KEYS`; empty ones are left out."""
    return "".join(
        f'<data key="{of}-{name}">{_text(str(value))}</data>'
        for name, value in zip(KEYS[of], values, strict=False)
        if value != ""
    )


def _text(words: str) -> str:
    return escape(NO_XML.sub("\ufffd", words), {"\r": "&#13;"})
