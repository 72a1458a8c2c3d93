"""What a column says of the things in a table: their name, a text, a link, a plain property, nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import lexicon, names, separators, words
from kg.draft.evidence import Evidence
from kg.draft.sorts import mean_words
from kg.labels import ARTICLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.draft.column import Column
    from kg.draft.lookups import Reference
    from kg.draft.plan import Group
    from kg.draft.table import Table

LONGEST_NAME = 15.0  # words of a title, on average
AGE_EDGES = (18, 25, 35, 45, 55, 65)
MOST_DECADES = 12
NOTHING = re.compile(
    r"^(n/?a|none|null|nan|nil|unknown|others?|misc\.?|various|unspecified|undefined"
    r"|not (given|known|available)|-+|\?+|\.|\((no|none|unknown)\b.*\)|no .* (listed|given))$",
    re.IGNORECASE,
)
SEXES: Mapping[str, str] = {"m": "men", "f": "women", "male": "men", "female": "women"}
PLAIN = frozenset(
    {"integer", "number", "comma number", "s", "ms", "iso", "date", "url", "iri", "code", "flag", "year"}
)
FEW_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column's use: "label", "text", "link", "property" or "nothing".

    Of a link also its fields, its words and its amount, how many values it gives in all.
    """

    column: Column
    use: str
    evidence: Evidence
    link: Group | None = None
    words: words.Words | None = None
    amount: float = 0.0


def label(table: Table, columns: Sequence[Column], role: str) -> Attribute | None:
    """The column with the things' names, None where there is none."""
    found = [
        (_label_points(table, column, role), column) for column in columns if column.sort in {"word", "text"}
    ]
    best = max(found, key=lambda pair: (pair[0].points, -pair[1].place), default=None)
    if best is None or best[0].points <= 0:
        return None
    return Attribute(best[1], "label", best[0])


def _label_points(table: Table, column: Column, role: str) -> Evidence:
    share = column.distinct / max(column.filled, 1)
    evidence = Evidence(-2.5)
    said = names.words(column.name) if column.named else ()
    core = " ".join(word for word in said if word not in lexicon.LABEL)
    if said and not core:
        return evidence.plus(5.5, f"called {column.name!r}")
    if core != table.holds and core in words.KNOWN:
        return evidence  # an artist's name in a table of tracks
    if mean_words(column.values) > LONGEST_NAME or share < 0.3:  # noqa: PLR2004
        return evidence
    if column.named and names.has(column.name, lexicon.LABEL):
        evidence = evidence.plus(4.5, f"called {column.name!r}")
    elif column.named and names.words(column.name)[-1:] == (table.holds,):
        evidence = evidence.plus(3.0, "called like the file")
    elif role == "user" or words.of_column(column.name).known:
        return evidence
    return evidence.plus(3.5 * share - 0.5, f"{column.distinct:,} different values in {column.filled:,} rows")


def of(column: Column, role: str) -> Attribute:
    """What a column other than the id and the label says."""
    if column.sort == "text" and not _listed(column):
        return Attribute(column, "text", Evidence.at(0.96, f"{mean_words(column.values):.0f} words a cell"))
    if column.sort in {"word", "code"} and _list_written(column):
        return _none(column, "a list written out as text, which no field of a card takes apart")
    ranged = _ranged(column, role)
    if ranged is not None:
        return ranged
    if column.sort in {"word", "text"} or (column.sort == "code" and column.repeats > 20 and column.named):  # noqa: PLR2004
        return _link(column)
    if column.sort in PLAIN and column.named:
        return Attribute(column, "property", Evidence.at(0.95, f"values such as {_shown(column)}"))
    return _none(column, _reason(column))


def linked(reference: Reference) -> Attribute:
    """What a column says that names rows of another table, these being entities of their own."""
    spoken, column = reference.words, reference.column
    link: Group = {"column": column, "relation": spoken.relation}
    kind = reference.lookup.kind
    link |= {"class": spoken.linked, "prefix": ""} if kind == "entity" else {"kind": kind}
    if reference.separator:
        link["separator"] = reference.separator
    return Attribute(column, "link", reference.evidence, link, spoken, column.filled)


def _listed(column: Column) -> bool:
    """Whether a long cell is a list of names: a cast, tags."""
    several = words.of_column(column.name).several
    return several and separators.find(column, several=True) is not None


def _reason(column: Column) -> str:
    if column.sort in {"empty", "constant"}:
        return "always empty" if column.sort == "empty" else "always the same"
    if column.sort == "token":
        return "a language model's tokens, no words"
    if column.sort == "flag":
        return "has no name, and only says yes or no"
    return f"has no name, and values such as {_shown(column)} do not say what they are"


def _none(column: Column, why: str) -> Attribute:
    return Attribute(column, "nothing", Evidence.at(0.9, why))


def _shown(column: Column) -> str:
    return ", ".join(repr(value[:40]) for value in column.values[:2])


def _list_written(column: Column) -> bool:
    cells = column.values[:200]
    return sum(cell[:1] == "[" and cell[-1:] == "]" for cell in cells) > 0.9 * len(cells)


def _ranged(column: Column, role: str) -> Attribute | None:
    """Numbers that are cut into ranges: years into decades, ages into groups."""
    if column.sort == "year" and role != "user":
        first, last = int(column.low) // 10 * 10 + 10, int(column.high) // 10 * 10
        bins = list(range(first, last + 1, 10))[-MOST_DECADES:] or [first]
        return _binned(column, words.of("decade"), "decade:", bins, Evidence.at(0.96, "years"))
    ages = column.sort == "integer" and column.low >= 0 and 18 < column.high <= 120  # noqa: PLR2004
    if ages and role == "user" and column.named and names.has(column.name, lexicon.AGE):
        return _binned(column, words.of("age"), "age:", list(AGE_EDGES), Evidence.at(0.97, "ages"))
    unnamed = ages and role == "user" and not column.named and column.distinct >= 30  # noqa: PLR2004
    if unnamed and column.low > 0:
        why = f"people, and numbers from {column.low:.0f} to {column.high:.0f}"
        return _binned(column, words.of("age"), "age:", list(AGE_EDGES), Evidence.at(0.75, why))
    return None


def _binned(
    column: Column, found: words.Words, prefix: str, bins: list[int], evidence: Evidence
) -> Attribute:
    link: Group = {
        "column": column,
        "relation": found.relation,
        "class": found.linked,
        "prefix": prefix,
        "bins": bins,
    }
    if column.odd:
        link["omit"] = list(column.odd)
    return Attribute(column, "link", evidence, link, found, column.filled)


def _link(column: Column) -> Attribute:
    """A column of words whose values are shared by several things."""
    found = _spoken(column)
    separator = separators.find(column, several=found.several or column.name.lower().endswith("s"))
    distinct = separator.distinct if separator else column.distinct
    amount = column.filled * (separator.total / max(len(column.values), 1) if separator else 1)
    repeats = amount / max(distinct, 1)
    told = f"{distinct:,} different values, each {repeats:.0f} times on average"
    if repeats < (1.2 if found.known else 2.5) or distinct < 2:  # noqa: PLR2004
        if not column.named:
            return _none(
                column, f"has no name, and its values are too different to be shared: {_shown(column)}"
            )
        return Attribute(column, "property", Evidence.at(0.85, f"words that few share: {told}"))
    if not column.named:
        found = words.Words(
            column.name,
            f"is marked in {column.name} as",
            f"is in {column.name} the mark of",
            "Mark",
            known=False,
        )
    evidence = Evidence.at(0.97 if found.known else 0.85 if column.named else 0.6, told)
    link: Group = {"column": column, "relation": found.relation, "class": found.linked}
    if separator:
        link["separator"] = separator.text
        evidence = Evidence(
            min(evidence.points, separator.evidence.points), (told, *separator.evidence.reasons)
        )
    return Attribute(column, "link", evidence, link | _values(column, found, separator), found, amount)


def _spoken(column: Column) -> words.Words:
    """The words of a column by its name, or by its values where these tell more."""
    found = words.of_column(column.name)
    guess = "" if found.known else recognised(column)
    return words.of(guess) if guess else found


def _values(column: Column, found: words.Words, separator: separators.Separator | None) -> Group:
    """Better names for codes, and values that say nothing."""
    cells = (
        column.values if separator is None else [p for v in column.values for p in v.split(separator.text)]
    )
    parts = dict.fromkeys(part.strip() for part in cells)
    extra: Group = {}
    if found.relation == "gender":
        extra["labels"] = {part: SEXES[part.lower()] for part in parts if part.lower() in SEXES}
    omit = [part for part in parts if NOTHING.match(part)]
    return extra | ({"omit": omit} if omit else {})


def articled(column: Column) -> bool:
    """Whether names end in ", The"."""
    return sum(bool(ARTICLE.match(value)) for value in column.values) >= FEW_ARTICLES


def recognised(column: Column) -> str:
    """What an unnamed column of words is called, by its values; "" where they tell nothing."""
    parts = {part.strip().lower() for value in column.values[:500] for part in re.split(r"[|;,/ ]", value)}
    if parts and parts <= set(SEXES):
        return "gender"
    return "genres" if len(parts & lexicon.GENRES) >= max(FEW_ARTICLES, len(parts) / 2) else ""
