"""A name as it stands -> what it says: titles, a year, a kind, a version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kg.labels import article_first
from kg.linking import kinds
from kg.titles import fold, without_article

if TYPE_CHECKING:
    from collections.abc import Iterator

BRACKET = re.compile(r"(?<=\S)\s*[(\[]([^()\[\]]*)[)\]]")
AKA = re.compile(r"^(?:a\.?\s?k\.?\s?a\b\.?|also known as)[:\s]*", re.IGNORECASE)
YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
SUBTITLE = re.compile(r"\s*:\s+|\s+[-–—]\s+|,?\s+or:?\s+(?=[A-Z])")
SUFFIX = re.compile(r"^(?:jr|sr|junior|senior|[ivx]+|esq|ph\.?d|m\.?d)\.?$", re.IGNORECASE)
VERSION = re.compile(
    r"\b(?:live|remix|mix|remaster(?:ed)?|acoustic|instrumental|demo|edit|version|karaoke|cover|edition|cut"
    r"|unrated|uncut|unplugged|feat|featuring|extended|abridged|dubbed|subtitled|bonus)\b"
    r"|^(?:[ivx]+|\d{1,2})$",
    re.IGNORECASE,
)
COUNTRY = re.compile(r"^(?:[A-Z]{2,3}|U\.S\.|U\.K\.)$")
MEDIA = {"TV", "Video"}
PERSON_WORDS = 4

NUMBERED = re.compile(r"\w \d{1,2}$")
INITIALS = re.compile(r"^(?:[A-Z]\.)+$|^[B-HJ-Z]$")

What = Literal["name", "article", "turned", "title", "numbered", "part", "initials", "full"]


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says.

    Attributes:
        plain: the name without brackets, the article in front, in small letters.
        main: the same in one spelling.
        forms: (key, what) of each way to write it, a key being words without blanks. "name" is the main one,
            "article" lacks the article, "turned" has a person's first name first, "title" is another title in
            brackets, "part" the title without its subtitle or that subtitle, "numbered" a part that ends in a
            number, "initials" and "full" a person's first letter and last name, the one where the name has
            initials.
        abbreviated: it begins with an initial, as "J. Smith".
        year: from brackets, 0 where there is none.
        kinds: from brackets, "(film)".
        version: words that make it another thing: "(Live)", "(Director's Cut)", IMDb's "(II)".
        detail: further words beside a kind: "madonna" in "(Madonna song)".
    """

    plain: str
    main: str
    forms: tuple[tuple[str, What], ...]
    abbreviated: bool
    year: int
    kinds: kinds.Kinds
    version: str
    detail: str


@dataclass
class _Brackets:
    """What the brackets of a name have said so far."""

    year: int = 0
    kinds: kinds.Kinds = frozenset()
    version: str = ""
    detail: str = ""
    titles: tuple[str, ...] = ()


def read(name: str, *, work: bool = False) -> Name:
    """Take a name apart.

    Args:
        name: as it stands in the data, for instance "Postino, Il (The Postman) (1994)".
        work: it names a work, not a person, so that "Girl, Interrupted" is not turned around.
    """
    said = _Brackets()
    for inside in BRACKET.findall(name):
        _read_bracket(inside.strip(), said)
    outside = " ".join(BRACKET.sub(" ", name).replace("_", " ").split())
    titled = article_first(outside)
    turned = "" if work or titled != outside else _turned(titled)
    forms: dict[str, What] = {}
    for text, what in _forms(titled, turned, said):
        forms.setdefault(fold(text).replace(" ", ""), what)
    if not work:
        forms |= _short(turned or titled)
    forms.pop("", None)
    abbreviated = not work and bool(INITIALS.match((turned or titled).partition(" ")[0]))
    return Name(
        titled.casefold(),
        fold(titled),
        tuple(forms.items()),
        abbreviated,
        said.year,
        said.kinds,
        said.version,
        said.detail,
    )


def _read_bracket(inside: str, said: _Brackets) -> None:
    """Year, kind, version or title: one bracket."""
    years = YEAR.findall(inside)
    said.year = said.year or (int(years[0]) if years else 0)
    rest = AKA.sub("", YEAR.sub(" ", inside).strip(" ,/-–—"))
    words = fold(rest).split()
    if not words:
        return
    if VERSION.search(rest):
        said.version = " ".join([said.version, *words]).strip()
    elif COUNTRY.match(rest):
        said.detail = " ".join(words)
    elif rest[0].islower() or _tells_kind(rest.split()):
        said.kinds = said.kinds or kinds.of_words(words) or frozenset({" ".join(words)})
        said.detail = said.detail or " ".join(word for word in words if word not in kinds.KINDS)
    else:
        said.titles = (*said.titles, article_first(rest))


def _tells_kind(words: list[str]) -> bool:
    """Whether a bracket that begins with a capital is a kind: (TV Movie), (Madonna song), (Film)."""
    known = words[-1].lower() in kinds.KINDS
    return known and (len(words) == 1 or words[-1].islower() or words[0] in MEDIA)


def _forms(titled: str, turned: str, said: _Brackets) -> Iterator[tuple[str, What]]:
    """Every way to write the name, the surest first."""
    yield titled, "name"
    yield turned, "turned"
    yield without_article(titled), "article"
    for title in said.titles:
        yield title, "title"
        yield without_article(title), "title"
    head, *between = SUBTITLE.split(titled)
    if between:
        numbered = NUMBERED.search(fold(head))
        yield head, "numbered" if numbered else "part"
        yield without_article(head), "part"
        yield between[-1], "part"


def _short(person: str) -> dict[str, What]:
    """A person's first letter and last name as one more key, "~j smith"; none for what is no such name."""
    words = person.split()
    if not 2 <= len(words) <= PERSON_WORDS:  # noqa: PLR2004
        return {}
    letter, last = fold(words[0])[:1], fold(words[-1])
    initials = any(INITIALS.match(word) for word in words[:-1])
    return {f"~{letter} {last}": "initials" if initials else "full"} if letter and last else {}


def _turned(name: str) -> str:
    """The first name first of "Spielberg, Steven" or "Downey, Robert, Jr."; "" where it is not so written."""
    parts = [part.strip() for part in name.split(",")]
    suffix = parts.pop() if len(parts) > 1 and SUFFIX.match(parts[-1]) else ""
    if len(parts) != 2 or not all(parts) or len(name.split()) > PERSON_WORDS + 1:  # noqa: PLR2004
        return ""
    return f"{parts[1]} {parts[0]} {suffix}".strip()
