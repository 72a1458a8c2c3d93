"""How well a scorer ranks on parts of the data: where little is known, and what few or nobody likes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.beyond import Known
from hybrid.evaluation.protocol import KS, Wanted, measure, rank
from hybrid.scorers.base import likes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybrid.evaluation.protocol import Evaluation, Ranking
    from hybrid.profiles import Profiles
    from hybrid.scorers import ScoreArray
    from kg.graph import BoolArray, IntArray, Interactions, KnowledgeGraph

SPARSE = 0.2  # of the people
HEAD = 0.2  # of the items that anybody likes
_QUARTERS = (0.25, 0.5, 0.75)


def of_people(graph: KnowledgeGraph, users: IntArray) -> dict[str, BoolArray]:
    """Which people have how long a history, beside each other: shape (len(users),) each.

    "history q1" to "history q4" are the quarters with the shortest to the longest histories, "sparse" the
    fifth with the shortest. People with histories of one length stay together, so that a part may be larger
    or empty.

    Args:
        graph: its interactions are the histories.
        users: rows of the user vocabulary, for instance `Evaluation.users`, at least one.
    """
    lengths = np.diff(likes(graph).indptr)[users]
    quarter = np.searchsorted(np.quantile(lengths, _QUARTERS), lengths)
    parts = {f"history q{number + 1}": quarter == number for number in range(len(_QUARTERS) + 1)}
    return {**parts, "sparse": lengths <= np.quantile(lengths, SPARSE)}


def of_items(graph: KnowledgeGraph) -> dict[str, BoolArray]:
    """Which items are liked by many, few, or nobody that training knows: shape (num_items,) each.

    "head" is the fifth of the liked items that most people like, with all that tie with its last; "tail" the
    other liked ones; both are "warm"; "cold" is what nobody likes.
    """
    popularity = Known.of(graph).popularity
    warm = popularity > 0
    ranked = np.sort(popularity[warm])[::-1]
    least = ranked[int(np.ceil(HEAD * len(ranked))) - 1] if len(ranked) else 1
    head = popularity >= least
    return {"warm": warm, "head": head, "tail": warm & ~head, "cold": ~warm}


def evaluate_slices(
    score: Callable[[Profiles], ScoreArray],
    graph: KnowledgeGraph,
    heldout: Interactions,
    *,
    ks: Sequence[int] = KS,
    seed: int = 0,
    auc: bool = False,
) -> dict[str, Evaluation]:
    """What `evaluate` gives, for all and for each slice of `of_people` and `of_items`; ranks once.

    The lists are the same for all slices. A slice of people has the numbers of its people. A slice of items
    has its test items as if they were the only ones, looked for by those who have any, in lists of all
    items: other test items above them push them down. It has no metrics of `hybrid.evaluation.beyond`, for
    its lists are those of all.

    Returns:
        "all" first, then the slices that anything is in, by name.

    Raises:
        CatalogError: no held-out item is left to find.
        ValueError: `score` answers with another shape.
    """
    wanted = Wanted.of(graph, heldout)
    return of_ranking(rank(score, graph, wanted, places=max(ks), seed=seed, auc=auc), wanted, graph, ks)


def of_ranking(
    ranking: Ranking, wanted: Wanted, graph: KnowledgeGraph, ks: Sequence[int] = KS
) -> dict[str, Evaluation]:
    """What `evaluate_slices` gives, of lists that are there already."""
    known = Known.of(graph)
    found = {"all": measure(ranking, wanted, known, ks)}
    for name, people in of_people(graph, wanted.users).items():
        if people.any():
            found[name] = measure(*_part(ranking, wanted, people[wanted.rows]), known, ks)
    for name, items in of_items(graph).items():
        if (kept := items[wanted.items]).any():
            found[name] = measure(*_part(ranking, wanted, kept), None, ks)
    return found


def _part(ranking: Ranking, wanted: Wanted, kept: BoolArray) -> tuple[Ranking, Wanted]:
    """The test items that are kept, and the lists of those who have any."""
    rows, starts = np.unique(wanted.rows[kept], return_index=True)
    part = Wanted(wanted.users[rows], np.append(starts, kept.sum()), wanted.items[kept])
    beaten = None if ranking.beaten is None else ranking.beaten[kept]
    return replace(ranking, top=ranking.top[rows], histories=ranking.histories[rows], beaten=beaten), part
