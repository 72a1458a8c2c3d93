"""Facts of several files as one table: entities that are items, dropped relations, words and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kg.columns import mapped, with_texts
from kg.labels import relation_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from kg.card import Card
    from kg.cells import Cells

COLUMNS = (
    "head_kind", "head", "relation", "tail_kind", "tail", "source", "line",
    "head_class", "head_label", "tail_class", "tail_label",
)  # fmt: skip


def same_as(card: Card, cells: Cells, items: npt.ArrayLike) -> pd.DataFrame:
    """Which entity is which item, columns item and entity, only for known items."""
    if not card.same:
        return pd.DataFrame({"item": [], "entity": []}, dtype="str")
    known = pd.Series(items, dtype="str")
    pairs = [pd.DataFrame({"item": [], "entity": []}, dtype="str")]
    for table in card.same:
        if table.source is None or table.item is None or table.entity is None:
            pairs.append(pd.DataFrame({"item": known, "entity": known}))
            continue
        _, ids = cells.kept(cells.frame(table.source), table.source, item=table.item, entity=table.entity)
        pairs.append(pd.DataFrame({"item": ids["item"], "entity": ids["entity"]}))
    same = pd.concat(pairs, ignore_index=True).drop_duplicates()
    return same[same["item"].isin(known)].reset_index(drop=True)


def join_facts(card: Card, parts: Sequence[pd.DataFrame], same: pd.DataFrame) -> pd.DataFrame:
    """All facts, each once, with items in place of the entities that they are."""
    empty = pd.DataFrame({column: [] for column in COLUMNS}, dtype="str")
    facts = pd.concat([empty, *parts], ignore_index=True)
    near = facts.get("near_items", pd.Series(data=False, index=facts.index)).eq(True)  # noqa: FBT003
    facts = with_texts(facts.reindex(columns=list(COLUMNS))).assign(near_items=near)
    dropped = [relation for relation, words in card.relations.items() if words.drop]
    facts = facts[~facts["relation"].isin(dropped)]
    for end in ("head", "tail") if len(same) else ():
        facts = _with_items(facts, end, same)
    facts = facts[~facts["near_items"] | (facts["head_kind"] == "item") | (facts["tail_kind"] == "item")]
    facts = _with_relation_classes(card, facts.drop(columns="near_items"))
    return facts.drop_duplicates(["head_kind", "head", "relation", "tail_kind", "tail"]).reset_index(
        drop=True
    )


def _with_items(facts: pd.DataFrame, end: str, same: pd.DataFrame) -> pd.DataFrame:
    """Put items in place of entities at one end; an entity that is two items gives two facts."""
    candidates = same.rename(columns={"entity": end, "item": "same_item"})
    joined = facts.merge(candidates, on=end, how="left")
    is_item = (joined[f"{end}_kind"] == "entity") & joined["same_item"].notna()
    joined[end] = joined[end].where(~is_item, joined["same_item"])
    joined[f"{end}_kind"] = joined[f"{end}_kind"].where(~is_item, "item")
    return joined.drop(columns="same_item")


def _with_relation_classes(card: Card, facts: pd.DataFrame) -> pd.DataFrame:
    """Fill in the classes that relations give; the rank puts those of files first, then the card's order."""
    order = {relation: rank for rank, relation in enumerate(card.relations)}
    ranks = facts["relation"].map(order).astype("float64").fillna(0)
    for end in ("head", "tail"):
        words = {
            relation: getattr(spec, end) for relation, spec in card.relations.items() if getattr(spec, end)
        }
        by_relation = mapped(facts["relation"], words)
        given = facts[f"{end}_class"] != ""
        classes = facts[f"{end}_class"].where(given, by_relation)
        facts = facts.assign(**{f"{end}_class": classes, f"{end}_rank": ranks.where(~given, -1)})
    return facts


def node_classes(facts: pd.DataFrame) -> dict[str, str]:
    """The class of each entity: one that a file gives it, else that of its first relation in the card."""
    ends = [
        facts.loc[facts[f"{end}_kind"] == "entity", [end, f"{end}_class", f"{end}_rank"]].set_axis(
            ["id", "class", "rank"], axis=1
        )
        for end in ("head", "tail")
    ]
    given = pd.concat(ends, ignore_index=True)
    best = given[given["class"] != ""].sort_values("rank", kind="stable").drop_duplicates("id")
    return dict(zip(best["id"].to_list(), best["class"].to_list(), strict=True))


def relation_words(card: Card, facts: pd.DataFrame) -> pd.DataFrame:
    """The relations in use, in the card's order and then as met; words are made from ids if it has none."""
    used = pd.unique(facts["relation"])
    ordered = [name for name in card.relations if name in set(used)]
    ordered += [name for name in used if name not in card.relations]
    rows = []
    for name in ordered:
        words = card.relations.get(name)
        label = (words.label if words else "") or relation_label(name)
        inverse = (words.inverse_label if words else "") or f"{label} of"
        rows.append({"id": name, "label": label, "inverse_label": inverse})
    return pd.DataFrame(rows, columns=["id", "label", "inverse_label"], dtype="str")
