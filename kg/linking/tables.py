"""Which records of two tables are one entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from kg.linking import choose, pairs, records
from kg.linking.choose import Pair
from kg.linking.judge import Agreement, Judge
from kg.linking.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.linking.records import Records

COLUMNS = {"left": "str", "right": "str", "score": "float64", "reason": "str"}


@dataclass(frozen=True, slots=True)
class Linked:
    """Pairs of records of two tables; both frames have the columns left, right (ids), score and reason.

    Attributes:
        pairs: those taken for one entity, the surest first.
        unsure: those that only a person can tell: two are as good, or the signs are not enough.
    """

    pairs: pd.DataFrame
    unsure: pd.DataFrame


def link(left: pd.DataFrame, right: pd.DataFrame, options: MatchOptions | None = None) -> Linked:
    """Find the records of two tables that are one entity.

    Args:
        left: a record frame, see `kg.linking`.
        right: another.
        options: how strictly.

    Raises:
        CatalogError: a frame is no record frame.
    """
    how = options or MatchOptions()
    one, other = records.read(left, "the left records"), records.read(right, "the right records")
    judged = list(judge_all(one, other, Judge(within=False, year_gap=how.year_gap)))
    taken, unsure = choose.best(judged, threshold=how.threshold, margin=how.margin, one_to_one=how.one_to_one)
    return Linked(frame(taken), frame(unsure))


def match(left: pd.DataFrame, right: pd.DataFrame, options: MatchOptions | None = None) -> pd.DataFrame:
    """The pairs that `link` takes: columns left, right, score (0 to 1) and reason, the surest first."""
    return link(left, right, options).pairs


def judge_all(left: Records, right: Records | None, judge: Judge) -> Iterator[Pair]:
    """Judge every pair worth it, of two tables or, with None, within one."""
    other = left if right is None else right
    found = pairs.find(left, right)
    for a, b, score, what, letters in found.itertuples(index=False, name=None):
        one, two = left.rows[a], other.rows[b]
        judgement = judge.judge(one, two, Agreement(what, score, letters))
        if judgement is not None:
            yield Pair(one.id, two.id, *judgement)


def frame(found: Sequence[Pair]) -> pd.DataFrame:
    """Pairs as a frame."""
    rows = [(pair.left, pair.right, pair.score, pair.reason) for pair in found]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
