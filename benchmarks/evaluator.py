"""How long the evaluator takes: many people and items, given factors, every part of it by itself.

    python benchmarks/evaluator.py [--users 70000] [--items 25000] [--models 10] [--auc]

Draws factors of people and items and likes, popular items more often, about 30 to learn from and 10 to test
with a person, and a few facts an item, all from one seed. Then ranks all items for everybody and measures:
wall and processor seconds of each part, and the process's peak memory. The tests compare so many models,
which differ a little, by NDCG@10 and Recall@20. `--auc` adds the AUC, which is no part of the sum. Set
OMP_NUM_THREADS to the number of cores to use.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hybrid.evaluation.beyond import Known
from hybrid.evaluation.comparison import peak_rss_mb
from hybrid.evaluation.protocol import Evaluation, Wanted, measure, rank
from hybrid.evaluation.significance import compare_all
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybrid.profiles import Profiles
    from hybrid.scorers import ScoreArray

FACTORS, LEARNT, TESTED, FACTS, ENTITIES = 64, 30, 10, 8, 2_000
PLACES = 20
SCORES, RANKING, AUC = "scores (matrix product)", "ranking", "anew with AUC, scores and ranking"
METRICS = ("ndcg@10", "recall@20")
NOISE = 0.02  # on a model's numbers for a person


@dataclass
class Clock:
    """Seconds of each part: by the wall, and of the processors."""

    spent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Add what happens inside to a part."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.spent[part][0] += time.perf_counter() - wall
        self.spent[part][1] += time.process_time() - processor


def world(num_users: int, num_items: int, rng: np.random.Generator) -> KnowledgeGraph:
    """People who like and will like popular items more often, and items with facts."""

    def likes(each: int) -> Interactions:
        users = np.repeat(np.arange(num_users), each)
        return Interactions.of(users, (num_items * rng.random(len(users)) ** 2).astype(np.int64))

    users, items, entities = (
        Vocabulary(kind, (f"{kind}{row}" for row in range(size)))
        for kind, size in (("user", num_users), ("item", num_items), ("entity", ENTITIES))
    )
    nodes = num_users + num_items + ENTITIES
    heads = np.repeat(num_users + np.arange(num_items), FACTS)
    tails = num_users + num_items + rng.integers(ENTITIES, size=len(heads))
    return KnowledgeGraph(
        name="evaluator",
        users=users,
        items=items,
        entities=entities,
        labels=np.full(nodes, "", dtype=object),
        class_names=("Node",),
        classes=np.zeros(nodes, dtype=np.int64),
        texts=np.full(nodes, "", dtype=object),
        relations=(Relation("of", "of", "has"),),
        edges=Edges(heads, np.zeros_like(heads), tails),
        interactions=likes(LEARNT),
        heldout=likes(TESTED),
    )


def variants(evaluation: Evaluation, number: int, rng: np.random.Generator) -> dict[str, Evaluation]:
    """The evaluation and others like it, each a little better than the one before."""
    found = {}
    for model in range(number):
        per_user = {
            name: evaluation.per_user[name] + rng.normal(model * NOISE / 1_000, NOISE, len(evaluation.users))
            for name in METRICS
        }
        found[f"model {model}"] = Evaluation({}, per_user, evaluation.users)
    return found


def run(num_users: int, num_items: int, models: int, *, auc: bool, seed: int = 0) -> Clock:
    """Rank, measure and test once; with `auc` also rank anew, which has a row of its own."""
    rng, clock = np.random.default_rng(seed), Clock()
    graph = world(num_users, num_items, rng)
    people, items = (
        rng.standard_normal((size, FACTORS), dtype=np.float32) for size in (num_users, num_items)
    )

    def score(profiles: Profiles) -> ScoreArray:
        with clock.of(SCORES):
            return people[profiles.users] @ items.T

    with clock.of("test sets"):
        wanted = Wanted.of(graph, graph.heldout)
    with clock.of(RANKING):
        ranking = rank(score, graph, wanted, places=PLACES)
    clock.spent[RANKING] = [
        both - scores for both, scores in zip(clock.spent[RANKING], clock.spent[SCORES], strict=True)
    ]
    with clock.of("what is known of the catalog"):
        known = Known.of(graph)
    with clock.of("metrics"):
        evaluation = measure(ranking, wanted, known)
    compared = variants(evaluation, models, rng)
    with clock.of(f"tests, {models - 1} x {len(METRICS)}"):
        compare_all(compared, *METRICS)
    if auc:
        with clock.of(AUC):
            rank(lambda p: people[p.users] @ items.T, graph, wanted, places=PLACES, auc=True)
    return clock


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description="Seconds of each part of the evaluator.")
    options.add_argument("--users", type=int, default=70_000)
    options.add_argument("--items", type=int, default=25_000)
    options.add_argument("--models", type=int, default=10)
    options.add_argument("--auc", action="store_true")
    given = options.parse_args()
    clock = run(given.users, given.items, given.models, auc=given.auc)
    print(f"{given.users:,} people x {given.items:,} items")
    print(f"{'part':32} {'wall s':>8} {'processor s':>12}")
    rows = dict(clock.spent)
    apart = rows.pop(AUC, None)
    for part, (wall, processor) in rows.items():
        print(f"{part:32} {wall:8.2f} {processor:12.2f}")
    print(f"{'sum':32} {sum(w for w, _ in rows.values()):8.2f} {sum(p for _, p in rows.values()):12.2f}")
    if apart:
        print(f"{AUC:32} {apart[0]:8.2f} {apart[1]:12.2f}")
    print(f"peak memory {peak_rss_mb():,.0f} MB")


if __name__ == "__main__":
    main()
