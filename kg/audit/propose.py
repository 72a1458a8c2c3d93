"""Which entity a doubtful item is, by name, year and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kg.linking import MatchOptions, match

if TYPE_CHECKING:
    from kg.audit.evidence import Evidence
    from kg.graph import IntArray


def propose(evidence: Evidence, doubtful: IntArray) -> dict[int, str]:
    """Propose other entities for some links.

    Candidates are all entities of the evidence but those that a link which is not doubtful uses. A match is
    taken on the terms of `kg.linking.match`: two candidates that are as good are no proposal.

    Args:
        evidence: items and entities, with names.
        doubtful: rows of the links.

    Returns:
        The proposed entity's id by the link's row.
    """
    links = evidence.links
    sure = np.setdiff1d(links[np.setdiff1d(np.arange(len(links)), doubtful), 1], links[doubtful, 1])
    items = evidence.items.iloc[np.unique(links[doubtful, 0])]
    items = items.assign(name=items["name"] if "name" in items else items["label"])
    entities = evidence.entities.drop(index=evidence.entities.index[sure]).rename(columns={"label": "name"})
    items, entities = items[items["name"] != ""], entities[entities["name"] != ""]
    if items.empty or entities.empty:
        return {}
    found = match(items[["id", "name", "year"]], entities[["id", "name", "year"]], MatchOptions())
    partner = dict(zip(found["left"], found["right"], strict=True))
    ids, now = evidence.items["id"].to_numpy(), evidence.entities["id"].to_numpy()
    proposed = {int(row): partner.get(ids[links[row, 0]], "") for row in doubtful}
    return {row: entity for row, entity in proposed.items() if entity not in {"", now[links[row, 1]]}}
