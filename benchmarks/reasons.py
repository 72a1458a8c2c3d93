"""Whether reasons are true: the tests of `hybrid.reasons.probe` on one data set, with a person per line.

    python benchmarks/reasons.py CARD [--people N] [--members als,ease,...] [--seeds 0,1,2] [--seconds S]

A recommender learns from the card's graph without its test likes, then the first recommendation of each of N
people (100) is explained and tested. Bars: all paths exist; the score falls for at least 80 %; by at least
three times what random links cost; half of the margin stays for half of the recommendations; the paths of a
randomised model are others.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import kg
from hybrid import Options, Recommender
from hybrid.reasons import probe

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> None:
    """Train and test, seed after seed."""
    parser = argparse.ArgumentParser(description="Tests of reasons.")
    parser.add_argument("card", type=Path)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--members", default="", help="scorers, with commas; all that are usual where empty")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--seconds", type=float, default=600.0, help="no person is begun after so long")
    given = parser.parse_args()
    graph, found = kg.build(kg.read(given.card)), {}
    members = tuple(name for name in given.members.split(",") if name)
    for seed in map(int, given.seeds.split(",")):
        options = Options(members=members, seed=seed, device="cpu") if members else Options(seed=seed)
        start = time.process_time()
        recommender = Recommender(options).fit(graph)
        print(f"seed {seed}: trained in {time.process_time() - start:.0f} processor seconds", flush=True)
        start = time.process_time()
        truth = probe(recommender, people=given.people, seconds=given.seconds, seed=seed)
        print("\n".join(truth.told()))
        print(f"  {time.process_time() - start:.0f} processor seconds", flush=True)
        found[seed] = asdict(truth)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"members": members, "people": given.people, "seeds": found}, indent=1)
    (RESULTS / f"reasons-{graph.name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
