"""Shapes -> SPARQL: one SELECT per constraint that finds the nodes that break it.

The sets that SHACL defines node by node (W3C Recommendation, 20 July 2017, section 4) are found by scanning a
predicate once, keeping the few values that are wrong, and only then looking whether a target has them. Inside
of `sh:or`, `sh:not` and the like a shape is a condition on a variable, built of EXISTS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from kg.rdf import RDF_TYPE, RDFS
from kg.shapes.conditions import CONDITIONS, instances, one_of, total
from kg.shapes.model import Constraint
from kg.shapes.statements import error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kg.shapes.model import Shape, Target

MOST_PARTS = 2_000  # conditions of one query
MOST_COUNTED = 5  # distinct values told apart inside of sh:or and the like
THIS, VALUE = "?this", "?value"


@dataclass(frozen=True, slots=True)
class Check:
    """A query for what breaks one constraint; its columns are this and, by the constraint, value and path.

    Attributes:
        simple: every path in it is a predicate or its inverse, so that its time grows with the graph alone.
    """

    shape: Shape
    constraint: Constraint
    query: str
    simple: bool


@dataclass(frozen=True, slots=True)
class Focus:
    """The nodes that a shape is about: a pattern that binds a variable to them.

    Attributes:
        pattern: takes the variable.
        listed: they are all named, so that it is better to begin with them.
    """

    pattern: Callable[[str], str]
    listed: bool


@dataclass(slots=True)
class Scope:
    """Fresh variables, counted, so that shapes within shapes do not grow without end.

    Attributes:
        subclassed: the classes that have others below them.
    """

    subclassed: frozenset[str]
    used: int = 0

    def fresh(self, constraint: Constraint) -> str:
        """A new variable.

        Raises:
            CardError: the shapes inside of one shape are too many.
        """
        self.used += 1
        if self.used > MOST_PARTS:
            raise error(constraint.place, f"sh:{constraint.name}: more than {MOST_PARTS} shapes inside of one another")
        return f"?v{self.used}"


def checks(shapes: tuple[Shape, ...], subclassed: frozenset[str]) -> Iterator[Check]:
    """The queries of all shapes.

    Raises:
        CardError: a shape holds too much to be one query.
    """
    for shape in shapes:
        yield from _checks(shape, _targets(shape.targets, subclassed), subclassed)


def _targets(targets: tuple[Target, ...], subclassed: frozenset[str]) -> Focus:
    def pattern(node: str) -> str:
        parts = [f"{{ {TARGETS[target.rule](node, target, subclassed)} }}" for target in targets]
        return " UNION ".join(parts)

    return Focus(pattern, listed=all(target.rule == "targetNode" for target in targets))


def _class_target(node: str, target: Target, subclassed: frozenset[str]) -> str:
    return instances(Constraint("class", ("", 0), (target.term,)), node, subclassed)


TARGETS: Mapping[str, Callable[[str, Target, frozenset[str]], str]] = {
    "targetClass": _class_target,
    "targetNode": lambda node, target, _: f"VALUES {node} {{ {target.term} }}",
    "targetSubjectsOf": lambda node, target, _: f"{node} {target.term} [] .",
    "targetObjectsOf": lambda node, target, _: f"[] {target.term} {node} .",
}


def _checks(shape: Shape, focus: Focus, subclassed: frozenset[str], depth: int = 0) -> Iterator[Check]:
    for constraint in shape.constraints:
        if constraint.name == "property":
            child = constraint.shapes[0]
            yield from _checks(child, _inner(shape, focus, depth), subclassed, depth + 1)
        else:
            form = _form(shape, constraint, Scope(subclassed))
            if form.breaks is not None:
                yield Check(shape, constraint, form.breaks(focus), _is_simple(shape, constraint))


def _inner(shape: Shape, focus: Focus, depth: int) -> Focus:
    """The values of a shape as the nodes that the shapes below it are about."""
    path = shape.path
    if path is None:
        return focus
    return Focus(lambda node: f"{focus.pattern(f'?up{depth}')} ?up{depth} {path.sparql} {node} .", focus.listed)


def _is_simple(shape: Shape, constraint: Constraint) -> bool:
    if shape.path is not None and not shape.path.simple:
        return False
    return all(_is_simple(inner, part) for inner in constraint.shapes for part in inner.constraints)


@dataclass(frozen=True, slots=True)
class _Form:
    """A constraint as a condition on a variable, and as a query for what breaks it among the nodes in focus."""

    holds: Callable[[str], str]
    breaks: Callable[[Focus], str] | None


def _form(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    name = constraint.name
    if name in COUNTS:
        return COUNTS[name](shape, constraint, scope)
    if name in PATTERNS:
        return _never(shape, constraint, scope)
    return _each_value(shape, constraint, scope)


def _reach(shape: Shape, node: str, value: str) -> str:
    """The pattern of the values of a node."""
    return "" if shape.path is None else f"{node} {shape.path.sparql} {value} ."


def _conforms(shape: Shape, node: str, scope: Scope) -> str:
    """The condition that a node conforms to a shape."""
    parts = [_form(shape, constraint, scope).holds(node) for constraint in shape.constraints]
    return f"({' && '.join(parts) or 'true'})"


def _condition(constraint: Constraint, value: str, scope: Scope) -> str:
    """The condition that one value meets a constraint."""
    scope.fresh(constraint)
    if constraint.name in CONDITIONS:
        return CONDITIONS[constraint.name](constraint, value)
    if constraint.name == "class":
        return f"EXISTS {{ {instances(constraint, value, scope.subclassed)} }}"
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


def _excepted(constraint: Constraint, value: str, scope: Scope) -> str | None:
    """The pattern of the values that are right, where a join is faster than a condition."""
    if constraint.name == "class":
        return instances(constraint, value, scope.subclassed)
    return one_of(constraint, value) if constraint.name == "in" else None


def _each_value(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    """A constraint that every value, or the node itself in a node shape, must meet."""

    def holds(node: str) -> str:
        if shape.path is None:
            return _condition(constraint, node, scope)
        value = scope.fresh(constraint)
        return f"NOT EXISTS {{ {_reach(shape, node, value)} FILTER(!{_condition(constraint, value, scope)}) }}"

    def breaks(focus: Focus) -> str:
        value = THIS if shape.path is None else VALUE
        right = _excepted(constraint, value, scope)
        wrong = f"FILTER(!{_condition(constraint, value, scope)})" if right is None else f"MINUS {{ {right} }}"
        if shape.path is None:
            return f"SELECT DISTINCT {THIS} ({THIS} AS {VALUE}) {{ {focus.pattern(THIS)} {wrong} }}"
        return _among(shape, focus, f"{_reach(shape, THIS, VALUE)} {wrong}", f"{THIS} {VALUE}")

    return _Form(holds, breaks)


def _scanned(shape: Shape, focus: Focus) -> bool:
    return not focus.listed and shape.path is not None and shape.path.simple


def _among(shape: Shape, focus: Focus, pattern: str, columns: str) -> str:
    """The solutions of a pattern about the nodes in focus.

    An engine is free to look for the node first, which costs one look-up per value instead of one per wrong
    value (20 times as long, measured); it is kept from that by a variable that only the pattern binds.
    """
    if not _scanned(shape, focus):
        return f"SELECT DISTINCT {columns} {{ {focus.pattern(THIS)} {pattern} }}"
    inner = f"SELECT DISTINCT {columns} (true AS ?broken) {{ {pattern} }}"
    return f"SELECT {columns} {{ {{ {inner} }} FILTER(IF(?broken, EXISTS {{ {focus.pattern(THIS)} }}, false)) }}"


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern that a node must not meet; it takes shape, constraint, node, value and one variable more."""

    pattern: Callable[[Shape, Constraint, str, str, str], str]
    columns: str = f"{THIS} {VALUE}"
    scanned: bool = True


def _unequal(shape: Shape, constraint: Constraint, node: str, value: str, _: str) -> str:
    mine, others = _reach(shape, node, value), f"{node} {constraint.terms[0]} {value} ."
    return (
        f"{{ {mine} FILTER NOT EXISTS {{ {others} }} }} UNION {{ {others} FILTER NOT EXISTS {{ {mine} }} }}"
    )


def _not_less(sign: str) -> Callable[[Shape, Constraint, str, str, str], str]:
    def pattern(shape: Shape, constraint: Constraint, node: str, value: str, other: str) -> str:
        told = f"{_reach(shape, node, value)} {node} {constraint.terms[0]} {other} ."
        return f"{told} FILTER(!{total(f'{value} {sign} {other}')})"

    return pattern


def _same_language(shape: Shape, _: Constraint, node: str, value: str, other: str) -> str:
    same = f"LANG({value}) != '' && LANG({value}) = LANG({other}) && !sameTerm({value}, {other})"
    return f"{_reach(shape, node, value)} {_reach(shape, node, other)} FILTER({total(same)})"


def _not_allowed(_: Shape, constraint: Constraint, node: str, value: str, predicate: str) -> str:
    allowed = ", ".join(map(str, constraint.terms))
    return f"{node} {predicate} {value} . FILTER({predicate} NOT IN ({allowed}))"


PATTERNS: Mapping[str, _Pattern] = {
    "equals": _Pattern(_unequal),
    "disjoint": _Pattern(
        lambda shape, constraint, node, value, _: (
            f"{_reach(shape, node, value)} {node} {constraint.terms[0]} {value} ."
        )
    ),
    "lessThan": _Pattern(_not_less("<")),
    "lessThanOrEquals": _Pattern(_not_less("<=")),
    "uniqueLang": _Pattern(_same_language, THIS),
    "closed": _Pattern(_not_allowed, f"{THIS} {VALUE} ?path", scanned=False),
}


def _never(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    """A constraint that is a pattern which must not be there."""
    rule = PATTERNS[constraint.name]

    def holds(node: str) -> str:
        value, other = scope.fresh(constraint), scope.fresh(constraint)
        return f"NOT EXISTS {{ {rule.pattern(shape, constraint, node, value, other)} }}"

    def breaks(focus: Focus) -> str:
        pattern = rule.pattern(shape, constraint, THIS, VALUE, "?path")
        if rule.scanned:
            return _among(shape, focus, pattern, rule.columns)
        return f"SELECT DISTINCT {rule.columns} {{ {focus.pattern(THIS)} {pattern} }}"

    return _Form(holds, breaks)


def _counted(shape: Shape, constraint: Constraint, node: str, value: str, scope: Scope) -> str:
    """The pattern of the values that are counted."""
    if constraint.name == "hasValue":
        return _reach(shape, node, str(constraint.terms[0]))
    parts = [_conforms(inner, value, scope) for inner in constraint.shapes]
    return _reach(shape, node, value) + "".join(f" FILTER({part})" for part in parts)


def _different(shape: Shape, constraint: Constraint, node: str, number: int, scope: Scope) -> str:
    """The pattern of so many different values."""
    if number > MOST_COUNTED:
        told = f"sh:{constraint.name} above {MOST_COUNTED - 1} inside of another shape"
        raise error(constraint.place, f"{told} is not supported")
    values = [scope.fresh(constraint) for _ in range(number)]
    told = " ".join(_counted(shape, constraint, node, value, scope) for value in values)
    return told + "".join(f" FILTER(!sameTerm({one}, {other}))" for one, other in combinations(values, 2))


def _at_least(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    number = 1 if constraint.name == "hasValue" else constraint.number
    if number == 0:
        return _Form(lambda _: "true", None)

    def breaks(focus: Focus) -> str:
        nodes, values = focus.pattern(THIS), _counted(shape, constraint, THIS, VALUE, scope)
        if not _scanned(shape, focus):
            if number == 1:
                return f"SELECT DISTINCT {THIS} {{ {nodes} FILTER NOT EXISTS {{ {values} }} }}"
            having = f"GROUP BY {THIS} HAVING(COUNT(DISTINCT {VALUE}) < {number})"
            return f"SELECT {THIS} {{ {nodes} OPTIONAL {{ {values} }} }} {having}"
        if number == 1:
            return f"SELECT DISTINCT {THIS} {{ {nodes} MINUS {{ SELECT DISTINCT {THIS} {{ {values} }} }} }}"
        having = f"GROUP BY {THIS} HAVING(COUNT(DISTINCT {VALUE}) >= {number})"
        return f"SELECT DISTINCT {THIS} {{ {nodes} MINUS {{ SELECT {THIS} {{ {values} }} {having} }} }}"

    return _Form(lambda node: f"EXISTS {{ {_different(shape, constraint, node, number, scope)} }}", breaks)


def _at_most(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    number = constraint.number

    def breaks(focus: Focus) -> str:
        nodes, values = focus.pattern(THIS), _counted(shape, constraint, THIS, VALUE, scope)
        counted = f"(COUNT(DISTINCT {VALUE}) AS ?count)"
        if _scanned(shape, focus):
            inner = f"SELECT {THIS} {counted} {{ {values} }} GROUP BY {THIS}"
            only = f"IF(?count > {number}, EXISTS {{ {nodes} }}, false)"
            return f"SELECT {THIS} {{ {{ {inner} }} FILTER({only}) }}"
        return f"SELECT {THIS} {{ {nodes} {values} }} GROUP BY {THIS} HAVING(COUNT(DISTINCT {VALUE}) > {number})"

    return _Form(lambda node: f"NOT EXISTS {{ {_different(shape, constraint, node, number + 1, scope)} }}", breaks)


def _has_value(shape: Shape, constraint: Constraint, scope: Scope) -> _Form:
    if shape.path is not None:
        return _at_least(shape, constraint, scope)
    term = constraint.terms[0]
    return _Form(
        lambda node: f"sameTerm({node}, {term})",
        lambda focus: f"SELECT DISTINCT {THIS} {{ {focus.pattern(THIS)} FILTER(!sameTerm({THIS}, {term})) }}",
    )


COUNTS: Mapping[str, Callable[[Shape, Constraint, Scope], _Form]] = {
    "minCount": _at_least,
    "maxCount": _at_most,
    "qualifiedMinCount": _at_least,
    "qualifiedMaxCount": _at_most,
    "hasValue": _has_value,
}
