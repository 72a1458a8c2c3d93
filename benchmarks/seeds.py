"""Run `whyrec bench` on one card with several seeds: the median of each figure, and its least and greatest.

    python benchmarks/seeds.py CARD [--seeds 0,1,2] [--baselines popularity,itemknn] [--worth]
                               [--lists FOLDER]

Each seed runs in a process of its own; when it is done its results go to `benchmarks/results/seeds-NAME.json`
and, as medians, to the page `seeds-NAME.html`, so that a run that is stopped keeps what it has.
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

from hybrid import bench, bench_page
from kg import cardread

RESULTS = Path(__file__).resolve().parent / "results"
SHOWN = ("ndcg@10", "recall@10", "recall@20")


def measure(card: Path, seed: int, switches: list[str]) -> dict[str, Any]:
    """What `whyrec bench` measures with one seed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        command = [str(Path(sys.executable).with_name("whyrec")), "bench", str(card)]
        command += ["--json", str(out), "--seed", str(seed), *switches]
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


def medians(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One dataset for the page out of the runs of several seeds; what not all of them have is left out.

    A difference is as sure as in the seed where it is least so, and not sure at all where seeds do not agree
    which way it goes; its interval spans those of all seeds.
    """
    first = next(iter(runs))
    found: dict[str, Any] = _median([{**run, "seed": None} for run in runs.values()])
    if "worth" in found:
        found["worth"]["sentence"] = f"With seed {first}: {found['worth']['sentence']}"
    return {**found, "seed": None, "seeds": list(runs)}


def _median(values: list[Any]) -> Any:  # noqa: ANN401 - any part of the JSON
    """Of numbers the median; of anything else the first, with the medians of what is in it."""
    first = values[0]
    if isinstance(first, dict):
        shared = [key for key in first if all(key in value for value in values)]
        each = {key: _median([value[key] for value in values]) for key in shared}
        return _cautious(each, values) if "p_corrected" in each else each
    if isinstance(first, list) and all(len(value) == len(first) for value in values):
        return [_median(list(place)) for place in zip(*values, strict=True)]
    numbers = all(isinstance(value, int | float) for value in values)
    return statistics.median(values) if numbers else first


def _cautious(found: dict[str, Any], seeds: list[dict[str, Any]]) -> dict[str, Any]:
    """A difference of several seeds, with the interval of all and the p values of the least sure."""
    agreed = len({seed["difference"] > 0 for seed in seeds}) == 1
    low, high = min(seed["interval"][0] for seed in seeds), max(seed["interval"][1] for seed in seeds)
    p = {name: max(seed[name] for seed in seeds) if agreed else 1.0 for name in ("p", "p_corrected")}
    return {**found, "interval": [low, high], **p}


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
    options.add_argument("--worth", action="store_true")
    options.add_argument("--lists")
    given = options.parse_args()
    switches = [word for name in given.baselines.split(",") for word in ("--baseline", name)]
    switches += ["--worth"] if given.worth else []
    switches += ["--lists", given.lists] if given.lists else []
    RESULTS.mkdir(exist_ok=True)
    name = cardread.load(given.card).name
    path, runs = RESULTS / f"seeds-{name}.json", {}
    for seed in given.seeds.split(","):
        runs[seed] = measure(given.card, int(seed), switches)
        bench.write({"runs": runs, "summary": summary(runs)}, path)
        page = bench_page.page({"datasets": {name: medians(runs)}})
        bench.write_text(page, path.with_suffix(".html"))
        print(f"seed {seed} of {given.seeds}:")
        show(summary(runs))


if __name__ == "__main__":
    main()
