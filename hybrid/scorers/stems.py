"""What counts as one word where a wish is compared with labels and texts."""

from __future__ import annotations

import re

from kg.titles import fold

LONGEST = 40  # letters of a word that are looked at, so that one endless word does not widen a whole array
DECADE = re.compile(
    r"\b(?P<century>\d\d)?(?P<ten>\d)0s\b|\b(?P<first>\d\d(?P<third>\d))0\s?[-–]\s?(?:(?P=first)|(?P=third))?9\b"
)
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
NAMED = {
    f"{name}ties": f"19{ten}0s"
    for ten, name in enumerate(("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine"), start=2)
}


def stems(text: str) -> list[str]:
    """The words of a text as they are compared: one spelling, no plural, one way to write a decade.

    Plurals go by Harman's rules for English ("How Effective Is Suffixing?", JASIS 1991), and "ie" becomes "y"
    as "ies" does, so that one zombie is found among zombies.

    >>> stems("Cities of the '80s: the 1990-1999 Sci-Fi movies")
    ['city', 'of', 'the', '1980s', 'the', '1990s', 'sci', 'fi', 'movy']
    """
    return [_stem(word[:LONGEST]) for word in fold(DECADE.sub(_decade, text)).split()]


def decade(year: int) -> str:
    """The decade of a year, as `stems` gives it."""
    return f"{year // 10}0s"


def with_decades(words: list[str]) -> list[str]:
    """The words and, after them, the decade of each that is a year, which is how a decade finds a year."""
    return words + [decade(int(word)) for word in words if YEAR.fullmatch(word)]


def _decade(found: re.Match[str]) -> str:
    if found["first"]:
        return f"{found['first']}0s"
    century = found["century"] or ("20" if found["ten"] in "01" else "19")
    return f"{century}{found['ten']}0s"


def _stem(word: str) -> str:
    if word in NAMED:
        return NAMED[word]
    if word.endswith(("ie", "ies")) and not word.endswith(("eies", "aies")):
        return f"{word.removesuffix('s')[:-2]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    plural = word.endswith("s") and not word.endswith(("us", "ss")) and not word[:-1].isdecimal()
    return word[:-1] if plural else word


# What a wish is put in, not what it is for. They count where there are no others: "The Who".
_USUAL = """
    a about all an and any anything are artist as at be best book by can could do film find for from give good
    great has have i in is it like listen me more movie music my new of on one or please read recommend set
    should show some something song that the their there this to want was watch we were what which who with
    would you
"""
USUAL = frozenset(map(_stem, _USUAL.split()))
