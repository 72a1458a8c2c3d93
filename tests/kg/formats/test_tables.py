"""Tables of cells: text stays what it is, rows know their lines, and a broken row costs that row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, blocks, quoted, tables

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def read_with_losses(path: Path, **options: object) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    lost: list[tuple[int, str]] = []
    frame = formats.read(
        path, options=ReadOptions(**options), reject=lambda line, reason: lost.append((line, reason))
    )
    return frame, lost


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


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", ["\t", "::"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_line_ends_and_byte_order_marks_are_no_content(
    tmp_path, ending: str, separator: str, quote: str
) -> None:
    text = ending.join([f"a{separator}b", f"1{separator}2", f"3{separator}4", ""])
    path = write(tmp_path / "a.tsv", text, "utf-8-sig")
    frame = formats.read(path, options=ReadOptions(separator=separator, quote=quote))
    assert frame.to_dict(orient="list") == {"a": ["1", "3"], "b": ["2", "4"]}
    assert frame.index.to_list() == [2, 3]
    named = ReadOptions(separator=separator, quote=quote, columns=("x", "y"))
    assert formats.read(path, options=named)["x"].to_list() == ["a", "1", "3"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8"])
def test_encodings(tmp_path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", "a,b\né,1\nü,2\n", encoding)
    assert formats.read(path, options=ReadOptions(encoding=encoding))["a"].to_list() == ["é", "ü"]


def test_skipped_lines_are_counted(tmp_path) -> None:
    path = write(tmp_path / "a.csv", 'made "by hand\nmore\na,b\n1,2\n')
    frame = formats.read(path, options=ReadOptions(skip=2))
    assert frame.to_dict(orient="list") == {"a": ["1"], "b": ["2"]}
    assert frame.index.to_list() == [4]


@pytest.mark.parametrize("separator", ["\t", "::"])
def test_blank_lines_are_left_out_but_counted(tmp_path, separator: str) -> None:
    text = "a\tb\n\n1\t2\n\n3\t4\n\n".replace("\t", separator)
    frame = formats.read(write(tmp_path / "a.tsv", text), options=ReadOptions(separator=separator))
    assert frame.index.to_list() == [3, 5]


def test_a_cell_in_quotes_may_hold_line_ends(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.csv", 'a,b\n"1\n2",x\n3,y\n'))
    assert frame["a"].to_list() == ["1\n2", "3"]
    assert frame.index.to_list() == [2, 4]


def test_a_header_may_hold_line_ends(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.csv", '"a\n1",b\n2,3\n'))
    assert list(frame.columns) == ["a\n1", "b"]
    assert frame.index.to_list() == [3]


def test_quotes_in_a_tab_separated_file_are_text(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.tsv", 'a\tb\n"x\ty"\n'))
    assert frame.to_dict(orient="list") == {"a": ['"x'], "b": ['y"']}


def test_a_quote_within_a_plain_cell_is_text(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.csv", 'a,b\n7" vinyl,5" x 4"\n1,2\n'))
    assert frame["a"].to_list() == ['7" vinyl', "1"]
    assert frame["b"].to_list() == ['5" x 4"', "2"]


STRAY = [
    pytest.param('3,"c\n4,d\n5,e\n', ["1", "4", "5"], "never closed", id="no other quote"),
    pytest.param('3,"c\n4,"d, d"\n5,"e\ne"\n', ["1", "4", "5"], "the cell goes on", id="other quotes"),
    pytest.param('3,"c\n4,d",x\n5,e\n', ["1", "5"], "3 cells where 2", id="closed by another stray one"),
    pytest.param('3,"c" d\n4,"d"\n5,e\n', ["1", "4", "5"], "the cell goes on", id="text after a quote"),
]


@pytest.mark.parametrize(("text", "kept", "reason"), STRAY)
def test_a_stray_quote_costs_its_row(tmp_path, text: str, kept: list[str], reason: str) -> None:
    frame, lost = read_with_losses(write(tmp_path / "a.csv", f"a,b\n1,x\n{text}"))
    assert frame["a"].to_list() == kept
    assert lost[0][0] == 3
    assert reason in lost[0][1]


def test_a_stray_quote_far_from_the_end_does_not_swallow_the_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(quoted, "LONGEST_RECORD", 1000)
    rows = "".join(f"{row},x\n" for row in range(4, 1000))
    frame, lost = read_with_losses(write(tmp_path / "a.csv", f'a,b\n1,x\n3,"c\n{rows}'))
    assert frame["a"].to_list() == ["1", *map(str, range(4, 1000))]
    assert frame.index.to_list() == [2, *range(4, 1000)]
    assert [line for line, _ in lost] == [3]
    assert "still open after 1,000 characters" in lost[0][1]


def test_a_file_in_which_quotes_are_text_says_how_to_read_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(quoted, "MOST_READ_AGAIN", 10_000)
    path = write(tmp_path / "a.csv", "a,b,c\n" + 'a",b,"c\n' * 1000)
    with pytest.raises(CatalogError, match='too many quotes are astray; where " is part of the text'):
        read_with_losses(path)
    frame, _ = read_with_losses(path, quote="")
    assert len(frame) == 1000


@pytest.mark.parametrize("size", [16, 24, 40, 10_000])
def test_blocks_of_any_size_give_the_same(tmp_path, monkeypatch, size: int) -> None:
    """Blocks end within records, cells of several lines, characters and broken rows."""
    text = "a,b\n" + "".join(
        f'{row},"é, {row}"\n{row},"two\nlines ""é"""\n\n{row},x\n{row},y,z\n' for row in range(30)
    )
    path = write(tmp_path / "a.csv", text)
    whole, lost = read_with_losses(path)
    monkeypatch.setattr(blocks, "BLOCK", size)
    frame, lost_again = read_with_losses(path)
    pd.testing.assert_frame_equal(frame, whole, check_index_type=False)
    assert lost_again == lost
    assert len(lost) == 30
    assert whole["b"].to_list()[:3] == ["é, 0", 'two\nlines "é"', "x"]


def test_well_quoted_blocks_take_the_fast_way(tmp_path, monkeypatch) -> None:
    monkeypatch.delattr(tables._Layout, "frames")
    path = write(tmp_path / "a.csv", 'a,b\n"1, ""one""",x\n2,""\n"","y"\n')
    assert formats.read(path).to_dict(orient="list") == {"a": ['1, "one"', "2", ""], "b": ["x", "", "y"]}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a,b\n1,2\n3\n", "line 3: 1 cells where 2 were expected (a, b)"),
        ("a,b\n1,2,3\n", "line 2: 3 cells where 2 were expected (a, b)"),
        ('a,b\n1,"2\n3,4\n', "line 2: a broken row"),
        ('"a,b\n1,2\n', "line 1, the header: a broken row"),
        ("a,a\n1,2\n", "column 'a' occurs twice"),
        ("a,b\n", "has no rows"),
        ("a,b", "has no rows"),
        ("\n\n", "is empty"),
        (",".join(f"c{n}" for n in range(2001)) + "\n", "has 2,001 columns"),
    ],
)
def test_broken_tables_name_file_and_line(tmp_path, text: str, place: str) -> None:
    with pytest.raises(CatalogError) as caught:
        formats.read(write(tmp_path / "films.csv", text))
    assert "films.csv" in str(caught.value)
    assert place in str(caught.value)


@pytest.mark.parametrize("separator", ["::", "\t"])
def test_ragged_rows_are_found_with_any_separator(tmp_path, separator: str) -> None:
    path = write(tmp_path / "a.dat", f"1{separator}2\n3\n5{separator}6\n")
    options = ReadOptions(separator=separator, columns=("a", "b"))
    with pytest.raises(CatalogError, match=r"a\.dat, line 2: 1 cells where 2"):
        formats.read(path, options=options)
    frame, lost = read_with_losses(path, separator=separator, columns=("a", "b"))
    assert frame.index.to_list() == [1, 3]
    assert lost == [(2, "1 cells where 2 were expected (a, b)")]


def test_where_no_row_can_be_read_the_file_is_refused(tmp_path) -> None:
    with pytest.raises(CatalogError, match="no rows that can be read"):
        read_with_losses(write(tmp_path / "a.csv", "a,b\n1\n2\n"))


def test_a_separator_that_cannot_be_told_is_asked_for(tmp_path) -> None:
    with pytest.raises(CatalogError, match="give `separator:`"):
        formats.read(write(tmp_path / "a.dat", "a b\n1 2\n"))


def test_the_wrong_encoding_suggests_the_option(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"line 2: not utf-8 text.*`encoding:`"):
        formats.read(write(tmp_path / "a.csv", "a,b\né,1\n", "latin-1"))
    with pytest.raises(CatalogError, match="`encoding:`"):
        formats.read(write(tmp_path / "b.csv", "é,b\n1,1\n", "latin-1"))
    with pytest.raises(CatalogError, match="not utf-16 text"):
        formats.read(
            write(tmp_path / "c.csv", "a,b\n1,1\n", "latin-1"), options=ReadOptions(encoding="utf-16")
        )


def test_an_unknown_encoding_or_format_is_named(tmp_path) -> None:
    path = write(tmp_path / "a.csv", "a,b\n1,2\n")
    with pytest.raises(CatalogError, match="no encoding 'klingon'"):
        formats.read(path, options=ReadOptions(encoding="klingon"))
    with pytest.raises(CatalogError, match="no format 'excel'; there are"):
        formats.read(path, "excel")
    with pytest.raises(CatalogError, match=r"no format reads \.xyz"):
        formats.read(tmp_path / "a.xyz")


def test_atomic_headers_lose_their_types(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "x.inter", "user_id:token\trating:float\n1\t4\n"))
    assert list(frame.columns) == ["user_id", "rating"]
    with pytest.raises(CatalogError, match=r"x\.inter, line 1: column 'user_id'"):
        formats.read(write(tmp_path / "x.inter", "user_id\trating:float\n1\t4\n"))


def test_kgat_lists_become_long(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "train.txt", "0 5 6\n1\n2 7\n"), "kgat")
    assert frame.to_dict(orient="list") == {"user": ["0", "0", "2"], "item": ["5", "6", "7"]}
    assert frame.index.to_list() == [1, 1, 3]
