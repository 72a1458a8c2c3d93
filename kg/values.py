"""Literal values of a type, each in the one spelling that a store keeps."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from kg.columns import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from kg.card import PropertyType

INTEGER = re.compile(r"([+-]?)0*(\d{1,18})(?:\.0*)?")
LONGEST_NUMBER = 18  # digits before the point, and as many after it: what every store can count with
BOOLEANS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def canonical(values: pd.Series, kind: PropertyType) -> pd.Series:
    """The values without surrounding blanks, in one spelling: "007" as an integer is "7".

    What is not of the type stays as it is, for the shapes to refuse.

    Args:
        values: texts.
        kind: the type, a key of `kg.rdf.DATATYPES`.
    """
    spell = SPELLINGS.get(kind)
    if spell is None:
        return values
    spelled = {value: spell(str(value).strip()) for value in values.unique()}
    return filled(values.map(spelled))


def _integer(text: str) -> str:
    found = INTEGER.fullmatch(text)
    if found is None:
        return text
    return found[2] if found[1] != "-" or found[2] == "0" else f"-{found[2]}"


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -LONGEST_NUMBER or number.adjusted() >= LONGEST_NUMBER:
        return text
    return f"{number.normalize() + 0:f}"


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return text


def _datetime(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return text


def _boolean(text: str) -> str:
    return BOOLEANS.get(text.lower(), text)


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "integer": _integer,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
}
