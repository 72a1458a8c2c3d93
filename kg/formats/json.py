"""JSON: a list of objects, an object of objects keyed by id, or an object of texts keyed by id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats import flat, packed
from kg.formats.base import ReadOptions, Writer
from kg.formats.untrusted.jsontext import Cursor, NotJson, Twice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from kg.formats.base import Location, Reject

KEYED_COLUMNS = ("id", "text")
MOST_SHOWN = 10


class Json(Writer):
    """Objects as rows, fields as columns; see `flat.flat` for objects and lists within.

    An object keyed by id has its keys in a column "id"; where its values are plain they stand in "text".
    `columns` names these two otherwise. `records` says where in the file the list or object is.
    """

    name: ClassVar[str] = "json"
    extensions: ClassVar[tuple[str, ...]] = ("json",)
    unit: ClassVar[str] = "row"
    fixed: ClassVar[bool] = False

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The objects as strings; see `Reader.stream`."""
        file = packed.file(path)
        with packed.text(file, options) as text:
            found = cells(enumerate(_records(file, Cursor(text), options), start=1), options, reject)
            try:
                yield from flat.frames(file, found, reject, unit=self.unit, encoding=options.encoding)
            except NotJson as error:
                raise CatalogError(f"{file}, line {error.line}: {error}") from error

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write a list of objects; see `Writer.write`."""
        text = json.dumps(frame.to_dict(orient="records"), ensure_ascii=False, indent=1)
        packed.write_text(path, text, options)


def cells(
    records: Iterable[tuple[int, object]], options: ReadOptions, reject: Reject
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(place, cells by column) of what are objects; the rest is rejected."""
    separator = options.separator or flat.LIST_SEPARATOR
    for place, record in records:
        try:
            yield place, flat.flat(_object(record), separator)
        except flat.Unfit as reason:
            reject(place, str(reason))


def _object(record: object) -> dict[str, object]:
    if isinstance(record, dict):
        return record
    if isinstance(record, Twice):
        raise flat.Unfit(flat.ambiguous(record))
    raise flat.Unfit(
        f"a {'list' if isinstance(record, list) else 'single value'} where an object was expected"
    )


def _records(path: Path, cursor: Cursor, options: ReadOptions) -> Iterator[object]:
    if not cursor.peek():
        raise CatalogError(f"{path} is empty; a JSON list or object was expected")
    if options.records:
        yield from _within(path, cursor, options.records.split("."), options)
        return  # what stands behind the list is of no concern
    yield from _all(path, cursor, options)
    if cursor.peek():
        raise cursor.error("one list or object was expected, and more follows")


def _within(path: Path, cursor: Cursor, names: list[str], options: ReadOptions) -> Iterator[object]:
    """The records at the end of a way of field names; values beside it are passed over."""
    seen: list[str] = []
    name, *rest = names
    for field in cursor.fields() if cursor.peek() == "{" else ():
        if field == name:
            yield from _within(path, cursor, rest, options) if rest else _all(path, cursor, options)
            return
        seen.append(field)
        cursor.value()
    raise CatalogError(
        f"{path} has no field {name!r} on the way to {options.records!r}; "
        f"it has {', '.join(seen[:MOST_SHOWN]) or 'none'}"
    )


def _all(path: Path, cursor: Cursor, options: ReadOptions) -> Iterator[object]:
    first = cursor.peek()
    if first == "[":
        for _ in cursor.items():
            yield cursor.value()
    elif first == "{":
        key_name, *value_names = options.columns or KEYED_COLUMNS
        for key in cursor.fields():
            value = cursor.value()
            fields = value if isinstance(value, dict) else {(value_names or ["text"])[0]: value}
            yield {key_name: key, **fields}
    else:
        cursor.value()
        raise CatalogError(
            f"{path} holds a single value; a list of objects or an object keyed by id was expected"
        )
