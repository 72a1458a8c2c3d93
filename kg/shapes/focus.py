"""The nodes that a shape is about, and how a query keeps to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.shapes.statements import error

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.shapes.model import Constraint, Shape

MOST_PARTS = 2_000  # conditions of one query
THIS, VALUE = "?this", "?value"


@dataclass(frozen=True, slots=True)
class Focus:
    """The nodes that a shape is about: a pattern that binds a variable to them.

    Attributes:
        pattern: takes the variable.
        listed: they are all named, so that it is better to begin with them.
        simple: they are found without following longer paths than a predicate or its inverse.
    """

    pattern: Callable[[str], str]
    listed: bool
    simple: bool


@dataclass(slots=True)
class Scope:
    """Fresh variables, counted, so that shapes within shapes do not grow without end.

    Attributes:
        subclassed: the classes that have others below them.
        used: how many variables there are.
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
            told = f"sh:{constraint.name} leads to more than {MOST_PARTS} conditions in one query"
            raise error(constraint.place, f"{told}; fewer shapes inside of one another were expected")
        return f"?v{self.used}"


def reach(shape: Shape, node: str, value: str) -> str:
    """The pattern of the values of a node."""
    return "" if shape.path is None else f"{node} {shape.path.sparql} {value} ."


def scanned(shape: Shape, focus: Focus) -> bool:
    """Whether all values are read, and not those of one node after another."""
    return not focus.listed and shape.path is not None and shape.path.simple


def among(shape: Shape, focus: Focus, pattern: str, columns: str) -> str:
    """The solutions of a pattern about the nodes in focus.

    An engine is free to look for the node first, which costs a look-up per value instead of one per wrong
    value (20 times as long, measured); it is kept from that by a variable that only the pattern binds.
    """
    if not scanned(shape, focus):
        return f"SELECT DISTINCT {columns} {{ {focus.pattern(THIS)} {pattern} }}"
    inner = f"SELECT DISTINCT {columns} (true AS ?broken) {{ {pattern} }}"
    only = f"IF(?broken, EXISTS {{ {focus.pattern(THIS)} }}, false)"
    return f"SELECT {columns} {{ {{ {inner} }} FILTER({only}) }}"
