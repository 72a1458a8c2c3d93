"""Which records of one table are one entity, what a person has said about it, and which record is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from kg.columns import filled
from kg.errors import CatalogError
from kg.linking import records, tables
from kg.linking.choose import Pair, explained
from kg.linking.groups import Groups
from kg.linking.judge import Judge
from kg.linking.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from kg.linking.records import Records

PAIR_COLUMNS = {"kept": "str", "merged": "str", "score": "float64", "reason": "str"}
COLUMNS = {"class": "str", **PAIR_COLUMNS}
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of the doubles of one table.

    Attributes:
        merges: one row for each record that goes into another: columns class (of the kept one), kept, merged
            (ids), score (0 to 1) and reason. No kept record is merged itself.
        unsure: pairs that only a person can tell, with the same columns; a decision about them settles it.
    """

    merges: pd.DataFrame
    unsure: pd.DataFrame


def merge(
    frame: pd.DataFrame, decisions: pd.DataFrame | None = None, options: MatchOptions | None = None
) -> Merged:
    """Find the doubles of one table and resolve chains of them to one record each.

    Groups never hold two records that contradict each other (kinds, years, outside ids, versions), nor two
    that a person told apart; where chains would join such records, the surer pairs are joined and the rest is
    unsure.

    Args:
        frame: a record frame, see `kg.linking`.
        decisions: what a person said: columns kept, merged (in any order) and verdict, "same" or "different";
            the last row about a pair counts. "same" joins what the matcher would not; "different" keeps apart
            for good, also by way of others. Rows about records that are not there are passed over.
        options: how strictly.

    Raises:
        CatalogError: the frame is no record frame, or a decision has no known verdict.
    """
    how = options or MatchOptions()
    table = records.read(frame)
    by_id = {row.id: row for row in table.rows}
    said = _said(decisions, by_id)
    judge = Judge(within=True, names_alone=how.names_alone)
    groups = Groups(by_id, [pair for pair, verdict in said.items() if verdict == DIFFERENT], judge)
    refused = [_join(groups, pair, sure=True) for pair in _decided(said)]
    judged = [pair for pair in tables.judge_all(table, None, judge) if pair[:2] not in said]
    judged.sort(key=lambda pair: (-pair.score, pair.left, pair.right))
    strong = [pair.enough and pair.score >= how.threshold for pair in judged]
    refused += [_join(groups, pair) for pair, enough in zip(judged, strong, strict=True) if enough]
    weak = [pair for pair, enough in zip(judged, strong, strict=True) if not enough and groups.apart(pair)]
    unsure = [pair for pair in refused if pair is not None]
    unsure += [explained(pair, "; not enough") for pair in weak]
    first = _Precedence(table)
    classes = dict(zip(by_id, _classes(frame), strict=True))
    return Merged(
        _frame(_resolved(groups, first), classes), _frame([first.oriented(pair) for pair in unsure], classes)
    )


def merges(
    frame: pd.DataFrame, decisions: pd.DataFrame | None = None, options: MatchOptions | None = None
) -> pd.DataFrame:
    """The merges that `merge` finds: columns class, kept, merged, score and reason."""
    return merge(frame, decisions, options).merges


def duplicates(frame: pd.DataFrame, options: MatchOptions | None = None) -> pd.DataFrame:
    """The merges that `merge` finds without a person's word: columns kept, merged, score and reason."""
    return merges(frame, None, options)[list(PAIR_COLUMNS)]


class _Precedence:
    """Which of several records is kept: the one with most facts, of equals the first."""

    def __init__(self, table: Records) -> None:
        self._rank = {row.id: (-row.facts, place) for place, row in enumerate(table.rows)}

    def first(self, members: Iterable[str]) -> str:
        return min(members, key=self._rank.__getitem__)

    def oriented(self, pair: Pair) -> Pair:
        """The pair with the record on the left that would be kept."""
        left = self.first(pair[:2])
        return pair._replace(left=left, right=pair.right if left == pair.left else pair.left)

    def sorted(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Pairs in order of their records."""
        return sorted(pairs, key=lambda pair: (self._rank[pair.left], self._rank[pair.right]))


def _said(decisions: pd.DataFrame | None, known: Container[str]) -> dict[tuple[str, str], str]:
    """The last verdict about each pair of known records, the smaller id first, in order of the rows."""
    said: dict[tuple[str, str], str] = {}
    if decisions is None:
        return said
    for column in ("kept", "merged", "verdict"):
        if column not in decisions:
            raise CatalogError(f"the decisions have no column {column!r}; they need kept, merged and verdict")
    rows = zip(*(filled(decisions[column]) for column in ("kept", "merged", "verdict")), strict=True)
    for place, (kept, merged, verdict) in enumerate(rows, start=1):
        if verdict not in {SAME, DIFFERENT}:
            wanted = f'"{SAME}" or "{DIFFERENT}"'
            raise CatalogError(
                f"the decisions, row {place}: verdict {verdict!r}, where {wanted} was expected"
            )
        if kept in known and merged in known and kept != merged:
            pair = (min(kept, merged), max(kept, merged))
            said.pop(pair, None)
            said[pair] = verdict
    return said


def _decided(said: Mapping[tuple[str, str], str]) -> Iterator[Pair]:
    for (one, other), verdict in said.items():
        if verdict == SAME:
            yield Pair(one, other, 1.0, "a person said so")


def _join(groups: Groups, pair: Pair, *, sure: bool = False) -> Pair | None:
    """Join a pair; None where that went well, else the pair with what spoke against it."""
    why = groups.join(pair, sure=sure)
    return explained(pair, f", but {why}") if why else None


def _resolved(groups: Groups, first: _Precedence) -> list[Pair]:
    """For each group its kept record with each of the others, in order of the records."""
    found = [pair for members in groups.members() for pair in groups.reasons(first.first(members))]
    return first.sorted(found)


def _classes(frame: pd.DataFrame) -> pd.Series:
    return filled(frame["class"]) if "class" in frame else pd.Series("", index=frame.index, dtype="str")


def _frame(found: Iterable[Pair], classes: Mapping[str, str]) -> pd.DataFrame:
    rows = [(classes[pair.left], pair.left, pair.right, pair.score, pair.reason) for pair in found]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
