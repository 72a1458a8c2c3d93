"""A small world out of a catalog, to try things in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from kg.errors import CatalogError

if TYPE_CHECKING:
    from kg.catalog import Catalog


def smaller(catalog: Catalog, people: int, items: int, seed: int = 0) -> Catalog:
    """Some people, the items that most people like, and what at least two of these share.

    Popular items alone make an easy world: figures from it are not comparable with those from everything.

    Args:
        catalog: a catalog with likes.
        people: how many people, drawn with the seed among those who like something; all if there are fewer.
        items: how many items.
        seed: of the draw.

    Raises:
        CatalogError: a number is below 1.
    """
    if people < 1 or items < 1:
        raise CatalogError(f"a small world needs people and items, not {people} and {items}")
    likes, facts = catalog.interactions, catalog.facts
    users = likes["user"].drop_duplicates()
    kept = {
        "user": users.sample(min(people, len(users)), random_state=seed),
        "item": likes["item"].value_counts().index[:items],
    }
    ours = [facts[(facts["head_kind"] == kind) & facts["head"].isin(ids)] for kind, ids in kept.items()]
    facts = pd.concat(ours)
    linked = facts.loc[facts["tail_kind"] == "entity", "tail"].value_counts()
    kept["entity"] = linked.index[linked > 1]

    def among(table: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
        return pd.concat([table[(table[kind] == each) & table[name].isin(ids)] for each, ids in kept.items()])

    def between(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["user"].isin(kept["user"]) & table["item"].isin(kept["item"])]

    return replace(
        catalog,
        nodes=among(catalog.nodes, "kind", "id"),
        facts=among(facts, "tail_kind", "tail"),
        properties=among(catalog.properties, "kind", "id"),
        interactions=between(likes),
        ratings=between(catalog.ratings),
    )
