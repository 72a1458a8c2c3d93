"""Shapes and a store -> violations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from kg.columns import filled
from kg.errors import CatalogError
from kg.rdf import RDFS
from kg.shapes.compiling import checks
from kg.shapes.reading import read_shapes
from kg.shapes.statements import Statements
from kg.shapes.words import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.shapes.compiling import Check
    from kg.shapes.model import Shape

COLUMNS = ("node", "path", "value", "component", "shape", "severity", "message")
MOST_ROWS = 1_000_000
RANKS = {"Violation": 0, "Warning": 1, "Info": 2}
CLASSES = f"SELECT DISTINCT ?class {{ [] <{RDFS}subClassOf> ?class }}"


class Readable(Protocol):
    """A store that answers SELECT queries over the union of its graphs, as `kg.store.GraphStore` does."""

    def rows(self, sparql: str) -> pd.DataFrame:
        """The answer to a trusted query, a column of strings per variable."""

    def query(self, sparql: str, limit_s: float, max_rows: int) -> list[dict[str, str]]:
        """The answer to a query that is ended after some seconds."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a graph must satisfy; read once, used for any store.

    Attributes:
        shapes: the shapes that have targets.
    """

    shapes: tuple[Shape, ...]

    @classmethod
    def of(cls, files: Iterable[tuple[str, bytes]]) -> Shapes:
        """Read Turtle; a later file may say anew what may be said once, such as a severity.

        Args:
            files: name (for errors) and content of each.

        Raises:
            CardError: one is not Turtle, is too large, or is not SHACL Core; names file and line.
        """
        statements = Statements()
        for name, text in files:
            statements.add(name, text)
        return cls(read_shapes(statements))


def validate(store: Readable, shapes: Shapes, limit_s: float = 60.0) -> pd.DataFrame:
    """What in a store breaks the shapes.

    Each constraint is one query, so time grows with the graph and not with its nodes times the shapes. Two
    components stand apart from the report of SHACL: a broken `uniqueLang` is told once per node, and a shape
    within `sh:or`, `sh:node` and the like is told by the shape around it.

    Args:
        store: what to look at.
        shapes: what must hold.
        limit_s: seconds for each query that follows longer paths than a predicate or its inverse. Others cost
            what reading the graph once costs, and have no limit.

    Returns:
        A row per violation: node (its IRI), path (the predicate's IRI, or the path as SPARQL writes it; ""
        for the node itself), value ("" where none is wrong), component (the constraint's name, "minCount"),
        shape, severity ("Violation", "Warning", "Info") and message. Sorted by severity, node and the shapes'
        order.

    Raises:
        CardError: a shape holds too much to be one query.
        CatalogError: a query takes longer than its limit.
    """
    subclassed = frozenset(store.rows(CLASSES)["class"])
    found = []
    for place, check in enumerate(checks(shapes.shapes, subclassed)):
        rows = _ask(store, check, limit_s)
        if len(rows):
            found.append(_violations(check, rows).assign(place=place))
    if not found:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    told = pd.concat(found, ignore_index=True)
    told["rank"] = told["severity"].map(RANKS).fillna(len(RANKS))
    told = told.sort_values(["rank", "node", "place", "path", "value"], kind="stable", ignore_index=True)
    return told.drop_duplicates(list(COLUMNS), ignore_index=True)[list(COLUMNS)]


def _ask(store: Readable, check: Check, limit_s: float) -> pd.DataFrame:
    if check.simple:
        return store.rows(check.query)
    try:
        rows = store.query(check.query, limit_s, MOST_ROWS)
    except CatalogError as problem:
        raise CatalogError(f"{check.shape.name}, sh:{check.constraint.name}: {problem}") from problem
    return pd.DataFrame(rows, columns=["this", "value", "path"])


def _violations(check: Check, rows: pd.DataFrame) -> pd.DataFrame:
    shape, constraint, path = check.shape, check.constraint, check.shape.path
    known = "" if path is None else path.predicate or path.sparql
    values = filled(rows["value"]).to_list() if "value" in rows else [""] * len(rows)
    paths = filled(rows["path"]).to_list() if constraint.name == "closed" else [known] * len(rows)
    messages = [sentence(shape, constraint, *pair) for pair in zip(values, paths, strict=True)]
    told = {
        "node": filled(rows["this"]).to_list(),
        "path": paths,
        "value": values,
        "component": constraint.name,
        "shape": shape.name,
        "severity": shape.severity,
        "message": messages,
    }
    return pd.DataFrame(told, dtype="str")
