"""Conditions on attributes, such as `genre = noir | western` or `price < 30`: text in, values out.

    condition := name sign name ("|" name)*
    sign      := "=" | "!=" | "<" | "<=" | ">" | ">="
    name      := any text without a sign, "|" or a quotation mark, or any text between quotation marks

Nothing of a condition is ever run or put into another language.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kg.graph import BoolArray, FloatArray

COMPARE: Mapping[str, Callable[[FloatArray, float], BoolArray]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EITHER = ("=", "!=")  # the signs that may be followed by several values, and by names
_TOKEN = re.compile(
    r'\s*+(?:"(?P<quoted>[^"]*)"\s*|(?P<sign>[<>!]=|[<>=])|(?P<bar>\|)|(?P<name>(?:[^"<>=!|]|!(?!=))+))'
)
_MEANT = {"name": "a name", "sign": "one of = != < <= > >=", "bar": "| or the end", "value": "a value"}


class _Token(NamedTuple):
    """A piece of a condition; `at` is its place, from 1."""

    kind: Literal["name", "sign", "bar", "end", "other"]
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What is wanted of an attribute.

    Attributes:
        text: the condition as it was written.
        name: of the attribute.
        sign: how it is compared, a key of `COMPARE`.
        values: what with; any of them will do, and with != none of them.
    """

    text: str
    name: str
    sign: str
    values: tuple[str, ...]


def parse(text: str) -> Condition:
    """Read a condition.

    Raises:
        QueryError: it is none; the message names the position, from 1.
    """
    tokens = list(_tokens(text))
    for place, token in enumerate(tokens):
        _check(text, place, token)
    name, sign, *rest = tokens[:-1]
    values = rest[::2]
    if sign.text not in EITHER:
        _check_one_number(text, sign, values)
    return Condition(text.strip(), name.text, sign.text, tuple(value.text for value in values))


def number(text: str) -> float | None:
    """The finite number that a text is, None for another text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _tokens(text: str) -> Iterator[_Token]:
    """The pieces of a condition; the last one is its end, or what is no piece at all."""
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            yield _Token("other", text[start], start + 1)
            return
        (kind,) = (name for name, value in found.groupdict().items() if value is not None)
        sort: Literal["name", "sign", "bar"] = (
            "sign" if kind == "sign" else "bar" if kind == "bar" else "name"
        )
        word = found[kind].strip()
        yield _Token(sort if word else "other", word, found.start(kind) + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)


def _check(text: str, place: int, token: _Token) -> None:
    """Names stand at even places, the sign at the first odd one, bars or the end at the others."""
    wanted: str = "name" if place % 2 == 0 else "sign" if place == 1 else "bar"
    if token.kind == wanted or (wanted == "bar" and token.kind == "end"):
        return
    meant = _MEANT["value" if wanted == "name" and place else wanted]
    found = "the end" if token.kind == "end" else repr(token.text)
    raise QueryError(f"wanted {text!r}: expected {meant} at position {token.at}, found {found}")


def _check_one_number(text: str, sign: _Token, values: list[_Token]) -> None:
    for token in values[1:]:
        raise QueryError(
            f"wanted {text!r}: expected one value after {sign.text}, found another at position {token.at}"
        )
    if number(values[0].text) is None:
        raise QueryError(
            f"wanted {text!r}: expected a number at position {values[0].at}, found {values[0].text!r}"
        )
