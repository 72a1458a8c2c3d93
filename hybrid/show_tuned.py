"""What a search for options found, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from hybrid.search import Found


def tuned_as_json(found: Iterable[Found]) -> dict[str, Any]:
    """The best options, as plain values, by scorer."""
    return {
        each.scorer: {
            "options": each.best.options,
            "ndcg@10": each.best.value,
            "first": each.best.first,
            "trials": each.best.trials,
            "pruned": each.best.pruned,
        }
        for each in found
    }


def print_tuned(console: Console, found: Iterable[Found]) -> None:
    """Print the best options beside those that each search began with and what it searched."""
    table = Table("option", "best", "was", "searched", "NDCG@10", "was", "trials", "given up")
    for each in found:
        best = each.best
        ends = (f"{best.value:.4f}", _number(best.first), f"{best.trials:,}", f"{best.pruned:,}")
        for row, (option, value) in enumerate(best.options.items()):
            numbers = ends if row == 0 else ("",) * len(ends)
            was, searched = _plain(each.start[option]), str(each.space[option])
            table.add_row(f"{each.scorer}.{option}", _plain(value), was, escape(searched), *numbers)
        table.add_section()
    for column in table.columns[4:]:
        column.justify = "right"
    console.print(table)


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
