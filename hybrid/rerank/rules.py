"""Business rules: what must, may not, and how much of it may be in a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from hybrid.rerank import rulefile
from hybrid.rerank.base import NO_ITEM, Note, Stage
from hybrid.rerank.plan import Plan
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybrid.rerank.base import Candidates, Context
    from hybrid.rerank.rulefile import Rule
    from kg.graph import FloatArray, IntArray


@dataclass(frozen=True)
class Rules(Stage):
    """Rules that hold whatever the scores say; the last stage of a chain.

    `exclude` takes items out. `include` and `pin` put an item into the list though it be no candidate, unless
    the person likes it already or the query excludes it. `at_least` and `at_most` bound how many of the first
    n items are of a group; what is lacking is taken from the candidates, best first, and where there are too
    few of them a note says so. Otherwise the order stays.

    Args:
        rules: in any order; they must agree with each other.
    """

    name: ClassVar[str] = "rules"
    purpose: ClassVar[str] = "business rules: include, exclude, pin, at least and at most so many of a group"
    last: ClassVar[bool] = True

    rules: tuple[Rule, ...] = ()

    @classmethod
    def of(cls, words: Mapping[str, str]) -> Self:
        """The rules of a file, {"file": path}.

        Raises:
            QueryError: another option, or a file that is not right.
        """
        if set(words) != {"file"}:
            given = ", ".join(words) or "none"
            raise QueryError(f"stage {cls.name!r} has one option, file=PATH, got {given}")
        return cls(rulefile.read(words["file"]))

    def __str__(self) -> str:
        """The rules in words."""
        return f"{self.name}: {'; '.join(map(str, self.rules)) or 'none'}"

    def rerank(self, candidates: Candidates, context: Context) -> Candidates:
        """The candidates without what is excluded, with the first n places as the rules ask."""
        plan = self._plan(context)
        kept = _without(candidates, plan)
        forced = len(plan.pins) + len(plan.includes)
        touched = np.flatnonzero(~plan.kept(kept.items)) if not forced else np.arange(len(kept))
        items = np.pad(kept.items, ((0, 0), (0, forced)), constant_values=NO_ITEM)
        for row in touched:
            listed = items[row][items[row] >= 0]
            arranged = plan.arranged(listed, _forbidden(context, int(row)))
            items[row] = NO_ITEM
            items[row, : len(arranged)] = arranged
        return replace(kept, items=items, scores=_stretched(kept.scores, items))

    def because(self, after: Candidates, row: int, place: int, *, up: bool, context: Context) -> str:
        """Names the rule that has to do with the item."""
        plan, item = self._plan(context), int(after.items[row, place])
        if item in plan.pins.values():
            return "the rules pin it here"
        if item in plan.includes:
            return "the rules ask for it"
        own = plan.members[:, item] & ((plan.least if up else plan.n - plan.most) > 0)
        for quota in np.flatnonzero(own):
            return f"the rules ask for {plan.quotas[quota]}"
        shown = after.items[row, : plan.n]
        full = (plan.most < plan.n) & (plan.counts(shown[shown >= 0]) >= plan.most)
        for quota in np.flatnonzero(up & full):
            return f"others give way, for the rules ask for {plan.quotas[quota]}"
        return "the rules place others elsewhere"

    def remarks(self, after: Candidates, context: Context) -> Iterator[Note]:
        """Says which rules could not be kept."""
        plan = self._plan(context)
        for row, items in enumerate(after.items[:, : plan.n]):
            shown = items[items >= 0]
            for rule, count, least in zip(plan.quotas, plan.counts(shown), plan.least, strict=True):
                if count < least:
                    yield self._remark(row, f'rule "{rule}" is not kept: only {count} could be found')
            for item in (*plan.pins.values(), *plan.includes):
                if item not in shown:
                    label = context.stock.graph.item_label(item)
                    yield self._remark(row, f"{label} is not put in: it is liked already or not wanted")

    def _plan(self, context: Context) -> Plan:
        return Plan.of(self.rules, context.stock.groups, context.n)

    def _remark(self, row: int, text: str) -> Note:
        return Note(row, NO_ITEM, self.name, text)


def _forbidden(context: Context, row: int) -> IntArray:
    return np.concatenate([context.profiles.history(row), context.barred])


def _without(candidates: Candidates, plan: Plan) -> Candidates:
    """The candidates but for the excluded ones, each with its score."""
    out = plan.excluded[candidates.items] & candidates.filled
    if not out.any():
        return candidates
    return replace(candidates, items=np.where(out, NO_ITEM, candidates.items)).rescored(candidates.scores)


def _stretched(scores: FloatArray, items: IntArray) -> FloatArray:
    """Scores for the places of items: further places have the last score, NaN where no item is."""
    size = items.shape[1]
    known = ~np.isnan(scores)
    last = np.where(known, scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    padded = np.pad(scores, ((0, 0), (0, size - scores.shape[1])), constant_values=np.nan)
    filled = np.where(np.isnan(padded), np.where(np.isfinite(last), last, 0.0), padded)
    return np.where(items >= 0, filled, np.nan)
