"""What a workspace is made from: the card and its files, with their checksums and times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kg import cardread
from kg.errors import CatalogError
from kg.sync import SourceRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.card import Card, Source

CARD, DECISIONS = "dataset.yaml", "decisions.csv"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an existing workspace was made from: the sums of its inputs, and the records of its sources."""

    inputs: Mapping[str, str]
    records: Mapping[str, SourceRecord]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a card reads.

    Attributes:
        name: the dataset's name.
        sums: the SHA-256 of the card, of the user's shapes and of every source file, by name.
        records: checksum and time of every source file, by name.
        complete: whether every source is a file; what a database holds has no sum.
    """

    name: str
    sums: Mapping[str, str]
    records: Mapping[str, SourceRecord]
    complete: bool

    @classmethod
    def of(cls, path: str | Path, decisions: str = "") -> Inputs:
        """Look at a card and its files.

        Args:
            path: the card.
            decisions: what a person said of merges, as text.

        Raises:
            CardError: the card is not right.
            CatalogError: a file is missing.
        """
        card = cardread.load(path)
        sums = {CARD: checksum(Path(path)), DECISIONS: hashlib.sha256(decisions.encode()).hexdigest()}
        sums.update({name: checksum(card.beside(name)) for name in card.shapes})
        records: dict[str, SourceRecord] = {}
        complete = True
        for source in _sources(card):
            place = card.path(source)
            if isinstance(place, str):
                complete = False
                continue
            sums[source.name] = checksum(place)
            written = datetime.fromtimestamp(place.stat().st_mtime, UTC).isoformat(timespec="seconds")
            records[source.name] = SourceRecord(sha256=sums[source.name], modified=written)
        for source in _image_sources(card):
            place = card.path(source)
            if isinstance(place, str):
                complete = False
                continue
            sums[f"images {source.name}"] = checksum(place)
        return cls(card.name, sums, records, complete)


def _sources(card: Card) -> Iterator[Source]:
    yield from (table.source for table in card.maps.values())
    yield from (table.source for table in card.nodes)
    yield from (table.source for table in card.facts)
    yield from (table.source for table in card.interactions)
    yield from (table.source for table in card.same if table.source is not None)


def _image_sources(card: Card) -> Iterator[Source]:
    """What images are read from; nothing of it becomes RDF, so it has no record."""
    for table in card.images:
        yield from (each for each in (table.source, table.vectors, table.folder) if each is not None)


def checksum(path: Path) -> str:
    """The SHA-256 of a file, or of all files of a folder with their names.

    Raises:
        CatalogError: it is missing or cannot be read.
    """
    try:
        if not path.is_dir():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        for part in sorted(part for part in path.rglob("*") if part.is_file()):
            digest.update(f"{part.relative_to(path)}\0{checksum(part)}\n".encode())
        return digest.hexdigest()
    except FileNotFoundError as error:
        raise CatalogError(f"{path} is missing; a file was expected there") from error
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error}") from error
