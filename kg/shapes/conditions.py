"""The constraint components that look at one value at a time, as conditions that always have an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.rdf import RDF_TYPE, RDFS, XSD
from kg.shapes.statements import SHACL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.shapes.model import Constraint
    from kg.shapes.statements import Term

DATE = (
    r"-?[0-9]{4,}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|-?(?:[0-9]*(?:0[48]|[2468][048]|[13579][26])|[0-9]*(?:[02468][048]|[13579][26])00)-02-29"
)
TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
REAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
WRITTEN: Mapping[str, str] = {  # the lexical forms of XML Schema 1.1, part 2
    "integer": r"[+-]?[0-9]+",
    "nonNegativeInteger": r"\+?[0-9]+|-0+",
    "positiveInteger": r"\+?0*[1-9][0-9]*",
    "nonPositiveInteger": r"-[0-9]+|\+?0+",
    "negativeInteger": r"-0*[1-9][0-9]*",
    "decimal": REAL,
    "double": rf"{REAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "float": rf"{REAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN",
    "boolean": "true|false|1|0",
    "date": f"(?:{DATE}){ZONE}",
    "dateTime": f"(?:{DATE})T{TIME}{ZONE}",
    "time": f"{TIME}{ZONE}",
    "gYear": f"-?[0-9]{{4,}}{ZONE}",
    "gYearMonth": f"-?[0-9]{{4,}}-(?:0[1-9]|1[0-2]){ZONE}",
}
TESTS = {"IRI": "isIRI", "BlankNode": "isBlank", "Literal": "isLiteral"}


def total(condition: str) -> str:
    """A condition that is false where SPARQL cannot tell, for instance whether a text is at least 3."""
    return f"COALESCE({condition}, false)"


def instances(term: Term, value: str, subclassed: frozenset[str]) -> str:
    """The pattern of the instances of a class and of those below it."""
    below = f"/<{RDFS}subClassOf>*" if term.value in subclassed else ""
    return f"{value} <{RDF_TYPE}>{below} {term} ."


def one_of(constraint: Constraint, value: str) -> str:
    """The pattern of the values in a list."""
    return f"VALUES {value} {{ {' '.join(map(str, constraint.terms))} }}"


def _datatype(constraint: Constraint, value: str) -> str:
    datatype = constraint.terms[0].value
    written = WRITTEN.get(datatype.removeprefix(XSD)) if datatype.startswith(XSD) else None
    right = f"isLiteral({value}) && DATATYPE({value}) = {constraint.terms[0]}"
    if written is None:
        return total(right)
    return total(f"{right} && REGEX(STR({value}), {ox.Literal(f'^(?:{written})$')})")


def _kind(constraint: Constraint, value: str) -> str:
    kinds = constraint.terms[0].value.removeprefix(SHACL).split("Or")
    return f"({' || '.join(f'{TESTS[kind]}({value})' for kind in kinds)})"


def _compared(sign: str) -> Callable[[Constraint, str], str]:
    return lambda constraint, value: total(f"{value} {sign} {constraint.terms[0]}")


def _length(sign: str) -> Callable[[Constraint, str], str]:
    return lambda constraint, value: total(
        f"!isBlank({value}) && STRLEN(STR({value})) {sign} {constraint.number}"
    )


def _pattern(constraint: Constraint, value: str) -> str:
    pattern, flags = constraint.terms
    return total(f"!isBlank({value}) && REGEX(STR({value}), {pattern}, {flags})")


def _in(constraint: Constraint, value: str) -> str:
    return f"({' || '.join(f'sameTerm({value}, {term})' for term in constraint.terms) or 'false'})"


def _languages(constraint: Constraint, value: str) -> str:
    return total(" || ".join(f"langMatches(LANG({value}), {term})" for term in constraint.terms) or "false")


CONDITIONS: Mapping[str, Callable[[Constraint, str], str]] = {
    "datatype": _datatype,
    "nodeKind": _kind,
    "minInclusive": _compared(">="),
    "maxInclusive": _compared("<="),
    "minExclusive": _compared(">"),
    "maxExclusive": _compared("<"),
    "minLength": _length(">="),
    "maxLength": _length("<="),
    "pattern": _pattern,
    "in": _in,
    "languageIn": _languages,
}
