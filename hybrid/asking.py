"""A query as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybrid.profiles import Profiles, Wish

if TYPE_CHECKING:
    from hybrid.query import Query
    from kg.graph import KnowledgeGraph


def profile(
    query: Query, graph: KnowledgeGraph, known: Profiles, *, reads_text: bool
) -> tuple[Profiles, tuple[str, ...]]:
    """Who asks, and notes on what of the query could not be used.

    Args:
        query: what is asked.
        graph: whose ids the query uses.
        known: everybody in the graph, in the order of the user vocabulary.
        reads_text: whether any scorer could use words.

    Raises:
        UnknownIdError: the user or a liked item is not in the graph.
    """
    likes = graph.items.numbers(reversed(dict.fromkeys(reversed(query.likes))))
    times = np.full(len(likes), np.nan)
    user = -1 if query.user is None else graph.users.number(query.user)
    notes: tuple[str, ...] = ()
    if user >= 0:
        theirs = known.slice(user, user + 1)
        kept = ~np.isin(theirs.items, likes)
        likes = np.concatenate([theirs.items[kept], likes])
        times = np.concatenate([theirs.times[kept], times])
        if not len(likes):
            notes = (f"user {query.user!r} has no likes in the graph",)
    if query.text.strip() and not reads_text:
        notes += ("the words were not used: no item of this graph has text",)
    return Profiles.of_likes(likes, times=times, wish=Wish(query.text), user=user), notes


def nothing_known(query: Query) -> str:
    """Why nothing can be recommended, in words."""
    if query.user is not None:
        return f"user {query.user!r} has no likes that any scorer could use; add --likes or --text"
    return "nothing in the query says anything to any scorer; add likes that the graph knows, or a text"
