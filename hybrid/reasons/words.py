"""An explanation in words: why an item, in a paragraph."""

from __future__ import annotations

import math
import textwrap
from functools import cache
from typing import TYPE_CHECKING

from hybrid import scorers, tally
from hybrid.boosting import SITUATION
from kg import languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hybrid.reasons.explanation import Explanation, LikeShare, Passage, Reason
    from kg.languages import Language

MOST_SENTENCES = 5
_NAMED, _CLAUSES = 3, 2  # at most, of likes and of parts
_MOSTLY, _LITTLE = 0.5, 0.1  # of what speaks for an item, or of its score
_NEAR = 0.5  # cosine from which a passage is told
_UNSURE = 0.05  # the chance below which it is said
_CUT = 120  # characters of a passage
_TEXTS = ("text", "words")  # the scorers that read texts


def paragraph(explanation: Explanation, language: str = languages.ENGLISH) -> str:
    """Why an item, in one to five sentences, a path being one; what is not known (NaN) is not spoken of.

    The strongest path comes first, as a reason only where it stood its test; then the likes that carried the
    score, what the scorers say where no path does, what the item's text says, and what is doubtful.

    Args:
        explanation: of the item.
        language: see `kg.languages.find`.

    Raises:
        QueryError: there is no such language.
    """
    tongue = languages.load(language)
    first = [_opening(explanation, tongue), *_likes(explanation, tongue)]
    more = [*_parts(explanation, tongue), *_passage(explanation, tongue)]
    last = [*_doubt(explanation, tongue), *_notes(explanation, tongue)]
    room = MOST_SENTENCES - len(last)
    return " ".join((*(first + more)[:room], *last))


def strongest(reasons: Iterable[Reason]) -> Reason | None:
    """The reason to tell first: one that stood its test, else an untested one, else what is related."""
    order = ("because", "untested", "related")
    return min(reasons, key=lambda reason: order.index(reason.verdict), default=None)


def clause(name: str, language: Language) -> str:
    """What the part of a scorer means, as a clause; the bare name where nobody knows."""
    own = language.scorers.get(name)
    return _clauses().get(name, name) if own is None else own


def clauses(said: Sequence[str], language: Language) -> str:
    """Several clauses as one."""
    joined = said[0]
    for other in said[1:]:
        joined = language.say("clauses", start=joined, end=other)
    return joined


def speaking(amounts: Mapping[str, float]) -> list[str]:
    """The names of what speaks for something, the most first; at most two, the second no less than half."""
    able = sorted((name for name in amounts if amounts[name] > 0), key=lambda name: -amounts[name])
    return [name for name in able[:_CLAUSES] if amounts[name] >= amounts[able[0]] / 2]


@cache
def _clauses() -> dict[str, str]:
    known = {name: scorer.reason for name, scorer in scorers.find().items()}
    return known | tally.REASONS | {SITUATION: "how much is known of you and of the item"}


def _opening(explanation: Explanation, language: Language) -> str:
    reason = strongest(explanation.reasons)
    if not speaking(explanation.parts) and not math.isnan(explanation.score):
        score = language.number(explanation.score)
        return language.say("nothing", label=explanation.label, score=score)
    if reason is None:
        return language.say("unlinked", label=explanation.label)
    return language.say(reason.verdict, label=explanation.label, sentence=reason.path.sentence)


def _likes(explanation: Explanation, language: Language) -> list[str]:
    """Which likes carried the score, and which spoke against it, by name."""
    known = [like for like in explanation.likes if not math.isnan(like.total)]
    able = sorted((like for like in known if like.total > 0), key=lambda like: -like.total)
    told = []
    if able and speaking(explanation.parts):
        told.append(_carried(able, _others(explanation), language))
    worst = min(known, key=lambda like: like.total, default=None)
    if worst is not None and -worst.total > _weighty(explanation):
        told.append(language.say("against", names=worst.label))
    return told


def _weighty(explanation: Explanation) -> float:
    """What a like must take off to be told: half of the most that anything gives."""
    gave = [like.total for like in explanation.likes] + list(explanation.parts.values())
    return max([_MOSTLY * amount for amount in gave if amount > 0], default=_LITTLE * abs(explanation.score))


def _carried(able: Sequence[LikeShare], others: float, language: Language) -> str:
    """The fewest likes that are most of what speaks for the item, or the first ones if that takes many."""
    whole = math.fsum(like.total for like in able) + others
    count, carried = 0, 0.0
    while count < min(_NAMED, len(able)) and carried < _MOSTLY * whole:
        carried += able[count].total
        count += 1
    names = language.listed([like.label for like in able[:count]])
    return language.say("mostly" if carried >= _MOSTLY * whole else "partly", str(count), names=names)


def _others(explanation: Explanation) -> float:
    """What speaks for the item that is no like's share."""
    return math.fsum(part for part in explanation.rest.values() if part > 0)


def _parts(explanation: Explanation, language: Language) -> list[str]:
    """What scorers say, where no path is the reason, or no like is known to have carried the score."""
    reason, names = strongest(explanation.reasons), speaking(explanation.parts)
    carried = any(like.total > 0 for like in explanation.likes)
    told = reason is not None and reason.verdict == "because" and carried
    if told or not names:
        return []
    said = clauses([clause(name, language) for name in names], language)
    return [language.say("parts", clauses=said)]


def _passage(explanation: Explanation, language: Language) -> list[str]:
    """The nearest passage, if it is near and the text speaks for the item."""
    near = [passage for passage in explanation.passages if passage.likeness >= _NEAR]
    if not near or not any(explanation.parts.get(name, 0.0) > 0 for name in _TEXTS):
        return []
    best: Passage = near[0]
    text, other = _cut(best.text, language), _cut(best.near, language)
    if not best.label:
        return [language.say("passage_wish", text=text, near=other)]
    return [language.say("passage", text=text, near=other, label=best.label)]


def _cut(text: str, language: Language) -> str:
    """A passage, if it is long only its first words."""
    whole = " ".join(text.split())
    if len(whole) <= _CUT:
        return whole
    return language.say("cut", text=textwrap.wrap(whole, _CUT)[0].rstrip(" .,;:"))


def _doubt(explanation: Explanation, language: Language) -> list[str]:
    if not explanation.confidence < _UNSURE:
        return []
    percent = language.say("percent", number=language.number(100 * explanation.confidence, 0))
    return [language.say("doubt", label=explanation.label, percent=percent)]


def _notes(explanation: Explanation, language: Language) -> list[str]:
    if not explanation.notes:
        return []
    return [language.say("note", note=clauses(explanation.notes, language))]
