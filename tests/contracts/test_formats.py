"""What every catalog format must do, run on each reader that discovery finds."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pyoxigraph as ox
import pytest

from kg import CatalogError, formats
from kg.formats import Reader, ReadOptions, Writer, base, rows

if TYPE_CHECKING:
    from pathlib import Path

READERS = formats.find()
CELLS = {
    "user": ["1", "007", "é", "NA"],
    "item": ["a b", "null", "nan", "-1.0"],
}
TRIPLES = {
    "subject": ["a:1", "a:1", "a:2", "a:3"],
    "predicate": ["a:p", "a:q", "a:p", "a:p"],
    "object": ["NA", "null", "é", "a:1"],
    "kind": ["literal", "literal", "literal", "iri"],
}
SYNTAX = {"rdf": "application/rdf+xml", "owl": "application/rdf+xml", "xml": "application/rdf+xml"}


def write_sql(frame: pd.DataFrame, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        frame.to_sql("t", connection, index=False)


def write_rdf(frame: pd.DataFrame, path: Path) -> None:
    syntax = ox.RdfFormat.from_media_type(SYNTAX.get(path.suffix[1:], "")) or ox.RdfFormat.from_extension(
        path.suffix[1:]
    )
    triples = [
        ox.Triple(ox.NamedNode(f"a:{row}"), ox.NamedNode(f"a:{name}"), ox.Literal(cell))
        for row, cells in enumerate(frame.to_dict(orient="records"))
        for name, cell in cells.items()
    ]
    ox.serialize(triples, path, syntax)


def write_triples(frame: pd.DataFrame, path: Path) -> None:
    triples = [
        ox.Triple(
            ox.NamedNode(row.subject),
            ox.NamedNode(row.predicate),
            (ox.Literal if row.kind == "literal" else ox.NamedNode)(row.object),
        )
        for row in frame.itertuples()
    ]
    ox.serialize(triples, path, ox.RdfFormat.N_TRIPLES)


def write_jsonld(frame: pd.DataFrame, path: Path) -> None:
    data = {"@context": "https://schema.org", "@graph": frame.to_dict(orient="records")}
    text = json.dumps(data)
    page = f'<html><script type="application/ld+json">{text}</script></html>'
    path.write_text(text if path.suffix == ".jsonld" else page)


WRITE = {"sql": write_sql, "rdf": write_rdf, "triples": write_triples, "jsonld": write_jsonld}


def endings(reader: Reader) -> list[str]:
    return list(reader.extensions or ("nt" if reader.name == "triples" else "txt",))


def options(ending: str, reader: Reader) -> ReadOptions:
    return ReadOptions(
        separator="|" if reader.name == "tables" and ending in {"txt", "dat", "data"} else None
    )


def write(reader: Reader, frame: pd.DataFrame, path: Path) -> None:
    """As the reader writes, or as the test does where the reader only reads."""
    if isinstance(reader, Writer):
        reader.write(frame, path, options(path.suffix[1:], reader))
    else:
        WRITE[reader.name](frame, path)


@pytest.fixture(params=list(READERS))
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


@pytest.fixture
def frame(reader: Reader) -> pd.DataFrame:
    cells = {name: [cell.replace(" ", "_") for cell in column] for name, column in CELLS.items()}
    known = {"kgat": cells, "triples": TRIPLES}
    return pd.DataFrame(known.get(reader.name, CELLS), dtype="str")


def test_the_formats_of_this_version() -> None:
    assert set(READERS) == {
        "atomic", "json", "jsonl", "jsonld", "kgat", "parquet", "rdf", "sql", "tables", "triples",
    }  # fmt: skip


def test_no_two_readers_claim_an_ending() -> None:
    for claimed in ("extensions", "schemes"):
        names = [name for reader in READERS.values() for name in getattr(reader, claimed)]
        assert len(names) == len(set(names))


def test_round_trip_keeps_every_cell_as_text(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"table.{ending}"
        write(reader, frame, path)
        back = formats.read(path, reader.name, options(ending, reader))
        pd.testing.assert_frame_equal(back[list(frame.columns)].reset_index(drop=True), frame)
        assert all(str(kind) == "str" for kind in back.dtypes)


def test_rows_know_their_place(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    path = tmp_path / f"table.{endings(reader)[0]}"
    write(reader, frame, path)
    back = reader.read(path, options(endings(reader)[0], reader))
    assert back.index.name == reader.unit
    assert reader.unit in {"line", "row"}
    assert back.index.is_monotonic_increasing
    assert back.index[0] in {1, 2}


def test_batches_are_the_whole_in_pieces(reader: Reader, frame: pd.DataFrame, tmp_path, monkeypatch) -> None:
    path = tmp_path / f"table.{endings(reader)[0]}"
    write(reader, frame, path)
    whole = reader.read(path, options(endings(reader)[0], reader))
    monkeypatch.setattr(base, "BATCH_ROWS", 3)
    pieces = list(reader.batches(path, options(endings(reader)[0], reader)))
    assert [len(piece) for piece in pieces] == [3, len(whole) - 3]
    pd.testing.assert_frame_equal(pd.concat(pieces), whole, check_index_type=False)


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_packed_files_are_unpacked_on_the_way(
    reader: Reader, frame: pd.DataFrame, tmp_path, packing: str
) -> None:
    for ending in endings(reader):
        plain, packed = tmp_path / f"table.{ending}", tmp_path / f"table.{ending}.{packing}"
        write(reader, frame, plain)
        if packing == "gz":
            packed.write_bytes(gzip.compress(plain.read_bytes()))
        else:
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(plain, plain.name)
        back = formats.read(packed, reader.name, options(ending, reader))
        pd.testing.assert_frame_equal(back[list(frame.columns)].reset_index(drop=True), frame)


def test_a_row_that_cannot_be_read_costs_that_row(reader: Reader, frame: pd.DataFrame, tmp_path) -> None:
    broken = frame.copy()
    name = "object" if reader.name == "triples" else "item"
    broken.loc[1, name] = "x" * (rows.LONGEST_CELL + 1)
    for ending in endings(reader):
        path = tmp_path / f"table.{ending}"
        write(reader, broken, path)
        lost: list[tuple[int, str]] = []
        whole = reader.read(
            path, options(ending, reader), reject=lambda line, reason, lost=lost: lost.append((line, reason))
        )
        assert whole[name].to_list() == [*frame[name][:1], *frame[name][2:]]
        ((line, reason),) = lost
        assert line not in whole.index
        assert whole.index[0] < line < whole.index[1]
        assert "1,048,577 characters" in reason


def test_without_a_reject_it_is_an_error_that_names_the_place(
    reader: Reader, frame: pd.DataFrame, tmp_path
) -> None:
    frame.loc[1, "object" if reader.name == "triples" else "item"] = "x" * (rows.LONGEST_CELL + 1)
    path = tmp_path / f"table.{endings(reader)[0]}"
    write(reader, frame, path)
    with pytest.raises(CatalogError, match=rf"table\.{endings(reader)[0]}, {reader.unit} [23]: "):
        reader.read(path, options(endings(reader)[0], reader))


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


def test_a_broken_archive_is_an_error(reader: Reader, tmp_path) -> None:
    for ending in endings(reader):
        path = tmp_path / f"broken.{ending}.zip"
        path.write_bytes(b"PK\x03\x04 and no more")
        with pytest.raises(CatalogError, match=rf"broken\.{ending}\.zip"):
            reader.read(path, options(ending, reader))
