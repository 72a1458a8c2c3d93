"""What a build did and what it left out, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from hybrid.show import graph_as_json, graph_table
from kg.catalog import MERGED, UNSURE
from kg.workspace import REPORT, WARNINGS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.console import Console

    from kg.building import Built
    from kg.quarantine import Quarantine

MOST_ROWS = 20  # rows of the report that are printed; all are in the file


def built_as_json(built: Built) -> dict[str, Any]:
    """A build, as plain values: the graph, the statements that changed and the rows left out, by file."""
    changes = {source: {"added": added, "removed": gone} for source, (added, gone) in built.changes.items()}
    return {
        **graph_as_json(built.graph),
        "written": built.written,
        "changes": changes,
        "quarantined": dict(built.quarantine.counts()),
        "warnings": len(built.warnings),
        "left_out": list(built.left_out),
    }


def print_built(console: Console, built: Built, folder: Path) -> None:
    """Print what a build did."""
    if not built.written:
        console.print(f"{escape(str(folder))} is up to date: neither the card nor a file has changed.")
    elif built.changes:
        table = Table("file", "added", "removed", title="statements that changed")
        for source, counts in built.changes.items():
            table.add_row(escape(source), *(f"{count:,}" for count in counts))
        for column in table.columns[1:]:
            column.justify = "right"
        console.print(table)
    graph_table(console, built.graph)
    for source, count in built.quarantine.counts().items():
        report = escape(str(folder / REPORT))
        console.print(f"{count:,} rows of {escape(source)} were left out; {report} says why.")
    for reason in built.left_out:
        console.print(f"An item that was added before is left out: {escape(reason)}.")
    if len(built.warnings):
        console.print(f"{len(built.warnings):,} warnings stand in {escape(str(folder / WARNINGS))}.")


def print_quarantine(console: Console, quarantine: Quarantine) -> None:
    """Print the rows that were left out and the reasons."""
    if not len(quarantine):
        console.print("Nothing is left out: every row can go into the graph.")
        return
    table = Table("file", "line", "field", "value", "reason", title=f"{len(quarantine):,} rows are left out")
    for row in list(quarantine)[:MOST_ROWS]:
        table.add_row(*(escape(str(value)) for value in row))
    console.print(table)
    if len(quarantine) > MOST_ROWS:
        console.print(f"and {len(quarantine) - MOST_ROWS:,} more; --json lists all")


def print_merges(console: Console, merges: pd.DataFrame) -> None:
    """Print which entities became one, and which only a person can tell."""
    for verdict, title in ((MERGED, "became one"), (UNSURE, "may be one: --together or --apart settles it")):
        rows = merges[merges["verdict"] == verdict]
        table = Table("kept", "merged", "class", "score", "reason", title=f"{len(rows):,} pairs {title}")
        for row in rows.head(MOST_ROWS).itertuples(index=False):
            words = (row.kept, row.merged, row[0], f"{row.score:.2f}", row.reason)
            table.add_row(*(escape(str(word)) for word in words))
        console.print(table)
        if len(rows) > MOST_ROWS:
            console.print(f"and {len(rows) - MOST_ROWS:,} more; --json lists all")
