"""What a wish in words calls by name: entities by their labels, and years and decades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hybrid.scorers.stems import USUAL, decade, stems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from kg.graph import IntArray, KnowledgeGraph

LONGEST = 8  # words of a name; what is longer is a sentence
EARLIEST, LATEST = 1000, 2100
_DATED = re.compile(r"\((1[5-9]\d\d|20\d\d)\)\s*$")


@dataclass(frozen=True, slots=True)
class Names:
    """Names in order, each as often as it has bearers.

    Attributes:
        names: words as `stems` gives them, " " between them, ascending, shape (n,).
        bearers: a number for what is called so, shape (n,).
    """

    names: npt.NDArray[np.str_]
    bearers: IntArray

    @classmethod
    def of(cls, names: Mapping[int, str]) -> Names:
        """The names that can be looked for, by the number of the bearer.

        Not looked for are names of one letter, of more than 8 words, and of nothing but words that a wish is
        put in ("best movie").
        """
        pairs = sorted((" ".join(words), bearer) for bearer, words in _telling(names))
        bearers = np.array([bearer for _, bearer in pairs], dtype=np.int64)
        return cls(np.array([name for name, _ in pairs], dtype=np.str_), bearers)

    def within(self, text: str) -> list[IntArray]:
        """The bearers of each name in a text, the longest name at every place, from left to right."""
        words, found, place = stems(text), [], 0
        sizes = range(min(LONGEST, len(words)), 0, -1)
        spans = [[" ".join(words[first : first + size]) for size in sizes] for first in range(len(words))]
        flat = np.array(spans, dtype=np.str_)
        starts, ends = (np.searchsorted(self.names, flat, side) for side in ("left", "right"))
        while place < len(words):
            sized = np.flatnonzero(ends[place] > starts[place])
            if len(sized):
                found.append(self.bearers[starts[place, sized[0]] : ends[place, sized[0]]])
            place += sizes[sized[0]] if len(sized) else 1
        return found


def dates(graph: KnowledgeGraph, known: int | None = None) -> tuple[list[str], sparse.csr_array]:
    """The years and decades of items, by what is numbered like a year, or else by labels: "Alien (1979)".

    Args:
        graph: the graph.
        known: so many items, the first, tell what is numbered like a year; all where None.

    Returns:
        Their names, n of them, and ones for the items of each, shape (num_items, n).
    """
    years = _years(graph, slice(known))
    pairs = sorted({(name, row) for row, year in years for name in (str(year), decade(year))})
    names, columns = np.unique(np.array([name for name, _ in pairs], dtype=np.str_), return_inverse=True)
    rows = np.array([row for _, row in pairs], dtype=np.int64)
    shape = (graph.num_items, len(names))
    return names.tolist(), sparse.csr_array((np.ones(len(pairs), np.float32), (rows, columns)), shape=shape)


def _telling(names: Mapping[int, str]) -> Iterator[tuple[int, list[str]]]:
    for bearer, name in names.items():
        words = stems(name)
        if len(words) <= LONGEST and sum(map(len, words)) > 1 and not USUAL.issuperset(words):
            yield bearer, words


def _years(graph: KnowledgeGraph, usual: slice) -> Iterator[tuple[int, int]]:
    items = slice(graph.first("item"), graph.first("entity"))
    numbered = np.zeros(graph.num_items, dtype=np.bool_)
    for values in graph.numbers.values():
        known = np.isfinite(values[items])
        years = np.where(known, values[items], 0)
        fits = (years % 1 == 0) & (years >= EARLIEST) & (years < LATEST)
        if known[usual].any() and fits[usual][known[usual]].all():
            numbered |= fits
            yield from zip(np.flatnonzero(fits).tolist(), years[fits].astype(int).tolist(), strict=True)
    for row in np.flatnonzero(~numbered).tolist():
        dated = _DATED.search(str(graph.labels[items][row]))
        if dated:
            yield row, int(dated[1])
