"""The files of a card and their cells as ids, words and numbers; every error names the place."""

from __future__ import annotations

import operator
import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg import formats
from kg.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from kg.card import Card, IdColumn, MapTable, Source
    from kg.cardfile import Field
    from kg.graph import BoolArray
    from kg.quarantine import Quarantine

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
CONDITION = re.compile(r"(>=|<=|!=|>|<|=) *(.*)")
CONDITIONS: Mapping[str, Callable[[pd.Series, float], pd.Series]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
TEXT_CONDITIONS: Mapping[str, Callable[[pd.Series, str], pd.Series]] = {"=": operator.eq, "!=": operator.ne}


class Cells:
    """Reads what a card names.

    Args:
        card: the card; its folder and root are where the files are.
        quarantine: takes the rows that are wrong, and names those to leave out from the start; without one
            the first wrong row raises.
    """

    def __init__(self, card: Card, quarantine: Quarantine | None = None) -> None:
        self.card = card
        self.quarantine = quarantine
        self._frames: dict[object, pd.DataFrame] = {}
        self._maps: dict[str, dict[str, str]] = {}

    def frame(self, source: Source) -> pd.DataFrame:
        """The rows of a source that meet its conditions and are not in quarantine, indexed by line.

        Raises:
            CatalogError: the file is missing, empty or broken, no row of it is right, or a condition's column
                holds no number.
            CardError: a condition names an unknown column.
        """
        path = self.card.path(source)
        key = (path, source.format, source.options)
        if key not in self._frames:
            self._frames[key] = self._read(path, source)
        frame = self.sound(self._frames[key], source)
        return self.sound(frame[self.meets(frame, source, source.where, "where")], source)

    def meets(
        self, frame: pd.DataFrame, source: Source, conditions: Iterable[tuple[str, str]], name: str
    ) -> BoolArray:
        """Which rows meet all conditions, (column, condition) pairs that stand in the card's field `name`.

        Raises:
            CatalogError: a condition compares with a number and a cell that is looked at holds none.
            CardError: a condition names an unknown column.
        """
        met = np.ones(len(frame), dtype=np.bool_)
        for column, condition in conditions:
            sign, wanted = CONDITION.fullmatch(condition).groups()  # type: ignore[union-attr]  # the schema says so
            place, rows = (*source.at, name, column), frame[met]
            if NUMBER.fullmatch(wanted):
                found = CONDITIONS[sign](self.numbers(rows, source, column, place), float(wanted))
            else:
                found = TEXT_CONDITIONS[sign](self.column(rows, source, column, place), wanted)
            met[met] = found.to_numpy()
        return met

    def _read(self, path: Path | str, source: Source) -> pd.DataFrame:
        quarantine = self.quarantine
        if quarantine is None:
            return formats.read(path, source.format, source.options)
        reject = partial(quarantine.add, source.name)
        return formats.read(path, source.format, source.options, reject)

    def sound(self, frame: pd.DataFrame, source: Source) -> pd.DataFrame:
        """The rows of a source that are not in quarantine.

        Raises:
            CatalogError: none is left.
        """
        lines = self.quarantine.lines(source.name) if self.quarantine is not None else []
        kept = frame[~frame.index.isin(lines)] if lines else frame
        if kept.empty and len(frame) and self.quarantine is not None:
            first = next(row for row in self.quarantine if row.source == source.name)
            place = f"the first, {frame.index.name} {first.line}: {first.reason}"
            raise CatalogError(f"{self.card.path(source)}: no row can be used; {place}")
        return kept

    def column(self, frame: pd.DataFrame, source: Source, name: str, field: Field) -> pd.Series:
        """A column as text.

        Raises:
            CardError: there is none of that name; the message lists those there are.
        """
        if name not in frame:
            have = ", ".join(map(str, frame.columns))
            raise self.card.error(field, f"{self.card.path(source)} has no column {name!r}; it has {have}")
        return frame[name]

    def numbers(self, frame: pd.DataFrame, source: Source, name: str, field: Field) -> pd.Series:
        """A column as numbers, NaN for empty cells.

        Raises:
            CatalogError: a cell is neither a finite number nor empty.
        """
        text = self.column(frame, source, name, field)
        numbers = pd.to_numeric(text, errors="coerce").astype("float64")
        unread = ~np.isfinite(numbers.to_numpy()) & (text.str.strip() != "").to_numpy()
        self.refuse(text, unread, source, name, "a number")
        return numbers

    def times(self, frame: pd.DataFrame, source: Source, name: str, field: Field, unit: str) -> pd.Series:
        """A column as seconds since 1970, NaN for empty cells; unit is "s", "ms" or "iso".

        Raises:
            CatalogError: a cell is not a time.
        """
        if unit != "iso":
            return self.numbers(frame, source, name, field) / (1000 if unit == "ms" else 1)
        text = self.column(frame, source, name, field)
        moments = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
        self.refuse(text, moments.isna() & (text != ""), source, name, "a date such as 2024-05-01T12:00:00")
        return (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)

    def refuse(
        self, cells: pd.Series, bad: pd.Series | BoolArray, source: Source, name: str, wanted: str
    ) -> None:
        """Put the rows of bad cells into quarantine; without one, raise for the first, naming its place."""
        for where in np.flatnonzero(bad).tolist():
            value = str(cells.iloc[where])
            if self.quarantine is None:
                place = f"{self.card.path(source)}, {cells.index.name} {cells.index[where]}, column {name!r}"
                raise CatalogError(f"{place}: {value!r} where {wanted} was expected")
            line = int(cells.index[where])
            self.quarantine.add(source.name, line, f"{wanted} was expected", field=name, value=value)

    def ids(self, frame: pd.DataFrame, source: Source, spec: IdColumn) -> tuple[pd.Series, BoolArray]:
        """A column of ids, taken through its map, and which rows are kept.

        Raises:
            CatalogError: an id is empty, or is not in the map and `missing` does not say what to do then.
            CardError: the column or the map is unknown.
        """
        raw = self.column(frame, source, spec.column, spec.at)
        self.refuse(raw, raw == "", source, spec.column, "an id")
        if spec.map is None:
            return raw, (raw != "").to_numpy(dtype=np.bool_)
        mapped = raw.map(self.map(spec.map, spec.at)).astype("str")
        lost = mapped.isna()
        if spec.missing == "error":
            self.refuse(raw, lost, source, spec.column, f"an id that the map {spec.map!r} holds")
        if spec.missing == "keep":
            return mapped.where(~lost, raw), np.ones(len(raw), dtype=np.bool_)
        return mapped, (~lost).to_numpy(dtype=np.bool_)

    def kept(
        self, frame: pd.DataFrame, source: Source, **specs: IdColumn
    ) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
        """The rows in which every named column has an id, and those ids, aligned with the rows."""
        found = {name: self.ids(frame, source, spec) for name, spec in specs.items()}
        keep = np.logical_and.reduce([kept for _, kept in found.values()])
        return frame[keep], {name: ids[keep] for name, (ids, _) in found.items()}

    def map(self, name: str, field: Field) -> dict[str, str]:
        """A named map.

        Raises:
            CardError: the card has none of that name.
            CatalogError: the map's file gives two values for one key.
        """
        if name not in self.card.maps:
            have = ", ".join(self.card.maps) or "none"
            raise self.card.error(field, f"there is no map {name!r}; the card has {have}")
        if name not in self._maps:
            self._maps[name] = self._read_map(self.card.maps[name])
        return self._maps[name]

    def _read_map(self, table: MapTable) -> dict[str, str]:
        source, frame = table.source, self.frame(table.source)
        keys = self.column(frame, source, table.key, (*source.at, "from"))
        values = self.column(frame, source, table.value, (*source.at, "to"))
        twice = keys.duplicated() & ~pd.DataFrame({"key": keys, "value": values}).duplicated()
        self.refuse(keys, twice, source, table.key, "an id that does not occur twice with different values")
        return dict(zip(keys.to_list(), values.to_list(), strict=True))
