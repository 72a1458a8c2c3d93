"""What is wrong with a node, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.rdf import XSD
from kg.shapes.paths import local
from kg.shapes.statements import SHACL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.shapes.model import Constraint, Shape
    from kg.shapes.statements import Term

LONGEST = 60
LISTED = 8
DATATYPES: Mapping[str, str] = {
    f"{XSD}integer": "a whole number",
    f"{XSD}decimal": "a number",
    f"{XSD}double": "a number",
    f"{XSD}float": "a number",
    f"{XSD}boolean": "true or false",
    f"{XSD}date": "a date such as 2024-05-01",
    f"{XSD}dateTime": "a date and time such as 2024-05-01T12:00:00",
    f"{XSD}gYear": "a year",
    f"{XSD}string": "a text without a language",
    f"{XSD}anyURI": "a web address",
}
KINDS = {
    "IRI": "a node with an address",
    "BlankNode": "a node without an address",
    "Literal": "a plain value",
}


def sentence(shape: Shape, constraint: Constraint, value: str, path: str) -> str:
    """What to tell of a violation: the shape's own message, or one that says what is there and was expected.

    Args:
        shape: whose constraint is broken.
        constraint: which one.
        value: the value that is wrong, "" where none is.
        path: the predicate that leads to it.
    """
    if shape.message:
        return shape.message
    name = constraint.name
    if name in WHOLE:
        return f"{shape.words} {WHOLE[name](constraint)}"
    if name == "closed":
        return f"{local(path)} is {shown(value)} where no {local(path)} was expected"
    return f"{shape.words} is {shown(value)} where {EXPECTED[name](constraint)} was expected"


def shown(value: str) -> str:
    """A value as people read it, cut where it is long; of an address, the last part."""
    text = local(value) if value.startswith(("http://", "https://")) else value
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return text or '""'


def _name(term: Term) -> str:
    return shown(term.value)


def _first(constraint: Constraint) -> str:
    return _name(constraint.terms[0])


def _values(count: int) -> str:
    return f"{count} value" if count == 1 else f"{count} values"


def _too_few(constraint: Constraint) -> str:
    return "is missing" if constraint.number == 1 else f"has less than {_values(constraint.number)}"


def _too_many(constraint: Constraint) -> str:
    return (
        f"has more than {_values(constraint.number)}"
        if constraint.number
        else "is there where none was expected"
    )


def _kind(constraint: Constraint) -> str:
    kinds = constraint.terms[0].value.removeprefix(SHACL).split("Or")
    return " or ".join(KINDS[kind] for kind in kinds)


def _datatype(constraint: Constraint) -> str:
    datatype = constraint.terms[0].value
    return DATATYPES.get(datatype, f"a value of the type {local(datatype)}")


def _choice(constraint: Constraint) -> str:
    told = [_name(term) for term in constraint.terms[:LISTED]]
    more = len(constraint.terms) - len(told)
    rest = [f"{more} others"] if more else []
    return f"one of {', '.join([*told, *rest])}" if len(constraint.terms) > 1 else "".join(told) or "nothing"


def _pattern(constraint: Constraint) -> str:
    return f"a text of the form {constraint.terms[0].value}"


def _one_way(name: str) -> Callable[[Constraint], str]:
    return lambda constraint: f"what meets {name} of {len(constraint.shapes)} rules"


def _shapes(constraint: Constraint) -> str:
    return _name(ox.Literal(constraint.shapes[0].name))


WHOLE: Mapping[str, Callable[[Constraint], str]] = {
    "minCount": _too_few,
    "maxCount": _too_many,
    "qualifiedMinCount": lambda constraint: (
        f"has less than {_values(constraint.number)} of the kind that is asked for"
    ),
    "qualifiedMaxCount": lambda constraint: (
        f"has more than {_values(constraint.number)} of a kind that is limited"
    ),
    "hasValue": lambda constraint: f"lacks the value {_first(constraint)}",
    "uniqueLang": lambda _: "has several texts in one language",
}
EXPECTED: Mapping[str, Callable[[Constraint], str]] = {
    "datatype": _datatype,
    "nodeKind": _kind,
    "class": lambda constraint: f"something of the class {_first(constraint)}",
    "minInclusive": lambda constraint: f"at least {_first(constraint)}",
    "maxInclusive": lambda constraint: f"at most {_first(constraint)}",
    "minExclusive": lambda constraint: f"more than {_first(constraint)}",
    "maxExclusive": lambda constraint: f"less than {_first(constraint)}",
    "minLength": lambda constraint: f"a text of at least {constraint.number} signs",
    "maxLength": lambda constraint: f"a text of at most {constraint.number} signs",
    "pattern": _pattern,
    "in": _choice,
    "hasValue": _first,
    "languageIn": lambda constraint: f"a text in the language {' or '.join(map(_name, constraint.terms))}",
    "equals": lambda constraint: f"the same as {_first(constraint)}",
    "disjoint": lambda constraint: f"something else than {_first(constraint)}",
    "lessThan": lambda constraint: f"less than {_first(constraint)}",
    "lessThanOrEquals": lambda constraint: f"at most {_first(constraint)}",
    "not": lambda constraint: f"what does not meet {_shapes(constraint)}",
    "node": lambda constraint: f"what meets {_shapes(constraint)}",
    "and": _one_way("all"),
    "or": _one_way("one or more"),
    "xone": _one_way("exactly one"),
}
