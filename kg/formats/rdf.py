"""RDF in any syntax, as one row per subject or one per statement; read in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from kg.errors import CatalogError
from kg.formats import flat, isolated, packed
from kg.formats.base import Reader, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Location, Reject

SYNTAXES = {
    "ttl": "turtle",
    "nt": "ntriples",
    "nq": "nquads",
    "trig": "trig",
    "rdf": "xml",
    "owl": "xml",
    "xml": "xml",
    "jsonld": "jsonld",
    "html": "html",
    "htm": "html",
}


class Rdf(Reader):
    """One row per subject.

    Columns: `id`, the IRI; `type`, the classes by their short names, and `types`, by their IRIs; then one
    per predicate, named by its last part ("director"). Where two predicates share it, the prefix of a
    well-known vocabulary is put before it ("foaf:name"), else the whole IRI is the name. Several values are
    joined by `separator`, "|" by default. Of texts in several languages the English and untagged ones are
    taken; where there are none, those in the language of the first. A blank node that only serves to describe
    another subject has no row: what is said of it stands in dotted columns ("director.name"). RDF lists are
    taken apart. `type` keeps the subjects of one class, nested ones as well.
    """

    name: ClassVar[str] = "rdf"
    extensions: ClassVar[tuple[str, ...]] = ("ttl", "nt", "nq", "trig", "rdf", "owl", "xml")
    unit: ClassVar[str] = "row"
    fixed: ClassVar[bool] = False

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The subjects, in the order in which they first occur; see `Reader.stream`."""
        yield from read(packed.file(path), "rows", options, reject)


class Triples(Reader):
    """One row per statement.

    Columns: subject, predicate, object; kind, which is what the object is ("iri", "blank" or "literal");
    datatype, language and graph. A blank node is "_:b1", numbered in the order of the file.
    """

    name: ClassVar[str] = "triples"
    unit: ClassVar[str] = "row"

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The statements, in the order of the file; see `Reader.stream`."""
        yield from read(packed.file(path), "triples", options, reject)


def read(path: Path, shape: str, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
    """The frames of an RDF file, read in a process of its own.

    Args:
        path: the file; its ending tells the syntax.
        shape: "rows" or "triples".
        options: separator, type and member.
        reject: told of what is no row.

    Raises:
        CatalogError: the ending tells no syntax, or the file cannot be read.
    """
    ending = packed.extension(path, options)
    if ending not in SYNTAXES:
        raise CatalogError(
            f"{path}: the ending .{ending} tells no syntax; one of {', '.join(SYNTAXES)} was expected"
        )
    if not path.is_file():
        raise packed.unreadable(path, IsADirectoryError() if path.is_dir() else FileNotFoundError())
    with packed.local(path, options) as file:
        task = isolated.Task(
            path=str(file.resolve()),
            syntax=SYNTAXES[ending],
            shape=shape,
            base=f"file:///{quote(path.name)}",
            type=options.type,
            separator=options.separator or flat.LIST_SEPARATOR,
        )
        yield from isolated.frames(path, task, reject)
