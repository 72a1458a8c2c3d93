"""Languages that paths and explanations are told in: one file each, found by its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from kg.errors import CatalogError, QueryError
from kg.languages.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ENGLISH", "Language", "find", "load", "read"]

ENGLISH = "en"
_WORDS = ("relations", "classes", "scorers", "numbers")  # words for words
_LISTS = ("plain", "joining", "helping", "you", "adverbs", "liking", "causes")


@dataclass(frozen=True)
class Language:
    """The words of a language.

    Attributes:
        code: its name, such as "en".
        sentences: the templates, by what they are for.
        relations: words of a card's relations, by the card's words; those of the card where there are none.
        classes: words of a card's classes, by the card's in lower case; likewise.
        scorers: what the part of a scorer means, by its name; the scorer's own words where there are none.
        numbers: what the words for numbers are worth.
        plain: words that a language model may use though the template does not, in lower case.
        joining: words and marks between names of which the same is said: "and".
        helping: words that change nothing of a relation at its beginning: "is directed by", "directed by".
        you: words for whoever asks.
        adverbs: words between "you" and "liked" that change nothing.
        liking: words that say of somebody that they like something.
        causes: words that give a reason.
    """

    code: str
    sentences: Mapping[str, Template]
    relations: Mapping[str, str]
    classes: Mapping[str, str]
    scorers: Mapping[str, str]
    numbers: Mapping[str, str]
    plain: frozenset[str]
    joining: frozenset[str]
    helping: frozenset[str]
    you: frozenset[str]
    adverbs: frozenset[str]
    liking: frozenset[str]
    causes: frozenset[str]

    def say(self, what: str, by: str = "", /, **values: str) -> str:
        """A sentence, or a part of one.

        Args:
            what: which template.
            by: what chooses among its forms: a number, or a word.
            **values: what goes into its places; never read as a template.
        """
        return self.sentences[what].fill(values, by)

    def step(self, words: str) -> str:
        """The words of a relation: the language's own where it has some; else the card's, as foreign."""
        own = self.relations.get(words)
        return self.say("foreign", words=words) if own is None else own

    def class_name(self, name: str) -> str:
        """The words of a class, in lower case where they are the card's."""
        return self.classes.get(name.lower(), name.lower())

    def number(self, value: float, digits: int = 2) -> str:
        """A number."""
        return f"{value:.{digits}f}".replace(".", self.say("decimal"))

    def listed(self, words: Sequence[str]) -> str:
        """Several things as one: "A, B and C"."""
        *start, last = words
        if not start:
            return last
        while len(start) > 1:
            start[:2] = [self.say("comma", start=start[0], end=start[1])]
        return self.say("and", start=start[0], end=last)


@cache
def find() -> tuple[str, ...]:
    """The codes of all languages there are."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name[:-5] for file in files if file.name.endswith(".yaml")))


@cache
def load(code: str) -> Language:
    """A language.

    Raises:
        QueryError: there is none of this name.
        CatalogError: its file is not complete.
    """
    if code not in find():
        raise QueryError(f"there is no language {code!r}; known are {', '.join(find())}")
    language = read(code, resources.files(__name__).joinpath(f"{code}.yaml").read_text(encoding="utf-8"))
    return language if code == ENGLISH else _complete(language, load(ENGLISH))


def read(code: str, text: str) -> Language:
    """A language from the text of its file.

    Raises:
        CatalogError: it is not what a file of a language is.
    """
    data: dict[str, Any] = yaml.safe_load(text)
    if missing := {"sentences", *_WORDS, *_LISTS}.symmetric_difference(data):
        raise CatalogError(f"language {code!r}: {min(missing)!r} is missing, or is nothing that is known")
    words: dict[str, Any] = {
        name: {str(key): str(word) for key, word in (data[name] or {}).items()} for name in _WORDS
    }
    lists: dict[str, Any] = {name: frozenset(str(data[name] or "").split()) for name in _LISTS}
    return Language(code=code, sentences=_sentences(code, data["sentences"]), **words, **lists)


def _sentences(code: str, data: Mapping[str, object]) -> dict[str, Template]:
    made = {}
    for name, told in data.items():
        try:
            made[name] = Template.of(told)
        except ValueError as error:
            raise CatalogError(f"language {code!r}, sentence {name!r}: {error}") from error
    return made


def _complete(language: Language, english: Language) -> Language:
    """The language, if it says all that English says."""
    for name in sorted(english.sentences.keys() | language.sentences.keys()):
        places = [
            sorted(tongue.sentences[name].places) if name in tongue.sentences else None
            for tongue in (english, language)
        ]
        if places[0] != places[1]:
            raise CatalogError(
                f"language {language.code!r}, sentence {name!r}: the places {places[0]} were expected, as "
                f"in English, not {places[1]}"
            )
    return language
