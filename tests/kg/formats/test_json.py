"""JSON and JSON lines: nested and multi-valued objects as flat rows, numbers as they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, flat, rows
from kg.formats.untrusted import jsontext

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

FILM = """{"id": 7, "title": "Alien", "director": {"name": "Scott", "born": {"year": 1937}},
 "genres": ["Horror", "SF"], "actors": [{"name": "Weaver", "role": "Ripley"}, {"name": "Holm"}, "Hurt"],
 "seen": true, "left": null, "none": [], "empty": {}, "price": 1.50, "last": "x"}"""
CELLS = {
    "id": "7",
    "title": "Alien",
    "director.name": "Scott",
    "director.born.year": "1937",
    "genres": "Horror|SF",
    "actors.name": "Weaver|Holm",
    "actors.role": "Ripley",
    "actors": "Hurt",
    "seen": "true",
    "left": "",
    "none": "",
    "price": "1.50",
    "last": "x",
}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read_with_losses(path: Path, **options: object) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    lost: list[tuple[int, str]] = []
    frame = formats.read(
        path, options=ReadOptions(**options), reject=lambda line, reason: lost.append((line, reason))
    )
    return frame, lost


@pytest.mark.parametrize("ending", ["json", "jsonl", "ndjson"])
def test_nested_objects_become_flat(tmp_path, ending: str) -> None:
    text = f"[{FILM}]" if ending == "json" else FILM.replace("\n", "")
    frame = formats.read(write(tmp_path / f"a.{ending}", text))
    assert frame.to_dict(orient="records") == [CELLS]
    assert list(frame.columns) == list(CELLS)


def test_the_separator_of_lists_can_be_chosen(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.json", f"[{FILM}]"), options=ReadOptions(separator="; "))
    assert frame["genres"].to_list() == ["Horror; SF"]


def test_fields_that_come_later_are_empty_before(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "HELD_ROWS", 1)
    path = write(tmp_path / "a.jsonl", '{"a": 1}\n\n{"b": 2, "a": "x"}\n')
    assert [list(frame.columns) for frame in formats.batches(path)] == [["a"], ["b", "a"]]
    frame = formats.read(path)
    assert frame.to_dict(orient="list") == {"a": ["1", "x"], "b": ["", "2"]}
    assert frame.index.to_list() == [1, 3]


def test_by_id_and_lists(tmp_path) -> None:
    by_id = write(tmp_path / "texts.json", json.dumps({"7": "a film", "8": ""}))
    assert formats.read(by_id).to_dict(orient="list") == {"id": ["7", "8"], "text": ["a film", ""]}
    named = formats.read(by_id, options=ReadOptions(columns=("film", "plot")))
    assert list(named.columns) == ["film", "plot"]
    keyed = write(tmp_path / "keyed.json", json.dumps({"a": {"name": "A"}}))
    assert formats.read(keyed).to_dict(orient="list") == {"id": ["a"], "name": ["A"]}


def test_records_within_a_file(tmp_path) -> None:
    text = (
        '{"total": 2, "skip": [{"x": [1, {}]}], "data": {"page": 1, "items": [{"id": 1}, {"id": 2}]}, "z": 0}'
    )
    path = write(tmp_path / "a.json", text)
    frame = formats.read(path, options=ReadOptions(records="data.items"))
    assert frame["id"].to_list() == ["1", "2"]
    with pytest.raises(CatalogError, match=r"no field 'item' on the way to 'data\.item'; it has page, items"):
        formats.read(path, options=ReadOptions(records="data.item"))
    with pytest.raises(CatalogError, match=r"no field 'a' on the way to 'total\.a'; it has none"):
        formats.read(path, options=ReadOptions(records="total.a"))


NUMBERS = [
    "0",
    "-1",
    "1.10",
    "1e5",
    "1E+400",
    "-0.0",
    "12345678901234567890.123456789",
    "9" * 5000,
    "NaN",
    "-Infinity",
]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_numbers_stay_as_they_are_written(tmp_path, ending: str) -> None:
    text = "\n".join(f'{{"n": {number}, "l": [{number}]}}' for number in NUMBERS)
    text = f"[{text.replace(chr(10), ',')}]" if ending == "json" else text
    frame = formats.read(write(tmp_path / f"a.{ending}", text))
    assert frame["n"].to_list() == NUMBERS
    assert frame["l"].to_list() == NUMBERS


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 50, 10_000])
def test_texts_are_read_in_pieces_of_any_size(tmp_path, monkeypatch, chunk: int) -> None:
    """Pieces end within names, escapes, numbers, words and white space."""
    text = (
        '  [ {"a": "\\ud83d\\ude00\\n\\"é" , "b": -12.5e3, "c": [ true,null , false]},\n {"a": {"x": "é"}} ] '
    )
    path = write(tmp_path / "a.json", text)
    whole = formats.read(path)
    assert whole.to_dict(orient="list") == {
        "a": ['😀\n"é', ""],
        "b": ["-12.5e3", ""],
        "c": ["true|false", ""],
        "a.x": ["", "é"],
    }
    monkeypatch.setattr(jsontext, "CHUNK", chunk)
    assert formats.read(path).equals(whole)
    keyed = write(tmp_path / "b.json", '{ "k\\u0031" : {"a":1} , "k2":{ } }')
    assert formats.read(keyed)["id"].to_list() == ["k1", "k2"]


@pytest.mark.parametrize("chunk", [1, 5, 10_000])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"a": 1},\n {"a": }]', "line 2: not JSON"),
        ('[{"a": 1}\n\n {"a": 2}]', "line 3: not JSON (',' was expected)"),
        ('[{"a": 1}', "line 1: not JSON (',' was expected)"),
        ('[{"a": "x', "line 1: not JSON (Unterminated string"),
        ('{"a": 1,}', "a field's name in quotes was expected"),
        ('[{"a": 1}] 2', "one list or object was expected, and more follows"),
        ('[{"a": 1}, 2]', "row 2: a single value where an object was expected"),
        ('[[{"a": 1}]]', "row 1: a list where an object was expected"),
        ("3", "holds a single value"),
        ('"x"', "holds a single value"),
        ('{"a": "\\ud800"}', "row 1: a lone surrogate"),
        ('[{"a": {"b": 1, "b": 2}}]', "row 1: the field 'b' occurs twice in one object"),
        ('[{"b": 1, "b": 1}]', "row 1: the field 'b' occurs twice in one object"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "has no rows"),
        ("{}", "has no rows"),
        (" \n", "is empty"),
    ],
)
def test_broken_json_names_the_place(tmp_path, monkeypatch, text: str, place: str, chunk: int) -> None:
    monkeypatch.setattr(jsontext, "CHUNK", chunk)
    with pytest.raises(CatalogError) as caught:
        formats.read(write(tmp_path / "a.json", text))
    assert f"{place}" in str(caught.value)


def test_a_broken_line_costs_that_line(tmp_path) -> None:
    lines = ['{"a": 1}', '{"a": ', "[1]", '{"a": 1, "a": 2}', '{"a": 2} {"a": 3}', "null", '{"a": 4}']
    frame, lost = read_with_losses(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert frame["a"].to_list() == ["1", "4"]
    assert frame.index.to_list() == [1, 7]
    assert lost == [
        (2, "not JSON (Expecting value)"),
        (3, "a list where an object was expected"),
        (4, "the field 'a' occurs twice in one object"),
        (5, "not JSON (more than one value)"),
        (6, "a single value where an object was expected"),
    ]


def nested(depth: int) -> str:
    return '{"a": ' * depth + "1" + "}" * depth


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_depth_is_limited(tmp_path, ending: str) -> None:
    text = [nested(flat.DEEPEST), nested(flat.DEEPEST + 1), '{"a": ' + "[" * 25 + "]" * 25 + "}"]
    path = write(tmp_path / f"a.{ending}", f"[{','.join(text)}]" if ending == "json" else "\n".join(text))
    frame, lost = read_with_losses(path)
    assert list(frame.columns) == [".".join("a" * flat.DEEPEST)]
    assert lost == [(row, "nested too deep; at most 20 levels were expected") for row in (2, 3)]


def test_fields_that_are_data_are_refused(tmp_path) -> None:
    objects = [{f"k{row}": 1} for row in range(3000)]
    with pytest.raises(CatalogError, match="more than 2,000 different fields"):
        formats.read(write(tmp_path / "a.json", json.dumps(objects)))
    wide = {f"k{row}": 1 for row in range(3000)}
    frame, lost = read_with_losses(write(tmp_path / "b.json", json.dumps([wide, {"a": 1}])))
    assert frame["a"].to_list() == ["1"]
    assert lost == [(1, "an object of 3,000 fields; at most 2,000 were expected")]


def test_dotted_names_that_grow_are_rejected(tmp_path) -> None:
    _, lost = read_with_losses(write(tmp_path / "a.json", json.dumps([{"k" * 2000: {"a": 1}}, {"b": 1}])))
    assert lost == [(1, "a field name of 2,000 characters")]
