"""How long one query takes on one thread where there are 100,000 items: median and 95th percentile.

    OMP_NUM_THREADS=1 python benchmarks/latency.py [--items 100000] [--queries 100]
                                                   [--members als,filters,...]

The catalog is generated: people with 25 likes each, drawn by a power law, three facts an item, and a vector
for each text; the language model is the real one and reads every new text. Scorers are fitted and weighed
alike, since only time is measured. Queries have five liked items, or five words; with and without the search
for three paths to each of ten items. The stages of a query are timed apart, so that one sees where time goes.
Milliseconds are of processor time, which is the time that a query takes on an idle machine.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import hybrid
from hybrid.ranker import Ranker
from hybrid.scorers.base import Resources
from hybrid.text.table import TextTable
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS = "als,ease,filters,itemknn,popularity,text,words"
OVERRIDES = {"als": {"embedding_size": 64}, "ease": {"rank": 64}, "filters": {"neighbours": 200, "near": 50}}
WORDS = ("red", "river", "night", "summer", "war", "love", "city", "train", "winter", "island", "king", "sea")


def catalog(items: int, seed: int = 0) -> KnowledgeGraph:
    """A graph with a fifth as many people as items and a tenth as many entities."""
    rng = np.random.default_rng(seed)
    users, entities = items // 5, items // 10
    popularity = 1 / np.arange(1, items + 1) ** 0.8
    liked = rng.choice(items, users * 25, p=popularity / popularity.sum())
    people = np.repeat(np.arange(users), 25)
    pairs = np.unique(np.stack([people, liked]), axis=1)
    nodes = users + items + entities
    labels = np.array([""] * nodes, dtype=object)
    labels[users : users + items] = [" ".join(row) for row in rng.choice(WORDS, (items, 3))]
    heads = users + np.repeat(np.arange(items), 3)
    return KnowledgeGraph(
        name="made",
        users=Vocabulary("user", (f"u{row}" for row in range(users))),
        items=Vocabulary("item", (f"i{row}" for row in range(items))),
        entities=Vocabulary("entity", (f"e{row}" for row in range(entities))),
        labels=labels,
        class_names=("User", "Item", "Entity"),
        classes=np.repeat([0, 1, 2], [users, items, entities]),
        texts=labels.copy(),
        relations=(Relation("about", "is about", "is the subject of"),),
        edges=Edges(heads, np.zeros_like(heads), users + items + rng.integers(entities, size=len(heads))),
        interactions=Interactions.of(*pairs),
    )


def fitted(graph: KnowledgeGraph, members: tuple[str, ...]) -> hybrid.Recommender:
    """A recommender whose scorers weigh the same."""
    recommender = hybrid.Recommender(hybrid.Options(members=members, overrides=OVERRIDES))
    encoder = recommender.encoder()
    vectors = np.random.default_rng(1).normal(size=(graph.num_items, encoder.size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    recommender.text = TextTable(vectors, np.ones(graph.num_items, dtype=np.bool_), encoder)
    found = []
    for scorer in recommender.options.scorers():
        start = time.perf_counter()
        found.append(scorer.fit(graph, Resources(text=recommender.text)))
        print(f"fitted {scorer.name} in {time.perf_counter() - start:.0f} s", flush=True)
    weights = np.full(len(found), 1 / len(found))
    return recommender.ready(graph, tuple(found), Ranker(tuple(each.name for each in found), weights))


def timed(ask: Callable[[int], object], queries: int) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds of a processor, after three that warm up."""
    seconds = []
    for number in range(queries + 3):
        start = time.process_time()
        ask(number)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds[3:]) * 1e3), float(np.quantile(seconds[3:], 0.95) * 1e3)


def main() -> None:
    """Generate, fit, ask."""
    options = argparse.ArgumentParser(description="Latency.")
    options.add_argument("--items", type=int, default=100_000)
    options.add_argument("--queries", type=int, default=100)
    options.add_argument("--members", default=MEMBERS)
    given = options.parse_args()
    graph = catalog(given.items)
    recommender = fitted(graph, tuple(given.members.split(",")))
    rng = np.random.default_rng(2)
    likes = [tuple(f"i{row}" for row in rng.integers(given.items, size=5)) for _ in range(given.queries + 3)]
    texts = [" ".join(rng.choice(WORDS, 4)) + f" {number}" for number in range(given.queries + 3)]
    asks: dict[str, Callable[[int], object]] = {
        "ids, no paths": lambda row: recommender.recommend(hybrid.Query(likes=likes[row]), paths=0),
        "ids, 3 paths each": lambda row: recommender.recommend(hybrid.Query(likes=likes[row])),
        "new text": lambda row: recommender.recommend(hybrid.Query(text=texts[row]), paths=0),
    }
    rows = [(name, *timed(ask, given.queries)) for name, ask in asks.items()]
    profile = recommender.reader.read(hybrid.Query(likes=likes[0])).profile
    rows += [
        (f"  of which {member.name}", *timed(lambda _row, one=member: one.score(profile), given.queries))
        for member in recommender.members
    ]
    print(pd.DataFrame(rows, columns=["query", "median ms", "p95 ms"]).round(1).to_string(index=False))


if __name__ == "__main__":
    main()
