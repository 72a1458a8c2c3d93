"""Packed files and folders of files: only what is named is read, and places stay traceable."""

from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, packed

if TYPE_CHECKING:
    from pathlib import Path


def archive(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(name, text)
    return path


def test_the_only_member_needs_no_name(tmp_path) -> None:
    path = archive(tmp_path / "data.zip", {"films/": "", "films/a.csv": "id\n1\n"})
    assert formats.read(path)["id"].to_list() == ["1"]


def test_a_member_is_named_and_tells_the_format(tmp_path) -> None:
    path = archive(tmp_path / "data.zip", {"a.csv": "id\n1\n", "deep/b.jsonl": '{"id": 2}\n'})
    assert formats.read(path, options=ReadOptions(member="deep/b.jsonl"))["id"].to_list() == ["2"]
    with pytest.raises(CatalogError, match=r"data\.zip holds a\.csv, deep/b\.jsonl; one file was expected"):
        formats.read(path)
    with pytest.raises(CatalogError, match="one file 'c' was expected"):
        formats.read(path, options=ReadOptions(member="c"))


def test_an_encrypted_member_is_refused(tmp_path) -> None:
    path = archive(tmp_path / "a.csv.zip", {"a.csv": "id\n1\n"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(CatalogError, match=r"a\.csv' is encrypted"):
        formats.read(path)


def test_what_is_unpacked_stays_in_proportion(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(packed, "ALWAYS_ALLOWED", 1000)
    dense, thin = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    dense.write_bytes(gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5000))))
    thin.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    assert len(formats.read(dense)) == 5000
    with pytest.raises(CatalogError, match=r"b\.csv\.gz unpacks to more than .* at most 150 times its size"):
        formats.read(thin)


def test_a_total_is_never_exceeded(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(packed, "MOST_UNPACKED", 1000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500))
    with pytest.raises(CatalogError, match="unpacks to more than"):
        formats.read(path)


def folder(path: Path, files: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in files.items():
        (path / name).write_text(text)
    return path


PARTS = {
    "part-2.csv": "a,b\n5,6\n",
    "part-1.csv": "a,b\n1,2\n3\n4,4\n",
    "_SUCCESS": "",
    ".part-1.csv.crc": "x",
    "read.me": "x",
}


def test_a_folder_is_one_table_in_the_order_of_names(tmp_path) -> None:
    lost: list[tuple[int, str]] = []
    frame = formats.read(
        folder(tmp_path / "likes", PARTS), reject=lambda line, reason: lost.append((line, reason))
    )
    assert frame["a"].to_list() == ["1", "4", "5"]
    assert frame.index.to_list() == [2, 4, 6]
    assert frame.index.name == "row"
    assert lost == [(3, "part-1.csv, line 3: 1 cells where 2 were expected (a, b)")]


def test_an_error_in_a_folder_names_the_file(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"part-1\.csv, line 3: 1 cells"):
        formats.read(folder(tmp_path / "likes", PARTS))


def test_rejected_rows_of_two_files_have_two_places(tmp_path) -> None:
    lost: list[int] = []
    files = {"1.csv": "a,b\n1,2\n3\n", "2.csv": "a,b\n1\n3,4\n"}
    frame = formats.read(folder(tmp_path / "f", files), reject=lambda line, _: lost.append(line))
    assert frame.index.to_list() == [2, 6]
    assert lost == [3, 5]


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv.gz"])
def test_folders_of_other_formats(tmp_path, ending: str) -> None:
    (tmp_path / "f").mkdir()
    for number in (1, 2):
        frame = pd.DataFrame({"a": [f"x{number}", "y"]}, dtype="str")
        reader = formats._reader(tmp_path / f"a.{ending}", None, ReadOptions())
        reader.write(frame, tmp_path / "f" / f"{number}.{ending}", ReadOptions())
    assert formats.read(tmp_path / "f")["a"].to_list() == ["x1", "y", "x2", "y"]


def test_a_named_format_takes_its_own_files(tmp_path) -> None:
    path = folder(tmp_path / "f", {"a.csv": "a\n1\n", "b.jsonl": '{"a": 2}\n'})
    assert formats.read(path, "jsonl")["a"].to_list() == ["2"]
    with pytest.raises(CatalogError, match=r"holds a\.csv and b\.jsonl; files of one format"):
        formats.read(path)
    lists = folder(tmp_path / "lists", {"a": "0 1\n", "b": "1 2 3\n"})
    assert formats.read(lists, "kgat")["item"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"1.csv": "a,b\n1,2\n", "2.csv": "a,c\n1,2\n"}, r"2\.csv has the columns a, c; those of 1\.csv"),
        ({"1.csv": "a,b\n1,2\n", "2.csv": ""}, r"2\.csv is empty"),
        ({"read.me": "x"}, "is a folder without files that can be read"),
        ({}, "is a folder without files that can be read"),
    ],
)
def test_what_is_not_one_table_is_refused(tmp_path, files: dict[str, str], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        formats.read(folder(tmp_path / "f", files))
