"""Conditions are read exactly, and a mistake is told with its place."""

from __future__ import annotations

import pytest

from hybrid.conditions import Condition, parse
from kg.errors import QueryError


@pytest.mark.parametrize(
    ("text", "name", "sign", "values"),
    [
        ("genre = noir", "genre", "=", ("noir",)),
        ("genre=noir|western", "genre", "=", ("noir", "western")),
        ("  is of the genre !=  Film-Noir | New  Wave ", "is of the genre", "!=", ("Film-Noir", "New  Wave")),
        ("price<=30.5", "price", "<=", ("30.5",)),
        ("price >-1", "price", ">", ("-1",)),
        ('"a = b" = "c | d"|e', "a = b", "=", ("c | d", "e")),
        ("title = Mamma Mia!", "title", "=", ("Mamma Mia!",)),
        ("http://x.org/genre = f:1", "http://x.org/genre", "=", ("f:1",)),
    ],
)
def test_what_is_a_condition(text, name, sign, values):
    assert parse(text) == Condition(text.strip(), name, sign, values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a name at position 1, found the end"),
        ("= noir", "expected a name at position 1, found '='"),
        ("genre", "expected one of = != < <= > >= at position 6, found the end"),
        ("genre noir", "at position 11, found the end"),
        ("genre = ", "expected a value at position 9, found the end"),
        ("genre == noir", "expected a value at position 8, found '='"),
        ("genre = a || b", "expected a value at position 12, found '|'"),
        ("genre = a |", "expected a value at position 12, found the end"),
        ("genre = a = b", "expected | or the end at position 11, found '='"),
        ('genre = "noir', "expected a value at position 9, found '\"'"),
        ('genre = ""', "expected a value at position 10, found ''"),
        ("price < cheap", "expected a number at position 9, found 'cheap'"),
        ("price < nan", "expected a number at position 9, found 'nan'"),
        ("price < 1 | 2", "expected one value after <, found another at position 13"),
    ],
)
def test_what_is_none(text, message):
    with pytest.raises(QueryError) as told:
        parse(text)
    assert str(told.value).startswith(f"wanted {text!r}: expected ")
    assert str(told.value).endswith(message)
