"""What an item must meet to be recommended: conditions on attributes, entities to avoid, a SPARQL query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.conditions import COMPARE, EITHER, number
from hybrid.names import hint, normal
from kg import rdf
from kg.errors import QueryError
from kg.labels import bounds
from kg.store import GraphStore
from kg.terms import with_prefixes
from kg.workspace import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hybrid.conditions import Condition
    from hybrid.links import Links
    from kg.graph import BoolArray, FloatArray, KnowledgeGraph

SECONDS = 10.0  # that a SPARQL query may take


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing that items must meet.

    Attributes:
        words: what it is.
        met: True for the items that meet it, shape (num_items,).
    """

    words: str
    met: BoolArray


def condition(wanted: Condition, links: Links) -> tuple[Filter | None, tuple[str, ...]]:
    """The items that meet a condition, and notes; None where its attribute, or every value, is unknown.

    A number is compared with what items have in numbers, or else with the ranges they are linked to, such as
    a decade, of which every number must meet it; a name with what they are linked to. Items whose number is
    not known meet no condition on it. An item that is not linked by the relation at all meets "!=".
    """
    numbers = _numbers(links.names.graph)
    name = next((name for name in numbers if normal(name) == normal(wanted.name)), None)
    relations = links.relations(wanted.name)
    values = [number(value) for value in wanted.values]
    if name is not None and not (relations and None in values):
        return _compared(wanted, values, name, numbers[name])
    if relations and wanted.sign in EITHER:
        return _linked(wanted, relations, links)
    if wanted.sign in EITHER:
        why = f"items here have no such attribute{_known(wanted.name, links, numbers)}"
    elif ranges := _ranges(links, relations):
        return _within(wanted, ranges, relations, links), ()
    else:
        why = f"items here have no such number{hint(wanted.name, numbers)}"
    return None, (f"wanted {wanted.text!r} was not used: {why}",)


def _numbers(graph: KnowledgeGraph) -> Mapping[str, FloatArray]:
    """What items have in numbers, by name, shape (num_items,) each."""
    first = graph.first("item")
    cut = {name: values[first : first + graph.num_items] for name, values in graph.numbers.items()}
    return {name: values for name, values in cut.items() if not np.isnan(values).all()}


def _known(name: str, links: Links, numbers: Mapping[str, FloatArray]) -> str:
    return links.hint(name) or hint(name, numbers)


def _compared(
    wanted: Condition, values: Sequence[float | None], name: str, numbers: FloatArray
) -> tuple[Filter | None, tuple[str, ...]]:
    found = [COMPARE[wanted.sign](numbers, value) for value in values if value is not None]
    notes = tuple(
        f"wanted {wanted.text!r}: {text!r} was not used, as {name!r} is a number"
        for text, value in zip(wanted.values, values, strict=True)
        if value is None
    )
    if not found:
        return None, notes
    met = np.all(found, axis=0) if wanted.sign == "!=" else np.any(found, axis=0)
    return Filter(wanted.text, met & ~np.isnan(numbers)), notes


def _ranges(links: Links, relations: tuple[int, ...]) -> dict[int, tuple[float, float]]:
    """The least and the greatest number of the ranges that relations lead to, by node."""
    called = {node: links.names.call(node) for node in np.flatnonzero(links.ends(relations)).tolist()}
    return {node: edges for node, name in called.items() if (edges := bounds(name)) is not None}


def _within(
    wanted: Condition, ranges: Mapping[int, tuple[float, float]], relations: tuple[int, ...], links: Links
) -> Filter:
    compare, value = COMPARE[wanted.sign], float(wanted.values[0])
    nodes = tuple(node for node, edges in ranges.items() if compare(np.array(edges), value).all())
    return Filter(wanted.text, links.linked(nodes, relations))


def _linked(
    wanted: Condition, relations: tuple[int, ...], links: Links
) -> tuple[Filter | None, tuple[str, ...]]:
    nodes: list[int] = []
    notes: list[str] = []
    for value in wanted.values:
        found = links.value(value, relations)
        nodes += found.nodes
        if not found.nodes:
            near = links.names.hint(value, links.ends(relations))
            notes.append(
                f"wanted {wanted.text!r}: {value!r} was not used: no item here has such a {wanted.name}{near}"
            )
        elif found.how == "words":
            notes.append(
                f"wanted {wanted.text!r}: {value!r} was read as {links.names.call(found.nodes[0])!r}"
            )
    if not nodes:
        return None, tuple(notes)
    met = links.linked(tuple(nodes), relations)
    return Filter(wanted.text, ~met if wanted.sign == "!=" else met), tuple(notes)


def chosen(sparql: str, graph: KnowledgeGraph, workspace: Path | None) -> tuple[Filter, tuple[str, ...]]:
    """The items that the first variable of a person's SELECT query gives, and notes.

    Args:
        sparql: the query; it may only read the workspace's own store, and for ten seconds.
        graph: whose items they are.
        workspace: its folder; None where the graph is only in memory.

    Raises:
        QueryError: there is no RDF to ask, or the query cannot be answered.
    """
    if workspace is None or not (workspace / STORE).is_dir():
        raise QueryError(
            "sparql: the graph is not here as RDF; build a workspace with `whyrec build`, train it and load "
            "the model from there"
        )
    with GraphStore(workspace / STORE, read_only=True) as store:
        addresses = store.first(with_prefixes(sparql), SECONDS)
    rows = {_item(graph, address) for address in addresses}
    met = np.zeros(graph.num_items, dtype=np.bool_)
    met[[row for row in rows if row >= 0]] = True
    strange = sum(_item(graph, address) < 0 for address in set(addresses))
    notes = (f"sparql: {strange:,} of the answers are no items and were left out",) if strange else ()
    return Filter("the SPARQL query", met), notes


def _item(graph: KnowledgeGraph, address: str) -> int:
    """The row of the item with this IRI, -1 where there is none."""
    try:
        external = rdf.external_id(graph.name, "item", address)
    except UnicodeDecodeError:  # no id is written so
        return -1
    known = external in graph.items and rdf.iri(graph.name, "item", external) == address
    return graph.items.number(external) if known else -1
