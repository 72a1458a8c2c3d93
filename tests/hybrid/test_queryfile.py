"""Queries as JSON and as words: read exactly, or refused in a sentence."""

from __future__ import annotations

import io
import json
import sys

import pytest

from hybrid import queryfile
from hybrid.query import Query
from kg.errors import QueryError

WHOLE = {
    "user": "7", "likes": [50, "172"], "dislikes": ["1"], "ratings": {"2": 4, "3": 1.5}, "times": {"50": 9},
    "text": "space", "person": {"age": 27}, "wanted": ["genre = noir"], "about": ["Scott"],
    "exclude": ["9"], "sparql": "SELECT ?f { ?f a schema:Movie }", "n": 3,
}  # fmt: skip


def asked(tmp_path, text):
    (tmp_path / "asked.json").write_text(text)
    return queryfile.merged(queryfile.read(str(tmp_path / "asked.json")), {})


def test_every_field_is_read(tmp_path):
    assert asked(tmp_path, json.dumps(WHOLE)) == Query(
        user="7", likes=("50", "172"), dislikes=("1",), ratings={"2": 4.0, "3": 1.5}, times={"50": 9.0},
        text="space", person={"age": "27"}, wanted=("genre = noir",), about=("Scott",), exclude=("9",),
        sparql="SELECT ?f { ?f a schema:Movie }", n=3,
    )  # fmt: skip


def test_null_is_nothing(tmp_path):
    assert asked(tmp_path, '{"user": null, "text": "x", "n": null}') == Query(text="x")


def test_the_input_is_a_file_too(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"text": "x"}'))
    assert queryfile.read("-") == {"text": "x"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1"),
        ('{"likes": ["1"],}', "asked.json, line 1, column"),
        ("[1]", "expected an object with the fields of a query"),
        ('{"like": ["1"]}', "a query has no 'like'; known are 'user', 'likes'"),
        ('{"likes": "1"}', "'likes' must be a list of texts, found \"1\""),
        ('{"likes": [1.5]}', "'likes' must be a list of texts"),
        ('{"likes": [true]}', "'likes' must be a list of texts"),
        ('{"ratings": {"1": "5"}}', "'ratings' must be an object of numbers"),
        ('{"ratings": {"1": NaN}}', "ratings of '1': expected a number"),
        ('{"person": ["27"]}', "'person' must be an object of texts"),
        ('{"text": {}}', "'text' must be a text, found {}"),
        ('{"text": "x", "n": 0}', "n: expected a whole number of items, 1 or more, found 0"),
        ('{"text": "x", "n": 2.5}', "'n' must be a whole number"),
        ('{"text": "x", "text": "y"}', "'text' is there twice"),
        ("{}", "a query needs a user, likes or text"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_query(tmp_path, text, message):
    with pytest.raises(QueryError) as told:
        asked(tmp_path, text)
    assert message in str(told.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(QueryError, match=r"nowhere\.json cannot be read: No such file"):
        queryfile.read(str(tmp_path / "nowhere.json"))
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    with pytest.raises(QueryError, match="no text in UTF-8"):
        queryfile.read(str(tmp_path / "bytes.json"))


def test_later_words_add_or_override():
    first = {"likes": ("1",), "person": {"age": "27"}, "text": "sad", "n": 3}
    then = {"likes": ("2",), "person": {"age": "30", "job": "x"}, "text": None, "n": 5, "about": ()}
    assert queryfile.merged(first, then) == Query(
        likes=("1", "2"), person={"age": "30", "job": "x"}, text="sad", n=5
    )


def test_words_with_a_sign():
    assert queryfile.listed(" 12, 7,,3 ") == ("12", "7", "3")
    assert queryfile.pairs("--person", ["age = 27", "a=b=c"]) == {"age": "27", "a=b": "c"}
    assert queryfile.numbers("--rating", ["50=4.5"]) == {"50": 4.5}
    for words, message in (
        (["27"], "expected NAME=VALUE, found '27'"),
        (["=27"], "expected NAME=VALUE"),
        (["age="], "expected NAME=VALUE"),
        (["age=1", "age=2"], "'age' is given twice"),
    ):
        with pytest.raises(QueryError, match=message):
            queryfile.pairs("--person", words)
    with pytest.raises(QueryError, match="expected a number for '50', found 'five'"):
        queryfile.numbers("--rating", ["50=five"])
