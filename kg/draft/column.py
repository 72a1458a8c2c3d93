"""What is known of one column: how many values, which, of what sort; filled batch by batch, memory flat."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from kg.draft import names, sorts

if TYPE_CHECKING:
    import numpy.typing as npt

    from kg.graph import IntArray

HashArray: TypeAlias = "npt.NDArray[np.uint64]"

MOST_HASHES = 2**21
MOST_KEPT = 4_000
MOST_ODD = 12
WHOLE = re.compile(r"^-?\d+\.0+$")


@dataclass(eq=False)
class Column:
    """One column of a table; `name` may be chosen later where the file gives none.

    Attributes:
        name: what the card calls it.
        place: its position, from 0.
        given: whether the file itself names it.
        hint: RecBole's type, "" where none is told.
        rows: rows of the table.
        filled: cells that are not empty.
        hashes: of the distinct values, sorted; of a part of them where there are more than two million.
        capped: whether some values are missing from `hashes`.
        low, high: of the cells that are numbers.
        numbers, wholes: how many distinct values are numbers, are whole numbers.
        odd: some values that are no numbers.
        values: the first distinct values, as they are written.
        counts: how often each value occurs, as long as they are few.
    """

    name: str
    place: int
    given: bool = True
    hint: str = ""
    rows: int = 0
    filled: int = 0
    hashes: HashArray = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    capped: bool = False
    low: float = np.inf
    high: float = -np.inf
    wholes: int = 0
    numbers: int = 0
    checked: int = 0
    odd: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    counts: dict[str, int] | None = field(default_factory=dict)
    _sort: str | None = None

    def add(self, cells: pd.Series) -> HashArray:
        """Take in a batch; gives the hash of every cell, numbers that are equal having equal hashes."""
        codes, uniques = pd.factorize(cells)
        told = pd.Series(uniques, dtype="str").str.strip()
        hashes = hashed(told)
        tally = np.bincount(codes, minlength=len(told))
        filled = (told != "").to_numpy()
        self.rows += len(cells)
        self.filled += int(tally[filled].sum())
        new = filled & ~inside(hashes, self.hashes)
        self._count(told[filled], tally[filled])
        self._look(told[new])
        self._keep(hashes[new])
        self._sort = None
        return hashes[codes]

    def _count(self, told: pd.Series, tally: IntArray) -> None:
        if self.counts is None:
            return
        for value, count in zip(told.head(MOST_KEPT + 1), tally, strict=False):
            self.counts[value] = self.counts.get(value, 0) + int(count)
        if len(told) > MOST_KEPT or len(self.counts) > MOST_KEPT:
            self.counts = None

    def _look(self, new: pd.Series) -> None:
        self.checked += len(new)
        numbers = pd.to_numeric(new, errors="coerce").astype("float64")
        real = np.isfinite(numbers.to_numpy())
        if real.any():
            told = numbers.to_numpy()[real]
            self.low, self.high = min(self.low, float(told.min())), max(self.high, float(told.max()))
            self.wholes += int(new[real].str.fullmatch(r"-?\d+").sum())
            self.numbers += int(real.sum())
        self.odd.extend(new[~real].head(MOST_ODD + 1 - len(self.odd)) if len(self.odd) <= MOST_ODD else [])
        # a file is often sorted: some from each batch, not only the first
        self.values.extend(_spread(new, max(MOST_KEPT - len(self.values), MOST_KEPT // 20)))

    def _keep(self, new: HashArray) -> None:
        merged = distinct(np.concatenate([self.hashes, new]))
        self.capped = self.capped or len(merged) > MOST_HASHES
        self.hashes = merged[:MOST_HASHES]

    @property
    def named(self) -> bool:
        """Whether the file gives it a name that tells something: "c3" and "field 2" do not."""
        return self.given and not names.OPAQUE.match(self.name)

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return self.checked if self.capped else len(self.hashes)

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows == self.distinct and self.rows > 0

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return self.checked > 0 and self.wholes == self.checked

    @property
    def dense(self) -> bool:
        """Whether the values are 0 to n - 1 or 1 to n."""
        return self.whole and self.low in {0, 1} and self.high - self.low + 1 == self.distinct

    @property
    def sort(self) -> str:
        """What sort of values these are, as `sorts.sort_of` says."""
        if self._sort is None:
            self._sort = sorts.sort_of(self)
        return self._sort

    @property
    def fill(self) -> float:
        """The share of cells that are not empty."""
        return self.filled / max(self.rows, 1)

    @property
    def repeats(self) -> float:
        """How often a value occurs, on average."""
        return self.filled / max(self.distinct, 1)


def distinct(hashes: HashArray) -> HashArray:
    """The different ones, sorted; several times as fast as `np.unique` on what is mostly sorted."""
    ordered = np.sort(hashes, kind="stable")
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def inside(hashes: HashArray, known: HashArray) -> npt.NDArray[np.bool_]:
    """Which of the hashes are among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(hashes), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[places] == hashes
    return found


def hashed(values: pd.Series) -> HashArray:
    """A hash per value; "3.0" is hashed like "3"."""
    written = values.str.fullmatch(WHOLE.pattern).to_numpy(dtype=np.bool_)
    if written.any():
        values = values.where(~written, values.str.replace(r"\.0+$", "", regex=True))
    return pd.util.hash_array(values.to_numpy(dtype=object), categorize=False)


def _spread(values: pd.Series, most: int) -> list[str]:
    step = max(len(values) // max(most, 1), 1)
    return values.iloc[::step].head(most).to_list()
