"""Whether the cells of a column hold several values, and what stands between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import lexicon
from kg.draft.evidence import Evidence, percent
from kg.draft.sorts import mean_words

if TYPE_CHECKING:
    from kg.draft.column import Column

STRONG = ("|", ";", "\t", " > ", ">")
WEAK = (", ", ",", " / ", "/", " & ")
LONG_NAME = 4.0
FEW_WORDS = 200


@dataclass(frozen=True, slots=True)
class Separator:
    """What stands between values, and how many different ones there are then."""

    text: str
    distinct: int
    total: int
    evidence: Evidence


def find(column: Column, *, several: bool) -> Separator | None:
    """The separator of a column of words, None where a cell is one value.

    Args:
        column: the column; its distinct values are looked at.
        several: whether its name makes several values likely (genres, actors, tags).
    """
    cells = column.values
    for text in STRONG:
        found = _split(cells, text)
        if found and found[0] >= 0.02 and found[3] <= 2 * LONG_NAME:  # noqa: PLR2004
            return _separator(text, found, 0.97)
    for text in WEAK:
        found = _split(cells, text)
        if found and _again(found, several=several):
            return _separator(text.strip() or text, found, 0.95 if several else 0.75)
    return _words(column, cells)


def _split(cells: list[str], text: str) -> tuple[float, int, int, float] | None:
    """(share of cells with the separator, different values, all values, words a value), None without any."""
    with_it = sum(text in cell for cell in cells)
    if not with_it:
        return None
    parts = [part.strip() for cell in cells for part in cell.split(text) if part.strip()]
    return with_it / len(cells), len(set(parts)), len(parts), mean_words(parts)


def _again(found: tuple[float, int, int, float], *, several: bool) -> bool:
    """Whether the parts occur again in other cells, as values do and parts of a name do not."""
    share, distinct, total, words = found
    if words > LONG_NAME:
        return False
    if several:
        return share >= 0.01 and distinct <= 0.95 * total  # noqa: PLR2004
    return share >= 0.15 and distinct <= 0.5 * total  # noqa: PLR2004


def _words(column: Column, cells: list[str]) -> Separator | None:
    """A space between values: a few words only, in many combinations."""
    found = _split(cells, " ")
    if found is None:
        return None
    share, distinct, total, _ = found
    alone = {cell for cell in cells if " " not in cell}
    typed = column.hint.endswith("_seq")
    most, again = (FEW_WORDS, 3) if typed else (FEW_WORDS / 3, 5)
    if len(alone) < 0.3 * distinct:
        return None
    if share < 0.3 or distinct > most or total < again * distinct or len(cells) < 3 * distinct:  # noqa: PLR2004
        return None
    if lexicon.LITTLE & {word for cell in cells for word in cell.lower().split()}:
        return None
    return _separator(" ", found, 0.9 if typed else 0.7)


def _separator(text: str, found: tuple[float, int, int, float], sure: float) -> Separator:
    share, distinct, total, _ = found
    why = f"{percent(share)} of the different cells hold {text!r}; taken apart they are {distinct:,} values"
    return Separator(text, distinct, total, Evidence.at(sure, why))
