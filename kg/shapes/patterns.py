"""The constraint components that compare the values of a node with each other or with other predicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.shapes.conditions import total
from kg.shapes.focus import THIS, VALUE, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kg.shapes.model import Constraint, Shape


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A pattern that a node must not meet.

    Attributes:
        pattern: takes the shape, the constraint, and variables for node, value and what else there is.
        columns: what a query for it tells.
        scanned: it may be looked for before the nodes.
    """

    pattern: Callable[[Shape, Constraint, str, str, str], str]
    columns: str = f"{THIS} {VALUE}"
    scanned: bool = True


def _unequal(shape: Shape, constraint: Constraint, node: str, value: str, _: str) -> str:
    mine, others = reach(shape, node, value), f"{node} {constraint.terms[0]} {value} ."
    return (
        f"{{ {mine} FILTER NOT EXISTS {{ {others} }} }} UNION {{ {others} FILTER NOT EXISTS {{ {mine} }} }}"
    )


def _shared(shape: Shape, constraint: Constraint, node: str, value: str, _: str) -> str:
    return f"{reach(shape, node, value)} {node} {constraint.terms[0]} {value} ."


def _not_less(sign: str) -> Callable[[Shape, Constraint, str, str, str], str]:
    def pattern(shape: Shape, constraint: Constraint, node: str, value: str, other: str) -> str:
        told = f"{reach(shape, node, value)} {node} {constraint.terms[0]} {other} ."
        return f"{told} FILTER(!{total(f'{value} {sign} {other}')})"

    return pattern


def _same_language(shape: Shape, _: Constraint, node: str, value: str, other: str) -> str:
    same = f"LANG({value}) != '' && LANG({value}) = LANG({other}) && !sameTerm({value}, {other})"
    return f"{reach(shape, node, value)} {reach(shape, node, other)} FILTER({total(same)})"


def _not_allowed(_: Shape, constraint: Constraint, node: str, value: str, predicate: str) -> str:
    allowed = ", ".join(map(str, constraint.terms))
    return f"{node} {predicate} {value} . FILTER({predicate} NOT IN ({allowed}))"


FORBIDDEN: Mapping[str, Forbidden] = {
    "equals": Forbidden(_unequal),
    "disjoint": Forbidden(_shared),
    "lessThan": Forbidden(_not_less("<")),
    "lessThanOrEquals": Forbidden(_not_less("<=")),
    "uniqueLang": Forbidden(_same_language, THIS),
    "closed": Forbidden(_not_allowed, f"{THIS} {VALUE} ?path", scanned=False),
}
