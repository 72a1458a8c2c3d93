"""Entities of a catalog that are one become one, as the card asks for, and the merges are kept to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kg.catalog import MERGED, MERGES, UNSURE, no_merges
from kg.columns import mapped
from kg.linking import MatchOptions, merge
from kg.linking.outside import written

if TYPE_CHECKING:
    from kg.card import Card, LinkingRule


def find_merges(
    card: Card,
    nodes: pd.DataFrame,
    facts: pd.DataFrame,
    properties: pd.DataFrame,
    decisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which entities are one, by the card's `linking` rules.

    Args:
        card: holds the rules; each looks at the entities of some classes.
        nodes: as in a `Catalog`, before merging.
        facts: likewise.
        properties: likewise.
        decisions: what a person said of pairs, columns kept, merged and verdict; see `kg.linking.merge`.

    Returns:
        Columns class, kept, merged (ids), score, reason, and verdict: "merged", or "unsure" for a pair that
        only a person can tell and that stays two.
    """
    counts = pd.concat([facts["head"], facts["tail"]]).value_counts()
    found = [no_merges()]
    for rule in card.linking:
        records = _records(rule, nodes, properties, counts)
        options = MatchOptions(threshold=rule.threshold, names_alone=rule.names_alone)
        merged = merge(records, decisions, options)
        found += [merged.merges.assign(verdict=MERGED), merged.unsure.assign(verdict=UNSURE)]
    return pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)[list(MERGES)]


def _records(
    rule: LinkingRule, nodes: pd.DataFrame, properties: pd.DataFrame, counts: pd.Series
) -> pd.DataFrame:
    chosen = nodes[(nodes["kind"] == "entity") & nodes["class"].isin(rule.classes)]
    literals = properties[(properties["kind"] == "entity") & properties["id"].isin(chosen["id"])]
    told = literals[literals["property"].isin(rule.ids)]
    pairs = zip(told["value"].to_list(), told["property"].to_list(), strict=True)
    named = [written(value, scheme=scheme) for value, scheme in pairs]
    outside = pd.Series(named, index=told["id"], dtype=object).groupby(level=0).agg(tuple)
    years = literals[literals["property"] == rule.year].drop_duplicates("id").set_index("id")["value"]
    return pd.DataFrame(
        {
            "id": chosen["id"],
            "name": chosen["label"],
            "class": chosen["class"],
            "year": mapped(chosen["id"], dict(zip(years.index, years, strict=True))),
            "ids": [(external, *outside.get(external, ())) for external in chosen["id"]],
            "facts": chosen["id"].map(counts).fillna(0),
        }
    ).reset_index(drop=True)


def apply_merges(
    merges: pd.DataFrame, nodes: pd.DataFrame, facts: pd.DataFrame, properties: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Nodes, facts and properties with the kept entity in place of those that were merged into it."""
    merged = merges[merges["verdict"] == MERGED]
    if merged.empty:
        return nodes, facts, properties
    kept = dict(zip(merged["merged"].to_list(), merged["kept"].to_list(), strict=True))
    gone = (nodes["kind"] == "entity") & nodes["id"].isin(list(kept))
    for kind, external in (("head_kind", "head"), ("tail_kind", "tail")):
        facts = _renamed(facts, kind, external, kept)
    properties = _renamed(properties, "kind", "id", kept)
    facts = facts.drop_duplicates(["head_kind", "head", "relation", "tail_kind", "tail"], ignore_index=True)
    return nodes[~gone].reset_index(drop=True), facts, properties.drop_duplicates(ignore_index=True)


def _renamed(frame: pd.DataFrame, kind: str, external: str, kept: dict[str, str]) -> pd.DataFrame:
    mask = (frame[kind] == "entity") & frame[external].isin(list(kept))
    return frame.assign(**{external: frame[external].where(~mask, frame[external].replace(kept))})
