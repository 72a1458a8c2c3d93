"""Statements -> shapes: SHACL Core, checked; what is not understood is an error that names its line."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.rdf import RDF_TYPE, RDFS_CLASS
from kg.shapes.model import Constraint, Shape, Target
from kg.shapes.parameters import PLAIN, count, flag
from kg.shapes.paths import read_path
from kg.shapes.statements import SHACL, error, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.shapes.model import Path
    from kg.shapes.statements import Place, Statements, Term

DEEPEST = 12
TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
ONE_SHAPE = ("not", "node", "property")
LISTED_SHAPES = ("and", "or", "xone")
QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount")
COMPONENTS = (*PLAIN, *ONE_SHAPE, *LISTED_SHAPES, *QUALIFIED)
ASIDE = (
    *TARGETS, "path", "severity", "message", "deactivated", "flags", "ignoredProperties",
    "qualifiedValueShape", "name", "description", "order", "group", "defaultValue",
)  # fmt: skip
WITH_PATH = {
    "minCount", "maxCount", *QUALIFIED, "uniqueLang", "lessThan", "lessThanOrEquals", "equals", "disjoint",
}  # fmt: skip
WANTS_PATH = {"property": True, "node": False}


def read_shapes(statements: Statements) -> tuple[Shape, ...]:
    """The shapes that have targets and ask for something.

    Raises:
        CardError: a shape is not SHACL Core, or is part of itself.
    """
    reader = _Reader(statements)
    shapes = [reader.shape(node) for node in statements.subjects() if reader.targets(node)]
    return tuple(shape for shape in shapes if shape.constraints)


class _Reader:
    def __init__(self, statements: Statements) -> None:
        self._said = statements
        self._known: dict[Term, Shape] = {}
        self._open: list[Term] = []

    def targets(self, node: Term) -> tuple[Target, ...]:
        """The stated targets of a shape, and its instances where it is a class itself."""
        found = []
        for rule in TARGETS:
            for term, place in self._said.objects(node, SHACL + rule):
                if not isinstance(term, ox.NamedNode) and not (
                    rule == "targetNode" and isinstance(term, ox.Literal)
                ):
                    raise error(place, f"sh:{rule}: an IRI was expected")
                found.append(Target(rule, term))
        types = {term for term, _ in self._said.objects(node, RDF_TYPE)}
        shaped = {ox.NamedNode(f"{SHACL}{kind}Shape") for kind in ("Node", "Property")}
        if ox.NamedNode(RDFS_CLASS) in types and types & shaped:
            found.append(Target("targetClass", node))
        return tuple(found)

    def shape(self, node: Term, place: Place = ("shapes", 1)) -> Shape:
        """The shape that a node of the shapes graph is."""
        if node in self._known:
            return self._known[node]
        if node in self._open or len(self._open) > DEEPEST:
            raise error(
                place, "a shape that is part of itself, or lies within too many others, cannot be checked"
            )
        self._open.append(node)
        self._known[node] = self._read(node, place)
        self._open.pop()
        return self._known[node]

    def _read(self, node: Term, place: Place) -> Shape:
        said = self._said.predicates(node)
        if not said:
            raise error(place, f"nothing is said of {node}; a shape was expected")
        file, line = self._said.objects(node, said[0])[0][1]
        stated = self._said.one(node, f"{SHACL}path")
        path = None if stated is None else read_path(self._said, *stated)
        if path is not None:
            path = replace(path, words=self._text(node, "name") or path.words)
        return Shape(
            name=node.value if isinstance(node, ox.NamedNode) else f"{file}, line {line}",
            path=path,
            targets=self.targets(node),
            constraints=() if flag(self._said, node, "deactivated") else tuple(self._constraints(node, path)),
            severity=self._severity(node),
            message=self._text(node, "message"),
        )

    def _constraints(self, node: Term, path: Path | None) -> Iterator[Constraint]:
        for predicate in self._said.predicates(node):
            self._check_known(node, predicate, path)
        for name in COMPONENTS:
            for term, place in self._said.objects(node, SHACL + name):
                found = self._constraint(node, name, term, place)
                if found is not None:
                    yield found

    def _check_known(self, node: Term, predicate: str, path: Path | None) -> None:
        name, place = predicate.removeprefix(SHACL), self._said.objects(node, predicate)[0][1]
        if name == predicate or name in ASIDE:
            return
        if name not in COMPONENTS:
            near = difflib.get_close_matches(name, [*COMPONENTS, *ASIDE], n=1)
            hint = f"did you mean sh:{near[0]}?" if near else "what SHACL Core has was expected"
            raise error(place, f"{short(predicate)} is not supported; {hint}")
        if path is None and name in WITH_PATH:
            raise error(place, f"sh:{name} in a shape without sh:path; one with it was expected")
        if path is not None and name == "closed":
            raise error(place, "sh:closed in a shape with sh:path; one without it was expected")

    def _constraint(self, node: Term, name: str, term: Term, place: Place) -> Constraint | None:
        if name in PLAIN:
            return PLAIN[name](self._said, node, name, term, place)
        if name in ONE_SHAPE:
            return Constraint(name, place, shapes=(self._part(name, term, place),))
        if name in LISTED_SHAPES:
            members = self._said.items(term, place)
            return Constraint(name, place, shapes=tuple(self.shape(member, place) for member in members))
        stated = self._said.one(node, f"{SHACL}qualifiedValueShape")
        if stated is None:
            raise error(place, f"sh:{name} without sh:qualifiedValueShape; one beside it was expected")
        counted = count(self._said, node, name, term, place)
        return replace(counted, shapes=(self.shape(*stated),))

    def _part(self, name: str, term: Term, place: Place) -> Shape:
        shape = self.shape(term, place)
        if name in WANTS_PATH and (shape.path is not None) != WANTS_PATH[name]:
            raise error(
                place, f"sh:{name}: a shape {'with' if WANTS_PATH[name] else 'without'} sh:path was expected"
            )
        return shape

    def _text(self, node: Term, name: str) -> str:
        """A text without a language, else in English, else in any."""
        told = [term for term, _ in self._said.objects(node, SHACL + name) if isinstance(term, ox.Literal)]
        told.sort(key=lambda term: (bool(term.language), not (term.language or "").startswith("en")))
        return told[0].value if told else ""

    def _severity(self, node: Term) -> str:
        stated = self._said.one(node, f"{SHACL}severity")
        if stated is None:
            return "Violation"
        if not isinstance(stated[0], ox.NamedNode):
            raise error(stated[1], "sh:severity: sh:Violation, sh:Warning or sh:Info was expected")
        return stated[0].value.removeprefix(SHACL)
