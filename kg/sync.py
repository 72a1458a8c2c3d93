"""Bring a store to what a catalog says: a named graph per source file; only what differs is touched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress, islice
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from kg import rdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kg.graph import BoolArray, IntArray
    from kg.quads import Writer
    from kg.store import GraphStore

BATCH = 50_000  # statements compared at once
SCHEMA = "schema"  # what is said of the dataset, its classes, relations and properties


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What is known of a source file.

    Attributes:
        digest: a checksum of all that it says in the store.
        sha256: that of the file, "" where the source is no file.
        modified: when the file was last written, in ISO 8601, "" where unknown.
        loaded: when what it says in the store last changed, in ISO 8601.
    """

    digest: str = ""
    sha256: str = ""
    modified: str = ""
    loaded: str = ""


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` did.

    Attributes:
        changes: (added, removed) statements of every source in which something changed; the schema's
            stand under "schema".
        records: what is now known of every source.
    """

    changes: Mapping[str, tuple[int, int]]
    records: Mapping[str, SourceRecord]


def sync(
    store: GraphStore,
    writer: Writer,
    known: Mapping[str, SourceRecord],
    files: Mapping[str, SourceRecord],
    now: datetime | None = None,
) -> Synced:
    """Make a store say exactly what a catalog says.

    A named graph whose digest is the known one is left alone, one that is new is loaded in bulk, one whose
    source is gone is dropped, and of the others only the statements that differ are put in and taken out.

    Args:
        store: empty, or as an earlier `sync` left it.
        writer: the catalog.
        known: the records of that earlier call, {} for an empty store.
        files: checksum and time of each source file, where known.
        now: the time to note, by default the present.

    Raises:
        CatalogError: a text cannot be written as RDF.
    """
    name, moment = writer.catalog.name, _moment(now)
    present = set(store.graphs())
    changes: dict[str, tuple[int, int]] = {}
    records: dict[str, SourceRecord] = {}
    for source in sorted(set(known) - set(writer.sources())):
        changes[source] = (0, _drop(store, rdf.source_graph(name, source)))
    for source in writer.sources():
        graph, before = rdf.source_graph(name, source), known.get(source, SourceRecord())
        part = _Part(store, graph, lambda source=source: writer.source(source), present=graph in present)  # type: ignore[misc]
        digest, changes[source] = part.bring(before.digest)
        records[source] = _record(before, files.get(source, SourceRecord()), digest, moment)
    schema = rdf.schema_graph(name)
    _, changes[SCHEMA] = _Part(store, schema, writer.schema, present=schema in present).bring()
    _note(store, name, records)
    return Synced({source: counts for source, counts in changes.items() if any(counts)}, records)


def further(
    store: GraphStore,
    writer: Writer,
    known: Mapping[str, SourceRecord],
    files: Mapping[str, SourceRecord],
    now: datetime | None = None,
) -> dict[str, SourceRecord]:
    """Put further sources into a store beside those that it holds; the records of all of them.

    Args:
        store: as `sync` left it.
        writer: a catalog that says what the new sources say; its schema is not written.
        known: the records of what the store holds.
        files: checksum and time of each new source.
        now: the time to note, by default the present.

    Raises:
        CatalogError: a text cannot be written as RDF.
    """
    name, records = writer.catalog.name, dict(known)
    for source, file in files.items():
        graph = rdf.source_graph(name, source)
        part = _Part(store, graph, lambda source=source: writer.source(source), present=False)  # type: ignore[misc]
        records[source] = _record(SourceRecord(), file, part.bring()[0], _moment(now))
    _note(store, name, records)
    return records


def _moment(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).isoformat(timespec="seconds")


def _note(store: GraphStore, name: str, records: Mapping[str, SourceRecord]) -> None:
    """Note where every source comes from."""
    told, graph = _provenance(name, records).encode(), rdf.provenance_graph(name)
    _Part(store, graph, lambda: iter([told]), present=graph in store.graphs()).bring()


def _drop(store: GraphStore, graph: str) -> int:
    count = sum(1 for _ in store.quads(graph))
    store.drop(graph)
    return count


def _record(before: SourceRecord, file: SourceRecord, digest: str, moment: str) -> SourceRecord:
    """The record of a source now; its times stay as they are where nothing changed."""
    same_file = file.sha256 != "" and file.sha256 == before.sha256
    return SourceRecord(
        digest=digest,
        sha256=file.sha256,
        modified=before.modified if same_file else file.modified,
        loaded=before.loaded if digest == before.digest else moment,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One named graph and the lines that it should hold."""

    store: GraphStore
    graph: str
    lines: Callable[[], Iterator[bytes]]
    present: bool

    def bring(self, known: str = "") -> tuple[str, tuple[int, int]]:
        """Make the graph hold the lines; gives their digest and how many were added and removed."""
        digest = hashlib.sha256()
        if not self.present:
            counted = _Counted(self.lines(), digest)
            self.store.load(counted)
            return digest.hexdigest(), (counted.lines, 0)
        for piece in self.lines():
            digest.update(piece)
        if digest.hexdigest() == known:
            return known, (0, 0)
        return digest.hexdigest(), self._differ()

    def _differ(self) -> tuple[int, int]:
        """Put in and take out what differs, found by 64-bit hashes of statements as a store writes them."""
        old = _hashes(self.store.quads(self.graph))
        known, seen = np.sort(old), [old[:0]]
        added: dict[ox.Quad, None] = {}
        for batch in self._batches():
            hashes = _hashes(batch)
            seen.append(hashes)
            added.update(dict.fromkeys(batch[place] for place in np.flatnonzero(~_among(hashes, known))))
        gone = ~_among(old, np.sort(np.concatenate(seen)))
        removed = list(compress(self.store.quads(self.graph), gone)) if gone.any() else []
        self.store.change(added, removed)
        return len(added), len(removed)

    def _batches(self) -> Iterator[list[ox.Quad]]:
        """The lines as statements, written as a store writes them: "01"^^xsd:integer becomes "1"."""
        for piece in self.lines():
            parsed = ox.parse(piece, format=ox.RdfFormat.N_QUADS)
            while batch := list(islice(parsed, BATCH)):
                store = ox.Store()
                store.extend(batch)
                yield list(store)


class _Counted:
    """Pieces of lines, counted and digested as they pass."""

    def __init__(self, pieces: Iterator[bytes], digest: hashlib._Hash) -> None:
        self.pieces, self.digest, self.lines = pieces, digest, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.digest.update(piece)
            self.lines += piece.count(b"\n")
            yield piece


def _hashes(quads: Iterable[ox.Quad]) -> IntArray:
    return np.fromiter((hash(str(quad)) for quad in quads), dtype=np.int64)


def _among(values: IntArray, ordered: IntArray) -> BoolArray:
    """Which values are among ordered ones."""
    places = np.searchsorted(ordered, values)
    found = np.zeros(len(values), dtype=np.bool_)
    inside = places < len(ordered)
    found[inside] = ordered[places[inside]] == values[inside]
    return found


def _provenance(name: str, records: Mapping[str, SourceRecord]) -> str:
    """What is said of every source's named graph: its file, the file's checksum, and the times."""
    graph = f"<{rdf.provenance_graph(name)}>"
    lines: list[str] = []
    for source, record in records.items():
        me, file = f"<{rdf.source_graph(name, source)}>", f"<{rdf.iri(name, 'file', source or 'catalog')}>"
        lines += [
            f"{me} <{rdf.RDF_TYPE}> <{rdf.PROV}Entity> {graph} .",
            f"{me} <{rdf.PROV}wasDerivedFrom> {file} {graph} .",
            f"{file} <{rdf.RDF_TYPE}> <{rdf.PROV}Entity> {graph} .",
            f"{file} <{rdf.NAME}> {rdf.literal(source or 'catalog')} {graph} .",
        ]
        told = (
            (me, f"{rdf.PROV}generatedAtTime", record.loaded, "dateTime"),
            (file, f"{rdf.PROV}generatedAtTime", record.modified, "dateTime"),
            (file, f"{rdf.SCHEMA_ORG}sha256", record.sha256, "string"),
        )
        lines += [
            f"{subject} <{predicate}> {rdf.literal(value, rdf.XSD + datatype)} {graph} ."
            for subject, predicate, value, datatype in told
            if value
        ]
    return "".join(line + "\n" for line in lines)
