"""A record frame, checked and read: names taken apart, years as numbers, kinds and outside ids as sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from kg.columns import filled
from kg.errors import CatalogError
from kg.linking import kinds, names, outside

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = {
    "name": 1.0,
    "turned": 0.995,
    "article": 0.99,
    "title": 0.97,
    "numbered": 0.97,
    "part": 0.92,
    "initials": 0.88,
    "full": 1.0,
}
TAG = 3  # a bracket that stands in so many names is no title of its own


class Profile(NamedTuple):
    """What can speak against two records being one.

    Attributes:
        year: 0 where unknown.
        kinds: empty where nothing tells.
        version: see `names.Name`.
        detail: see `names.Name`.
        outside: its ids elsewhere.
    """

    year: int
    kinds: kinds.Kinds
    version: str
    detail: str
    outside: frozenset[str]


class Record(NamedTuple):
    """One row: its id, its name in stages (see `names.Name`), whether it is shortened, and what is known."""

    id: str
    label: str
    plain: str
    main: str
    abbreviated: bool
    profile: Profile
    facts: float


@dataclass(frozen=True, slots=True)
class Records:
    """What a record frame says.

    Attributes:
        rows: the records, in the frame's order.
        forms: columns row, key, what and weight: each way to write each name.
    """

    rows: tuple[Record, ...]
    forms: pd.DataFrame


def read(frame: pd.DataFrame, what: str = "the records") -> Records:
    """Check and read a record frame; see `kg.linking` for its columns.

    Args:
        frame: the records.
        what: what to call the frame in messages.

    Raises:
        CatalogError: a column is missing, an id is empty or occurs twice, or `facts` holds no number.
    """
    _check(frame, what)
    by_class = {name: kinds.of_class(name) for name in _texts(frame, "class").unique()}
    classes = [by_class[name] for name in _texts(frame, "class")]
    labels = filled(frame["name"])
    read_names = [
        names.read(label, work=bool(found & kinds.WORKS))
        for label, found in zip(labels, classes, strict=True)
    ]
    profiles = map(_profile, read_names, _years(frame), classes, _outside(frame))
    plain, main, short = (
        [getattr(name, field) for name in read_names] for field in ("plain", "main", "abbreviated")
    )
    rows = map(Record, filled(frame["id"]), labels, plain, main, short, profiles, _facts(frame, what))
    return Records(tuple(rows), _forms(read_names))


def _check(frame: pd.DataFrame, what: str) -> None:
    for column in ("id", "name"):
        if column not in frame:
            have = ", ".join(map(str, frame.columns))
            raise CatalogError(f"{what} have no column {column!r}; they have {have}")
    ids = filled(frame["id"])
    bad = (ids == "") | ids.duplicated()
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise CatalogError(
            f"{what}, row {place + 1}: the id {ids.iloc[place]!r}, where one was expected that occurs once"
        )


def _profile(name: names.Name, year: int, of_class: kinds.Kinds, ids: frozenset[str]) -> Profile:
    """A column goes before what the name says."""
    return Profile(year or name.year, of_class or name.kinds, name.version, name.detail, ids)


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    return filled(frame[column]) if column in frame else pd.Series("", index=frame.index, dtype="str")


def _years(frame: pd.DataFrame) -> list[int]:
    told = _texts(frame, "year").str.extract(names.YEAR, expand=False)
    return [int(year) for year in filled(told).replace("", "0")]


def _outside(frame: pd.DataFrame) -> list[frozenset[str]]:
    cells = frame["ids"] if "ids" in frame else [()] * len(frame)
    return [outside.read(cell) for cell in cells]


def _facts(frame: pd.DataFrame, what: str) -> list[float]:
    if "facts" not in frame:
        return [0.0] * len(frame)
    numbers = pd.to_numeric(frame["facts"], errors="coerce")
    if numbers.isna().any():
        place = int(np.flatnonzero(numbers.isna())[0])
        raise CatalogError(f"{what}, row {place + 1}: facts is {frame['facts'].iloc[place]!r}, not a number")
    return [float(number) for number in numbers]


def _forms(read_names: Sequence[names.Name]) -> pd.DataFrame:
    """Every form of every name; brackets that are a tag, such as "(Criterion)", are no titles."""
    rows = [(row, key, what) for row, name in enumerate(read_names) for key, what in name.forms]
    forms = pd.DataFrame(rows, columns=["row", "key", "what"])
    forms = forms.astype({"row": "int64", "key": "str", "what": "str"})
    titles = forms["what"] == "title"
    often = forms["key"][titles].value_counts()
    forms = forms[~(titles & forms["key"].isin(often.index[often >= TAG]))]
    return forms.assign(weight=forms["what"].map(WEIGHTS).astype("float64"))
