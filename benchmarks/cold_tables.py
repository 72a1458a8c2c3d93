"""Prints and draws what `cold_items.py` measures."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from matplotlib.colors import TABLEAU_COLORS
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

METRICS = ("recall@20", "ndcg@10")
Numbers = dict[str, Any]


def spread(values: list[float]) -> str:
    """The mean, the least and the greatest."""
    return f"{statistics.mean(values):.4f} ({min(values):.4f}-{max(values):.4f})"


def show(runs: list[Numbers]) -> None:
    """Means over the seeds that have a model, least and greatest, and the largest p value."""
    print("cold items among themselves; p against", ", ".join(sorted({str(run["best"]) for run in runs})))
    for name, rows in gathered(runs, "alone").items():
        cells = [f"{metric} {spread([row[metric] for row in rows])}" for metric in METRICS]
        p_values = [row["p"][METRICS[0]] for row in rows if "p" in row]
        print(f"  {name:12} {'  '.join(cells)}" + (f"  p {max(p_values):.4f}" if p_values else ""))
    for share, rows in gathered(runs, "among").items():
        print(f"  {share:8} " + "  ".join(f"{key} {spread([r[key] for r in rows])}" for key in rows[0]))


def gathered(runs: list[Numbers], part: str) -> dict[str, list[Numbers]]:
    """The rows of a part by name, of the runs that have one of the name."""
    names = dict.fromkeys(name for run in runs for name in run[part])
    return {name: [run[part][name] for run in runs if name in run[part]] for name in names}


def draw(runs: dict[str, Numbers], path: Path) -> None:
    """The price of new items against their recall, a line for each seed."""
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    for colour, (seed, run) in zip(TABLEAU_COLORS, runs.items(), strict=False):
        for kind, style in (("places", ":"), ("", "o-")):
            rows = [row for share, row in run["among"].items() if share.endswith("places") == bool(kind)]
            if not rows:
                continue
            points = sorted((row["price recall@20"], row["cold recall@20"]) for row in rows)
            label = f"seed {seed}{', kept places' if kind else ''}"
            axes.plot(*zip(*points, strict=True), style, color=colour, markersize=3, label=label)
        kept = run["among"]["-"]
        axes.plot(kept["price recall@20"], kept["cold recall@20"], "k*")
    axes.axvline(0.02, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("share of the recall@20 of known items that is lost")
    axes.set_ylabel("recall@20 of new items among all")
    axes.legend(frameon=False)
    figure.savefig(path)
