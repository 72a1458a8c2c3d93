"""Run `whyrec bench` on every card whose data is here, and gather what was measured.

    python benchmarks/run.py [CARD ...]

Without cards it takes all in `datasets/`. Each runs in a process of its own, so that its peak memory is its
own, and is added to `benchmarks/results/latest.json` and the page `latest.html` when it is done, so that a
run that is stopped keeps what it has. Lists of other programs in `runs/peers/NAME` (docs/peers.md) are
measured beside, and so is what the graph is worth. Exit status 1 says that a card failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hybrid import bench, bench_page
from kg import WhyRecError, cardread

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"


def missing(card: Path) -> Path | None:
    """The first file of a card that is not here; a fetched package counts as here, since pip brings it."""
    read = cardread.load(card)
    sources = [table.source for table in read.nodes]
    sources += [table.source for table in read.facts]
    sources += [table.source for table in read.interactions]
    sources += [table.source for table in read.maps.values()]
    sources += [table.source for table in read.same if table.source is not None]
    paths = (read.path(source) for source in sources)
    return next((path.resolve() for path in paths if not path.is_file()), None)


def peers(folder: Path) -> list[str]:
    """The switch for the lists of other programs, where there are some."""
    return ["--lists", str(folder)] if any(folder.glob("*.csv")) else []


def measure(card: Path) -> dict[str, Any]:
    """What `whyrec bench` measures on one card, by dataset; empty where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        command = [str(Path(sys.executable).with_name("whyrec")), "bench", str(card), "--json", str(out)]
        command += ["--worth", *peers(ROOT / "runs" / "peers" / cardread.load(card).name)]
        if subprocess.run(command, check=False).returncode:
            return {}
        measured: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["datasets"]
        return measured


def keep(measured: dict[str, Any]) -> None:
    """Add results to the file and its page, in place of older ones of the same datasets."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(RESULTS.read_text(encoding="utf-8"))["datasets"] if RESULTS.is_file() else {}
    everything = {"datasets": known | measured}
    bench.write(everything, RESULTS)
    bench.write_text(bench_page.page(everything), RESULTS.with_suffix(".html"))


def main(cards: list[Path]) -> int:
    """Measure the cards one after the other; the exit status."""
    failed = []
    for card in cards:
        try:
            absent = missing(card)
        except WhyRecError as error:
            print(f"{card}: {error}", file=sys.stderr)
            failed.append(card)
            continue
        if absent is not None:
            print(f"{card}: left out, for its data is not here: {absent} is missing", flush=True)
            continue
        print(f"{card}:", flush=True)
        measured = measure(card)
        if measured:
            keep(measured)
        else:
            failed.append(card)
    page = RESULTS.with_suffix(".html")
    print(f"Results: {RESULTS} and {page}" if RESULTS.is_file() else "Nothing was measured.")
    if failed:
        print(f"Failed: {', '.join(map(str, failed))}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("datasets/*/dataset.yaml"))))
