"""What breaks the shapes, taken back to the rows of the files that say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import rdf
from kg.shapes import shapes_of, validate

if TYPE_CHECKING:
    from kg.card import Card
    from kg.quads import Writer
    from kg.quarantine import Quarantine
    from kg.store import GraphStore

WARNINGS = ("node", "path", "value", "severity", "message")
Place = tuple[str, int]


def find_violations(card: Card, writer: Writer, store: GraphStore, quarantine: Quarantine) -> pd.DataFrame:
    """Put the rows that break a shape into quarantine.

    The row of a wrong value is the one that the value comes from, and the row of a missing one is that of the
    node's own table. A node that no table of nodes declares, but facts or interactions name, has no row.

    Args:
        card: what the shapes follow from.
        writer: the catalog as it stands in the store.
        store: the filled store.
        quarantine: gets the rows.

    Returns:
        What does not cost a row: violations of a lower severity than sh:Violation and those without a row;
        columns node (its IRI), path, value, severity, message.

    Raises:
        CardError: the card's rules or the user's shapes are not right.
    """
    found = validate(store, shapes_of(card, writer.terms))
    places = _Places(card, writer, found["node"])
    kept = np.ones(len(found), dtype=np.bool_)
    columns = (found[name].to_list() for name in ("node", "path", "value", "severity", "message"))
    for number, (node, path, value, severity, message) in enumerate(zip(*columns, strict=True)):
        place = places.of(node, path, value) if severity == "Violation" else None
        if place is not None:
            quarantine.add(*place, message, field=places.word(path), value=value)
            kept[number] = False
    return found.loc[kept, list(WARNINGS)].reset_index(drop=True)


class _Places:
    """Which row says what of the nodes that break a shape."""

    def __init__(self, card: Card, writer: Writer, nodes: pd.Series) -> None:
        self.words = {iri: name for names in writer.terms.iris.values() for name, iri in names.items()}
        catalog = writer.catalog
        mine = writer.addresses.isin(nodes.unique()).to_numpy()
        declared = catalog.nodes["source"].isin([table.source.name for table in card.nodes]).to_numpy()
        addresses = dict(
            zip(
                zip(catalog.nodes["kind"][mine], catalog.nodes["id"][mine], strict=True),
                writer.addresses[mine],
                strict=True,
            )
        )
        self.nodes = _places(writer.addresses[mine & declared].to_list(), catalog.nodes[mine & declared])
        self.values: dict[tuple[str, str, str], Place] = {}
        self._take(addresses, catalog.properties, ("kind", "id"), "property", "value")
        heads = pd.MultiIndex.from_frame(catalog.facts[["head_kind", "head"]])
        facts = catalog.facts[heads.isin(list(addresses))] if addresses else catalog.facts.iloc[:0]
        tails = writer.addresses_of(facts["tail_kind"], facts["tail"]).to_list()
        self._take(addresses, facts.assign(address=tails), ("head_kind", "head"), "relation", "address")

    def _take(
        self,
        addresses: dict[tuple[str, str], str],
        frame: pd.DataFrame,
        subject: tuple[str, str],
        word: str,
        value: str,
    ) -> None:
        keys = pd.MultiIndex.from_frame(frame[list(subject)])
        rows = frame[keys.isin(list(addresses))] if addresses else frame.iloc[:0]
        columns = (rows[name].to_list() for name in (*subject, word, value, "source", "line"))
        for kind, external, name, told, source, line in zip(*columns, strict=True):
            self.values.setdefault((addresses[kind, external], name, told), (source, line))

    def of(self, node: str, path: str, value: str) -> Place | None:
        """The row that says something of a node, or the node's own."""
        return self.values.get((node, self.word(path), value)) or self.nodes.get(node)

    def word(self, path: str) -> str:
        """What a card calls a predicate."""
        return {rdf.RDFS_LABEL: "label", rdf.DESCRIPTION: "text"}.get(path) or self.words.get(path, path)


def _places(addresses: list[str], rows: pd.DataFrame) -> dict[str, Place]:
    return dict(zip(addresses, zip(rows["source"], rows["line"].to_list(), strict=True), strict=True))
