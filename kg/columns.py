"""Columns of text without gaps: what pandas leaves as NaN is "" here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def filled(values: pd.Series) -> pd.Series:
    """The values as strings, "" for NaN (also where all are NaN, which pandas takes for numbers)."""
    return values.astype("str").fillna("")


def with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns are all `filled`, but for "line", which holds whole numbers, 0 where unknown."""
    lines = pd.to_numeric(frame["line"]).fillna(0).astype("int64")
    return frame.drop(columns="line").astype("str").fillna("").assign(line=lines)


def mapped(values: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Each value's name, "" where it has none."""
    return filled(values.map(dict(names)))


def join_texts(parts: Iterable[pd.Series], glue: str, index: pd.Index) -> pd.Series:
    """Several columns as one; an empty cell leaves no glue, a finished sentence gets no second stop."""
    joined = pd.Series("", index=index, dtype="str")
    for part in parts:
        finished = joined.str.endswith((".", "!", "?"))
        between = pd.Series(glue, index=index, dtype="str").where(~finished, " ")
        joined = joined + between.where((joined != "") & (part != ""), "") + part
    return joined
