"""Shapes -> the queries that find what breaks them, one per constraint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.shapes.conditions import instances
from kg.shapes.focus import Focus, Scope
from kg.shapes.forms import form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kg.shapes.model import Constraint, Shape, Target


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

    return Focus(pattern, listed=all(target.rule == "targetNode" for target in targets), simple=True)


def _class_target(node: str, target: Target, subclassed: frozenset[str]) -> str:
    return instances(target.term, node, subclassed)


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
            breaks = form(shape, constraint, Scope(subclassed)).breaks
            if breaks is not None:
                yield Check(shape, constraint, breaks(focus), focus.simple and _is_simple(shape, constraint))


def _inner(shape: Shape, focus: Focus, depth: int) -> Focus:
    """The values of a shape as the nodes that the shapes below it are about."""
    path = shape.path
    if path is None:
        return focus

    def pattern(node: str) -> str:
        return f"{focus.pattern(f'?up{depth}')} ?up{depth} {path.sparql} {node} ."

    return Focus(pattern, focus.listed, focus.simple and path.simple)


def _is_simple(shape: Shape, constraint: Constraint) -> bool:
    if shape.path is not None and not shape.path.simple:
        return False
    return all(_is_simple(inner, part) for inner in constraint.shapes for part in inner.constraints)
