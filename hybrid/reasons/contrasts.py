"""Two explanations in words: why this item and not that one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hybrid.reasons import words
from kg import languages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybrid.reasons.explanation import Explanation
    from kg.languages import Language

_LEVEL = 0.005  # scores that are told as the same
_LITTLE = 0.1  # of the largest difference: what is less is not told
_NAMED = 2  # likes


def contrast(one: Explanation, other: Explanation, language: str = languages.ENGLISH) -> str:
    """Why this item and not that one, in two to four sentences; what is not known (NaN) is not spoken of.

    Args:
        one: the explanation of this item.
        other: of that one, for the same query.
        language: see `kg.languages.find`.

    Raises:
        QueryError: there is no such language.
    """
    tongue = languages.load(language)
    parts = _differences(one.parts, other.parts)
    likes = _differences(*({like.item: like.total for like in each.likes} for each in (one, other)))
    labels = {like.item: like.label for each in (one, other) for like in each.likes}
    least = _LITTLE * max(map(abs, (*parts.values(), *likes.values())), default=0.0)
    points = [
        _points(_above(parts, sign, least), _above(likes, sign, least), labels, tongue) for sign in (1, -1)
    ]
    return " ".join(
        (*_scores(one, other, tongue), *_sides(one, other, points, tongue), *_notes(one, other, tongue))
    )


def _differences(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """By how much one has more, for all that both know."""
    shared = {name: one[name] - other[name] for name in one if name in other}
    return {name: amount for name, amount in shared.items() if not math.isnan(amount)}


def _above(amounts: Mapping[str, float], sign: int, least: float) -> dict[str, float]:
    return {name: sign * amount for name, amount in amounts.items() if sign * amount > least}


def _points(
    parts: Mapping[str, float], likes: Mapping[str, float], labels: Mapping[str, str], language: Language
) -> str:
    """What speaks more for an item; "" for nothing."""
    names = [labels[item] for item in sorted(likes, key=lambda item: -likes[item])[:_NAMED]]
    said = [language.say("point_liked", str(len(names)), names=language.listed(names))] if names else []
    said += [words.clause(name, language) for name in words.speaking(parts)]
    return words.clauses(said, language) if said else ""


def _scores(one: Explanation, other: Explanation, language: Language) -> list[str]:
    ahead = one.score - other.score
    if math.isnan(ahead):
        return []
    what = "level" if abs(ahead) < _LEVEL else "ahead" if ahead > 0 else "behind"
    score, less = language.number(one.score), language.number(other.score)
    return [language.say(what, one=one.label, other=other.label, score=score, less=less)]


def _sides(one: Explanation, other: Explanation, points: list[str], language: Language) -> list[str]:
    """What speaks more for either."""
    if not any(points):
        return [language.say("alike_all")]
    return [
        language.say("more", label=each.label, points=said)
        if said
        else language.say("no_more", label=each.label)
        for each, said in zip((one, other), points, strict=True)
    ]


def _notes(one: Explanation, other: Explanation, language: Language) -> list[str]:
    """What is noted on the one, or else on the other, that is not noted on both."""
    for each, beside in ((one, other), (other, one)):
        if own := [note for note in each.notes if note not in beside.notes]:
            return [language.say("note_on", label=each.label, note=words.clauses(own, language))]
    return []
