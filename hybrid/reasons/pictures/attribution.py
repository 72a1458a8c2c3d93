"""A score taken apart, as bars: what each scorer gave, and what each liked item gave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hybrid.palette import Picture
from hybrid.pictures import SERIES, bars, series_variable, stacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hybrid.reasons.explanation import Explanation

SHOWN_LIKES = 12
OTHER_LIKES, REST, OTHER_SCORERS = "all other likes", "no like's share", "the other scorers"


def scorer_bars(explanation: Explanation) -> Picture:
    """What each scorer gave to the score, the most first; a scorer that abstained is left out."""
    given = {name: part for name, part in explanation.parts.items() if not math.isnan(part)}
    ordered = dict(sorted(given.items(), key=lambda pair: -pair[1]))
    return Picture(bars(ordered, f"what each scorer gave to the score of {explanation.label}"))


def like_bars(explanation: Explanation) -> Picture:
    """What each liked item gave, by scorer, the most first, and below it what is no like's share."""
    rows = _rows(explanation)
    names = scorers_drawn(explanation)
    drawn = [_grouped(parts, names) for parts in rows.values()]
    described = f"what each liked item gave to the score of {explanation.label}, by scorer"
    return Picture(_legend(names) + stacked(drawn, names, described, names=list(rows)))


def scorers_drawn(explanation: Explanation) -> list[str]:
    """The scorers that have a colour of their own, those that move most first, and a word for the others."""
    moved: dict[str, float] = {}
    for parts in _rows(explanation).values():
        for name, part in parts.items():
            moved[name] = moved.get(name, 0.0) + (0.0 if math.isnan(part) else abs(part))
    names = sorted((name for name in moved if moved[name] > 0), key=lambda name: -moved[name])
    return names if len(names) <= len(SERIES) else [*names[: len(SERIES) - 1], OTHER_SCORERS]


def _rows(explanation: Explanation) -> dict[str, Mapping[str, float]]:
    """Names of the bars and their parts; two likes of one name are told apart by their ids."""
    shown, others = explanation.likes[:SHOWN_LIKES], explanation.likes[SHOWN_LIKES:]
    rows: dict[str, Mapping[str, float]] = {}
    for like in shown:
        rows[like.label if like.label not in rows else f"{like.item}: {like.label}"] = like.parts
    if others:
        rows[OTHER_LIKES] = _summed(like.parts for like in others)
    if explanation.rest:
        rows[REST] = explanation.rest
    return rows


def _summed(many: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for parts in many:
        for name, part in parts.items():
            total[name] = total.get(name, 0.0) + part
    return total


def _grouped(parts: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """The parts by the scorers that are drawn; the small ones together."""
    named = {name: part for name, part in parts.items() if name in names}
    others = math.fsum(part for name, part in parts.items() if name not in names and not math.isnan(part))
    return {**named, OTHER_SCORERS: others} if OTHER_SCORERS in names else named


def _legend(names: Sequence[str]) -> Picture:
    """Which colour is which scorer."""
    dot = '<span style="display:inline-block;width:.75em;height:.75em;margin-right:.35em;background:var({})">'
    item = Picture('<span style="margin-right:1rem;font-size:.88rem">' + dot + "</span>{}</span> ")
    return Picture("").join(item.format(series_variable(n), name) for n, name in enumerate(names))
