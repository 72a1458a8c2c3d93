"""What sort of thing a class or a bracket names: a film is no novel, but an actor may be a director."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.catalog import DEFAULT_CLASS
from kg.titles import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

Kinds = frozenset[str]
TOPIC = "topic"
_WORDS = {
    "film": "film movie documentary motionpicture feature",
    "series": "series miniseries serial sitcom anime tvseries",
    "book": "novel book novella memoir trilogy",
    "story": "story poem tale",
    "stage": "play musical opera ballet operetta",
    "album": "album ep soundtrack mixtape",
    "song": "song single track recording",
    "game": "game videogame",
    "comic": "comic comics manga",
    "character": "character",
    "person": "person people actor actress director producer writer author screenwriter composer editor"
    " cinematographer politician footballer cricketer baseball athlete wrestler comedian journalist model",
    "person music": "artist musician singer rapper dj performer",
    "music": "band group musicgroup duo ensemble",
    "organisation": "company organisation organization studio publisher label team club university",
    "place": "place city town village county state province river island",
    "topic": "genre tag category concept subject topic country language keyword",
    "film series": "tv",
}  # fmt: skip
KINDS: dict[str, Kinds] = {
    word: frozenset(kinds.split()) for kinds, words in _WORDS.items() for word in words.split()
}
WORKS = frozenset({"film", "series", "book", "story", "stage", "album", "song", "game", "comic"})
NAMESAKES = frozenset({"person", "character"})  # two of them may differ in a letter
VAGUE = frozenset(
    fold(name) for name in (*DEFAULT_CLASS.values(), "", "Thing", "Work", "Creative Work", "Agent")
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def of_class(name: str) -> Kinds:
    """The kinds that a class's name or IRI says; a class of no known kind is a kind of its own, "Item" none.

    >>> sorted(of_class("http://schema.org/Movie")), sorted(of_class("Singer")), sorted(of_class("Recipe"))
    (['film'], ['music', 'person'], ['recipe'])
    """
    words = fold(CAMEL.sub(" ", re.split(r"[/#]", name.strip())[-1]))
    return frozenset() if words in VAGUE else of_words(words.split()) or frozenset({words})


def of_words(words: Iterable[str]) -> Kinds:
    """The kinds that the last of some words says, or else the first; none where neither is known."""
    listed = list(words)
    return KINDS.get(listed[-1]) or KINDS.get(listed[0]) or frozenset() if listed else frozenset()


def contradict(one: Kinds, other: Kinds) -> bool:
    """Whether nothing can be both."""
    return bool(one and other and not one & other)
