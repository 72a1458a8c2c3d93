"""JSON: a list of objects, an object of objects keyed by id, or an object of texts keyed by id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from kg.errors import CatalogError
from kg.formats.base import Reader, ReadOptions, frame_of, text_lines, write_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LIST_SEPARATOR = "|"
KEYED_COLUMNS = ("id", "text")


class Json(Reader):
    """Objects as rows, fields as columns.

    A list of values becomes one cell, joined by `separator` (default "|"). An object keyed by id has its keys
    in a column "id"; where its values are plain they stand in "text". `columns` names these two otherwise.
    """

    name: ClassVar[str] = "json"
    extensions: ClassVar[tuple[str, ...]] = ("json",)

    def read(self, path: Path, options: ReadOptions) -> pd.DataFrame:
        """The objects as strings; see `Reader.read`."""
        objects = _objects(path, _parse(path, options), options.columns or KEYED_COLUMNS)
        separator = options.separator or LIST_SEPARATOR
        columns = list(dict.fromkeys(str(key) for item in objects for key in item))
        rows = [[_text(item.get(column, ""), separator) for column in columns] for item in objects]
        return frame_of(path, rows, range(1, len(rows) + 1), columns, unit="row")

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:
        """Write a list of objects; see `Reader.write`."""
        write_text(path, json.dumps(frame.to_dict(orient="records"), ensure_ascii=False, indent=1), options)


def _parse(path: Path, options: ReadOptions) -> object:
    text = "".join(text_lines(path, options))
    if not text.strip():
        raise CatalogError(f"{path} is empty; a JSON list or object was expected")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CatalogError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise CatalogError(f"{path}: JSON nested too deep; a list of flat objects was expected") from error


def _objects(path: Path, data: object, names: tuple[str, ...]) -> list[dict[str, object]]:
    if isinstance(data, dict):
        key_name, *value_names = names
        return [
            {key_name: key, **value}
            if isinstance(value, dict)
            else {key_name: key, (value_names or ["text"])[0]: value}
            for key, value in data.items()
        ]
    if not isinstance(data, list):
        raise CatalogError(
            f"{path} holds a single value; a list of objects or an object keyed by id was expected"
        )
    for row, item in enumerate(data, start=1):
        if not isinstance(item, dict):
            raise CatalogError(f"{path}, row {row}: {type(item).__name__} where an object was expected")
    return data


def _text(value: object, separator: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return separator.join(_text(part, separator) for part in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
