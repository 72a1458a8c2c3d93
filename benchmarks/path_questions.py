"""What `paths.py` asks: a made graph of a million edges and the real ones, and questions about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kg
from hybrid.profiles import Profiles
from kg.errors import WhyRecError
from kg.graph import Edges, Interactions, KnowledgeGraph, Relation
from kg.paths import PathFinder
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from kg.graph import FloatArray, IntArray

ROOT = Path(__file__).resolve().parents[1]
REAL = ("lfm1m-kgat", "ml1m-pearlm")
USERS, ITEMS, CLASSES, EACH = 10_000, 30_000, 6, 10_000
FACTS, LIKES, LIKED = 700_000, 300_000, 50
Question = tuple[int, "IntArray", "FloatArray", int]


def drawn(first: int, size: int, number: int, rng: np.random.Generator) -> IntArray:
    """Nodes drawn by a power law: the one of rank r with a chance that goes with r ** -0.75."""
    shares = np.cumsum(np.arange(1, size + 1) ** -0.75)
    return first + np.searchsorted(shares / shares[-1], rng.random(number))


def made(seed: int = 0) -> KnowledgeGraph:
    """A million edges: items to entities of six classes, items to items, and entities to entities."""
    rng, first = np.random.default_rng(seed), USERS + ITEMS
    ends = [((USERS, ITEMS), (first + of * EACH, EACH)) for of in range(CLASSES)]
    ends += [((USERS, ITEMS), (USERS, ITEMS)), *[((first + of * EACH, EACH),) * 2 for of in (0, 1)]]
    each = FACTS // len(ends)
    heads, tails = (np.concatenate([drawn(*pair[side], each, rng) for pair in ends]) for side in (0, 1))
    nodes = USERS + ITEMS + CLASSES * EACH
    likes = Interactions.of(drawn(0, USERS, LIKES, rng), drawn(0, ITEMS, LIKES, rng))
    return KnowledgeGraph(
        name="made",
        users=Vocabulary("user", map(str, range(USERS))),
        items=Vocabulary("item", map(str, range(ITEMS))),
        entities=Vocabulary("entity", map(str, range(CLASSES * EACH))),
        labels=np.array([f"node {node}" for node in range(nodes)], dtype=object),
        class_names=("User", "Item", *[f"Class {of}" for of in range(CLASSES)]),
        classes=np.repeat(np.arange(CLASSES + 2), [USERS, ITEMS, *[EACH] * CLASSES]),
        texts=np.full(nodes, "", dtype=object),
        relations=tuple(Relation(f"r{of}", f"r{of}", f"r{of} of") for of in range(len(ends))),
        edges=Edges(heads, np.repeat(np.arange(len(ends)), each), tails),
        interactions=likes,
    )


def graphs() -> Iterator[KnowledgeGraph]:
    """The made one, and the real ones whose data is there."""
    yield made()
    for name in REAL:
        try:
            yield kg.build(kg.read(ROOT / "datasets" / name / "dataset.yaml")).without_heldout()
        except WhyRecError as error:
            print(f"{name} is left out: {error}", flush=True)


def vectors(graph: KnowledgeGraph) -> npt.NDArray[np.float32]:
    """A vector per node, at random; half of the cosines are between 0.1 and 0.3."""
    return np.random.default_rng(0).normal(0.5, 1, (graph.num_nodes, 64)).astype(np.float32)


def finder_of(graph: KnowledgeGraph) -> PathFinder:
    """With random vectors, and the hubs that a recommender would leave out."""
    return PathFinder(graph, vectors(graph), max_fan=max(50, graph.num_items // 10))


def questions(graph: KnowledgeGraph, number: int, seed: int = 1) -> list[Question]:
    """Who asks, up to 50 likes, their shares, and a popular item that is not among them."""
    rng, asked = np.random.default_rng(seed), []
    profiles = Profiles.of_users(graph, np.arange(graph.num_users))
    people = np.flatnonzero(profiles.lengths >= LIKED)
    for person in rng.choice(people, number).tolist():
        liked = rng.permutation(profiles.history(person))[:LIKED]
        others = np.setdiff1d(graph.interactions.items, profiles.history(person))
        asked.append((person, liked, rng.uniform(0, 1, len(liked)), int(rng.choice(others))))
    return asked
