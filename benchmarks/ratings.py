"""Measure the raters on the MovieLens cards: by time, at random, and on people and films without a rating.

    python benchmarks/ratings.py [--cards ml-100k ...] [--splits time ...] [--raters bias ...] [--seeds 3]

- time: the card's own split, each person's last ratings.
- random: a fifth of all ratings, whoever gave them, as most published figures have it.
- cold: all ratings of a tenth of the people and of a tenth of the films.

Prints a table for each, means over the seeds. A tenth of the other ratings is for validation.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kg
from hybrid import ratings
from hybrid.ratings.evaluation import METRICS, Rated, compare
from hybrid.ratings.judge import liked
from hybrid.ratings.raters.factors import Factors
from hybrid.scorers.base import Resources
from kg.graph import Interactions, KnowledgeGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybrid.ratings import Rater
    from kg.graph import BoolArray

ROOT = Path(__file__).resolve().parents[1]
SHARE = 0.1
SLICES = {"time": ("all", "cold items"), "random": ("all",), "cold": ("cold users", "cold items")}


def raters() -> dict[str, Rater]:
    """All raters, and the factorization by ids alone and with its other losses."""
    plain: dict[str, Rater] = {name: rater() for name, rater in ratings.find().items()}
    more = {
        "ids only": Factors(side=False),
        "mae": Factors(loss="mae", penalty=0.02),
        "log": Factors(loss="log", penalty=0.02),
    }
    return plain | {f"factors, {name}": rater for name, rater in more.items()}


def split(
    graph: KnowledgeGraph, tested: Callable[[Interactions], BoolArray], rng: np.random.Generator
) -> KnowledgeGraph:
    """The graph with other held-out ratings and a tenth of the rest for validation; likes go along."""
    stars, likes = _joined(graph.ratings, graph.heldout_ratings), _joined(graph.interactions, graph.heldout)
    test = tested(stars)
    valid = ~test & (rng.random(len(stars)) < SHARE)
    stars = replace(stars, validation=valid)
    like_test, like_valid = (liked(likes, stars.take(rows)) for rows in (test, valid))
    likes = replace(likes, validation=like_valid)
    return replace(
        graph,
        interactions=likes.take(~like_test),
        heldout=likes.take(like_test),
        ratings=stars.take(~test),
        heldout_ratings=stars.take(test),
    )


def _joined(*parts: Interactions) -> Interactions:
    return Interactions(
        *(np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(Interactions))
    )


def at_random(graph: KnowledgeGraph, seed: int) -> KnowledgeGraph:
    """A fifth of all ratings is held out."""
    rng = np.random.default_rng(seed)
    return split(graph, lambda stars: rng.random(len(stars)) < 2 * SHARE, rng)


def cold(graph: KnowledgeGraph, seed: int) -> KnowledgeGraph:
    """All ratings of a tenth of the people, and of a tenth of the films, are held out."""
    rng = np.random.default_rng(seed)
    people, films = rng.random(graph.num_users) < SHARE, rng.random(graph.num_items) < SHARE
    return split(graph, lambda stars: people[stars.users] | films[stars.items], rng)


SPLITS: dict[str, Callable[[KnowledgeGraph, int], KnowledgeGraph]] = {
    "time": lambda graph, _seed: graph,
    "random": at_random,
    "cold": cold,
}


def measure(graph: KnowledgeGraph, rule: str, names: Sequence[str], seeds: int) -> dict[str, list[Rated]]:
    """Some raters with every seed."""
    found: dict[str, list[Rated]] = {}
    for seed in range(seeds):
        given = SPLITS[rule](graph, seed)
        for name, rater in ((name, raters()[name]) for name in names):
            resources = Resources(seed=seed, device="cpu")
            rated = next(each for each in compare(given, resources, [rater]) if each.name == rater.name)
            found.setdefault(name, []).append(rated)
            print(
                f"{name}, seed {seed}: {rated.evaluation.metrics['rmse@all']:.4f}",
                file=sys.stderr,
                flush=True,
            )
    return found


def table(rule: str, found: dict[str, list[Rated]]) -> list[str]:
    """A table in Markdown, a rater a row."""
    columns = [(metric, part) for part in SLICES[rule] for metric in METRICS]
    lines = [
        "| rater | " + " | ".join(f"{metric}, {part}" for metric, part in columns) + " | seconds |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name, runs in found.items():
        means = [np.mean([each.evaluation.metrics[f"{m}@{part}"] for each in runs]) for m, part in columns]
        seconds = np.mean([each.seconds for each in runs])
        lines.append(f"| {name} | " + " | ".join(f"{mean:.4f}" for mean in means) + f" | {seconds:.1f} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cards", nargs="+", default=["ml-100k", "ml-latest-small"])
    parser.add_argument("--splits", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    parser.add_argument("--raters", nargs="+", default=list(raters()), choices=list(raters()))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(arguments)
    for card in options.cards:
        graph = kg.build(kg.read(ROOT / "datasets" / card / "dataset.yaml"))
        for rule in options.splits:
            print(f"\n{card}, {rule}\n", flush=True)
            print("\n".join(table(rule, measure(graph, rule, options.raters, options.seeds))), flush=True)


if __name__ == "__main__":
    main()
