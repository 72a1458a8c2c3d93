"""How long the search for reasoning paths takes, beside networkx on the same questions.

    OMP_NUM_THREADS=1 python benchmarks/paths.py [--questions 200] [--peer 3] [--skip-all-users]

- **made**: a graph of a million edges drawn from one seed: 100,000 nodes, nine relations, degrees by a power
  law; 700,000 facts and 300,000 likes. **lfm1m-kgat** and **ml1m-pearlm** are built from the data folder
  (`WHYREC_DATA`) where they are there. Vectors are drawn at random: they decide which paths are the best, not
  how many there are.
- A question is a history of 50 likes and an item that is not in it; the ten best paths are asked for, up to
  2, 3 and 4 hops, and between two nodes drawn at random. Wall and processor milliseconds, median and 95th
  percentile, one thread; nothing of a question is remembered from the one before.
- **networkx** gets the graph with what may not be walked through taken out, an extra node before the history
  and `-log` of the strengths as lengths, and its building is not counted: `all_simple_paths` up to three
  hops, the ten best of all, and `shortest_simple_paths` until ten have at most three hops (or it has given
  100). The weights must agree. It may take a minute of the processor's time for a question,
  or `--give-up` seconds.
- **all users**: ten paths for each of the ten best items by EASE of all users of ml1m-pearlm, two processes.

Prints tables and writes `benchmarks/results/paths.json`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from path_peer import PATHS, Peer, every, one_by_one, within
from path_questions import Question, finder_of, graphs, questions

from hybrid import scorers
from hybrid.evaluation.protocol import Wanted, rank
from hybrid.profiles import Profiles
from hybrid.scorers.base import Resources
from kg.paths import Limits, PathFinder

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import networkx as nx

    from kg.graph import IntArray, KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "paths.json"
LIST = 10
Way = Callable[["nx.DiGraph[Any]"], list[float]]


def timed(asked: list[Any], answer: Callable[[Any], int]) -> dict[str, float]:
    """Milliseconds a question, wall and processor, and how many paths there were."""
    wall, busy, found = [], [], []
    for question in asked:
        start, cpu = time.perf_counter(), time.process_time()
        found.append(answer(question))
        wall.append(1000 * (time.perf_counter() - start))
        busy.append(1000 * (time.process_time() - cpu))
    return {
        "questions": len(asked),
        "median ms": float(np.median(wall)),
        "p95 ms": float(np.quantile(wall, 0.95)),
        "median cpu ms": float(np.median(busy)),
        "p95 cpu ms": float(np.quantile(busy, 0.95)),
        "paths": float(np.mean(found)),
    }


def ours(finder: PathFinder, asked: list[Question]) -> dict[str, dict[str, float]]:
    """The ten best paths of one recommendation, and between any two nodes."""

    def answer(question: Question, limits: Limits) -> int:
        person, liked, shares, item = question
        return len(finder.best(liked, shares, item, k=PATHS, person=person, limits=limits))

    def join(pair: tuple[int, int], limits: Limits) -> int:
        return len(finder.between(*pair, k=PATHS, limits=limits))

    rng, nodes = np.random.default_rng(2), finder.graph.num_nodes
    pairs = [tuple(rng.choice(nodes, 2, replace=False).tolist()) for _ in asked]
    rows = {}
    for hops in (2, 3, 4):
        limits = Limits(max_hops=hops)
        answer(asked[0], limits), join(pairs[0], limits)  # what is made once is not a question's
        rows[f"a recommendation, up to {hops} hops"] = timed(asked, lambda q, of=limits: answer(q, of))
        rows[f"two nodes, up to {hops} hops"] = timed(pairs, lambda pair, of=limits: join(pair, of))
    return rows


def beside(finder: PathFinder, asked: list[Question], give_up: float) -> dict[str, dict[str, float]]:
    """Our search and networkx on the same questions, and on how many of them they agree."""
    peer = Peer(finder)
    nets = [(question, peer.prepared(question)) for question in asked]
    rows = {"facts alone, up to 3 hops": timed(asked, lambda question: len(peer.best(question)))}
    for name, way in (("all_simple_paths", every), ("shortest_simple_paths", one_by_one)):
        found: list[list[float] | None] = []

        def answer(pair: tuple[Question, nx.DiGraph[Any]], way: Way = way, to: list[Any] = found) -> int:
            to.append(within(lambda: way(pair[1]), give_up))
            return len(to[-1] or ())

        row = timed(nets, answer)
        ended = [(theirs, peer.best(asked[at])) for at, theirs in enumerate(found) if theirs is not None]
        agree = sum(np.allclose(theirs, known[: len(theirs)], rtol=1e-4) for theirs, known in ended)
        rows[f"networkx {name}"] = row | {"ended": len(ended), "agree": int(agree)}
    return rows


def lists(graph: KnowledgeGraph) -> tuple[Profiles, IntArray]:
    """Everybody's history, and the ten best items by EASE."""
    scorer = scorers.find()["ease"]().fit(graph, Resources(text=None, seed=0, device="cpu"))
    users = np.arange(graph.num_users)
    nothing = Wanted(users, np.zeros(len(users) + 1, dtype=np.int64), np.zeros(0, dtype=np.int64))
    return Profiles.of_users(graph, users), rank(scorer.score, graph, nothing, places=LIST).top


def all_users(finder: PathFinder) -> dict[str, float]:
    """Ten paths for each of the ten best items of everybody, two processes; seconds."""
    profiles, top = lists(finder.graph)

    def explain(users: range) -> int:
        count = 0
        for user in users:
            liked = profiles.history(user)
            shares = np.ones(len(liked))
            for item in top[user][top[user] >= 0].tolist():
                count += len(finder.best(liked, shares, item, k=PATHS, person=user))
        return count

    def work(users: range, sent: Connection) -> None:
        start = time.process_time()
        sent.send((explain(users), time.process_time() - start))

    context, start = multiprocessing.get_context("fork"), time.perf_counter()
    parts = [range(part, len(profiles), 2) for part in range(2)]
    pipes = [context.Pipe(duplex=False) for _ in parts]
    workers = [
        context.Process(target=work, args=(part, ends[1])) for part, ends in zip(parts, pipes, strict=True)
    ]
    for worker in workers:
        worker.start()
    done = [ends[0].recv() for ends in pipes]
    for worker in workers:
        worker.join()
    count, busy = (sum(each[side] for each in done) for side in (0, 1))
    seconds = time.perf_counter() - start
    return {"users": len(profiles), "paths": count, "seconds": seconds, "cpu seconds": busy}


def show(rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Print rows of figures, and give them back."""
    print(pd.DataFrame(rows).T.to_string(float_format="%.4g", na_rep="-"), flush=True)
    return rows


def main() -> None:
    """Measure, print and write."""
    options = argparse.ArgumentParser(description="Milliseconds of the search for paths.")
    options.add_argument("--questions", type=int, default=200)
    options.add_argument("--peer", type=int, default=3, help="questions for networkx")
    options.add_argument("--skip-all-users", action="store_true")
    options.add_argument("--give-up", type=float, default=60.0, help="processor seconds for one of them")
    given, results = options.parse_args(), {}
    for graph in graphs():
        start = time.perf_counter()
        finder = finder_of(graph)
        seconds, asked = time.perf_counter() - start, questions(graph, given.questions)
        size = f"{graph.num_nodes:,} nodes, {len(graph.edges):,} facts, {len(graph.interactions):,} likes"
        print(f"\n{graph.name}: {size}; the finder is made in {seconds:.1f} s")
        results[graph.name] = {"size": size, "seconds": seconds, "rows": show(ours(finder, asked))}
        if given.peer:
            results[graph.name]["peer"] = show(beside(finder, asked[: given.peer], given.give_up))
        if graph.name == "ml1m-pearlm" and not given.skip_all_users:
            results[graph.name]["all users"] = show({"all users": all_users(finder)})
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"Results: {RESULTS}")


if __name__ == "__main__":
    main()
