"""Run `whyrec bench` on one card with several seeds: the median of each figure, and its least and greatest.

    python benchmarks/seeds.py CARD [--seeds 0,1,2] [--baselines popularity,itemknn]

Each seed runs in a process of its own; when it is done its results go to `benchmarks/results/seeds-NAME.json`
so that a run that is stopped keeps what it has.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kg import cardread

RESULTS = Path(__file__).resolve().parent / "results"
SHOWN = ("ndcg@10", "recall@10", "recall@20")


def measure(card: Path, seed: int, baselines: list[str]) -> dict[str, Any]:
    """What `whyrec bench` measures with one seed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        command = [str(Path(sys.executable).with_name("whyrec")), "bench", str(card)]
        command += ["--json", str(out), "--seed", str(seed)]
        command += [word for name in baselines for word in ("--baseline", name)]
        subprocess.run(command, check=True)
        (measured,) = json.loads(out.read_text(encoding="utf-8"))["datasets"].values()
        return dict(measured)


Spread = tuple[float, float, float]  # median, least and greatest


def summary(runs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Spread]]:
    """Median, least and greatest of the metrics and seconds, by model."""
    first = next(iter(runs.values()))["models"]
    table: dict[str, dict[str, Spread]] = {}
    for model in first:
        found = [run["models"][model] for run in runs.values() if model in run["models"]]
        values = {name: [each["metrics"][name] for each in found] for name in found[0]["metrics"]}
        values |= {name: [each[name] for each in found] for name in ("seconds", "peak_rss_mb")}
        table[model] = {
            name: (statistics.median(each), min(each), max(each)) for name, each in values.items()
        }
    return table


def show(table: dict[str, dict[str, Spread]]) -> None:
    """Print the medians, with the spread behind them."""
    for model, row in table.items():
        cells = [f"{name} {row[name][0]:.4f} ({row[name][1]:.4f}-{row[name][2]:.4f})" for name in SHOWN]
        print(f"{model:12s} {'  '.join(cells)}  {row['seconds'][0]:.0f} s", flush=True)


def main() -> None:
    """Measure seed after seed."""
    options = argparse.ArgumentParser(description="Medians over seeds.")
    options.add_argument("card", type=Path)
    options.add_argument("--seeds", default="0,1,2")
    options.add_argument("--baselines", default="popularity,itemknn")
    given = options.parse_args()
    RESULTS.mkdir(exist_ok=True)
    path, runs = RESULTS / f"seeds-{cardread.load(given.card).name}.json", {}
    for seed in given.seeds.split(","):
        runs[seed] = measure(given.card, int(seed), given.baselines.split(","))
        path.write_text(json.dumps({"runs": runs, "summary": summary(runs)}, indent=1), encoding="utf-8")
        print(f"seed {seed} of {given.seeds}:")
        show(summary(runs))


if __name__ == "__main__":
    main()
