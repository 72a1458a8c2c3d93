"""From a dataset card to the evidence for an audit, with items' own files kept apart from the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.audit.evidence import Evidence, indicator, scale, words
from kg.audit.reading import CardReading
from kg.columns import filled, mapped
from kg.labels import entity_label, relation_label
from kg.split import parts

if TYPE_CHECKING:
    from pathlib import Path

    from scipy import sparse

    from kg.card import Card, FactTable

YEAR = r"\b(1[5-9]\d\d|20\d\d)\b"
BRACKET_YEAR = r"[(\[][^()\[\]]*\b(1[5-9]\d\d|20\d\d)\b[^()\[\]]*[)\]]"
YEAR_NAMES = r"(?i)year|date|release|publi"


def read_evidence(path: str | Path) -> Evidence:
    """The evidence that a card's files hold for and against its links.

    An item's own attributes are the links, labels, texts and properties of its node files, the facts of files
    that name the item itself, and the people who interacted with it, as far as they are no test interactions.
    All other facts are the graph's. A label that an item only has from its entity is not its own.

    Raises:
        CardError, CatalogError: as for `kg.read`.
    """
    return evidence_of(CardReading.of(path))


def evidence_of(reading: CardReading) -> Evidence:
    """The evidence of a card that has been read; see `read_evidence`."""
    catalog = reading.catalog
    items = _items(reading)
    links = reading.links()
    links = links[links["item"].isin(items["id"])]
    own_facts, graph_facts = _divide(reading.card, catalog.facts)
    entities = _entities(reading, links, graph_facts)
    own = _own(reading, items, own_facts)
    names, unnamed = _names(items, entities)
    return Evidence(
        title=catalog.name,
        items=items,
        entities=entities[["id", "label", "year"]],
        links=np.column_stack(
            [
                pd.Index(items["id"]).get_indexer(links["item"]),
                pd.Index(entities["id"]).get_indexer(links["entity"]),
            ]
        ).astype(np.int64),
        own=own,
        graph=_graph(reading, entities, graph_facts),
        names=names,
        absent=_absent(own) | unnamed,
    )


def _items(reading: CardReading) -> pd.DataFrame:
    """Columns id, label, name (its own, without those read from an entity) and year."""
    nodes = reading.catalog.nodes
    items = nodes[nodes["kind"] == "item"].reset_index(drop=True)
    name = mapped(items["id"], reading.told("item", "label"))
    values = reading.catalog.properties
    dated = values[(values["kind"] == "item") & values["property"].str.contains(YEAR_NAMES)]
    years = dated.assign(year=filled(dated["value"].str.extract(YEAR, expand=False)))
    years = years[(years["year"] != "") & years["source"].isin(_node_sources(reading.card))].drop_duplicates(
        "id"
    )
    year = mapped(items["id"], dict(zip(years["id"], years["year"], strict=True)))
    in_name = filled(name.str.extract(BRACKET_YEAR, expand=False))
    label = items["label"].where(items["label"] != "", items["id"])
    return pd.DataFrame(
        {"id": items["id"], "label": label, "name": name, "year": year.where(year != "", in_name)}
    )


def _node_sources(card: Card) -> set[str]:
    return {table.source.name for table in card.nodes if table.kind == "item"}


def _divide(card: Card, facts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The facts that items' own files state, and those of the graph; facts about people are neither's."""
    linked = {
        (table.source.name, link.relation)
        for table in card.nodes
        if table.kind == "item"
        for link in table.links
    }
    stated = {table.source.name for table in card.facts if _names_items(table)}
    facts = facts[(facts["head_kind"] != "user") & (facts["tail_kind"] != "user")]
    pairs = pd.MultiIndex.from_frame(facts[["source", "relation"]])
    own = pairs.isin(linked) | facts["source"].isin(stated).to_numpy()
    return facts[own], facts[~own]


def _names_items(table: FactTable) -> bool:
    return "item" in {table.head.kind, table.tail.kind}


def _entities(reading: CardReading, links: pd.DataFrame, graph_facts: pd.DataFrame) -> pd.DataFrame:
    """Linked entities and those that the graph has facts of; columns id, label, year, and key of its node."""
    first = links.drop_duplicates("entity")
    spare = graph_facts["head"][graph_facts["head_kind"] == "entity"].drop_duplicates()
    spare = spare[~spare.isin(first["entity"])]
    ids = (
        pd.concat([first["entity"], reading.links()["entity"], spare])
        .drop_duplicates()
        .reset_index(drop=True)
    )
    key = mapped(ids, dict(zip(first["entity"], "item " + first["item"], strict=True)))
    label = mapped(ids, reading.told("entity", "label"))
    label = label.where(label != "", ids.map(entity_label))
    year = filled(label.str.extract(BRACKET_YEAR, expand=False))
    return pd.DataFrame(
        {"id": ids, "label": label, "year": year, "key": key.where(key != "", "entity " + ids)}
    )


def _own(reading: CardReading, items: pd.DataFrame, own_facts: pd.DataFrame) -> dict[str, sparse.csr_array]:
    """What the items' own files say, by family."""
    ids = pd.Index(items["id"])
    families: dict[str, sparse.csr_array] = {}
    for relation, facts in own_facts.groupby("relation", sort=True):
        ends = _ends(facts)
        ends = ends[ends["node"].str.startswith("item ")]
        families[relation_label(str(relation))] = indicator(
            ids.get_indexer(ends["node"].str.removeprefix("item ")), ends["feature"], len(ids)
        )
    families |= _properties(reading, ids)
    if (items["year"] != "").any() and "year" not in families:
        families["year"] = scale(pd.to_numeric(items["year"], errors="coerce"))
    plain = items["name"].str.replace(BRACKET_YEAR, "", regex=True)
    texts = plain + " " + mapped(items["id"], reading.told("item", "text"))
    families["words"] = words(texts.to_list())
    likes = reading.catalog.interactions[parts(reading.catalog) != "test"]
    families["people"] = indicator(ids.get_indexer(likes["item"]), likes["user"], len(ids))
    return {name: table for name, table in families.items() if table.nnz}


def _ends(facts: pd.DataFrame) -> pd.DataFrame:
    """Columns node and feature: what every fact says of the nodes at its ends."""
    head, tail = (facts[f"{end}_kind"] + " " + facts[end] for end in ("head", "tail"))
    forward = pd.DataFrame({"node": head, "feature": facts["relation"] + " " + tail})
    backward = pd.DataFrame({"node": tail, "feature": facts["relation"] + " of " + head})
    return pd.concat([forward, backward], ignore_index=True)


def _properties(reading: CardReading, ids: pd.Index) -> dict[str, sparse.csr_array]:
    """Numbers as steps of a scale, anything else as words."""
    values = reading.catalog.properties
    values = values[(values["kind"] == "item") & values["source"].isin(_node_sources(reading.card))]
    families = {}
    for name, rows in values.groupby("property", sort=True):
        first = rows.drop_duplicates("id")
        told = pd.Series(first["value"].to_numpy(), index=first["id"]).reindex(ids)
        numbers = pd.to_numeric(told, errors="coerce")
        numeric = numbers.notna().sum() > 0.9 * told.notna().sum()
        families[str(name)] = scale(numbers) if numeric else words(filled(told).to_list())
    return families


def _graph(reading: CardReading, entities: pd.DataFrame, facts: pd.DataFrame) -> sparse.csr_array:
    """What the graph says of every entity: its facts in either direction, and its literal values."""
    values = reading.catalog.properties
    values = values[~values["source"].isin(_node_sources(reading.card))]
    literals = pd.DataFrame(
        {"node": values["kind"] + " " + values["id"], "feature": values["property"] + " = " + values["value"]}
    )
    keys = pd.DataFrame({"node": entities["key"], "row": np.arange(len(entities))})
    said = pd.concat([_ends(facts), literals], ignore_index=True).merge(keys, on="node")
    return indicator(said["row"].to_numpy(dtype=np.int64), said["feature"], len(entities))


def _names(
    items: pd.DataFrame, entities: pd.DataFrame
) -> tuple[tuple[sparse.csr_array, sparse.csr_array] | None, dict[str, str]]:
    """The words of both sides' names, or None and why."""
    if not (items["name"] != "").any():
        return None, {"name": "the items have no names of their own"}
    if not (entities["label"] != "").any():
        return None, {"name": "the graph names its entities by ids that say nothing"}
    both = words([*items["name"], *entities["label"]])
    return (both[: len(items)], both[len(items) :]), {}


def _absent(own: dict[str, sparse.csr_array]) -> dict[str, str]:
    absent = {}
    if "people" not in own:
        absent["people"] = "the card has no interactions"
    if "words" not in own:
        absent["words"] = "the items have neither names nor texts of their own"
    if not set(own) - {"people", "words", "year"}:
        absent["attributes"] = "the items' own files state no genre or the like"
    return absent
