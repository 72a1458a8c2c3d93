"""A dataset card and its files -> Catalog: which column is which class, property, link or interaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from kg import cardread
from kg.catalog import COLUMNS, Catalog
from kg.cells import Cells
from kg.columns import filled, join_texts
from kg.errors import CatalogError
from kg.facts import join_facts, relation_words, same_as
from kg.labels import article_first, ranges
from kg.merging import apply_merges, find_merges
from kg.nodes import join_nodes
from kg.values import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from kg.card import Card, End, FactTable, InteractionTable, Link, NodeTable
    from kg.quarantine import Quarantine
    from kg.terms import Sort

NO_PROPERTIES = pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS["properties"]}).astype(
    {"line": "int64"}
)


@dataclass
class _Draft:
    """What has been read so far."""

    nodes: list[pd.DataFrame] = field(default_factory=list)
    properties: list[pd.DataFrame] = field(default_factory=list)
    facts: list[pd.DataFrame] = field(default_factory=list)
    interactions: list[pd.DataFrame] = field(default_factory=list)
    ratings: list[pd.DataFrame] = field(default_factory=list)


def read(
    path: str | Path, quarantine: Quarantine | None = None, decisions: pd.DataFrame | None = None
) -> Catalog:
    """Read a catalog as its dataset card describes it.

    Args:
        path: the card, a `dataset.yaml` (`docs/cards.md` explains it).
        quarantine: takes the rows that are wrong, and the catalog is made from the others, as if those did
            not stand in the files; without one, the first wrong row raises.
        decisions: what a person said of entities that may be one, see `kg.merging.find_merges`.

    Raises:
        CardError: the card is not what its schema asks for, or names a column or map that is not there.
        CatalogError: a file is missing or broken; names file, line and column.
    """
    card = cardread.load(path)
    cells = Cells(card, quarantine)
    draft = _read(card, cells)
    known = -1
    while quarantine is not None and known != len(quarantine):  # one row can be wrong in several ways
        known = len(quarantine)
        draft = _read(card, cells)
    return _catalog(card, cells, draft, decisions)


def _read(card: Card, cells: Cells) -> _Draft:
    draft = _Draft()
    for nodes in card.nodes:
        _read_nodes(cells, nodes, draft)
    for facts in card.facts:
        _read_facts(cells, facts, draft)
    for interactions in card.interactions:
        _read_interactions(cells, interactions, draft)
    return draft


def _read_nodes(cells: Cells, table: NodeTable, draft: _Draft) -> None:
    source = table.source
    frame, ids = _node_rows(cells, table, draft)
    labels = _joined(cells, frame, table, table.label, " ", "label")
    nodes = {
        "kind": table.kind,
        "id": ids,
        "class": table.node_class,
        "label": labels.map(article_first) if table.article else labels,
        "text": _joined(cells, frame, table, table.text, ". ", "text"),
        "source": source.name,
        "line": frame.index,
        "add": table.add,
    }
    draft.nodes.append(pd.DataFrame(nodes, index=frame.index))
    for spec in table.properties:
        values = canonical(cells.column(frame, source, spec.column, spec.at), spec.type)
        literals = {
            "kind": table.kind,
            "id": ids,
            "property": spec.name,
            "value": values,
            "type": spec.type,
            "source": source.name,
            "line": frame.index,
        }
        draft.properties.append(pd.DataFrame(literals, index=frame.index)[values != ""])
    for link in table.links:
        draft.facts.append(_read_link(cells, frame, ids, table, link))


def _node_rows(cells: Cells, table: NodeTable, draft: _Draft) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of a node table and their ids, each new; for a table that adds, each known."""
    source, column = table.source, table.id.column
    frame, found = cells.kept(cells.frame(source), source, id=table.id)
    ids, wanted = found["id"], f"a new {table.kind} id"
    cells.refuse(ids, ids.duplicated(), source, column, f"{wanted}, each stands in the file once,")
    known = ids.isin(_known(draft, table.kind))
    if table.add:
        return frame[known.to_numpy()], ids[known.to_numpy()]
    cells.refuse(ids, known, source, column, f"{wanted} (`add: true` adds to known ones)")
    return frame, ids


def _known(draft: _Draft, kind: str) -> pd.Series:
    known = [nodes["id"][(nodes["kind"] == kind) & ~nodes["add"]] for nodes in draft.nodes]
    return pd.concat(known) if known else pd.Series(dtype="str")


def _joined(
    cells: Cells, frame: pd.DataFrame, table: NodeTable, columns: tuple[str, ...], glue: str, name: str
) -> pd.Series:
    """Several columns as one text; empty cells leave no glue behind."""
    source = table.source
    parts = [cells.column(frame, source, column, (*source.at, name)).str.strip() for column in columns]
    return join_texts(parts, glue, frame.index)


def _read_link(
    cells: Cells, frame: pd.DataFrame, ids: pd.Series, table: NodeTable, link: Link
) -> pd.DataFrame:
    """The facts that a column of values says: one per value, with the value as a node of its own."""
    values = _link_values(cells, frame, table, link)
    split = values.str.split(link.separator, regex=False) if link.separator else values
    pairs = pd.DataFrame({"head": ids.to_numpy(), "value": split.to_numpy(), "line": frame.index})
    pairs = pairs.explode("value") if link.separator else pairs
    pairs["value"] = filled(pairs["value"]).str.strip()
    pairs = pairs[(pairs["value"] != "") & ~pairs["value"].isin(link.omit)]
    facts = {
        "head_kind": table.kind,
        "head": pairs["head"],
        "relation": link.relation,
        "tail_kind": link.kind,
        "tail": link.prefix + pairs["value"],
        "tail_class": link.node_class,
        "tail_label": pairs["value"].replace(dict(link.labels)) if link.kind == "entity" else "",
        "source": table.source.name,
        "line": pairs["line"],
    }
    return pd.DataFrame(facts, index=pairs.index)


def _link_values(cells: Cells, frame: pd.DataFrame, table: NodeTable, link: Link) -> pd.Series:
    column = cells.column(frame, table.source, link.column, (*link.at, "column"))
    column = column.where(~column.isin(link.omit), "")
    if not link.bins:
        return column
    told = frame.assign(**{link.column: column})
    return ranges(cells.numbers(told, table.source, link.column, (*link.at, "column")), link.bins)


def _read_facts(cells: Cells, table: FactTable, draft: _Draft) -> None:
    source, frame = table.source, cells.frame(table.source)
    columns = {"head": table.head.id, "tail": table.tail.id}
    if not isinstance(table.relation, str):
        columns["relation"] = table.relation
    _, ids = cells.kept(frame, source, **columns)
    relation = table.relation if isinstance(table.relation, str) else ids["relation"]
    facts = {
        **_end("head", table.head, ids["head"]),
        "relation": relation,
        **_end("tail", table.tail, ids["tail"]),
        "source": source.name,
        "line": ids["head"].index,
        "near_items": table.near_items,
    }
    draft.facts.append(pd.DataFrame(facts, index=ids["head"].index))


def _end(name: str, end: End, ids: pd.Series) -> dict[str, pd.Series | str]:
    return {
        f"{name}_kind": end.kind,
        name: end.prefix + ids if end.prefix else ids,
        f"{name}_class": end.node_class,
        f"{name}_label": ids if end.prefix else "",
    }


def _read_interactions(cells: Cells, table: InteractionTable, draft: _Draft) -> None:
    source, at = table.source, table.source.at
    frame, ids = cells.kept(cells.frame(source), source, user=table.user, item=table.item)
    rows: dict[str, pd.Series | str] = {"user": ids["user"], "item": ids["item"], "part": table.part}
    if table.time is not None:
        rows["time"] = cells.times(frame, source, table.time, (*at, "time"), table.time_unit)
    told = pd.DataFrame({**rows, "source": source.name, "line": frame.index}, index=frame.index)
    if table.rating is not None:
        marks = cells.numbers(frame, source, table.rating, (*at, "rating"))
        draft.ratings.append(told.assign(rating=marks)[marks.notna()])
    liked = cells.meets(frame, source, table.liked, "liked")
    likes = told[liked]
    if table.weight is not None:
        weights = cells.numbers(frame[liked], source, table.weight, (*at, "weight"))
        cells.refuse(frame[table.weight][liked], ~(weights > 0), source, table.weight, "a weight above 0")
        likes = likes.assign(weight=weights)
    draft.interactions.append(likes)


def _catalog(card: Card, cells: Cells, draft: _Draft, decisions: pd.DataFrame | None) -> Catalog:
    items = pd.Series(
        [external for part in draft.nodes for external in part["id"][part["kind"] == "item"]], dtype="str"
    )
    seen = [*draft.interactions, *draft.ratings]
    items = pd.concat([items, *(rows["item"] for rows in seen)]).drop_duplicates()
    same = same_as(card, cells, items)
    facts = join_facts(card, draft.facts, same)
    nodes = join_nodes(draft.nodes, seen, facts, same)
    if nodes.empty:
        raise CatalogError(f"{card.text.path}: the catalog is empty; at least one item was expected")
    properties = pd.concat([NO_PROPERTIES, *draft.properties], ignore_index=True)
    merges = find_merges(card, nodes, facts, properties, decisions)
    nodes, facts, properties = apply_merges(merges, nodes, facts, properties)
    interactions = pd.concat(draft.interactions, ignore_index=True) if draft.interactions else None
    if interactions is not None:
        interactions["weight"] = interactions["weight"].fillna(1.0) if "weight" in interactions else 1.0
    return Catalog.of(
        card.name,
        nodes=nodes,
        relations=relation_words(card, facts),
        facts=facts,
        properties=properties,
        interactions=interactions,
        ratings=pd.concat(draft.ratings, ignore_index=True) if draft.ratings else None,
        split=card.split,
        description=card.description,
        licence=card.licence,
        iris=_iris(card),
        merges=merges,
    )


def _iris(card: Card) -> dict[Sort, dict[str, str]]:
    """The IRIs that the card states, by sort and name."""
    properties = {spec.name: spec.iri for table in card.nodes for spec in table.properties if spec.iri}
    relations = {name: words.iri for name, words in card.relations.items() if words.iri}
    return {"class": dict(card.classes), "relation": relations, "property": properties}
