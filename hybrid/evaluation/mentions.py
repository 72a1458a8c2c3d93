"""Which titles a text names, by whole words, in time that grows with the texts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.titles import ACCENT, APOSTROPHE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.graph import IntArray

SHORTEST = 4
COMMON, FEWEST = 0.01, 2
_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who names what.

    Attributes:
        titles: a number for each label's title, the same where titles are the same, -1 for a label that is
            not looked for, shape (number of labels,).
        texts: rows of the texts, shape (n,).
        named: the number of a title that the text names, each once a text, shape (n,).
    """

    titles: IntArray
    texts: IntArray
    named: IntArray

    @classmethod
    def of(cls, texts: Sequence[str], labels: Sequence[str]) -> Mentions:
        """Look for labels in texts.

        A label's title is what stands before the brackets at its end ("Alien (1979)"). A text names it where
        it has the same words in the same order, whatever the accents and signs between them, and no longer
        title there ("Alien" is not named by "Alien Resurrection" where both are labels). Capitals tell titles
        from ordinary words: in a text that has any, words all in small letters do not name a title that has
        one ("live music" does not name "Live"). Not looked for are titles with fewer than four letters, and
        common words: titles that stand in small letters in more than 1 % of the texts, and in more than two.
        """
        capital: dict[int, bool] = {}
        numbers: dict[Words, int] = {}
        titles = np.full(len(labels), -1, dtype=np.int64)
        for row, label in enumerate(labels):
            words = _words(_BRACKETS.sub("", label) or label)
            if sum(map(str.isalpha, "".join(words))) >= SHORTEST:
                key = _small(words)
                number = numbers.setdefault(key, len(numbers))
                titles[row] = number
                capital[number] = capital.get(number, True) and key != words
        finder = _Finder.of(numbers)
        plain: set[tuple[int, int]] = set()
        clear: set[tuple[int, int]] = set()
        for row, text in enumerate(texts):
            ordinary = text != text.casefold()
            for number, small in finder.titles(_words(text)):
                told = small and ordinary and capital[number]
                (plain if told else clear).add((row, number))
        common = _common(plain, sum(map(bool, texts)), len(numbers))
        found = np.array(sorted(clear), dtype=np.int64).reshape(-1, 2)
        found = found[~common[found[:, 1]]]
        titles[np.isin(titles, np.flatnonzero(common))] = -1
        return cls(titles, found[:, 0], found[:, 1])


@dataclass(frozen=True, slots=True)
class _Finder:
    """Titles by their words, and how long those are that begin with a word, longest first."""

    numbers: dict[Words, int]
    lengths: dict[str, list[int]]

    @classmethod
    def of(cls, numbers: dict[Words, int]) -> _Finder:
        lengths: dict[str, set[int]] = {}
        for key in numbers:
            lengths.setdefault(key[0], set()).add(len(key))
        return cls(numbers, {word: sorted(sizes, reverse=True) for word, sizes in lengths.items()})

    def titles(self, words: Words) -> Iterator[tuple[int, bool]]:
        """The titles in a text and whether each stands in small letters, the longest at every place."""
        small, place = _small(words), 0
        while place < len(small):
            sizes = self.lengths.get(small[place], ())
            size = next((size for size in sizes if small[place : place + size] in self.numbers), 0)
            if size:
                found = slice(place, place + size)
                yield self.numbers[small[found]], small[found] == words[found]
            place += max(1, size)


def _words(text: str) -> Words:
    plain = text if text.isascii() else ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return tuple(_WORD.findall(APOSTROPHE.sub("", plain)))


def _small(words: Words) -> Words:
    return tuple(map(str.casefold, words))


def _common(plain: set[tuple[int, int]], num_texts: int, size: int) -> IntArray:
    """Which titles stand in small letters in too many texts to be names there, shape (size,)."""
    counts = np.bincount(np.array([number for _, number in plain], dtype=np.int64), minlength=size)
    return np.asarray(counts > max(FEWEST, COMMON * num_texts))
