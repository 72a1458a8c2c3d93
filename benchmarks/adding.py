"""Add 1, 100 and 10,000 made-up items to a trained workspace and measure the time, text encoding included.

    python benchmarks/adding.py [CARD] [OUT] [NUMBER ...]

builds the card (default datasets/ml-100k/dataset.yaml) and trains als and the scorers that can place a new
item, with a short run of the graph network. Each made-up item has a text of a hundred words drawn from the
catalog's, so that it is new to the text cache, and three links of items that are there. "memory" is
`Recommender.with_items` where the language model is in memory, as in a program that answers; "command" all
that `whyrec add` does: read, load, add, save. OUT (default benchmarks/results/adding.json) gets the seconds.
A folder CARD is taken as a trained workspace; it is copied.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hybrid import Options, models
from hybrid.adapt import growing
from hybrid.recommender import Recommender
from kg import workspace
from kg.building import build_workspace
from kg.itemfile import read_items
from kg.newitems import NewItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.graph import KnowledgeGraph

NUMBERS = (1, 100, 10_000)
MEMBERS = ("ease", "filters", "text", "als", "graph")


def prepared(card: Path, home: Path) -> None:
    """A trained workspace."""
    if card.is_dir():
        shutil.copytree(card, home)
        return
    build_workspace(card, home)
    options = Options(members=MEMBERS, overrides={"graph": {"epochs": 4}}, device="cpu")
    Recommender(options, print).fit(workspace.open_graph(home)).save(home)


def made_up(graph: KnowledgeGraph, number: int, seed: int) -> list[dict[str, object]]:
    """Items with words of known texts in another order, and facts of known items."""
    rng = np.random.default_rng(seed)
    texts = [text for text in graph.item_texts if text.strip()]
    _, relations, others = graph.facts_of("item")
    outward = np.flatnonzero((relations % 2 == 0) & (others >= graph.first("entity")))
    items = []
    for row in range(number):
        words = " ".join(rng.choice(texts, 3)).split()
        links: dict[str, list[str]] = {}
        for fact in rng.choice(outward, 3):
            links.setdefault(graph.relations[relations[fact] // 2].id, []).append(graph.id(int(others[fact])))
        text = " ".join(rng.permutation(words)[:100])
        items.append(
            {"id": f"made up {seed} {row}", "label": text[:30], "text": f"{text} {seed}", "links": links}
        )
    return items


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds that something takes, on the clock and of all processor cores together."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}


def told(measured: dict[str, float]) -> str:
    """The seconds in words."""
    return f"{measured['seconds']:.2f} s ({measured['cpu_seconds']:.2f} of processors)"


def main(card: Path, out: Path, numbers: tuple[int, ...]) -> None:
    """Measure and write."""
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        prepared(card, home)
        for seed, number in enumerate(numbers):
            file, space = Path(folder) / "items.json", Path(folder) / f"{number}"
            items = made_up(workspace.open_graph(home), 2 * number, int(time.time()) + seed)
            recommender = models.load(home)
            recommender.with_items([NewItem("warm", text=f"the language model is read now {time.time()}")])
            file.write_text(json.dumps(items[:number]), encoding="utf-8")
            memory = timed(lambda: recommender.with_items(read_items(file)))  # noqa: B023
            shutil.copytree(home, space)
            file.write_text(json.dumps(items[number:]), encoding="utf-8")
            command = timed(lambda: growing.add(space, file))  # noqa: B023
            measured.append({"items": number, "memory": memory, "command": command})
            print(f"{number:>7,} items: in memory {told(memory)}, as a command {told(command)}", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    record = {"card": str(card), "machine": platform.platform(), "measured": measured}
    out.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("card", nargs="?", type=Path, default=Path("datasets/ml-100k/dataset.yaml"))
    options.add_argument("out", nargs="?", type=Path, default=Path("benchmarks/results/adding.json"))
    options.add_argument("numbers", nargs="*", type=int, default=NUMBERS)
    given = options.parse_args()
    main(given.card, given.out, tuple(given.numbers))
