"""Items that join a graph, from a text, links or numbers; the rows of known items stay what they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kg.errors import CatalogError, WhyRecError
from kg.naming import Made, Names, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from kg.graph import KnowledgeGraph
    from kg.naming import Link


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item that nobody has liked yet.

    Attributes:
        id: its id, which no item of the graph has.
        label: its name.
        text: its description, as the texts of the other items are.
        links: (relation, entity) pairs of what it is linked to. A relation is named by its id or its words
            in either direction, an entity by its id or its label.
        new: further such pairs whose entity is made, with that label, where there is none yet.
        numbers: its numbers by the property's name, such as a year or a price.
    """

    id: str
    label: str = ""
    text: str = ""
    links: tuple[tuple[str, str], ...] = ()
    new: tuple[tuple[str, str], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)


def links_of(item: NewItem, names: Names) -> tuple[Link, ...]:
    """The facts that a new item brings along, each once.

    Args:
        item: the item; its numbers are checked too.
        names: of the graph that it joins.

    Raises:
        CatalogError: its id is taken, a name means several things, or a number is none.
        UnknownIdError: it names a relation, an entity or a property that the graph does not know.
    """
    graph = names.graph
    if item.id in graph.items:
        raise CatalogError(f"item {item.id!r}, field 'id': the graph has such an item; a new id was expected")
    try:
        for name, value in item.numbers.items():
            if name not in graph.numbers:
                raise unknown("number", name, graph.numbers)
            if not np.isfinite(value):
                raise CatalogError(f"the number {name!r} is {value!r}; a finite one was expected")
        links = [names.link(*pair) for pair in item.links]
        links += [names.link(*pair, make=True) for pair in item.new]
    except WhyRecError as error:
        raise type(error)(f"item {item.id!r}: {error}") from None
    return tuple(dict.fromkeys(links))


def joined(graph: KnowledgeGraph, items: Sequence[NewItem]) -> KnowledgeGraph:
    """The graph with further items after its last one, and entities that they make after its last one.

    Raises:
        CatalogError, UnknownIdError: as for `links_of`; or two of the items have one id.
    """
    names, at = Names(graph), graph.first("entity")
    links = [(row, link) for row, item in enumerate(items) for link in links_of(item, names)]
    made = {link.entity.id: link.entity for _, link in links if isinstance(link.entity, Made)}
    entities_after = graph.entities.extended(made)
    facts = [
        (row, link.relation, entities_after.number(entity.id) if isinstance(entity, Made) else entity)
        for row, link in links
        for entity in (link.entity,)
    ]
    rows, relations, entities = np.array(facts, dtype=np.int64).reshape(-1, 3).T
    first, second = at + rows, at + len(items) + entities
    first, second = (np.where(relations % 2 == 0, *ends) for ends in ((first, second), (second, first)))
    heads, tails = (nodes + len(items) * (nodes >= at) for nodes in (graph.edges.heads, graph.edges.tails))

    def column(values: npt.NDArray[Any], of_items: Sequence[Any], of_made: Sequence[Any]) -> npt.NDArray[Any]:
        given = [np.array(part, dtype=values.dtype) for part in (of_items, of_made)]
        return np.concatenate([values[:at], given[0], values[at:], given[1]])

    empty = [""] * len(made)
    return replace(
        graph,
        items=graph.items.extended(item.id for item in items),
        entities=entities_after,
        labels=column(
            graph.labels, [item.label for item in items], [entity.label for entity in made.values()]
        ),
        classes=column(
            graph.classes, [names.item_class] * len(items), [entity.of_class for entity in made.values()]
        ),
        texts=column(graph.texts, [item.text for item in items], empty),
        numbers={
            name: column(values, [item.numbers.get(name, np.nan) for item in items], [np.nan] * len(made))
            for name, values in graph.numbers.items()
        },
        edges=replace(
            graph.edges,
            heads=np.concatenate([heads, first]),
            relations=np.concatenate([graph.edges.relations, relations // 2]),
            tails=np.concatenate([tails, second]),
        ),
    )
