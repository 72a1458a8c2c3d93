"""Answers in the formats of the W3C, and answers that are not."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg import WorkspaceError
from kg.stores.results import TsvReader, read_json


def tsv(*lines, piece=None):
    """What a reader makes of lines that come in pieces of so many bytes."""
    reader, answer = TsvReader(), "\n".join(lines).encode() + b"\n"
    size = piece or len(answer)
    for start in range(0, len(answer), size):
        reader.write(answer[start : start + size])
    return reader.frame().fillna("(unbound)").to_numpy().tolist()


def test_every_sort_of_term_is_a_value():
    terms = {
        "<http://x.org/a>": "http://x.org/a",
        '""': "",
        '"<a>"': "<a>",
        r'"say \"no\""': 'say "no"',
        r'"a\tb\\nc\nd\r\u00e9\U0001F600\\\\"': "a\tb\\nc\nd\ré\U0001f600\\\\",
        '"hé"@fr-CA': "hé",
        '"1995-01-31"^^<http://www.w3.org/2001/XMLSchema#date>': "1995-01-31",
        r'"a\nb\"^^<c>"@en': 'a\nb"^^<c>',
        "42": "42",
        "-1.5e0": "-1.5e0",
        "true": "true",
        "_:b1": "_:b1",
        "": "(unbound)",
    }
    assert tsv("?x", *terms) == [[value] for value in terms.values()]
    assert tsv("?x\t?y", *(f"{term}\t1" for term in terms)) == [[value, "1"] for value in terms.values()]


@pytest.mark.parametrize("piece", [1, 2, 7, 100])
def test_an_answer_may_be_cut_anywhere(piece, monkeypatch):
    monkeypatch.setattr("kg.stores.results.PIECE_BYTES", 20)
    lines = [f'<http://x.org/é{row}>\t"text, {row}"' for row in range(50)]
    assert tsv("?s\t?o", *lines, piece=piece) == [
        [f"http://x.org/é{row}", f"text, {row}"] for row in range(50)
    ]


def test_an_answer_of_no_rows_or_no_variables():
    assert tsv("?x") == []
    assert tsv("", "") == [[]]
    reader = TsvReader()
    reader.write(b"?x\t?y\n")
    assert [(name, str(dtype)) for name, dtype in reader.frame().dtypes.items()] == [
        ("x", "str"),
        ("y", "str"),
    ]


def test_oxigraph_writes_what_is_read():
    """Every character that could be taken for something else, there and back."""
    store = ox.Store()
    texts = [
        chr(code) + "x" + chr(code) for code in (*range(0x100), 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x10FFFF)
    ]
    predicate = ox.NamedNode("http://x.org/p")
    store.extend(ox.Quad(predicate, predicate, ox.Literal(text)) for text in texts)
    reader = TsvReader()
    store.query("SELECT ?o { ?s ?p ?o }").serialize(reader, format=ox.QueryResultsFormat.TSV)
    assert set(reader.frame()["o"]) == set(texts)


@pytest.mark.parametrize(
    "answer", [b"", b"?x\n<http://x.org/a>", b"?x\n1\t2\n", b"?x\t?y\n1\n", b"?x\n\xff\n"]
)
def test_what_is_no_tsv_is_refused(answer):
    reader = TsvReader()
    reader.write(answer)
    with pytest.raises(WorkspaceError, match="the answer to a query"):
        reader.frame()


def test_json_says_the_same():
    answer = ox.Store().query('SELECT * { VALUES (?x ?y) { ("a" UNDEF) (<http://x.org/b> "") (1 "c"@en) } }')
    frame = read_json(answer.serialize(format=ox.QueryResultsFormat.JSON))
    assert {str(dtype) for dtype in frame.dtypes} == {"str"}
    assert frame[["x", "y"]].to_numpy().tolist()[1:] == [["http://x.org/b", ""], ["1", "c"]]
    assert frame["x"][0] == "a"
    assert frame["y"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b'{"head": {}, "boolean": true}', True),
        (b'{"boolean": false}', False),
        (b'{"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": []}}', False),
    ],
)
def test_json_says_yes_or_no(answer, told):
    assert read_json(answer) is told


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": 1}]}}',
        b'{"head": {"vars": "x"}, "results": []}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused(answer):
    with pytest.raises(WorkspaceError, match="not in SPARQL's JSON"):
        read_json(answer)
