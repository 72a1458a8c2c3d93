"""A dataset card as values: which file is what. `docs/cards.md` explains every field."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kg.fetch import Package, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kg.cardfile import CardText, Field
    from kg.catalog import Split
    from kg.errors import CardError
    from kg.formats import ReadOptions
    from kg.graph import Kind

PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*@")
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how to read it; `where` holds (column, condition) pairs such as ("rating", ">= 4")."""

    at: Field
    file: str
    format: str | None
    options: ReadOptions
    where: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What the source is called in the graph: the file, and the part of it that is read; no password."""
        part = self.options.table or self.options.member or self.options.records or self.options.type
        file = PASSWORD.sub(r"\1***@", self.file)
        return f"{file}#{part}" if part else file


@dataclass(frozen=True, slots=True)
class IdColumn:
    """A column of ids, taken through a map where one is named; `missing` is for ids that the map lacks."""

    at: Field
    column: str
    map: str | None = None
    missing: Literal["error", "drop", "keep"] = "error"


PropertyType = Literal["text", "integer", "number", "date", "datetime", "boolean", "url"]


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """A column whose values are kept as literals of a type; the rest is what a value must satisfy.

    `minimum` and `maximum` are inclusive; `pattern` is a regular expression that the value must hold
    somewhere; `values` lists all that are allowed, where it is not empty.
    """

    at: Field
    name: str
    column: str
    type: PropertyType = "text"
    iri: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A column whose values are nodes of their own: genres, an age group.

    `labels` names values otherwise than they are written; `bins` are the whole numbers at which a numeric
    column is cut into ranges; `omit` lists values that say nothing. A `required` link has at least one value,
    one that is not `many` has at most one.
    """

    at: Field
    column: str
    relation: str
    kind: Kind
    node_class: str
    prefix: str
    separator: str | None
    omit: tuple[str, ...]
    labels: Mapping[str, str]
    bins: tuple[int, ...]
    required: bool = False
    many: bool = True


@dataclass(frozen=True, slots=True)
class NodeTable:
    """A file with one row per node; with `add` it only adds to nodes declared before."""

    source: Source
    kind: Kind
    node_class: str
    add: bool
    id: IdColumn
    label: tuple[str, ...]
    article: bool
    text: tuple[str, ...]
    properties: tuple[PropertySpec, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SameTable:
    """Which entity is which item; without a source, an entity with an item's id is that item."""

    source: Source | None
    item: IdColumn | None
    entity: IdColumn | None


@dataclass(frozen=True, slots=True)
class End:
    """One end of a fact."""

    id: IdColumn
    kind: Kind
    node_class: str
    prefix: str


@dataclass(frozen=True, slots=True)
class FactTable:
    """A file of triples; `relation` is a column of ids, or one id for the whole file."""

    source: Source
    head: End
    relation: IdColumn | str
    tail: End
    near_items: bool


@dataclass(frozen=True, slots=True)
class RelationWords:
    """What a card says of a relation: its words, the classes it joins, or that its facts are left out."""

    label: str = ""
    inverse_label: str = ""
    head: str = ""
    tail: str = ""
    drop: bool = False
    iri: str = ""


@dataclass(frozen=True, slots=True)
class LinkingRule:
    """Entities of some classes among which two that are one become one.

    `ids` are properties that hold ids elsewhere, `year` the one that holds a year; without `names_alone`, two
    that only agree in a long name are left to a person.
    """

    classes: tuple[str, ...]
    threshold: float
    names_alone: bool
    ids: tuple[str, ...]
    year: str


@dataclass(frozen=True, slots=True)
class ImageTable:
    """A file with a row per item that has an image.

    Its vector is in a `column` or in the row of an array file, `vectors`; or the image itself is a file of a
    `folder`, named by the column `picture`, or else by the item's id.
    """

    source: Source
    id: IdColumn
    column: str = ""
    vectors: Source | None = None
    folder: Source | None = None
    picture: str = ""


@dataclass(frozen=True, slots=True)
class InteractionTable:
    """A file of interactions.

    With a `rating`, a column of numbers, every row that has one is a rating; only those that meet the
    conditions `liked`, as in `Source.where`, are likes too.
    """

    source: Source
    user: IdColumn
    item: IdColumn
    weight: str | None
    rating: str | None
    liked: tuple[tuple[str, str], ...]
    time: str | None
    time_unit: Literal["s", "ms", "iso"]
    part: str


@dataclass(frozen=True, slots=True)
class MapTable:
    """A file that takes one id to another."""

    source: Source
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset card, checked; `classes` takes names to IRIs, `shapes` are files beside the card."""

    text: CardText
    name: str
    description: str
    licence: str
    maps: Mapping[str, MapTable]
    nodes: tuple[NodeTable, ...]
    same: tuple[SameTable, ...]
    facts: tuple[FactTable, ...]
    relations: Mapping[str, RelationWords]
    classes: Mapping[str, str]
    images: tuple[ImageTable, ...]
    interactions: tuple[InteractionTable, ...]
    split: Split
    shapes: tuple[str, ...]
    linking: tuple[LinkingRule, ...]

    def error(self, field: Field, message: str) -> CardError:
        """An error that names the card's file, line and field."""
        return self.text.error(field, message)

    def beside(self, name: str) -> Path:
        """A file beside the card."""
        return self.text.path.parent / name

    def path(self, source: Source) -> Path | str:
        """Where a source's file is: under the root, beside the card ("card:NAME") or fetched ("fetch:NAME").

        The URL of a database stays a string.

        Raises:
            CardError: an environment variable is named that is not set and has no default.
            CatalogError: the package cannot be fetched.
        """
        file = self._expanded(source.file, (*source.at, "file"))
        if "://" in file:
            return file
        place, _, name = file.partition(":")
        beside = self.text.path.parent
        if place == "card" and name:
            return beside / name
        if "fetch" in self.text.data and (place == "fetch" or "root" not in self.text.data):
            return fetch(Package(**self.text.data["fetch"])) / (name if place == "fetch" else file)
        if place == "fetch" and name:
            raise self.error(
                (*source.at, "file"), f"{source.file!r} is to be fetched, but the card has no `fetch:`"
            )
        return beside / self._expanded(str(self.text.data.get("root", ".")), ("root",)) / file

    def _expanded(self, text: str, field: Field) -> str:
        """A text with its environment variables filled in."""

        def value(found: re.Match[str]) -> str:
            given = os.environ.get(found[1])
            if given:
                return str(
                    Path(given).absolute()
                )  # a relative folder in the environment is relative to the shell
            if found[2] is None:
                raise self.error(field, f"the environment variable {found[1]} is not set and has no default")
            return found[2]

        return VARIABLE.sub(value, text)
