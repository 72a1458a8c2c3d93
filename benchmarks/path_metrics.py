"""What the paths shown with lists are like, and what it costs to show others than the strongest.

    OMP_NUM_THREADS=1 python benchmarks/path_metrics.py [--card CARD] [--people 1000] [--k 10]
        [--members ease transitions filters]

A small hybrid learns from ml1m-pearlm (or another card) and ranks for people with test likes, drawn at
random. For each of the ten best items the k strongest paths are found; which of them is shown is chosen by
a `Taste`. Of those that reach LIR .67, SEP .41 and ETD .20 at once on one half of the people ("chosen on"),
the one that loses least faithfulness is reported on the other half ("reported"), beside the strongest path,
one at random and each aim for itself. Test likes are read only for the NDCG@10 of the lists, which choosing
paths cannot change: the items and their order stay. What it costs is `faithful`, the mean of the weight of
the path shown / that of the strongest.

Prints a table and writes `benchmarks/results/path_metrics.json`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import hybrid
import kg
from hybrid.evaluation import paths, protocol
from hybrid.evaluation.paths_shown import Taste, faithfulness
from hybrid.profiles import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybrid.evaluation.protocol import Wanted
    from kg.graph import IntArray, KnowledgeGraph
    from kg.paths import ReasoningPath

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "path_metrics.json"
BARS = {"lir": 0.67, "sep": 0.41, "etd": 0.20}
STEPS, VARIED = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0), (0.0, 0.25)
LIST = 10
Candidates = list[tuple["ReasoningPath", ...]]


@dataclass(frozen=True)
class Person:
    """One list: the paths of each of its items, and how recent each like is."""

    candidates: Candidates
    recency: dict[int, float]


def people(
    recommender: hybrid.Recommender, wanted: Wanted, rows: IntArray, k: int
) -> tuple[list[Person], IntArray]:
    """The candidates of some of the people with test likes, and their lists."""
    graph, users = recommender.graph, wanted.users[rows]
    few = protocol.Wanted(users, np.zeros(len(users) + 1, dtype=np.int64), np.zeros(0, dtype=np.int64))
    top = protocol.rank(recommender.score, graph, few, places=LIST).top
    profiles, found = Profiles.of_users(graph, users), []
    for row in range(len(users)):
        one = profiles.slice(row, row + 1)
        allowed = np.ones(graph.num_items, dtype=np.bool_)
        allowed[one.items] = False
        each = recommender.answerer.paths(one, allowed, top[row][top[row] >= 0], k)
        found.append(Person(each, paths.recency(profiles, row)))
    return found, top


def figures(
    group: Sequence[Person],
    known: paths.Surroundings,
    choose: Callable[[Person], list[ReasoningPath | None]],
) -> dict[str, float]:
    """The means over some people of every metric, and what the choice costs."""
    lists = [paths.Explained(choose(person), person.recency, known) for person in group]
    means = {name: float(np.nanmean(values)) for name, values in paths.measure(lists).items()}
    kept = [faithfulness(person.candidates, shown) for person, shown in zip(group, lists, strict=True)]
    return means | {"faithful": float(np.nanmean(kept))}


def by_taste(taste: Taste, known: paths.Surroundings) -> Callable[[Person], list[ReasoningPath | None]]:
    """How a taste chooses."""
    return lambda person: taste.choose(person.candidates, person.recency, known)


def at_random(seed: int = 0) -> Callable[[Person], list[ReasoningPath | None]]:
    """Any of an item's paths."""
    rng = np.random.default_rng(seed)
    return lambda person: [each[rng.integers(len(each))] if each else None for each in person.candidates]


def find(group: Sequence[Person], known: paths.Surroundings) -> Taste | None:
    """The most faithful taste that reaches the bars on some people; None where none of the grid does."""
    best: tuple[float, Taste] | None = None
    for recent, popular, varied in itertools.product(STEPS, STEPS, VARIED):
        taste = Taste(recent=recent, popular=popular, varied=varied)
        measured = figures(group, known, by_taste(taste, known))
        reached = all(measured[name] >= bar for name, bar in BARS.items())
        if reached and (best is None or measured["faithful"] > best[0]):
            best = measured["faithful"], taste
    return None if best is None else best[1]


def ndcg(graph: KnowledgeGraph, wanted: Wanted, rows: IntArray, top: IntArray) -> float:
    """NDCG@10 of the lists of some of the people."""
    spans = [np.arange(wanted.starts[row], wanted.starts[row + 1]) for row in rows]
    starts = np.concatenate([[0], np.cumsum(wanted.sizes[rows])])
    some = protocol.Wanted(wanted.users[rows], starts, wanted.items[np.concatenate(spans)])
    histories = Profiles.of_users(graph, some.users).matrix(graph.num_items)
    return protocol.measure(protocol.Ranking(top, histories), some, None, (LIST,)).metrics[f"ndcg@{LIST}"]


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(description="What the paths shown are like.")
    options.add_argument("--card", type=Path, default=ROOT / "datasets" / "ml1m-pearlm" / "dataset.yaml")
    options.add_argument("--people", type=int, default=1_000)
    options.add_argument("--k", type=int, default=10, help="paths to choose from, for each item")
    options.add_argument("--members", nargs="+", default=["ease", "transitions", "filters"])
    given = options.parse_args()
    full = kg.build(kg.read(given.card))
    recommender = hybrid.Recommender(hybrid.Options(members=tuple(given.members))).fit(full)
    graph, wanted = recommender.graph, protocol.Wanted.of(full, full.heldout)
    rows = np.random.default_rng(0).permutation(len(wanted.users))[: given.people]
    start, cpu = time.perf_counter(), time.process_time()
    found, top = people(recommender, wanted, rows, given.k)
    spent, busy = time.perf_counter() - start, time.process_time() - cpu
    told = f"{len(found)} people, {given.k} paths for each of {LIST} items"
    print(f"{told}: {spent:.0f} seconds, {busy:.0f} of a processor", flush=True)
    known, half = paths.Surroundings.of(graph), len(found) // 2
    taste = find(found[:half], known)
    tastes = {"strongest": Taste(), "bars at once": taste}
    tastes |= {aim: Taste(faithful=0.0, **{aim: 1.0}) for aim in ("recent", "popular", "varied")}
    table = {
        f"{name}, {where}": figures(group, known, by_taste(each, known))
        for name, each in tastes.items()
        if each is not None
        for where, group in (("chosen on", found[:half]), ("reported", found[half:]))
    }
    table["at random, reported"] = figures(found[half:], known, at_random())
    quality = ndcg(graph, wanted, rows, top)
    print(f"The taste: {taste}\nNDCG@{LIST} of the lists, whatever path is shown: {quality:.4f}")
    print(pd.DataFrame(table).T.to_string(float_format="%.3f"))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    result = {"card": str(given.card), "k": given.k, "taste": str(taste), "ndcg@10": quality, "rows": table}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"Results: {RESULTS}")


if __name__ == "__main__":
    main()
