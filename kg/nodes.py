"""Nodes of several files as one table: each node once, with the class, label and text found for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.columns import filled, mapped, with_texts
from kg.facts import node_classes
from kg.labels import entity_label

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("kind", "id", "class", "label", "text", "source", "line")


def join_nodes(
    declared: Sequence[pd.DataFrame],
    interactions: Sequence[pd.DataFrame],
    facts: pd.DataFrame,
    same: pd.DataFrame,
) -> pd.DataFrame:
    """One row per node, in the order met: declared ones, those of interactions, those of facts.

    A node's class and label are the first that a file gives, its text is all of them together. An entity's
    class comes from its facts where no file gives one, its label from its id. What is said of an entity that
    is an item is said of the item.

    Args:
        declared: rows of the node files, columns kind, id, class, label, text, source.
        interactions: rows of the interaction files, likes before ratings, columns user, item, source.
        facts: as `kg.facts.join_facts` gives them.
        same: which entity is which item, columns item and entity.
    """
    likes = [_mention(rows, kind) for kind in ("user", "item") for rows in interactions]
    parts = [*declared, *likes, *(_end(facts, end) for end in ("head", "tail"))]
    rows = with_texts(pd.concat(parts, ignore_index=True).reindex(columns=list(COLUMNS)))
    rows = _entities_as_items(rows, same)
    nodes = _first(rows)
    nodes["text"] = _texts(rows, nodes)
    nodes["class"] = _classes(nodes, facts)
    nodes["label"] = _labels(nodes, same)
    return nodes


def _mention(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    return rows[[kind, "source", "line"]].drop_duplicates(kind).rename(columns={kind: "id"}).assign(kind=kind)


def _end(facts: pd.DataFrame, end: str) -> pd.DataFrame:
    names = {f"{end}_kind": "kind", end: "id", f"{end}_label": "label"}
    return facts[[*names, "source", "line"]].drop_duplicates([f"{end}_kind", end]).rename(columns=names)


def _entities_as_items(rows: pd.DataFrame, same: pd.DataFrame) -> pd.DataFrame:
    is_item = (rows["kind"] == "entity") & rows["id"].isin(same["entity"])
    items = rows[is_item].merge(same, left_on="id", right_on="entity")
    items = items.assign(kind="item", id=items["item"])
    return pd.concat([rows[~is_item], items[list(COLUMNS)]], ignore_index=True)


def _first(rows: pd.DataFrame) -> pd.DataFrame:
    filled = rows.assign(
        **{name: rows[name].where(rows[name] != "", np.nan) for name in ("class", "label", "source")}
    )
    return with_texts(filled.groupby(["kind", "id"], sort=False).first().reset_index())


def _texts(rows: pd.DataFrame, nodes: pd.DataFrame) -> pd.Series:
    told = rows[rows["text"] != ""].drop_duplicates(["kind", "id", "text"])
    several = told.duplicated(["kind", "id"], keep=False)
    joined = told[several].groupby(["kind", "id"], sort=False)["text"].agg(_sentences)
    texts = pd.concat([told[~several].set_index(["kind", "id"])["text"], joined])
    places = pd.MultiIndex.from_frame(nodes[["kind", "id"]])
    return filled(pd.Series(texts.reindex(places).to_numpy(), index=nodes.index))


def _sentences(texts: pd.Series) -> str:
    told = [str(text) for text in texts]
    return "".join(text + (" " if text.endswith((".", "!", "?")) else ". ") for text in told[:-1]) + told[-1]


def _classes(nodes: pd.DataFrame, facts: pd.DataFrame) -> pd.Series:
    """The declared class; else an entity's from its facts, a user's or an item's from its kind's first."""
    entity = nodes["kind"] == "entity"
    declared = nodes[~entity & (nodes["class"] != "")].drop_duplicates("kind")
    of_kind = dict(zip(declared["kind"], declared["class"], strict=True))
    found = mapped(nodes["id"], node_classes(facts)).where(entity, mapped(nodes["kind"], of_kind))
    return nodes["class"].where(nodes["class"] != "", found)


def _labels(nodes: pd.DataFrame, same: pd.DataFrame) -> pd.Series:
    """The declared label; else a name read from the entity's id, for an item from that of its entity."""
    first = same.drop_duplicates("item")
    entity_of = mapped(
        nodes["id"], dict(zip(first["item"].to_list(), first["entity"].to_list(), strict=True))
    )
    named_by = nodes["id"].where(nodes["kind"] == "entity", entity_of.where(nodes["kind"] == "item", ""))
    missing = nodes["label"] == ""
    return filled(nodes["label"].where(~missing, named_by.where(missing, "").map(entity_label)))
