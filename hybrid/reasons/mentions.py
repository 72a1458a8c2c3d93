"""Reads a text for the check of rephrasing: its words, the names in it, and where its clauses end."""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Key = tuple[str, ...]
_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+")
_BREAK = re.compile(r"[.;:!?\n]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        text: as it is written.
        low: without regard to case.
        before: what stands between the word before and it.
    """

    text: str
    low: str
    before: str


@dataclass(frozen=True, slots=True)
class Part:
    """A name, or a word that belongs to none.

    Attributes:
        key: the words, without regard to case.
        text: as it is written.
        named: whether it is a name.
        joined: whether only spaces or a comma separate it from the part before.
    """

    key: Key
    text: str
    named: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says.

    Attributes:
        clauses: its parts, between full stops, colons and the like.
        marks: the characters that are neither of words nor of names.
    """

    clauses: tuple[tuple[Part, ...], ...]
    marks: frozenset[str]

    @property
    def parts(self) -> Iterator[Part]:
        """All parts."""
        return (part for clause in self.clauses for part in clause)

    @property
    def names(self) -> frozenset[Key]:
        """All names."""
        return frozenset(part.key for part in self.parts if part.named)

    @property
    def words(self) -> frozenset[str]:
        """All words outside names, without regard to case."""
        return frozenset(part.key[0] for part in self.parts if not part.named)


class Labels:
    """The names that there are, by their first word, so that a text is walked through once.

    A name of several words is found in any case. A name of one word is found where it is written just so, or
    with a capital; but a common word that begins a clause is none: "It also fits" has no "It", unless `sure`
    has it. The longest name is taken: "Alien Nation" holds no "Alien".

    Args:
        labels: the names.
        common: words that are no names at the beginning of a clause, in lower case.
    """

    def __init__(self, labels: Iterable[str], common: frozenset[str]) -> None:
        self._common = common
        self._written: dict[Key, frozenset[str]] = {}
        self._lengths: dict[str, frozenset[int]] = {}
        self._sure: frozenset[Key] = frozenset()
        self._add(labels)

    def _add(self, labels: Iterable[str]) -> list[Key]:
        keys = []
        for label in labels:
            if words := words_of(label):
                key = tuple(word.low for word in words)
                self._written[key] = self._written.get(key, frozenset()) | {words[0].text}
                self._lengths[key[0]] = self._lengths.get(key[0], frozenset()) | {len(key)}
                keys.append(key)
        return keys

    def sure(self, labels: Iterable[str]) -> Labels:
        """The same with some names that are names wherever they are written just so."""
        other = copy(self)
        other._written, other._lengths = dict(self._written), dict(self._lengths)
        other._sure = frozenset(other._add(labels))
        return other

    def read(self, text: str) -> Reading:
        """The words, names and clauses of a text."""
        words, place = words_of(text), 0
        clauses: list[list[Part]] = [[]]
        marks = set(_WORD.split(normal(text))[-1])
        while place < len(words):
            word = words[place]
            if _BREAK.search(word.before) and clauses[-1]:
                clauses.append([])
            length = self._name(words, place, first=not clauses[-1])
            key = tuple(each.low for each in words[place : place + max(length, 1)])
            joined = not word.before.strip(" ,")
            clauses[-1].append(Part(key, word.text, length > 0, joined))
            marks.update(word.before)
            place += max(length, 1)
        return Reading(tuple(tuple(clause) for clause in clauses), frozenset(marks))

    def _name(self, words: list[Word], place: int, *, first: bool) -> int:
        """How many words the name has that begins at a place; 0 where none does."""
        for length in sorted(self._lengths.get(words[place].low, ()), reverse=True):
            key = tuple(word.low for word in words[place : place + length])
            if key in self._written and (length > 1 or self._single(words[place], key, first=first)):
                return length
        return 0

    def _single(self, word: Word, key: Key, *, first: bool) -> bool:
        exact = word.text in self._written[key]
        if key in self._sure and exact:
            return True
        return (exact or word.text[0].isupper()) and not (first and word.low in self._common)


def normal(text: str) -> str:
    """A text in which each letter is written in one way only; letters that look alike stay different."""
    return unicodedata.normalize("NFKC", text)


def key_of(text: str) -> Key:
    """The words of a text, without regard to case."""
    return tuple(word.low for word in words_of(text))


def words_of(text: str) -> list[Word]:
    """The words of a text."""
    whole, end, words = normal(text), 0, []
    for found in _WORD.finditer(whole):
        words.append(Word(found[0], found[0].casefold(), whole[end : found.start()]))
        end = found.end()
    return words
