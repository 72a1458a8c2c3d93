"""Statements -> shapes: SHACL Core, checked; what is not understood is an error that names its line."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.rdf import RDF_TYPE, RDFS_CLASS
from kg.shapes.model import Constraint, Shape, Target
from kg.shapes.paths import read_path
from kg.shapes.statements import SHACL, error, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kg.shapes.model import Path
    from kg.shapes.statements import Place, Statements, Term

DEEPEST = 12
LARGEST_COUNT = 1_000_000_000
TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
KINDS = {"IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"}
ASIDE = {
    *TARGETS, "path", "severity", "message", "deactivated", "flags", "ignoredProperties", "qualifiedValueShape",
    "name", "description", "order", "group", "defaultValue",
}  # fmt: skip
WITH_PATH = {
    "minCount", "maxCount", "qualifiedMinCount", "qualifiedMaxCount", "uniqueLang", "lessThan",
    "lessThanOrEquals", "equals", "disjoint",
}  # fmt: skip
WANTS_PATH = {"property": True, "node": False}


def read_shapes(statements: Statements) -> tuple[Shape, ...]:
    """The shapes that have targets.

    Raises:
        CardError: a shape is not SHACL Core, or is part of itself.
    """
    reader = _Reader(statements)
    return tuple(
        shape for node in statements.subjects() if reader.targets(node) and (shape := reader.shape(node)).constraints
    )


def usable(pattern: str, flags: str = "") -> bool:
    """Whether a regular expression can be matched in linear time: one without references and looking around."""
    asked = ox.Store().query(f"SELECT (REGEX('', {ox.Literal(pattern)}, {ox.Literal(flags)}) AS ?ok) {{}}")
    return any(row[0] is not None for row in asked)  # type: ignore[union-attr, index]


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
                if not isinstance(term, ox.NamedNode) and (rule != "targetNode" or isinstance(term, ox.BlankNode)):
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
            raise error(place, "a shape that is part of itself, or of too many others, cannot be checked")
        self._open.append(node)
        self._known[node] = self._read(node, place)
        self._open.pop()
        return self._known[node]

    def _read(self, node: Term, place: Place) -> Shape:
        said = self._said.predicates(node)
        if isinstance(node, ox.Literal) or not said:
            raise error(place, f"{node} is no shape: nothing is said of it")
        mine = self._said.objects(node, said[0])[0][1]
        stated = self._said.one(node, f"{SHACL}path")
        path = None if stated is None else read_path(self._said, *stated)
        off = self._flag(node, "deactivated")
        return Shape(
            name=node.value if isinstance(node, ox.NamedNode) else f"{mine[0]}, line {mine[1]}",
            path=path and self._named(node, path),
            targets=self.targets(node),
            constraints=() if off else tuple(self._constraints(node, path)),
            severity=self._severity(node),
            message=self._words(node, "message"),
        )

    def _named(self, node: Term, path: Path) -> Path:
        words = self._words(node, "name")
        return type(path)(path.sparql, path.predicate, words or path.words, path.simple)

    def _constraints(self, node: Term, path: Path | None) -> Iterator[Constraint]:
        for predicate in self._said.predicates(node):
            self._check_known(node, predicate, path)
        for name, form in FORMS.items():
            for term, place in self._said.objects(node, SHACL + name):
                found = form(self, node, name, term, place)
                if found is not None:
                    yield found

    def _check_known(self, node: Term, predicate: str, path: Path | None) -> None:
        name, place = predicate.removeprefix(SHACL), self._said.objects(node, predicate)[0][1]
        if name == predicate or name in ASIDE:
            return
        if name not in FORMS:
            near = difflib.get_close_matches(name, [*FORMS, *ASIDE], n=1)
            hint = f"did you mean sh:{near[0]}?" if near else "only SHACL Core is"
            raise error(place, f"{short(predicate)} is not supported; {hint}")
        if path is None and name in WITH_PATH:
            raise error(place, f"sh:{name} belongs into a shape with sh:path")
        if path is not None and name == "closed":
            raise error(place, "sh:closed belongs into a shape without sh:path")

    def _words(self, node: Term, name: str) -> str:
        """A text without language or in English, if there is one."""
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

    def _flag(self, node: Term, name: str) -> bool:
        stated = self._said.one(node, SHACL + name)
        if stated is not None and stated[0].value not in {"true", "false"}:
            raise error(stated[1], f"sh:{name}: true or false was expected")
        return stated is not None and stated[0].value == "true"

    def iri(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        if not isinstance(term, ox.NamedNode):
            raise error(place, f"sh:{name}: an IRI was expected")
        return Constraint(name, place, (term,))

    def kind(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        if not isinstance(term, ox.NamedNode) or term.value.removeprefix(SHACL) not in KINDS:
            raise error(place, f"sh:{name}: one of {', '.join(f'sh:{kind}' for kind in sorted(KINDS))} was expected")
        return Constraint(name, place, (term,))

    def literal(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        if not isinstance(term, ox.Literal):
            raise error(place, f"sh:{name}: a number, a date or a text was expected")
        return Constraint(name, place, (term,))

    def value(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        if isinstance(term, ox.BlankNode):
            raise error(place, f"sh:{name}: an IRI or a value was expected; a blank node is none that data has")
        return Constraint(name, place, (term,))

    def count(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        digits = term.value if isinstance(term, ox.Literal) else ""
        if not digits.isdecimal() or len(digits) > len(str(LARGEST_COUNT)):
            raise error(place, f"sh:{name}: a whole number from 0 was expected")
        return Constraint(name, place, number=int(digits))

    def qualified(self, node: Term, name: str, term: Term, place: Place) -> Constraint:
        stated = self._said.one(node, f"{SHACL}qualifiedValueShape")
        if stated is None:
            raise error(place, f"sh:{name} stands without sh:qualifiedValueShape")
        number = self.count(node, name, term, place).number
        return Constraint(name, place, number=number, shapes=(self.shape(*stated),))

    def pattern(self, node: Term, name: str, term: Term, place: Place) -> Constraint:
        stated = self._said.one(node, f"{SHACL}flags")
        flags = ox.Literal("") if stated is None else stated[0]
        if not isinstance(term, ox.Literal) or not usable(term.value, flags.value):
            raise error(place, "sh:pattern: a regular expression without references and looking around was expected")
        return Constraint(name, place, (term, flags))

    def members(self, node: Term, name: str, term: Term, place: Place) -> Constraint:
        terms = self._said.items(term, place)
        for member in terms:
            self.value(node, name, member, place)
        return Constraint(name, place, terms)

    def languages(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        terms = self._said.items(term, place)
        if not all(isinstance(member, ox.Literal) for member in terms):
            raise error(place, f'sh:{name}: a list of languages such as ("en" "fr") was expected')
        return Constraint(name, place, terms)

    def flag(self, node: Term, name: str, _term: Term, place: Place) -> Constraint | None:
        return Constraint(name, place) if self._flag(node, name) else None

    def closed(self, node: Term, name: str, _term: Term, place: Place) -> Constraint | None:
        if not self._flag(node, name):
            return None
        stated = self._said.one(node, f"{SHACL}ignoredProperties")
        allowed = [] if stated is None else [*self._said.items(*stated)]
        for child, _ in self._said.objects(node, f"{SHACL}property"):
            path = self._said.one(child, f"{SHACL}path")
            if path is not None and isinstance(path[0], ox.NamedNode):
                allowed.append(path[0])
        if not all(isinstance(term, ox.NamedNode) for term in allowed):
            raise error(place, "sh:ignoredProperties: a list of predicates was expected")
        return Constraint(name, place, tuple(allowed))

    def part(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        shape = self.shape(term, place)
        if name in WANTS_PATH and (shape.path is not None) != WANTS_PATH[name]:
            wanted = "with" if WANTS_PATH[name] else "without"
            raise error(place, f"sh:{name}: a shape {wanted} sh:path was expected")
        return Constraint(name, place, shapes=(shape,))

    def parts(self, _node: Term, name: str, term: Term, place: Place) -> Constraint:
        shapes = tuple(self.shape(member, place) for member in self._said.items(term, place))
        return Constraint(name, place, shapes=shapes)


FORMS: Mapping[str, Callable[[_Reader, Term, str, Term, Place], Constraint | None]] = {
    "minCount": _Reader.count,
    "maxCount": _Reader.count,
    "datatype": _Reader.iri,
    "nodeKind": _Reader.kind,
    "class": _Reader.iri,
    "minInclusive": _Reader.literal,
    "maxInclusive": _Reader.literal,
    "minExclusive": _Reader.literal,
    "maxExclusive": _Reader.literal,
    "minLength": _Reader.count,
    "maxLength": _Reader.count,
    "pattern": _Reader.pattern,
    "in": _Reader.members,
    "hasValue": _Reader.value,
    "languageIn": _Reader.languages,
    "uniqueLang": _Reader.flag,
    "equals": _Reader.iri,
    "disjoint": _Reader.iri,
    "lessThan": _Reader.iri,
    "lessThanOrEquals": _Reader.iri,
    "not": _Reader.part,
    "and": _Reader.parts,
    "or": _Reader.parts,
    "xone": _Reader.parts,
    "node": _Reader.part,
    "qualifiedMinCount": _Reader.qualified,
    "qualifiedMaxCount": _Reader.qualified,
    "closed": _Reader.closed,
    "property": _Reader.part,
}
