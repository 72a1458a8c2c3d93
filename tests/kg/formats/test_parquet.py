"""Parquet: typed and nested columns as text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from kg import CatalogError, formats
from kg.formats import ReadOptions


def test_numbers_and_gaps_become_text(tmp_path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "year": [1995.0, None], "name": ["a", None]})
    frame.to_parquet(tmp_path / "a.parquet")
    back = formats.read(tmp_path / "a.parquet")
    assert back.to_dict(orient="list") == {"id": ["1", "2"], "year": ["1995", ""], "name": ["a", ""]}


def test_types_and_nested_columns(tmp_path) -> None:
    moment = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    table = pa.table(
        {
            "flag": pa.array([True, None]),
            "big": pa.array([2**63 - 1, None]),
            "ratio": pa.array([0.1, float("nan")]),
            "money": pa.array([Decimal("0.0000001"), None]),
            "day": pa.array([dt.date(2024, 5, 1), None]),
            "at": pa.array([moment, None], pa.timestamp("us", "UTC")),
            "data": pa.array([b"\x00\xff", None]),
            "kind": pa.array(["x", None]).dictionary_encode(),
            "genres": pa.array([["a", "b"], None]),
            "empty": pa.array([[], None], pa.list_(pa.string())),
            "actors": pa.array([[{"name": "A", "age": 1}, {"name": "B", "age": None}], []]),
            "director": pa.array([{"name": "D", "born": {"year": 1937}}, None]),
            "more": pa.array([[("k", 1.5)], None], pa.map_(pa.string(), pa.float64())),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    first, second = formats.read(tmp_path / "a.parquet").to_dict(orient="records")
    assert first == {
        "flag": "true",
        "big": "9223372036854775807",
        "ratio": "0.1",
        "money": "0.0000001",
        "day": "2024-05-01",
        "at": "2024-05-01T12:00:00+00:00",
        "data": "00ff",
        "kind": "x",
        "genres": "a|b",
        "empty": "",
        "actors.name": "A|B",
        "actors.age": "1",
        "director.name": "D",
        "director.born.year": "1937",
        "more.key": "k",
        "more.value": "1.5",
    }
    assert set(second.values()) == {""}


def test_the_index_of_pandas_is_no_column(tmp_path) -> None:
    pd.DataFrame({"a": ["x", "y"]}, index=[5, 7]).to_parquet(tmp_path / "a.parquet")
    frame = formats.read(tmp_path / "a.parquet")
    assert list(frame.columns) == ["a"]
    assert frame.index.to_list() == [1, 2]


def test_rows_are_counted_through_row_groups(tmp_path) -> None:
    parquet.write_table(
        pa.table({"a": [str(n) for n in range(10)]}), tmp_path / "a.parquet", row_group_size=3
    )
    frame = formats.read(tmp_path / "a.parquet")
    assert frame["a"].to_list() == [str(n) for n in range(10)]
    assert frame.index.to_list() == list(range(1, 11))


def test_a_separator_for_lists(tmp_path) -> None:
    parquet.write_table(pa.table({"a": [["x", "y"]]}), tmp_path / "a.parquet")
    assert formats.read(tmp_path / "a.parquet", options=ReadOptions(separator=";"))["a"].to_list() == ["x;y"]


def test_a_flat_name_that_is_taken_is_refused(tmp_path) -> None:
    parquet.write_table(pa.table({"a.b": ["x"], "a": [{"b": "y"}]}), tmp_path / "a.parquet")
    with pytest.raises(CatalogError, match=r"column 'a\.b' occurs twice"):
        formats.read(tmp_path / "a.parquet")


def test_a_file_that_is_no_parquet_is_refused(tmp_path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more PAR1")
    with pytest.raises(CatalogError, match=r"a\.parquet cannot be read"):
        formats.read(tmp_path / "a.parquet")
