"""Explains one item: its score taken apart, and the paths to it, found by what was given and tested."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hybrid.reasons import origins
from hybrid.reasons.attribution import attribute
from hybrid.reasons.explanation import Explanation, LikeShare, Reason
from hybrid.reasons.passages import nearest_passages
from hybrid.reasons.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.profiles import Profiles
    from hybrid.query import Query
    from hybrid.reasons.attribution import Attribution
    from hybrid.recommender import Recommender


def explain(
    recommender: Recommender,
    query: Query,
    item: str,
    *,
    paths: int = 10,
    tested: bool = True,
    passages: bool = False,
) -> Explanation:
    """See `Recommender.explain`, of which these are the arguments."""
    asked, row = recommender.reader.read(query), recommender.graph.items.number(item)
    allowed, person, seed = asked.besides(row), asked.profile, recommender.options.seed
    scores = recommender.panel.scores(person)
    tally = recommender.answerer.tally(asked, allowed, scores)
    gave = attribute(recommender.panel, person, allowed, np.array([row]), seed=seed, dear=True, scores=scores)
    found = recommender.finder.best(person.items, gave.likes[:, 0], row, k=paths, person=int(person.users[0]))
    answer = recommender.answerer.recommendation(person, row, tally, found, asked.notes + asked.unmet(row))
    trials = Trials(recommender, person, allowed, seed)
    reasons = [trials.judge(path, row, gave) if tested else Reason(path, float("nan")) for path in found]
    likes, read = _likes(recommender, person, gave), answer.parts.get("text", 0.0) > 0
    return Explanation(
        recommendation=answer,
        query=query,
        likes=likes,
        rest=_rest(answer.parts, likes),
        reasons=tuple(sorted(reasons, key=_worth, reverse=True)) if tested else tuple(reasons),
        passages=nearest_passages(recommender, query, row, likes) if passages and read else (),
        origin=origins.of(recommender),
    )


def _worth(reason: Reason) -> tuple[bool, float]:
    """What passed its test comes first, then what the score falls by most without."""
    return reason.verdict == "because", reason.drop


def _likes(recommender: Recommender, person: Profiles, gave: Attribution) -> tuple[LikeShare, ...]:
    """What each like gave, the most first."""
    graph = recommender.graph
    shares = [
        LikeShare(
            graph.items.ids[row],
            graph.item_label(row),
            {name: float(part) for name, part in zip(gave.names, given, strict=True) if part},
        )
        for row, given in zip(person.items.tolist(), gave.shares[:, :, 0].T, strict=True)
    ]
    return tuple(sorted(shares, key=lambda share: -share.total))


def _rest(parts: Mapping[str, float], likes: tuple[LikeShare, ...]) -> dict[str, float]:
    """What of each part no like gave."""
    return {
        name: part - math.fsum(like.parts.get(name, 0.0) for like in likes)
        for name, part in parts.items()
        if not math.isnan(part)
    }
