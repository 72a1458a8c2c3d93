"""One spelling for the many that a name has: no accents, case, punctuation, and one way to write a number."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

ACCENT = re.compile("[\u0300-\u036f]")
APOSTROPHE = re.compile("['’‘`´ʼ]")
ARTICLE = re.compile(r"^(?:(?:[Tt]he|THE|[Aa]n?|[Ll][ea]s?|[Ii]l|[Ee]l|[Dd]as|[Dd]er)\s+|[Ll]['’])(?=\S)")
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ROMAN = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
WORDS = {
    **{word: str(number) for number, word in enumerate(NUMBERS, start=2)},
    **{word: str(number) for number, word in enumerate(ROMAN, start=2)},
    "dr": "doctor",
    "mr": "mister",
    "st": "saint",
    "vs": "versus",
    "jr": "junior",
    "sr": "senior",
}
ALONE = {"v", "x"}  # letters that are a number only at a name's end: "Rocky V", but "V for Vendetta"


def fold(name: str) -> str:
    """The words of a name in one spelling, " " between them; "" for a name of blanks only.

    Letters of every script are kept. A name of signs only, such as "!!!", is kept as it stands.

    >>> fold("Amélie & the Léon's Part II")
    'amelie and the leons 2'
    >>> fold("J.R.R. Tolkien") == fold("JRR Tolkien")
    True
    """
    plain = unicodedata.normalize("NFC", ACCENT.sub("", unicodedata.normalize("NFKD", unescape(name))))
    small = (
        APOSTROPHE.sub("", plain.casefold().translate(LETTERS)).replace("&", " and ").replace("+", " and ")
    )
    words = _letters(small).split()
    if not words:
        return "".join(small.split())
    return " ".join(_initials(_numbers(words)))


def without_article(name: str) -> str:
    """A name without the article that it begins with, as one film is "The Sunchaser" and "Sunchaser".

    The German "die" is left, as it is an English verb.
    """
    return ARTICLE.sub("", name)


def _letters(text: str) -> str:
    """Letters, their marks and digits; a blank for everything else."""
    if text.isascii():
        return re.sub(r"[^a-z0-9]+", " ", text)
    return "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in text)


def _numbers(words: list[str]) -> list[str]:
    """Numbers and short forms written one way; a first word is never a Roman numeral."""
    last = len(words) - 1
    known = [
        word if word in ALONE and place < last else WORDS.get(word, word)
        for place, word in enumerate(words)
        if place
    ]
    told = [words[0] if words[0] in ROMAN else WORDS.get(words[0], words[0]), *known]
    return [
        word
        for word, after in zip(told, [*told[1:], ""], strict=True)
        if not (word in {"part", "pt"} and after.isdecimal())
    ]


def _initials(words: list[str]) -> list[str]:
    """Single letters that follow one another as one word: "j r r" becomes "jrr"."""
    joined: list[str] = []
    for place, word in enumerate(words):
        single = len(word) == 1 and word.isalpha()
        if single and place and len(words[place - 1]) == 1 and words[place - 1].isalpha():
            joined[-1] += word
        else:
            joined.append(word)
    return joined
