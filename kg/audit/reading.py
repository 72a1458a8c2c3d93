"""A card, its catalog, and what single files of it say before they are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from kg import cardread, mapping
from kg.cells import Cells
from kg.columns import join_texts
from kg.facts import same_as
from kg.labels import article_first
from kg.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kg.card import Card, NodeTable
    from kg.catalog import Catalog
    from kg.graph import Kind


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card, its catalog and the cells of its files."""

    card: Card
    catalog: Catalog
    cells: Cells

    @classmethod
    def of(cls, path: str | Path) -> CardReading:
        """Read a card, leaving out the rows that a build would leave out.

        Raises:
            CardError, CatalogError: as for `kg.read`.
        """
        quarantine = Quarantine()
        catalog = mapping.read(path, quarantine)
        card = cardread.load(path)
        return cls(card, catalog, Cells(card, quarantine))

    def told(self, kind: Kind, what: str) -> dict[str, str]:
        """What node files say as "label" or "text", by id; the first label stands, texts add up."""
        said: dict[str, str] = {}
        for table in self.card.nodes:
            columns: tuple[str, ...] = getattr(table, what)
            if table.kind != kind or not columns:
                continue
            for external, text in self._cells(table, columns, " " if what == "label" else ". "):
                before = said.get(external, "")
                said[external] = (before or text) if what == "label" else f"{before} {text}".strip()
        return said

    def _cells(self, table: NodeTable, columns: tuple[str, ...], glue: str) -> Iterator[tuple[str, str]]:
        source = table.source
        frame, ids = self.cells.kept(self.cells.frame(source), source, id=table.id)
        texts = join_texts([frame[column].str.strip() for column in columns], glue, frame.index)
        return zip(ids["id"], texts.map(article_first) if table.article else texts, strict=True)

    def links(self) -> pd.DataFrame:
        """The card's links, columns item and entity, also those of items that are not in the catalog."""
        items = self.catalog.nodes["id"][self.catalog.nodes["kind"] == "item"]
        raw = [items]
        for table in self.card.same:
            if table.source is not None and table.item is not None:
                _, ids = self.cells.kept(self.cells.frame(table.source), table.source, item=table.item)
                raw.append(ids["item"])
        return same_as(self.card, self.cells, pd.concat(raw).drop_duplicates())
