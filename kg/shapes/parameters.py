"""The parameters of constraint components that are plain values: each checked; errors name the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.shapes.model import Constraint
from kg.shapes.statements import SHACL, error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.shapes.statements import Place, Statements, Term

LONGEST_COUNT = 9  # digits
KINDS = {"IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"}


def usable(pattern: str, flags: str = "") -> bool:
    """Whether a regular expression is matched in linear time: it has no references and looks not around."""
    asked = ox.Store().query(f"SELECT (REGEX('', {ox.Literal(pattern)}, {ox.Literal(flags)}) AS ?ok) {{}}")
    return isinstance(asked, ox.QuerySolutions) and any(row["ok"] is not None for row in asked)


def flag(said: Statements, node: Term, name: str) -> bool:
    """Whether a shape states something as true.

    Raises:
        CardError: it states neither true nor false.
    """
    stated = said.one(node, SHACL + name)
    if stated is not None and stated[0].value not in {"true", "false"}:
        raise error(stated[1], f"sh:{name}: true or false was expected")
    return stated is not None and stated[0].value == "true"


def count(_said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    """A number of values or signs.

    Raises:
        CardError: it is no whole number from 0.
    """
    digits = term.value if isinstance(term, ox.Literal) else ""
    if not digits.isdecimal() or len(digits) > LONGEST_COUNT:
        raise error(place, f"sh:{name}: a whole number from 0 was expected")
    return Constraint(name, place, number=int(digits))


def _iri(_said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    if not isinstance(term, ox.NamedNode):
        raise error(place, f"sh:{name}: an IRI was expected")
    return Constraint(name, place, (term,))


def _kind(_said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    if not isinstance(term, ox.NamedNode) or term.value.removeprefix(SHACL) not in KINDS:
        raise error(
            place, f"sh:{name}: one of {', '.join(f'sh:{kind}' for kind in sorted(KINDS))} was expected"
        )
    return Constraint(name, place, (term,))


def _literal(_said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    if not isinstance(term, ox.Literal):
        raise error(place, f"sh:{name}: a number, a date or a text was expected")
    return Constraint(name, place, (term,))


def _value(_said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    if isinstance(term, ox.BlankNode):
        raise error(place, f"sh:{name}: an IRI or a plain value was expected; no data has this blank node")
    return Constraint(name, place, (term,))


def _pattern(said: Statements, node: Term, name: str, term: Term, place: Place) -> Constraint:
    stated = said.one(node, f"{SHACL}flags")
    flags = ox.Literal("") if stated is None else stated[0]
    if not isinstance(term, ox.Literal) or not usable(term.value, flags.value):
        raise error(
            place, "sh:pattern: a regular expression without references and looking around was expected"
        )
    return Constraint(name, place, (term, flags))


def _members(said: Statements, node: Term, name: str, term: Term, place: Place) -> Constraint:
    terms = said.items(term, place)
    for member in terms:
        _value(said, node, name, member, place)
    return Constraint(name, place, terms)


def _languages(said: Statements, _node: Term, name: str, term: Term, place: Place) -> Constraint:
    terms = said.items(term, place)
    if not all(isinstance(member, ox.Literal) for member in terms):
        raise error(place, f'sh:{name}: a list of languages such as ("en" "fr") was expected')
    return Constraint(name, place, terms)


def _if_true(said: Statements, node: Term, name: str, _term: Term, place: Place) -> Constraint | None:
    return Constraint(name, place) if flag(said, node, name) else None


def _closed(said: Statements, node: Term, name: str, _term: Term, place: Place) -> Constraint | None:
    if not flag(said, node, name):
        return None
    stated = said.one(node, f"{SHACL}ignoredProperties")
    allowed = [] if stated is None else [*said.items(*stated)]
    if not all(isinstance(term, ox.NamedNode) for term in allowed):
        raise error(place, "sh:ignoredProperties: a list of predicates was expected")
    for child, _ in said.objects(node, f"{SHACL}property"):
        path = said.one(child, f"{SHACL}path")
        if path is not None and isinstance(path[0], ox.NamedNode):
            allowed.append(path[0])
    return Constraint(name, place, tuple(allowed))


PLAIN: Mapping[str, Callable[[Statements, Term, str, Term, Place], Constraint | None]] = {
    "minCount": count,
    "maxCount": count,
    "datatype": _iri,
    "nodeKind": _kind,
    "class": _iri,
    "minInclusive": _literal,
    "maxInclusive": _literal,
    "minExclusive": _literal,
    "maxExclusive": _literal,
    "minLength": count,
    "maxLength": count,
    "pattern": _pattern,
    "in": _members,
    "hasValue": _value,
    "languageIn": _languages,
    "uniqueLang": _if_true,
    "equals": _iri,
    "disjoint": _iri,
    "lessThan": _iri,
    "lessThanOrEquals": _iri,
    "closed": _closed,
}
