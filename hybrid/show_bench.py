"""What a benchmark measured beside its models, for people: ablations, and what the graph is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table

from hybrid.evaluation.comparison import JUDGED
from hybrid.evaluation.sentence import ALPHA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console


def print_parts(console: Console, dataset: Mapping[str, Any]) -> None:
    """Print the ablations and the verdict on the graph of a dataset, where they were measured.

    Args:
        console: where to.
        dataset: as in the JSON of `hybrid.bench.bench`.
    """
    if dataset.get("ablations"):
        print_ablations(console, dataset["ablations"])
    if "worth" in dataset:
        console.print(escape(dataset["worth"]["sentence"]))


def print_ablations(console: Console, found: Iterable[Mapping[str, Any]]) -> None:
    """Print what the hybrid loses without each group of scorers."""
    title = "The hybrid without a part (* differs at p < .05 after Holm)"
    table = Table("without", title=title, box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    for metric in JUDGED:
        table.add_column(metric, justify="right")
        table.add_column("change", justify="right")
    table.add_column("  left out")
    for each in found:
        cells = [cell for metric in JUDGED for cell in _cells(each, metric)]
        table.add_row(each["without"], *cells, "  " + escape(", ".join(each["scorers"])))
    console.print(table)


def _cells(each: Mapping[str, Any], metric: str) -> tuple[str, str]:
    beside = each["beside_hybrid"][metric]
    mark = "*" if beside["p_corrected"] < ALPHA else " "
    return f"{each['metrics'][metric]:.4f}", f"{beside['difference']:+.4f}{mark}"
