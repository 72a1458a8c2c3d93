"""The shapes of a dataset card: those that it asks for, and those of the files it names."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from kg import rdf
from kg.catalog import DEFAULT_CLASS
from kg.shapes.parameters import usable
from kg.shapes.rules import EndRule, LinkRule, NodeRule, PropertyRule, turtle
from kg.shapes.statements import LARGEST
from kg.shapes.validating import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.card import Card, NodeTable, PropertySpec
    from kg.cardfile import Field
    from kg.terms import Sort, Terms

NUMBERS = {"integer", "number"}


def shapes_of(card: Card, terms: Terms) -> Shapes:
    """What a card asks of a graph: its own rules, then the Turtle files under `shapes:`.

    Args:
        card: the card.
        terms: the IRIs of its classes, relations and properties in the graph.

    Raises:
        CardError: a rule or a file is not what it should be; names file and line.
    """
    files = [(f"the rules of {card.text.path}", turtle_of(card, terms).encode())]
    for place, name in enumerate(card.shapes):
        path = card.beside(name)
        try:
            with path.open("rb") as file:
                files.append((str(path), file.read(LARGEST + 1)))
        except OSError as problem:
            told = f"{path} cannot be read ({problem.strerror}); shapes in Turtle were expected"
            raise card.error(("shapes", place), told) from problem
    return Shapes.of(files)


def turtle_of(card: Card, terms: Terms) -> str:
    """The rules of a card as SHACL in Turtle; see `shapes_of`."""
    return turtle(card.name, [*node_rules(card, terms), *end_rules(card, terms)])


def node_rules(card: Card, terms: Terms) -> tuple[NodeRule, ...]:
    """What a card asks of the nodes of each class.

    A label is required where every table that declares nodes of the class has one, and nothing else gives
    the class to entities: those take a name from their id, if they can. What a table that only adds
    (`add: true`) asks is asked of all nodes of its class, or of its kind where it names none. Of entities
    without a class nothing is required, since those that facts name are among them.

    Raises:
        CardError: a limit is asked of what is no number, or a pattern cannot be matched in linear time.
    """
    tables: dict[tuple[str, str], list[NodeTable]] = {}
    for table in card.nodes:
        tables.setdefault(_class_of(card, table, terms), []).append(table)
    return tuple(_node_rule(card, terms, *found, group) for found, group in tables.items())


def end_rules(card: Card, terms: Terms) -> Iterator[EndRule]:
    """The classes that a card gives the ends of its relations.

    Only classes with a table of nodes count: others are given to nodes by the relations themselves, by the
    first of several, so that asking for them would only tell who is both an actor and a director.
    """
    declared = {table.node_class for table in card.nodes if table.node_class}
    for external, words in card.relations.items():
        for end, name in (("head", words.head), ("tail", words.tail)):
            if name in declared and not words.drop:
                iri = _term(card, terms, "relation", external)
                yield EndRule(iri, words.label or external, end, _term(card, terms, "class", name))


def _class_of(card: Card, table: NodeTable, terms: Terms) -> tuple[str, str]:
    """The name and IRI of what a table's rules are about.

    Where all users or items have one class, as `kg.nodes` gives them, it is the class of their kind:
    entities may share the other, such as films that are only mentioned.
    """
    mine = [other for other in card.nodes if other.kind == table.kind and other.node_class]
    declared = list(dict.fromkeys(other.node_class for other in mine))
    if table.kind == "entity" or len(declared) > 1:
        name = table.node_class or (declared[0] if table.kind != "entity" and not table.add else "")
        return (
            (name, _term(card, terms, "class", name)) if name else (table.kind, rdf.KIND_CLASSES[table.kind])
        )
    return (*declared, DEFAULT_CLASS[table.kind])[0], rdf.KIND_CLASSES[table.kind]


def _node_rule(card: Card, terms: Terms, name: str, address: str, tables: list[NodeTable]) -> NodeRule:
    declaring = [table for table in tables if not table.add]
    shared = address not in rdf.KIND_CLASSES.values() and name in _given(card)
    any_entity = address == rdf.KIND_CLASSES["entity"]
    links = [link for table in tables for link in table.links if not _dropped(card, link.relation)]
    declared = {table.node_class for table in card.nodes if table.node_class}
    return NodeRule(
        name=name,
        class_iri=address,
        label_required=bool(declaring)
        and not any_entity
        and not shared
        and all(table.label for table in declaring),
        properties=tuple(
            _property_rule(card, terms, spec, everyone=not any_entity)
            for table in tables
            for spec in table.properties
        ),
        links=tuple(
            LinkRule(
                iri=_term(card, terms, "relation", link.relation),
                name=link.relation,
                required=link.required and not any_entity,
                many=link.many,
                class_iri=_term(card, terms, "class", link.node_class) if link.node_class in declared else "",
            )
            for link in links
        ),
    )


def _given(card: Card) -> set[str]:
    """The classes that entities get by what links to them."""
    ends = [end.node_class for table in card.facts for end in (table.head, table.tail)]
    links = [link.node_class for table in card.nodes for link in table.links]
    return {*ends, *links, *(name for words in card.relations.values() for name in (words.head, words.tail))}


def _dropped(card: Card, relation: str) -> bool:
    return relation in card.relations and card.relations[relation].drop


def _property_rule(card: Card, terms: Terms, spec: PropertySpec, *, everyone: bool) -> PropertyRule:
    if spec.pattern and not usable(spec.pattern):
        wanted = "a regular expression without references and looking around was expected"
        raise card.error((*spec.at, "pattern"), f"{spec.pattern!r}: {wanted}")
    return PropertyRule(
        iri=_term(card, terms, "property", spec.name),
        name=spec.name,
        type=spec.type,
        required=spec.required and everyone,
        minimum=_limit(card, spec, spec.minimum, (*spec.at, "minimum")),
        maximum=_limit(card, spec, spec.maximum, (*spec.at, "maximum")),
        pattern=spec.pattern,
        values=spec.values,
    )


def _limit(card: Card, spec: PropertySpec, limit: float | None, at: Field) -> str:
    if limit is None:
        return ""
    if spec.type not in NUMBERS or not math.isfinite(limit):
        raise card.error(at, f"{limit} for the type {spec.type}; only integer and number have such a limit")
    return f"{Decimal(str(limit)):f}"


def _term(card: Card, terms: Terms, sort: Sort, name: str) -> str:
    """The IRI of a name; of one that the graph does not have, since all its cells are empty, its own."""
    known: Mapping[str, str] = terms.iris.get(sort, {})
    return known.get(name) or rdf.iri(card.name, sort, name)
