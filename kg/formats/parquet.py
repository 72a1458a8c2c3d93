"""Parquet tables; lists and records in a column become flat cells as in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import pandas as pd
import pyarrow as pa
from pyarrow import parquet, types

from kg.formats import flat, packed, rows
from kg.formats.base import ReadOptions, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.formats.base import Location, Reject

PANDAS_INDEX = re.compile(r"__index_level_\d+__")


class Parquet(Writer):
    """Typed columns as text, see `flat.text_of`; records within give dotted columns, lists are joined."""

    name: ClassVar[str] = "parquet"
    extensions: ClassVar[tuple[str, ...]] = ("parquet", "pq")
    unit: ClassVar[str] = "row"

    def stream(self, path: Location, options: ReadOptions, reject: Reject) -> Iterator[pd.DataFrame]:
        """The table as strings; see `Reader.stream`."""
        plain = packed.file(path)
        with packed.local(plain, options) as file:
            try:
                yield from _frames(plain, file, options.separator or flat.LIST_SEPARATOR, reject)
            except pa.ArrowException as error:
                raise packed.unreadable(plain, error) from error

    def write(self, frame: pd.DataFrame, path: Path, options: ReadOptions) -> None:  # noqa: ARG002
        """Write the table; see `Writer.write`."""
        frame.to_parquet(path, index=False)


def _frames(path: Path, file: Path, separator: str, reject: Reject) -> Iterator[pd.DataFrame]:
    with parquet.ParquetFile(file, memory_map=True, pre_buffer=False) as table:
        wanted = [field for field in table.schema_arrow if not PANDAS_INDEX.fullmatch(field.name)]
        columns = [name for field in wanted for name in _names(field.name, field.type)]
        columns = list(rows.named(path, columns))
        size = max(min(rows.HELD_ROWS, rows.MOST_CELLS // max(len(columns), 1)), 1)
        number = 1
        for batch in table.iter_batches(size, columns=[field.name for field in wanted]):
            arrays = [
                array for field in wanted for array in _texts(batch.column(field.name), field, separator)
            ]
            yield _frame(arrays, columns, number, reject)
            number += len(batch)


def _frame(arrays: list[pa.Array], columns: list[str], number: int, reject: Reject) -> pd.DataFrame:
    index = pd.RangeIndex(number, number + len(arrays[0]), name="row")
    if all(map(rows.clean, arrays)):
        return rows.text_frame(arrays, columns, index)
    cells = list(zip(*(array.to_pylist() for array in arrays), strict=True))
    return rows.frame_of(cells, list(index), columns, reject, unit="row")


def _names(name: str, kind: pa.DataType) -> list[str]:
    """The columns that a column gives: one for each plain value within."""
    if types.is_map(kind):
        return _names(f"{name}.key", kind.key_type) + _names(f"{name}.value", kind.item_type)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _names(name, kind.value_type)
    if types.is_struct(kind):
        return [part for field in kind for part in _names(f"{name}.{field.name}", field.type)]
    return [name]


def _texts(array: pa.Array, field: pa.Field, separator: str) -> list[pa.Array]:
    names = _names(field.name, field.type)
    if types.is_nested(field.type):
        cells = [flat.flat({field.name: _plain(value)}, separator) for value in array.to_pylist()]
        return [pa.array([row.get(name, "") for row in cells], pa.large_string()) for name in names]
    if _is_text(field.type) or types.is_integer(field.type) or types.is_boolean(field.type):
        return [array.cast(pa.large_string()).fill_null("")]
    return [pa.array([flat.text_of(value) for value in array.to_pylist()], pa.large_string())]


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(plain) or types.is_large_string(plain) or types.is_string_view(plain))


def _plain(value: object) -> object:
    """A value whose maps, lists of pairs in Arrow, are records of key and value."""
    if isinstance(value, tuple):
        return {"key": _plain(value[0]), "value": _plain(value[1])}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value
