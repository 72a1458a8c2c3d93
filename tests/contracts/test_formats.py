"""What every catalog format must do, run on each reader that discovery finds."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from kg import CatalogError, formats
from kg.formats import Reader, ReadOptions

READERS = formats.find()
CELLS = {
    "user": ["1", "007", "é", "NA"],
    "item": ["a b", "null", "nan", "-1.0"],
}


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


@pytest.fixture
def frame(reader: Reader) -> pd.DataFrame:
    cells = {name: [cell.replace(" ", "_") for cell in column] for name, column in CELLS.items()}
    return pd.DataFrame(cells if reader.name == "kgat" else CELLS, dtype="str")


def endings(reader: Reader) -> list[str]:
    return list(reader.extensions or ("txt",))


def options(ending: str, reader: Reader) -> ReadOptions:
    return ReadOptions(
        separator="|" if reader.name == "tables" and ending in {"txt", "dat", "data"} else None
    )


def test_the_formats_of_this_version() -> None:
    assert {"atomic", "json", "kgat", "tables"} <= set(READERS)


def test_no_two_readers_claim_an_ending() -> None:
    claimed = [ending for reader in READERS.values() for ending in reader.extensions]
    assert len(claimed) == len(set(claimed))


def test_round_trip_keeps_every_cell_as_text(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"table.{ending}"
        reader.write(frame, path, options(ending, reader))
        back = formats.read(path, reader.name, options(ending, reader))
        pd.testing.assert_frame_equal(back.reset_index(drop=True), frame)
        assert all(str(kind) == "str" for kind in back.dtypes)


def test_rows_know_their_place(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    path = tmp_path / f"table.{endings(reader)[0]}"
    reader.write(frame, path, options(endings(reader)[0], reader))
    back = reader.read(path, options(endings(reader)[0], reader))
    assert back.index.name in {"line", "row"}
    assert back.index.is_monotonic_increasing
    assert back.index[0] in {1, 2}


def test_gzip_is_unpacked_on_the_way(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    for ending in endings(reader):
        if ending == "parquet":
            continue
        plain, packed = tmp_path / f"table.{ending}", tmp_path / f"table.{ending}.gz"
        reader.write(frame, plain, options(ending, reader))
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        back = formats.read(packed, reader.name, options(ending, reader))
        pd.testing.assert_frame_equal(back.reset_index(drop=True), frame)


def test_a_missing_file_is_named(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        with pytest.raises(CatalogError, match=rf"absent\.{ending} is missing"):
            reader.read(tmp_path / f"absent.{ending}", options(ending, reader))


def test_an_empty_file_is_named(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"empty.{ending}"
        path.write_bytes(b"")
        with pytest.raises(CatalogError, match=rf"empty\.{ending}"):
            reader.read(path, options(ending, reader))


def test_a_folder_is_not_a_file(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"folder.{ending}"
        path.mkdir()
        with pytest.raises(CatalogError, match="is a folder"):
            reader.read(path, options(ending, reader))


def test_bytes_that_are_no_text_are_an_error(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"noise.{ending}"
        path.write_bytes(b"\xff\xfe\x00\x81" * 40)
        with pytest.raises(CatalogError, match=rf"noise\.{ending}"):
            reader.read(path, options(ending, reader))


def test_broken_gzip_is_an_error(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"broken.{ending}.gz"
        path.write_bytes(gzip.compress(b"user\titem\n" * 100)[:-12])
        with pytest.raises(CatalogError, match=rf"broken\.{ending}\.gz"):
            reader.read(path, options(ending, reader))
