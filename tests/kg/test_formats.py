"""Each format's own rules, and errors that name file and line."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions


def write(path, text: str, encoding: str = "utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_text_stays_what_it_is(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.csv", 'id,name\n001,NA\n2,null\n3,\n4,nan\n5,"a, ""b"""\n'))
    assert frame["id"].to_list() == ["001", "2", "3", "4", "5"]
    assert frame["name"].to_list() == ["NA", "null", "", "nan", 'a, "b"']
    assert frame.index.to_list() == [2, 3, 4, 5, 6]


def test_any_separator_without_a_header(tmp_path) -> None:
    path = write(tmp_path / "movies.dat", "1::Le Péril (1995)::Drama|War\n2::B::X\n", "latin-1")
    options = ReadOptions(separator="::", columns=("id", "title", "genres"), encoding="latin-1")
    frame = formats.read(path, options=options)
    assert frame.loc[1].to_list() == ["1", "Le Péril (1995)", "Drama|War"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", ["\t", "::"])
def test_line_ends_and_byte_order_marks_are_no_content(tmp_path, ending: str, separator: str) -> None:
    text = ending.join([f"a{separator}b", f"1{separator}2", f"3{separator}4", ""])
    frame = formats.read(
        write(tmp_path / "a.tsv", text, "utf-8-sig"), options=ReadOptions(separator=separator)
    )
    assert frame.to_dict(orient="list") == {"a": ["1", "3"], "b": ["2", "4"]}


def test_blank_lines_are_left_out_but_counted(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.tsv", "a\tb\n\n1\t2\n\n3\t4\n\n"))
    assert frame.index.to_list() == [3, 5]


def test_a_cell_in_quotes_may_hold_line_ends(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.csv", 'a,b\n"1\n2",x\n3,y\n'))
    assert frame["a"].to_list() == ["1\n2", "3"]
    assert frame.index.to_list() == [2, 4]


def test_quotes_in_a_tab_separated_file_are_text(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.tsv", 'a\tb\n"x\ty"\n'))
    assert frame.to_dict(orient="list") == {"a": ['"x'], "b": ['y"']}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a,b\n1,2\n3\n", "line 3: 1 cells where 2 were expected (a, b)"),
        ("a,b\n1,2,3\n", "line 2: 3 cells where 2 were expected (a, b)"),
        ('a,b\n1,"2\n3,4\n', "line 2: a broken row"),
        ("a,a\n1,2\n", "column 'a' occurs twice"),
        ("a,b\n", "has no rows"),
    ],
)
def test_broken_tables_name_file_and_line(tmp_path, text: str, place: str) -> None:
    with pytest.raises(CatalogError) as caught:
        formats.read(write(tmp_path / "films.csv", text))
    assert "films.csv" in str(caught.value)
    assert place in str(caught.value)


def test_ragged_rows_are_found_with_any_separator(tmp_path) -> None:
    path = write(tmp_path / "a.dat", "1::2\n3\n")
    with pytest.raises(CatalogError, match=r"a\.dat, line 2: 1 cells where 2"):
        formats.read(path, options=ReadOptions(separator="::", columns=("a", "b")))


def test_a_separator_that_cannot_be_told_is_asked_for(tmp_path) -> None:
    with pytest.raises(CatalogError, match="give `separator:`"):
        formats.read(write(tmp_path / "a.dat", "a b\n1 2\n"))


def test_the_wrong_encoding_suggests_the_option(tmp_path) -> None:
    with pytest.raises(CatalogError, match="`encoding:`"):
        formats.read(write(tmp_path / "a.csv", "a,b\né,1\n", "latin-1"))


def test_an_unknown_encoding_or_format_is_named(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n1,2\n")
    with pytest.raises(CatalogError, match="no encoding 'klingon'"):
        formats.read(path, options=ReadOptions(encoding="klingon"))
    with pytest.raises(CatalogError, match="no format 'excel'; there are"):
        formats.read(path, "excel")
    with pytest.raises(CatalogError, match=r"no format reads \.xyz"):
        formats.read(tmp_path / "a.xyz")


def test_parquet_numbers_and_gaps_become_text(tmp_path) -> None:
    frame = pd.DataFrame({"id": [1, 2], "year": [1995.0, None], "name": ["a", None]})
    frame.to_parquet(tmp_path / "a.parquet")
    back = formats.read(tmp_path / "a.parquet")
    assert back.to_dict(orient="list") == {"id": ["1", "2"], "year": ["1995", ""], "name": ["a", ""]}


def test_json_by_id_and_json_lists(tmp_path) -> None:
    by_id = write(tmp_path / "texts.json", json.dumps({"7": "a film", "8": ""}))
    assert formats.read(by_id).to_dict(orient="list") == {"id": ["7", "8"], "text": ["a film", ""]}
    rows = write(tmp_path / "rows.json", json.dumps([{"id": 1, "genres": ["x", "y"]}, {"id": 2, "ok": None}]))
    assert formats.read(rows).to_dict(orient="list") == {
        "id": ["1", "2"],
        "genres": ["x|y", ""],
        "ok": ["", ""],
    }
    keyed = write(tmp_path / "keyed.json", json.dumps({"a": {"name": "A"}}))
    assert formats.read(keyed).to_dict(orient="list") == {"id": ["a"], "name": ["A"]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "line 2: not JSON"),
        ('[{"a": 1}, 2]', "row 2: a single value where an object was expected"),
        ("3", "holds a single value"),
        ('{"a": "\\ud800"}', "row 1: a lone surrogate"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "has no rows"),
    ],
)
def test_broken_json_names_the_place(tmp_path, text: str, place: str) -> None:
    with pytest.raises(CatalogError, match=place):
        formats.read(write(tmp_path / "a.json", text))


def test_atomic_headers_lose_their_types(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "x.inter", "user_id:token\trating:float\n1\t4\n"))
    assert list(frame.columns) == ["user_id", "rating"]
    with pytest.raises(CatalogError, match=r"x\.inter, line 1: column 'user_id'"):
        formats.read(write(tmp_path / "x.inter", "user_id\trating:float\n1\t4\n"))


def test_kgat_lists_become_long(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "train.txt", "0 5 6\n1\n2 7\n"), "kgat")
    assert frame.to_dict(orient="list") == {"user": ["0", "0", "2"], "item": ["5", "6", "7"]}
    assert frame.index.to_list() == [1, 1, 3]
