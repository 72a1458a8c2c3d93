"""How raters did, for people (a table) and for machines (plain values for JSON)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from hybrid.ratings.evaluation import BASELINE, METRICS, SLICES
from hybrid.show import or_null

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from hybrid.ratings.evaluation import Rated


def print_rated(console: Console, rated: Sequence[Rated]) -> None:
    """Print a table of raters and metrics, lower is better; a slice without ratings has no columns."""
    counts = rated[0].evaluation.metrics
    shown = [name for name in SLICES if counts[f"count@{name}"]]
    told = ", ".join(f"{counts[f'count@{name}']:,.0f} ratings ({name})" for name in shown)
    table = Table(title=f"Held-out ratings: {told}", box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("rater")
    for name in shown:
        for metric in METRICS:
            table.add_column(metric if name == "all" else f"{metric},\n{name}", justify="right")
    table.add_column(f"p against\n{BASELINE}", justify="right")
    table.add_column("seconds", justify="right")
    for each in rated:
        numbers = [
            f"{each.evaluation.metrics[f'{metric}@{name}']:.4f}" for name in shown for metric in METRICS
        ]
        p = "" if each.against is None else f"{each.against.p_value:.4f}"
        table.add_row(each.name, *numbers, p, f"{each.seconds:.0f}")
    console.print(table)


def rated_as_json(rated: Sequence[Rated]) -> dict[str, Any]:
    """The raters' metrics (null where a slice is empty), and their squared error beside the biases'."""
    return {
        each.name: {
            "metrics": {name: or_null(value) for name, value in each.evaluation.metrics.items()},
            f"against {BASELINE}": None if each.against is None else asdict(each.against),
            "seconds": each.seconds,
        }
        for each in rated
    }
