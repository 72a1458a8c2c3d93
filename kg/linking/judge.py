"""What speaks for and against two records being one: a score, a reason in words, whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from kg.linking import kinds, outside

if TYPE_CHECKING:
    from kg.linking.records import Profile, Record

Years = Literal["same", "near", "apart", "unknown"]

YEAR_FACTOR: dict[Years, float] = {"same": 1.0, "near": 0.97, "unknown": 0.97, "apart": 0.0}
NAMES_ONLY = 0.99  # factor of all that is not a common outside id
SPELLING = 0.99  # factor of one name in two spellings
UNKNOWN_KIND = 0.98  # factor where nothing says that both are of one kind
TO_THE_LETTER = frozenset({"name", "turned"})
HALF_NAME = frozenset({"title", "numbered"})
SAME_NAME = TO_THE_LETTER | {"article"}
SHORT = 4  # letters below which a name alone tells nothing: "M", "Z", "Pi"
SHORT_OTHERWISE = 6  # the same where it is spelled in two ways: "Mafia!", "Mafia"
TELLING = 9  # letters of a name that two things hardly share by chance
LONG = 20  # letters of a name of which a slip of the pen changes little
CLOSE = 0.95  # how much alike names must be that have no year to help
WORDS = {
    "name": "same name",
    "turned": "same name, last name first",
    "article": "same name but for the article",
    "title": "another title of one is the name of the other",
    "numbered": "same title and number but for a subtitle",
    "part": "one is named as a part of the other's title",
    "initials": "same last name and initial",
}


class Agreement(NamedTuple):
    """What of two records agrees, how far (0 to 1) and on how many letters, as `pairs.find` has it."""

    what: str
    score: float
    letters: int


class Judgement(NamedTuple):
    """How likely two records are one (0 to 1), why, whether that is enough, whether an outside id says so."""

    score: float
    reason: str
    enough: bool
    by_id: bool = False


class _Signs(NamedTuple):
    """What agrees, whether in two spellings, the years, whether a kind agrees, all kinds, and no initials."""

    agreed: Agreement
    spelled: bool
    years: Years
    agree: bool
    kinds: kinds.Kinds
    full: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges pairs of records.

    Attributes:
        within: the records are of one table, where two entries of one name are as likely two things; it is
            stricter then than between two tables.
        year_gap: years apart that still count as one.
        names_alone: within a table, people, places and the like are one for a long name alone.
    """

    within: bool
    year_gap: int = 0
    names_alone: bool = True

    def judge(self, one: Record, other: Record, agreed: Agreement) -> Judgement | None:
        """Judge two records whose names or outside ids agree.

        Returns:
            None where something speaks against it. Records with a common outside id get a judgement all the
            same, which is not enough then: a person must tell.
        """
        mine, theirs = one.profile, other.profile
        by_id = agreed.what == "id"
        against = self.against(mine, theirs, by_id=by_id)
        if by_id:
            shared = outside.scheme(min(mine.outside & theirs.outside))
            reason = f"same {shared or 'outside'} id"
            return Judgement(1.0, f"{reason}, but {against}" if against else reason, not against, by_id=True)
        if against:
            return None
        spelled = agreed.what == "name" and one.plain != other.plain
        both = mine.kinds | theirs.kinds
        full = bool(both & kinds.WORKS) or not (one.abbreviated or other.abbreviated)
        years = self._years(mine.year, theirs.year)
        signs = _Signs(agreed, spelled, years, bool(mine.kinds & theirs.kinds), both, full)
        total = NAMES_ONLY * agreed.score * YEAR_FACTOR[years] * (1.0 if signs.agree else UNKNOWN_KIND)
        reason = _words(agreed, spelled=spelled) + _year_words(mine.year, theirs.year)
        enough = (
            _enough_within(signs, names_alone=self.names_alone) if self.within else _enough_between(signs)
        )
        return Judgement(round(total * (SPELLING if spelled else 1.0), 4), reason, enough)

    def against(self, one: Profile, other: Profile, *, by_id: bool = False) -> str:
        """What rules out that two records are one, in words; "" for nothing.

        Args:
            one: of a record.
            other: of another.
            by_id: they share an outside id, so that years, which are often wrong by some, do not count.
        """
        if kinds.contradict(one.kinds, other.kinds):
            return f"their kinds differ ({'/'.join(sorted(one.kinds))}, {'/'.join(sorted(other.kinds))})"
        if scheme := outside.contradiction(one.outside, other.outside):
            return f"their {scheme} ids differ"
        if one.version != other.version or (one.detail and other.detail and one.detail != other.detail):
            return "the words in brackets tell them apart"
        if not by_id and self._years(one.year, other.year) == "apart":
            return f"the years are {one.year} and {other.year}"
        return ""

    def _years(self, one: int, other: int) -> Years:
        if not one or not other:
            return "unknown"
        if one == other:
            return "same"
        return "near" if abs(one - other) <= self.year_gap else "apart"


def _enough_between(signs: _Signs) -> bool:
    """Whether the signs are enough for records of two tables, of which one lists a thing once."""
    agreed = signs.agreed
    near = signs.years == "near" and (agreed.what in TO_THE_LETTER or agreed.letters >= TELLING)
    dated = signs.years == "same" or near
    if agreed.what in SAME_NAME:
        least = SHORT_OTHERWISE if signs.spelled else SHORT
        undated = signs.years == "unknown" and (signs.agree or agreed.letters >= least)
        return dated or (undated and signs.full)
    if agreed.what in HALF_NAME:
        return dated or (signs.years == "unknown" and (signs.agree or agreed.letters >= TELLING))
    if agreed.what == "part":
        return signs.years == "same" and signs.agree
    close = agreed.score >= CLOSE and (signs.agree or agreed.letters >= LONG)
    undated = close and signs.years == "unknown" and not signs.kinds & kinds.NAMESAKES
    return agreed.what == "alike" and (signs.years == "same" or undated)


def _enough_within(signs: _Signs, *, names_alone: bool) -> bool:
    """Whether the signs are enough for records of one table: names alone only where they identify."""
    what = signs.agreed.what
    if signs.years == "same":
        alike = what == "alike" and signs.agree and bool(signs.kinds & kinds.WORKS)
        return alike or what in SAME_NAME | HALF_NAME
    if what not in SAME_NAME or signs.years != "unknown":
        return False
    return signs.agree if kinds.TOPIC in signs.kinds else names_alone and _tells(signs)


def _tells(signs: _Signs) -> bool:
    """Whether a name alone says who or what it is: a film's does not, a person's does if it is long."""
    turned = signs.agreed.what == "turned" and not signs.kinds
    long = signs.full and signs.agreed.letters >= TELLING
    return long and (turned or signs.agree) and not signs.kinds & kinds.WORKS


def _words(agreed: Agreement, *, spelled: bool) -> str:
    if spelled:
        return "same name, spelled otherwise"
    return WORDS.get(agreed.what, f"names {100 * agreed.score:.0f} % alike")


def _year_words(one: int, other: int) -> str:
    if one and other:
        return " and year" if one == other else f", years {one} and {other}"
    return ", one year unknown" if one or other else ""
