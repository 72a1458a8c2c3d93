"""Queries from JSON and from the words of the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid.names import hint
from hybrid.query import LISTS, NUMBERS, Query
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STDIN = "-"
_KINDS = {
    **dict.fromkeys(LISTS, "a list of texts"),
    **dict.fromkeys(NUMBERS, "an object of numbers"),
    "person": "an object of texts",
    "n": "a whole number",
}


def read(file: str) -> dict[str, Any]:
    """The fields of a query in a JSON file; "-" is the standard input.

    A number may stand for the id that it spells.

    Raises:
        QueryError: there is no such file, it is no JSON object, or it has a field that a query does not.
    """
    name = "the standard input" if file == _STDIN else file
    try:
        text = sys.stdin.read() if file == _STDIN else Path(file).read_text(encoding="utf-8")
        given = json.loads(text, object_pairs_hook=_once)
    except OSError as error:
        raise QueryError(f"the query {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QueryError(f"{name} is no text in UTF-8") from error
    except json.JSONDecodeError as error:
        raise QueryError(f"{name}, line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise QueryError(f"{name} is nested too deeply for a query") from error
    except QueryError as error:
        raise QueryError(f"{name}: {error}") from error
    if not isinstance(given, dict):
        raise QueryError(f"{name}: expected an object with the fields of a query")
    return understood(given, name)


def understood(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Plain values as the fields of a query.

    Args:
        given: values by field, as JSON has them; null is as good as nothing.
        name: of where they are from, for errors.

    Raises:
        QueryError: there is no such field, or its value is of another kind.
    """
    known = [each.name for each in fields(Query)]
    for field in given:
        if field not in known:
            raise QueryError(f"{name}: a query has no {field!r}{hint(field, known)}")
    found = {}
    for field, value in given.items():
        try:
            if value is not None:
                found[field] = _value(field, value)
        except TypeError as error:
            kind = _KINDS.get(field, "a text")
            raise QueryError(f"{name}: {field!r} must be {kind}, found {json.dumps(value)[:60]}") from error
    return found


def merged(first: Mapping[str, Any], then: Mapping[str, Any]) -> Query:
    """A query from some fields and further ones: lists and objects grow, the rest is overridden.

    Raises:
        QueryError: the query that comes of it is none.
    """
    fields_ = dict(first)
    for name, value in then.items():
        earlier = fields_.get(name)
        if isinstance(value, tuple) and earlier:
            fields_[name] = (*earlier, *value)
        elif isinstance(value, dict) and earlier:
            fields_[name] = {**earlier, **value}
        elif value not in (None, (), {}):
            fields_[name] = value
    return Query(**fields_)


def listed(words: str) -> tuple[str, ...]:
    """The ids in a text with commas."""
    return tuple(word.strip() for word in words.split(",") if word.strip())


def pairs(option: str, words: Iterable[str]) -> dict[str, str]:
    """Keys and values from words such as "age=27".

    Raises:
        QueryError: a word is none, or a key is there twice.
    """
    found: dict[str, str] = {}
    for word in words:
        key, sign, value = (part.strip() for part in word.rpartition("="))
        if not (key and sign and value):
            raise QueryError(f"{option}: expected NAME=VALUE, found {word!r}")
        if key in found:
            raise QueryError(f"{option}: {key!r} is given twice")
        found[key] = value
    return found


def numbers(option: str, words: Iterable[str]) -> dict[str, float]:
    """Keys and numbers from words such as "50=4.5".

    Raises:
        QueryError: as for `pairs`, or a value is no number.
    """
    found = {}
    for key, value in pairs(option, words).items():
        try:
            found[key] = float(value)
        except ValueError as error:
            raise QueryError(f"{option}: expected a number for {key!r}, found {value!r}") from error
    return found


def _once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON without a key that is there twice; Python would silently take the last."""
    found: dict[str, Any] = {}
    for key, value in items:
        if key in found:
            raise QueryError(f"{key!r} is there twice")
        found[key] = value
    return found


def _value(field: str, value: object) -> object:
    """A value of JSON as a field has it.

    Raises:
        TypeError: it is of another kind.
    """
    if field in LISTS:
        return tuple(map(_text, _of(list, value)))
    if field in NUMBERS:
        return {key: _number(number) for key, number in _of(dict, value).items()}
    if field == "person":
        return {key: _text(word) for key, word in _of(dict, value).items()}
    if field == "n":
        return _of(int, value)
    return _text(value)


def _of(kind: type, value: object) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(kind.__name__)
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(_of(int, value))


def _number(value: object) -> float:
    return float(value if isinstance(value, float) else _of(int, value))
