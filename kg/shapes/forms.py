"""One constraint as SPARQL: a condition on a variable, and a query for the nodes that break it.

The sets that SHACL defines node by node (W3C Recommendation, 20 July 2017, section 4) are found by scanning a
predicate once, keeping the few values that are wrong, and only then looking whether a target has them. Inside
of `sh:or`, `sh:not` and the like a shape is a condition, built of EXISTS.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from kg.shapes.conditions import CONDITIONS, instances, one_of
from kg.shapes.focus import THIS, VALUE, among, reach, scanned
from kg.shapes.patterns import FORBIDDEN
from kg.shapes.statements import error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.shapes.focus import Focus, Scope
    from kg.shapes.model import Constraint, Shape

MOST_COUNTED = 5  # distinct values told apart inside of sh:or and the like


@dataclass(frozen=True, slots=True)
class Form:
    """A constraint twice: as a condition on a node, and as a query for what breaks it in focus.

    Attributes:
        holds: takes a variable or a term.
        breaks: gives a query; None where nothing can break it.
    """

    holds: Callable[[str], str]
    breaks: Callable[[Focus], str] | None


def form(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    """The form of one constraint of a shape."""
    name = constraint.name
    if name in COUNTS:
        return COUNTS[name](shape, constraint, scope)
    if name in FORBIDDEN:
        return _never(shape, constraint, scope)
    return _each_value(shape, constraint, scope)


def _conforms(shape: Shape, node: str, scope: Scope) -> str:
    """The condition that a node conforms to a shape."""
    parts = [form(shape, constraint, scope).holds(node) for constraint in shape.constraints]
    return f"({' && '.join(parts) or 'true'})"


def _condition(constraint: Constraint, value: str, scope: Scope) -> str:
    """The condition that one value meets a constraint."""
    scope.fresh(constraint)
    if constraint.name in CONDITIONS:
        return CONDITIONS[constraint.name](constraint, value)
    if constraint.name == "class":
        return f"EXISTS {{ {instances(constraint.terms[0], value, scope.subclassed)} }}"
    return LOGIC[constraint.name]([_conforms(shape, value, scope) for shape in constraint.shapes])


def _exactly_one(parts: list[str]) -> str:
    return f"({' + '.join(f'IF({part}, 1, 0)' for part in parts) or '0'} = 1)"


LOGIC: Mapping[str, Callable[[list[str]], str]] = {
    "not": lambda parts: f"(!{parts[0]})",
    "and": lambda parts: f"({' && '.join(parts) or 'true'})",
    "or": lambda parts: f"({' || '.join(parts) or 'false'})",
    "xone": _exactly_one,
    "node": lambda parts: parts[0],
    "property": lambda parts: parts[0],
}


def _wrong(constraint: Constraint, value: str, scope: Scope) -> str:
    """What leaves only wrong values; where a list of the right ones can be made, a join is the fastest."""
    if constraint.name == "class":
        return f"MINUS {{ {instances(constraint.terms[0], value, scope.subclassed)} }}"
    if constraint.name == "in":
        return f"MINUS {{ {one_of(constraint, value)} }}"
    return f"FILTER(!{_condition(constraint, value, scope)})"


def _each_value(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    """A constraint that every value, or the node itself in a node shape, must meet."""

    def holds(node: str) -> str:
        if shape.path is None:
            return _condition(constraint, node, scope)
        value = scope.fresh(constraint)
        return f"NOT EXISTS {{ {reach(shape, node, value)} FILTER(!{_condition(constraint, value, scope)}) }}"

    def breaks(focus: Focus) -> str:
        if shape.path is None:
            wrong = _wrong(constraint, THIS, scope)
            return f"SELECT DISTINCT {THIS} ({THIS} AS {VALUE}) {{ {focus.pattern(THIS)} {wrong} }}"
        pattern = f"{reach(shape, THIS, VALUE)} {_wrong(constraint, VALUE, scope)}"
        return among(shape, focus, pattern, f"{THIS} {VALUE}")

    return Form(holds, breaks)


def _never(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    """A constraint that is a pattern which must not be there."""
    rule = FORBIDDEN[constraint.name]

    def holds(node: str) -> str:
        value, other = scope.fresh(constraint), scope.fresh(constraint)
        return f"NOT EXISTS {{ {rule.pattern(shape, constraint, node, value, other)} }}"

    def breaks(focus: Focus) -> str:
        pattern = rule.pattern(shape, constraint, THIS, VALUE, "?path")
        if rule.scanned:
            return among(shape, focus, pattern, rule.columns)
        return f"SELECT DISTINCT {rule.columns} {{ {focus.pattern(THIS)} {pattern} }}"

    return Form(holds, breaks)


def _counted(shape: Shape, constraint: Constraint, node: str, value: str, scope: Scope) -> str:
    """The pattern of the values that are counted."""
    if constraint.name == "hasValue":
        return reach(shape, node, str(constraint.terms[0]))
    parts = [_conforms(inner, value, scope) for inner in constraint.shapes]
    return reach(shape, node, value) + "".join(f" FILTER({part})" for part in parts)


def _different(shape: Shape, constraint: Constraint, node: str, number: int, scope: Scope) -> str:
    """The pattern of so many different values."""
    if number > MOST_COUNTED:
        wanted = f"a number below {MOST_COUNTED} was expected inside of another shape"
        raise error(constraint.place, f"sh:{constraint.name} {constraint.number}: {wanted}")
    values = [scope.fresh(constraint) for _ in range(number)]
    told = " ".join(_counted(shape, constraint, node, value, scope) for value in values)
    return told + "".join(f" FILTER(!sameTerm({one}, {other}))" for one, other in combinations(values, 2))


def _at_least(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    number = 1 if constraint.name == "hasValue" else constraint.number
    if number == 0:
        return Form(lambda _: "true", None)

    def breaks(focus: Focus) -> str:
        nodes, values = focus.pattern(THIS), _counted(shape, constraint, THIS, VALUE, scope)
        if not scanned(shape, focus):
            if number == 1:
                return f"SELECT DISTINCT {THIS} {{ {nodes} FILTER NOT EXISTS {{ {values} }} }}"
            having = f"GROUP BY {THIS} HAVING(COUNT(DISTINCT {VALUE}) < {number})"
            return f"SELECT {THIS} {{ {nodes} OPTIONAL {{ {values} }} }} {having}"
        if number == 1:
            return f"SELECT DISTINCT {THIS} {{ {nodes} MINUS {{ SELECT DISTINCT {THIS} {{ {values} }} }} }}"
        having = f"GROUP BY {THIS} HAVING(COUNT(DISTINCT {VALUE}) >= {number})"
        return f"SELECT DISTINCT {THIS} {{ {nodes} MINUS {{ SELECT {THIS} {{ {values} }} {having} }} }}"

    return Form(lambda node: f"EXISTS {{ {_different(shape, constraint, node, number, scope)} }}", breaks)


def _at_most(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    number = constraint.number

    def holds(node: str) -> str:
        return f"NOT EXISTS {{ {_different(shape, constraint, node, number + 1, scope)} }}"

    def breaks(focus: Focus) -> str:
        nodes, values = focus.pattern(THIS), _counted(shape, constraint, THIS, VALUE, scope)
        count = f"COUNT(DISTINCT {VALUE})"
        if not scanned(shape, focus):
            return f"SELECT {THIS} {{ {nodes} {values} }} GROUP BY {THIS} HAVING({count} > {number})"
        inner = f"SELECT {THIS} ({count} AS ?count) {{ {values} }} GROUP BY {THIS}"
        only = f"IF(?count > {number}, EXISTS {{ {nodes} }}, false)"
        return f"SELECT {THIS} {{ {{ {inner} }} FILTER({only}) }}"

    return Form(holds, breaks)


def _has_value(shape: Shape, constraint: Constraint, scope: Scope) -> Form:
    if shape.path is not None:
        return _at_least(shape, constraint, scope)
    term = constraint.terms[0]
    return Form(
        lambda node: f"sameTerm({node}, {term})",
        lambda focus: f"SELECT DISTINCT {THIS} {{ {focus.pattern(THIS)} FILTER(!sameTerm({THIS}, {term})) }}",
    )


COUNTS: Mapping[str, Callable[[Shape, Constraint, Scope], Form]] = {
    "minCount": _at_least,
    "maxCount": _at_most,
    "qualifiedMinCount": _at_least,
    "qualifiedMaxCount": _at_most,
    "hasValue": _has_value,
}
