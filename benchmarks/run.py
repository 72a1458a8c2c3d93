"""Run `whyrec bench` on every card whose data is here, and gather what was measured.

    python benchmarks/run.py [CARD ...]

Without cards it takes all in `datasets/`. Each runs in a process of its own, so that its peak memory is its
own, and is added to `benchmarks/results/latest.json` when it is done, so that a run that is stopped keeps
what it has. Exit status 1 says that a card failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

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


def measure(card: Path) -> dict[str, Any]:
    """What `whyrec bench` measures on one card, by dataset; empty where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        command = [str(Path(sys.executable).with_name("whyrec")), "bench", str(card), "--json", str(out)]
        if subprocess.run(command, check=False).returncode:
            return {}
        measured: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["datasets"]
        return measured


def keep(measured: dict[str, Any]) -> None:
    """Add results to the file, in place of older ones of the same datasets."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(RESULTS.read_text(encoding="utf-8"))["datasets"] if RESULTS.is_file() else {}
    aside = RESULTS.with_suffix(".part")
    aside.write_text(json.dumps({"datasets": known | measured}, indent=1) + "\n", encoding="utf-8")
    aside.replace(RESULTS)


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
    print(f"Results: {RESULTS}" if RESULTS.is_file() else "Nothing was measured.")
    if failed:
        print(f"Failed: {', '.join(map(str, failed))}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("datasets/*/dataset.yaml"))))
