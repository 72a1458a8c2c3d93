"""What a file holds: one table, or several in a database, an archive, a JSON or an RDF file."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import formats
from kg.draft.layout import Layout, reader_of, sniff, sniff_lines
from kg.errors import CatalogError
from kg.formats import ReadOptions, packed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.formats.base import Location

MOST_PARTS = 100
MOST_JSON = 2**26  # bytes that are parsed to see where the records are
DEEPEST = 3
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
NAMED = 0.5
TABLES = {
    "sqlite": (
        "SELECT name FROM sqlite_schema "
        "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ),
    "postgresql": (
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    ),
}


def layouts(place: Location) -> list[Layout] | str:
    """How to read each table of a file or a database, or in words why there is none."""
    if "://" in str(place):
        return _database(place, str(place).partition(":")[0].partition("+")[0])
    path = Path(place)
    if path.suffix == ".zip":
        return _archive(path)
    reader = reader_of(path, ReadOptions())
    if reader == "sql":
        return _database(path, "sqlite")
    if reader == "json":
        return _json(path)
    if reader in {"rdf", "jsonld"}:
        return _rdf(path, reader)
    found = sniff(path)
    return found if isinstance(found, str) else [found]


def _database(place: Location, kind: str) -> list[Layout] | str:
    try:
        names = formats.read(place, "sql", ReadOptions(table=TABLES.get(kind, "")))["name"]
    except CatalogError as error:
        return str(error)
    return [
        Layout(options=ReadOptions(table=name), why="a table of the database") for name in names[:MOST_PARTS]
    ]


def _archive(path: Path) -> list[Layout] | str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member.filename for member in archive.infolist() if not member.is_dir()]
    except (OSError, zipfile.BadZipFile):
        return "no zip archive, or a broken one"
    found = []
    for member in members[:MOST_PARTS]:
        options = ReadOptions(member=member if len(members) > 1 else None)
        try:
            layout = sniff(path, options)
        except CatalogError as error:
            return str(error)
        found += [] if isinstance(layout, str) else [layout]
    return found or "an archive without tables"


def _json(path: Path) -> list[Layout] | str:
    """One layout per list of records; most files are such a list, or records by their ids."""
    found = sniff_lines(path)
    if found is not None:
        return [found]
    if path.stat().st_size > MOST_JSON:
        return [Layout()]
    try:
        with packed.explained(path, "utf-8"), packed.text(path, ReadOptions()) as text:
            data = json.loads(text.read(MOST_JSON))
    except (CatalogError, ValueError, RecursionError):
        return [Layout()]  # its reader says what is wrong
    places = list(_lists(data, "", 1)) if isinstance(data, dict) else []
    why = "a list of records within the file"
    return [Layout(options=ReadOptions(records=place), why=why) for place in places[:MOST_PARTS]] or [
        Layout()
    ]


def _lists(data: dict[str, Any], before: str, depth: int) -> Iterator[str]:
    """The dotted ways to lists of objects; an object of many objects is itself such a list, by ids."""
    if depth > DEEPEST or (before == "" and len(data) > MOST_PARTS):
        return
    for name, value in data.items():
        place = f"{before}.{name}" if before else name
        if (
            isinstance(value, list)
            and value
            and all(isinstance(part, dict) for part in value)
            and "." not in name
        ):
            yield place
        elif isinstance(value, dict) and "." not in name:
            yield from _lists(value, place, depth + 1)


def _rdf(path: Path, reader: str) -> list[Layout] | str:
    """Things with names, a table per class; or else triples."""
    try:
        frame = formats.read(path)
    except CatalogError as error:
        return str(error).removeprefix(str(path)).lstrip(" ,:")
    labels = [
        name for name in frame.columns if name.rpartition(":")[2] in {"name", "title", "label", "prefLabel"}
    ]
    named = (frame[labels] != "").any(axis=1).mean() if labels else 0.0
    if "type" not in frame or (frame["type"] != "").mean() < NAMED or named < NAMED:
        options = ReadOptions()
        return [Layout("triples", options, why="statements")] if reader == "rdf" else [Layout()]
    types = frame["type"].str.split("|").explode()
    common = types[types != ""].value_counts().index[:MOST_PARTS]
    layout = Layout(why="the things of one class")
    return [replace(layout, options=ReadOptions(type=name)) for name in common]
