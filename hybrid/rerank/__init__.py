"""Re-ranking: stages that reorder what was ranked, one per file; `find` discovers them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hybrid.rerank.base import Candidates, Context, Note, Shown, Stage
from hybrid.rerank.stock import Stock
from kg import discovery
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Candidates", "Context", "Note", "Shown", "Stage", "Stock", "check", "find", "parse", "rerank"]


@cache
def find() -> dict[str, type[Stage]]:
    """All stages of this folder, by name."""
    return discovery.subclasses(__name__, Stage)  # type: ignore[type-abstract]


def parse(text: str) -> Stage:
    """A stage as somebody writes it: "mmr", "mmr:weight=0.3,by=text", "rules:file=shop.yaml".

    Raises:
        QueryError: there is no such stage or option, or a value does not fit.
    """
    name, _, rest = text.partition(":")
    if name not in find():
        raise QueryError(f"there is no stage {name!r}; known are {', '.join(find())}")
    words = dict(part.partition("=")[::2] for part in rest.split(",") if part.strip())
    return find()[name].of({option.strip(): value.strip() for option, value in words.items()})


def check(stages: Sequence[Stage]) -> None:
    """Refuse a chain whose end could undo what must not be undone.

    Raises:
        QueryError: a stage that must be the last is not.
    """
    for stage in stages[:-1]:
        if stage.last:
            raise QueryError(f"stage {stage.name!r} must be the last: another after it could undo it")


def rerank(candidates: Candidates, stages: Sequence[Stage], context: Context) -> Candidates:
    """The candidates after all stages, in order.

    Raises:
        QueryError: a stage that must be the last is not, or the graph lacks what a stage needs.
    """
    check(stages)
    for stage in stages:
        candidates = stage.apply(candidates, context)
    return candidates
