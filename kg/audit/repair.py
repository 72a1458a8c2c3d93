"""A new table of links, for a list that carries the ids of another catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.audit.auditing import audit
from kg.audit.reading import CardReading
from kg.audit.sources import evidence_of
from kg.columns import mapped
from kg.errors import CatalogError
from kg.linking import MatchOptions, match

if TYPE_CHECKING:
    from pathlib import Path

    from kg.audit.report import AuditReport

COLUMNS = {"item": "str", "entity": "str", "title": "str", "score": "float64", "reason": "str"}


@dataclass(frozen=True, slots=True)
class Repair:
    """Links made anew.

    Attributes:
        links: columns item and entity (ids), title (the id by which the list named the entity's item), score
            (0 to 1, of the titles' match) and reason.
        unmatched: entities without an item, columns entity, title (id) and name ("" where the table of titles
            has no such id).
        before: the audit of the links as they were.
        after: that of the new ones.
    """

    links: pd.DataFrame
    unmatched: pd.DataFrame
    before: AuditReport
    after: AuditReport

    @property
    def accepted(self) -> bool:
        """Whether the new links belong together with the graph and fit better than the old ones did."""
        good = self.after.verdict == "belongs together"
        return good and not self.after.fit <= self.before.fit

    @property
    def coverage(self) -> float:
        """The share of the listed entities that have an item now."""
        matched = self.links["entity"].nunique()
        return matched / max(matched + len(self.unmatched), 1)

    def sentences(self) -> tuple[str, ...]:
        """The repair in plain words."""
        found = f"{len(self.links):,} links for {self.links['entity'].nunique():,} entities"
        fits = f"a link now beats {self.after.fit:.0%} of random ones, and {self.before.fit:.0%} before"
        verdict = (
            "the list's ids are those of the table"
            if self.accepted
            else "nothing shows that the list's ids are those of the table"
        )
        return (
            f"{self.after.title}: {verdict}: {found}, and {fits}.",
            f"{len(self.unmatched):,} of the listed entities have no item, {1 - self.coverage:.1%}.",
        )

    def __str__(self) -> str:
        return "\n".join(self.sentences())


def repair(card: str | Path, titles: pd.DataFrame, *, permutations: int = 499, seed: int = 0) -> Repair:
    """Try whether a card's list of links carries the ids of another table of titles, and link anew if so.

    An entity's title is looked up in the table by the list's id, and the item of the same name and year in
    the catalog (`kg.linking.match`); an item may stand in the catalog twice. Nothing is taken for granted:
    the new links are audited like the old ones, and `Repair.accepted` says whether they are better.

    Args:
        card: the dataset card with the links.
        titles: columns id and name, such as "Postino, Il (The Postman) (1994)", and maybe year.
        permutations: of the audits.
        seed: likewise.

    Raises:
        CardError, CatalogError: as for `kg.read`; the table lacks a column.
    """
    missing = {"id", "name"} - set(titles.columns)
    if missing:
        raise CatalogError(
            f"the table of titles needs a column {min(missing)!r}; it has {', '.join(titles.columns)}"
        )
    reading = CardReading.of(card)
    evidence = evidence_of(reading)
    listed = reading.links().rename(columns={"item": "title"})
    titles = titles.drop_duplicates("id")
    named = evidence.items[evidence.items["name"] != ""][["id", "name", "year"]]
    options = MatchOptions(one_to_one=False)
    found = match(named, titles[titles["id"].isin(listed["title"])], options)
    found = found.rename(columns={"left": "item", "right": "title"})
    links = listed.merge(found, on="title")[list(COLUMNS)].sort_values(["item", "entity"], ignore_index=True)
    rows = [
        pd.Index(evidence.items["id"]).get_indexer(links["item"]),
        pd.Index(evidence.entities["id"]).get_indexer(links["entity"]),
    ]
    lost = listed[~listed["entity"].isin(links["entity"])].drop_duplicates("entity")
    names = dict(zip(titles["id"], titles["name"], strict=True))
    return Repair(
        links=links,
        unmatched=lost[["entity", "title"]].assign(name=mapped(lost["title"], names)).reset_index(drop=True),
        before=audit(evidence, permutations=permutations, seed=seed),
        after=audit(evidence.linked(np.column_stack(rows)), permutations=permutations, seed=seed),
    )
