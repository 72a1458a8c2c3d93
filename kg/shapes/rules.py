"""What a dataset card asks of its nodes, as shapes in Turtle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import rdf
from kg.shapes.statements import SHACL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD = f"""\
@prefix sh: <{SHACL}> .
@prefix xsd: <{rdf.XSD}> .
"""
WEB_ADDRESS = r"^https?://[^\s]+$"


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """What is asked of the values of a property.

    Attributes:
        iri: its predicate.
        name: what people call it.
        type: one of `kg.rdf.DATATYPES`.
        required: every node has a value.
        minimum: the smallest number allowed, as it is written.
        maximum: the largest.
        pattern: a regular expression that a value must hold somewhere.
        values: all that are allowed, where there are some.
    """

    iri: str
    name: str
    type: str = "text"
    required: bool = False
    minimum: str = ""
    maximum: str = ""
    pattern: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkRule:
    """What is asked of the links of a relation.

    Attributes:
        iri: the relation.
        name: what people call it.
        required: every node has one.
        many: a node may have several.
        class_iri: the class that the nodes at its end should have, "" for any; else there is a warning.
    """

    iri: str
    name: str
    required: bool = False
    many: bool = True
    class_iri: str = ""


@dataclass(frozen=True, slots=True)
class NodeRule:
    """What is asked of the nodes of a class.

    Attributes:
        name: what people call the class.
        class_iri: the class.
        label_required: every node has a label.
        properties: what is asked of their values.
        links: what is asked of their links.
    """

    name: str
    class_iri: str
    label_required: bool = False
    properties: tuple[PropertyRule, ...] = ()
    links: tuple[LinkRule, ...] = ()


@dataclass(frozen=True, slots=True)
class EndRule:
    """The class that the nodes at one end of a relation should have; else there is a warning.

    Attributes:
        iri: the relation.
        name: what people call it.
        end: "head" or "tail".
        class_iri: the class.
    """

    iri: str
    name: str
    end: str
    class_iri: str


def turtle(dataset: str, rules: Sequence[NodeRule | EndRule]) -> str:
    """The rules as SHACL in Turtle.

    Each shape has an address of its own, BASE/id/DATASET/shape/CLASS and …/CLASS.PROPERTY, by which a user's
    file can speak of it. What asks for nothing is left out.

    Args:
        dataset: its name, part of the addresses.
        rules: what to ask, in order.
    """
    writer = _Writer(dataset)
    parts = [writer.end(rule) if isinstance(rule, EndRule) else writer.node(rule) for rule in rules]
    return "\n".join([HEAD, *filter(None, parts)])


class _Writer:
    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._used: set[str] = set()

    def node(self, rule: NodeRule) -> str:
        me, parts = self._name(rule.name), dict(self._parts(rule))
        if not parts:
            return ""
        about = [f"sh:targetClass <{rule.class_iri}>", *(f"sh:property {part}" for part in parts)]
        return "\n".join([_shape(me, "sh:NodeShape", about), *parts.values()])

    def end(self, rule: EndRule) -> str:
        target = "targetSubjectsOf" if rule.end == "head" else "targetObjectsOf"
        message = f"the {rule.end} of {rule.name!r} is of another class than the card says"
        about = [
            f"sh:{target} <{rule.iri}>", f"sh:class <{rule.class_iri}>", "sh:severity sh:Warning",
            f"sh:message {rdf.literal(message)}",
        ]  # fmt: skip
        return _shape(self._name(f"{rule.name}.{rule.end}"), "sh:NodeShape", about)

    def _parts(self, rule: NodeRule) -> Iterator[tuple[str, str]]:
        if rule.label_required:
            yield self._part(f"{rule.name}.label", rdf.RDFS_LABEL, "label", ["sh:minCount 1"])
        for one in rule.properties:
            if wanted := list(_values(one)):
                yield self._part(f"{rule.name}.{one.name}", one.iri, one.name, wanted)
        for link in rule.links:
            if wanted := list(_links(link)):
                yield self._part(f"{rule.name}.{link.name}", link.iri, link.name, wanted)
            if link.class_iri:
                wanted = [f"sh:class <{link.class_iri}>", "sh:severity sh:Warning"]
                yield self._part(f"{rule.name}.{link.name}.class", link.iri, link.name, wanted)

    def _part(self, name: str, path: str, words: str, wanted: list[str]) -> tuple[str, str]:
        me = self._name(name)
        about = [f"sh:path <{path}>", f"sh:name {rdf.literal(words)}", *wanted]
        return me, _shape(me, "sh:PropertyShape", about)

    def _name(self, name: str) -> str:
        """An address of its own for a shape."""
        free = name
        while free in self._used:
            free += "+"
        self._used.add(free)
        return f"<{rdf.iri(self._dataset, 'shape', free)}>"


def _shape(me: str, kind: str, about: list[str]) -> str:
    return f"{me} a {kind} ;\n" + "".join(f"    {line} ;\n" for line in about) + ".\n"


def _values(rule: PropertyRule) -> Iterator[str]:
    datatype = rdf.DATATYPES[rule.type]
    if rule.required:
        yield "sh:minCount 1"
    if datatype:
        yield f"sh:datatype <{datatype}>"
    if rule.type == "url":
        yield f"sh:pattern {rdf.literal(rule.pattern or WEB_ADDRESS)}"
    elif rule.pattern:
        yield f"sh:pattern {rdf.literal(rule.pattern)}"
    for name, limit in (("minInclusive", rule.minimum), ("maxInclusive", rule.maximum)):
        if limit:
            yield f"sh:{name} {rdf.literal(limit, rdf.XSD + 'decimal')}"
    if rule.values:
        yield f"sh:in ( {' '.join(rdf.literal(value, datatype) for value in rule.values)} )"


def _links(rule: LinkRule) -> Iterator[str]:
    if rule.required:
        yield "sh:minCount 1"
    if not rule.many:
        yield "sh:maxCount 1"
