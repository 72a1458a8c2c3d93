"""Build catalogs of 0.1, 1 and 5 million triples into the disk store, and measure time and memory.

    python benchmarks/building.py [OUT]

generates products (two types, a name, a price and a brand: five statements a row), puts them into a store,
builds them as `whyrec build` does, opens and numbers the result, and loads the same statements into rdflib's
memory store for comparison. Each step runs in a process of its own, whose peak memory is read. OUT (default
benchmarks/results/building) gets a .json and a .png.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import rdflib
from matplotlib import pyplot as plt

from kg import building, mapping
from kg.build import number as numbered
from kg.quads import Writer
from kg.store import GraphStore
from kg.sync import sync

mpl.use("agg")
ROWS = (20_000, 200_000, 1_000_000)
PER_ROW = 5
RDFLIB_ROWS = 200_000  # a million rows take rdflib's memory store more than these machines have
COLOURS = {"load": "C0", "build": "C1", "number": "C2", "change one row": "C3", "rdflib, in memory": "C4"}
CARD = """\
name: shop
nodes:
  - kind: item
    class: Product
    file: products.csv
    id: id
    label: name
    properties: {price: {column: price, type: number, minimum: 0}}
    links:
      - {column: brand, relation: brand, class: Brand}
"""


def generate(folder: Path, rows: int) -> None:
    """Write a shop's products: kind, class, name, price and brand of each become a statement."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(CARD, encoding="utf-8")
    with (folder / "products.csv").open("w", encoding="utf-8") as file:
        file.write("id,name,price,brand\n")
        for row in range(rows):
            file.write(f"p{row},Product {row} of its kind,{row % 997 + 0.5},Brand {row * 7919 % 2000}\n")


def load(folder: Path) -> dict[str, float]:
    """Read the catalog and put it into a store on disk, without what else a workspace holds."""
    started = time.perf_counter()
    with GraphStore(folder / "loaded") as store:
        synced = sync(store, Writer.of(mapping.read(folder / "dataset.yaml")), {}, {})
    seconds = time.perf_counter() - started
    return {"load_s": seconds, "triples": sum(added for added, _ in synced.changes.values())}


def build(folder: Path) -> dict[str, float]:
    """Build the workspace: read, load, validate, number and write."""
    started = time.perf_counter()
    building.build_workspace(folder / "dataset.yaml", folder / "workspace")
    return {"build_s": time.perf_counter() - started}


def again(folder: Path) -> dict[str, float]:
    """Build again without a change."""
    started = time.perf_counter()
    built = building.build_workspace(folder / "dataset.yaml", folder / "workspace")
    if built.written:
        raise SystemExit("a second build of the same files wrote something")
    return {"again_s": time.perf_counter() - started}


def change(folder: Path) -> dict[str, float]:
    """Build after one product's name was changed."""
    path = folder / "products.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Product 7 of", "Item 7 of"), encoding="utf-8")
    started = time.perf_counter()
    built = building.build_workspace(folder / "dataset.yaml", folder / "workspace")
    seconds = time.perf_counter() - started
    if dict(built.changes) != {"products.csv": (1, 1)}:
        raise SystemExit(f"one changed name changed {dict(built.changes)}")
    return {"change_s": seconds}


def open_store(folder: Path) -> dict[str, float]:
    """Open the store and ask it for one product."""
    started = time.perf_counter()
    store = GraphStore(folder / "workspace" / "store", read_only=True)
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    found = store.rows(f'SELECT ?s {{ ?s <{label}> "Product 9 of its kind" }}')
    if len(found) != 1:
        raise SystemExit("the product was not found")
    return {"open_s": time.perf_counter() - started}


def number(folder: Path) -> dict[str, float]:
    """Number the graph from its store."""
    store = GraphStore(folder / "workspace" / "store", read_only=True)
    none = pd.DataFrame({"user": [], "item": [], "weight": [], "time": [], "part": []}, dtype="str")
    started = time.perf_counter()
    numbered(store, "shop", none.astype({"weight": "float64", "time": "float64"}))
    return {"number_s": time.perf_counter() - started}


def rdflib_memory(folder: Path) -> dict[str, float]:
    """Load the same statements into rdflib's memory store."""
    writer = Writer.of(mapping.read(folder / "dataset.yaml"))
    text = b"".join(piece for source in writer.sources() for piece in writer.source(source))
    started = time.perf_counter()
    dataset = rdflib.Dataset()
    dataset.parse(data=text.decode(), format="nquads")
    return {"rdflib_s": time.perf_counter() - started}


STEPS = {step.__name__: step for step in (load, build, again, open_store, number, change, rdflib_memory)}


def apart(step: str, folder: Path) -> dict[str, float]:
    """Run a step in a process of its own: its timings, and its peak memory in MB."""
    done = subprocess.run([sys.executable, __file__, step, str(folder)], stdout=subprocess.PIPE, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def measure(rows: int, folder: Path) -> dict[str, float]:
    """All steps on one size."""
    generate(folder, rows)
    result: dict[str, float] = {"rows": rows}
    for step in ("load", "build", "again", "open_store", "number", "change"):
        result |= apart(step, folder)
    if rows <= RDFLIB_ROWS:
        result |= apart("rdflib_memory", folder)
    result["triples_per_s"] = result["triples"] / result["load_s"]
    return result


def draw(results: list[dict[str, float]], path: Path) -> None:
    """Seconds and memory against triples, both axes logarithmic: a straight line of slope one is linear."""
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, steps, unit in (
        (
            axes[0],
            {
                "load_s": "load",
                "build_s": "build",
                "number_s": "number",
                "change_s": "change one row",
                "rdflib_s": "rdflib, in memory",
            },
            "seconds",
        ),
        (
            axes[1],
            {
                "load_mb": "load",
                "build_mb": "build",
                "number_mb": "number",
                "rdflib_memory_mb": "rdflib, in memory",
            },
            "MB at the peak",
        ),
    ):
        for key, name in steps.items():
            points = [(result["triples"], result[key]) for result in results if key in result]
            axis.plot(*zip(*points, strict=True), "o-", label=name, color=COLOURS[name])
        axis.set(xscale="log", yscale="log", xlabel="triples", ylabel=unit)
        axis.legend(frameon=False)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Run one step, or all on every size."""
    if sys.argv[1:2] and sys.argv[1] in STEPS:
        timings = STEPS[sys.argv[1]](Path(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**timings, f"{sys.argv[1]}_mb": peak}))
        return
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "results" / "building")
    results = []
    for rows in ROWS:
        with tempfile.TemporaryDirectory() as folder:
            results.append(measure(rows, Path(folder)))
        print({key: round(value, 2) for key, value in results[-1].items()}, flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    report = {"python": platform.python_version(), "machine": platform.machine(), "results": results}
    out.with_suffix(".json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    draw(results, out.with_suffix(".png"))


if __name__ == "__main__":
    main()
