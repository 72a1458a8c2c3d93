"""Whether a scorer can tell anything at all, so that nobody waits for one that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybrid.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.scorers.base import ScoreArray
    from kg.graph import Interactions, KnowledgeGraph

_CELLS = 2_000_000  # scores at a time


def can_tell(score: Callable[[Profiles], ScoreArray], graph: KnowledgeGraph, wanted: Interactions) -> bool:
    """Whether any of some likes gets a score for the person who gave it; usually the first few people tell.

    Args:
        score: gives scores of shape (number of profiles, num_items), NaN for "cannot tell".
        graph: its interactions are the histories.
        wanted: the likes.
    """
    people, rows = np.unique(wanted.users, return_inverse=True)
    for first, batch in Profiles.of_users(graph, people).batches(max(1, _CELLS // graph.num_items)):
        inside = (rows >= first) & (rows < first + len(batch))
        if not np.isnan(score(batch)[rows[inside] - first, wanted.items[inside]]).all():
            return True
    return False
