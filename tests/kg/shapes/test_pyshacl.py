"""pySHACL finds the same in random graphs and shapes."""

from __future__ import annotations

import logging
import random

import pyshacl
import pytest
import rdflib
from rdflib.namespace import SH

from kg.shapes import validate
from tests.kg.shapes.worlds import HEAD, Near, read, store_of


class World:
    """A random graph and random shapes about it.

    Orderings are drawn only among values that can be compared, where rdflib and SPARQL agree; inverse paths
    only of one predicate, since pySHACL takes those of a list in the wrong order.
    """

    NUMBERS = ("1", "2", "10", "1.5", '"a"', '"ab"', '"b1"')
    DATES = ('"2020-01-01"^^xsd:date', '"2021-05-05"^^xsd:date')
    NODES = ("ex:a", "ex:b", "ex:c", "ex:d", "ex:e")
    OTHERS = ('"a"@en', '"b"@de', '"c"@en-gb', '"d"@en', '"x"^^xsd:integer', '"2020-02-30"^^xsd:date', "true")
    KINDS = ("IRI", "Literal", "BlankNode", "IRIOrLiteral", "BlankNodeOrIRI", "BlankNodeOrLiteral")
    PLAIN = (
        "datatype",
        "nodeKind",
        "class",
        "minLength",
        "maxLength",
        "pattern",
        "in",
        "hasValue",
        "languageIn",
    )
    LOGIC = ("not", "and", "or", "xone", "node")
    TARGETS = (
        "sh:targetClass ex:C",
        "sh:targetClass ex:D",
        "sh:targetNode ex:a, ex:b",
        'sh:targetNode "ab"',
        "sh:targetSubjectsOf ex:p",
        "sh:targetObjectsOf ex:q",
        "sh:targetClass ex:C ; sh:targetNode ex:d",
    )
    ORDER = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
    PAIRS = ("lessThan", "lessThanOrEquals")
    COUNTS = ("minCount", "maxCount", "uniqueLang", "equals", "disjoint", "qualified", "property")

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311
        self.dates = seed % 4 == 1
        values = self.DATES if self.dates else self.NUMBERS
        self.values = (
            values + self.NODES,
            values + self.NODES,
            values,
            self.NUMBERS + self.NODES + self.OTHERS,
        )[seed % 4]
        self.order = self.ORDER if seed % 4 < 3 else ()
        self.pairs = self.PAIRS if seed % 4 == 2 else ()
        lines = [f"ex:{node} ex:z 1 ." for node in "abcd"] + ['ex:d ex:z "ab" .']
        lines += [f"ex:{node} a ex:{name} ." for node in "abcd" for name in "CD" if self.draw.random() < 0.6]
        lines += ["ex:D rdfs:subClassOf ex:C ."] * (self.draw.random() < 0.3)
        lines += [
            f"ex:{self.one('abcd')} {self.predicate()} {self.one(self.values)} ."
            for _ in range(self.draw.randint(0, 14))
        ]
        self.data = "\n".join(lines)
        self.shapes = "\n".join(
            [
                f"ex:S a sh:NodeShape ; {self.target()} ; sh:property {self.part(0)} .",
                f"ex:T a sh:NodeShape ; {self.target()} ; {self.body(0, path=False)} .",
                f"ex:U a sh:NodeShape ; {self.target()} ; sh:closed {self.one(('true', 'false'))} ;"
                " sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path ex:p ] .",
            ]
        )

    def one(self, choices):
        return self.draw.choice(choices)

    def predicate(self) -> str:
        return self.one(("ex:p", "ex:q", "ex:r"))

    def target(self) -> str:
        return self.one(self.TARGETS)

    def path(self, depth: int = 0) -> str:
        chance = self.draw.random()
        if chance < 0.8 or depth > 1:
            return self.predicate()
        if chance < 0.86:
            return f"[ sh:inversePath {self.predicate()} ]"
        inner = self.path(depth + 1)
        if chance < 0.92:
            return f"( {inner} {self.path(depth + 1)} )"
        if chance < 0.96:
            return f"[ sh:alternativePath ( {inner} {self.path(depth + 1)} ) ]"
        return f"[ sh:{self.one(('zeroOrOnePath', 'zeroOrMorePath', 'oneOrMorePath'))} {inner} ]"

    def part(self, depth: int) -> str:
        return f"[ sh:path {self.path()} ; {self.body(depth, path=True)} ]"

    def shape(self, depth: int) -> str:
        return self.part(depth) if self.draw.random() < 0.3 else f"[ {self.body(depth, path=False)} ]"

    def body(self, depth: int, *, path: bool) -> str:
        told = {}
        for _ in range(self.draw.randint(1, 2)):
            if path and self.draw.random() < 0.45:
                name, value = self.of_node(depth)
            elif not path and depth < 3 and self.draw.random() < 0.4:
                name, value = "property", self.part(depth + 1)
            else:
                name, value = self.of_value(depth)
            told[name] = value
        return " ; ".join(f"sh:{name} {value}" for name, value in told.items())

    def of_node(self, depth: int) -> tuple[str, str]:
        name = self.one(self.COUNTS + self.pairs)
        if name == "qualified":
            count = f"sh:qualified{self.one(('Min', 'Max'))}Count {self.draw.randint(0, 2)}"
            return "qualifiedValueShape", f"{self.shape(depth + 1)} ; {count}"
        if name == "property":
            return name, self.part(depth + 1)
        if name.endswith("Count"):
            return name, str(self.draw.randint(0, 3))
        return name, "true" if name == "uniqueLang" else self.predicate()

    def of_value(self, depth: int) -> tuple[str, str]:
        name = self.one(self.PLAIN + self.order + (self.LOGIC if depth < 2 else ()))
        if name in self.ORDER:
            return name, '"2020-06-01"^^xsd:date' if self.dates else self.one(("1", "2", "1.5", "10"))
        if name in ("and", "or", "xone"):
            return name, f"( {self.shape(depth + 1)} {self.shape(depth + 1)} )"
        if name == "not":
            return name, self.shape(depth + 1)
        if name == "node":
            return name, f"[ {self.body(depth + 1, path=False)} ]"
        return name, {
            "datatype": f"xsd:{self.one(('integer', 'decimal', 'string', 'date', 'boolean', 'dateTime'))}",
            "nodeKind": f"sh:{self.one(self.KINDS)}",
            "class": self.one(("ex:C", "ex:D")),
            "pattern": self.one(('"^a"', '"b"', '"^[0-9]+$"', '"A" ; sh:flags "i"')),
            "in": f"( {' '.join(self.draw.sample(self.values, min(2, len(self.values))))} )",
            "hasValue": self.one(self.values),
            "languageIn": self.one(('( "en" )', '( "de" "en" )')),
        }.get(name, str(self.draw.randint(0, 3)))


def told_by_pyshacl(world: World) -> set[tuple[str, str, str, str]]:
    data = rdflib.Graph().parse(data=HEAD + world.data, format="turtle")
    shapes = rdflib.Graph().parse(data=HEAD + world.shapes, format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    found = set()
    for result in report.objects(None, SH.result):
        component = report.value(result, SH.sourceConstraintComponent).rpartition("#")[2]
        name = component.removesuffix("ConstraintComponent")
        path, value = (report.value(result, part) for part in (SH.resultPath, SH.value))
        shown = "*" if isinstance(path, rdflib.BNode) else str(path or "")
        focus = str(report.value(result, SH.focusNode))
        found.add((focus, shown, str(value if value is not None else ""), name[0].lower() + name[1:]))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_pyshacl_finds_the_same(seed, caplog) -> None:
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # it tells of every ill-formed number
    world = World(seed)
    rows = validate(Near(store_of(world.data)), read(world.shapes))
    mine = {
        (node, path if path.startswith("http") else "*" * bool(path), value, component)
        for node, path, value, component in rows[["node", "path", "value", "component"]].itertuples(
            index=False
        )
    }
    assert mine == told_by_pyshacl(world)
