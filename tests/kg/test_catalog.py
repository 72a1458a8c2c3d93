"""A catalog is checked when it is made."""

from __future__ import annotations

import pandas as pd
import pytest

from kg import Catalog, CatalogError


def test_nodes_that_only_facts_or_interactions_name_are_added() -> None:
    facts = pd.DataFrame(
        {"head_kind": ["item"], "head": ["i"], "relation": ["r"], "tail_kind": "entity", "tail": "e"}
    )
    catalog = Catalog.of("c", facts=facts, interactions=pd.DataFrame({"user": ["u"], "item": ["j"]}))
    assert list(zip(catalog.nodes["kind"], catalog.nodes["id"], catalog.nodes["class"], strict=True)) == [
        ("user", "u", "User"),
        ("item", "j", "Item"),
        ("item", "i", "Item"),
        ("entity", "e", "Entity"),
    ]
    assert catalog.relations.to_dict(orient="list") == {
        "id": ["r"],
        "label": ["r"],
        "inverse_label": ["r of"],
    }
    assert catalog.interactions["weight"].to_list() == [1.0]


def nodes(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"kind": ["item", "item"], "id": ["a", "b"], **columns})


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({}, "is empty; at least one item was expected"),
        ({"nodes": nodes(id=["a", "a"])}, "item 'a' occurs twice"),
        ({"nodes": nodes(id=["a", ""], source="x.csv")}, r"a item has an empty id \(x.csv\)"),
        ({"nodes": nodes(kind="film")}, "a node of kind 'film'"),
        ({"interactions": pd.DataFrame({"user": ["u"], "item": [""]})}, "an empty id"),
        (
            {"interactions": pd.DataFrame({"user": ["u"], "item": ["i"], "weight": [0.0]})},
            "an interaction of weight 0",
        ),
        (
            {"interactions": pd.DataFrame({"user": ["u"], "item": ["i"], "weight": [float("nan")]})},
            "weight nan",
        ),
        (
            {"interactions": pd.DataFrame({"user": ["u"], "item": ["i"], "time": [float("inf")]})},
            "infinite time",
        ),
        ({"interactions": pd.DataFrame({"user": ["u"], "item": ["i"], "part": ["dev"]})}, "part 'dev'"),
    ],
)
def test_what_is_wrong_is_said(tables: dict[str, pd.DataFrame], message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        Catalog.of("c", **tables)


def test_the_class_itself_checks_too() -> None:
    good = Catalog.of("c", nodes=nodes())
    fact = pd.DataFrame(
        {"head_kind": "item", "head": ["x"], "relation": "r", "tail_kind": "item", "tail": "a", "source": ""}
    ).assign(line=0)
    with pytest.raises(CatalogError, match="item 'x' is mentioned but is not among the nodes"):
        Catalog("c", good.nodes, good.relations, fact, good.properties, good.interactions)
    with pytest.raises(CatalogError, match="nodes need a column 'kind'"):
        Catalog("c", pd.DataFrame(), good.relations, good.facts, good.properties, good.interactions)
