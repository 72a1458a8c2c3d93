"""Which entity an item is by its name and year, where that is not the one that it is linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.linking import match

if TYPE_CHECKING:
    from kg.audit.evidence import Evidence


def propose(evidence: Evidence) -> dict[int, str]:
    """Propose other entities for links, as `kg.linking.match` finds them: of two as good, none.

    Args:
        evidence: items with a column name (their own names) and entities with labels; without, nothing is
            found.

    Returns:
        The proposed entity's id, by the row of the link.
    """
    if evidence.names is None or "name" not in evidence.items:
        return {}
    items = evidence.items[evidence.items["name"] != ""]
    entities = evidence.entities.rename(columns={"label": "name"})
    entities = entities[entities["name"] != ""]
    found = match(items[["id", "name", "year"]], entities[["id", "name", "year"]])
    partner = dict(zip(found["left"], found["right"], strict=True))
    ids, now = evidence.items["id"].to_list(), evidence.entities["id"].to_list()
    links = [(ids[item], now[entity]) for item, entity in evidence.links.tolist()]
    settled = set(links)  # an item may be several entities, and one of them has its name
    better = {row: partner.get(item, "") for row, (item, _) in enumerate(links)}
    return {
        row: entity for row, entity in better.items() if entity and (links[row][0], entity) not in settled
    }
