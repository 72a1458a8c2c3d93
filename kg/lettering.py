"""Words for pictures: what a picture can hold of them, how wide they are, and where their lines break."""

from __future__ import annotations

import unicodedata


def plain(words: str) -> str:
    """Words on one line, without what XML cannot hold (control characters, halves of characters)."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())


def width(words: str) -> int:
    """How much room words take, in Latin letters: Chinese and the like take two, marks on letters none."""
    return sum(_room(letter) for letter in words)


def wrapped(words: str, room: int, lines: int) -> list[str]:
    """Words in at most so many lines of so many letters, with "…" where not all of it fits."""
    pieces = [piece for word in plain(words).split() for piece in _pieces(word, room)]
    broken: list[str] = []
    for piece in pieces:
        if broken and width(broken[-1]) + 1 + width(piece) <= room:
            broken[-1] += f" {piece}"
        else:
            broken.append(piece)
    if len(broken) <= lines:
        return broken
    return [*broken[: lines - 1], f"{_pieces(broken[lines - 1], room - 1)[0]}…"]


def _pieces(word: str, room: int) -> list[str]:
    """A word cut into pieces that fit; one that fits stays whole."""
    pieces, taken = [""], 0
    for letter in word:
        taken += _room(letter)
        if taken > room and pieces[-1]:
            pieces.append("")
            taken = _room(letter)
        pieces[-1] += letter
    return pieces


def _room(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
