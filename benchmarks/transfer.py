"""A model of one catalog starts another one: before anybody has been seen there, and after a few people.

    python benchmarks/transfer.py SOURCE TARGET [--given 1,5,10] [--people 0,10,50,200] [--seeds 0,1,2]

SOURCE and TARGET are folders of `datasets/`. People of the target who test show `given` likes (protocol
"cold_users"); `people` others are known with all their likes. Options are chosen by the validation people of
the same protocol; with 0 people there are none to choose by, and what was chosen on the source stands. A film
of both catalogs is placed where the source has it ("transferred") or nothing is learned from it ("new
items"). The popularity that everybody in the target gives ("popularity of all") is what no new catalog has.

Medians over the seeds go to `benchmarks/results/transfer-SOURCE-TARGET.json`.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import kg
from hybrid.adapt.transfer import transfer
from hybrid.evaluation.protocol import evaluate
from hybrid.options import Options
from hybrid.ranker import Ranker
from hybrid.recommender import Recommender
from hybrid.scorers.als import Als
from hybrid.scorers.base import Resources, Scorer
from hybrid.scorers.itemknn import ItemKnn
from hybrid.scorers.popularity import Popularity
from hybrid.scorers.text import Text
from hybrid.scorers.transferred import Transferred
from hybrid.tuning import judge
from kg.graph import Interactions
from kg.protocols import resplit
from kg.split import training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hybrid.adapt.start import Start
    from hybrid.evaluation.protocol import Evaluation
    from hybrid.profiles import Profiles
    from hybrid.scorers.base import ScoreArray
    from hybrid.text.table import TextTable
    from kg.graph import KnowledgeGraph
    from kg.protocols import Dealt

ROOT = Path(__file__).resolve().parents[1]
SHOWN = ("ndcg@10", "recall@20")


def build(name: str) -> KnowledgeGraph:
    """The graph of a card in `datasets/`."""
    return kg.build(kg.read(ROOT / "datasets" / name / "dataset.yaml"))


def teacher(graph: KnowledgeGraph) -> Recommender:
    """A small recommender of the source: one member, with the options that the full one has by default."""
    recommender = Recommender(Options(members=("als",)))
    whole, _ = recommender.set_aside(graph)
    als = Als(embedding_size=64).fit(whole, recommender.resources("fit"))
    return recommender.ready(whole, (als,), Ranker(("als",), np.ones(1)))


def first_people(dealt: Dealt, number: int, seed: int) -> KnowledgeGraph:
    """The target with the likes of so many of its people and of those who tune."""
    likes = dealt.graph.interactions
    tuning = np.unique(likes.users[likes.validation])
    others = np.setdiff1d(likes.users, tuning)
    seen = np.random.default_rng(seed).permutation(others)[:number]
    return dealt.graph.with_interactions(likes.take(np.isin(likes.users, seen)))


def rivals(
    starts: dict[str, Start], dealt: Dealt, number: int, resources: Resources, seed: int
) -> Iterator[tuple[str, Callable[[Profiles], ScoreArray]]]:
    """What is compared, by name, fitted to what may be known."""
    rng = np.random.default_rng(seed)
    asked = dealt.graph.num_items
    if not number:
        yield "random", lambda people: rng.random((len(people), asked), dtype=np.float32)
        yield "popularity of all", Popularity().fit(training(dealt.graph), resources).score
        yield "text", Text(centred=True).fit(dealt.graph, resources).score
        for name, start in starts.items():
            nobody = dealt.graph.with_interactions(Interactions.of([], []))
            yield name, Transferred().fit(nobody, replace(resources, start=start)).score
        return
    known = first_people(dealt, number, seed)
    for scorer in (Popularity(), ItemKnn(), Als(embedding_size=64)):
        yield f"{scorer.name} of the few", chosen(scorer, known, dealt, resources).score
    for name, start in starts.items():
        yield name, chosen(Transferred(), known, dealt, replace(resources, start=start)).score


def chosen(scorer: Scorer, known: KnowledgeGraph, dealt: Dealt, resources: Resources) -> Scorer:
    """A scorer fitted to what is known, one option after the other chosen by people who are not in it.

    The size of embeddings is not among them, for it costs the most and a few people do not fill many.
    """
    likes = dealt.graph.interactions
    asking = dealt.graph.with_interactions(likes.take(~likes.validation))
    ndcg_of = judge(asking, likes.take(likes.validation), resources.seed)
    best = scorer.fit(known, resources)
    reached = ndcg_of(best.score)
    for option, values in scorer.grid.items():
        for value in () if option == "embedding_size" else values:
            trial = replace(scorer, **{**_options(best, scorer), option: value}).fit(known, resources)
            if (ndcg := ndcg_of(trial.score)) > reached:
                best, reached = trial, ndcg
    return best


def _options(best: Scorer, scorer: Scorer) -> dict[str, object]:
    return {option: getattr(best, option) for option in scorer.grid}


def measure(
    starts: dict[str, Start],
    target: KnowledgeGraph,
    texts: TextTable | None,
    given: int,
    numbers: list[int],
    seed: int,
) -> dict[str, Evaluation]:
    """Every rival by how many people are known, on the people who test."""
    (dealt,) = resplit(target, "cold_users", seed, given=given)
    resources = Resources(text=texts, seed=seed, device="cpu")
    return {
        f"{number:4d} {name}": evaluate(
            score, dealt.histories, dealt.graph.heldout, ks=(10, 20), seed=seed, beyond=False
        )
        for number in numbers
        for name, score in rivals(starts, dealt, number, resources, seed)
    }


def row(evaluations: list[Evaluation]) -> dict[str, list[float]]:
    """The metrics of one rival with each seed."""
    return {name: [each.metrics[name] for each in evaluations] for name in SHOWN}


def main() -> None:
    """Measure one pair of catalogs."""
    options = argparse.ArgumentParser(description="Does one catalog's model start another?")
    options.add_argument("source")
    options.add_argument("target")
    options.add_argument("--given", default="1,5,10")
    options.add_argument("--people", default="0,10,50,200")
    options.add_argument("--seeds", default="0,1,2")
    chosen_options = options.parse_args()
    given, people, seeds = (
        [int(number) for number in getattr(chosen_options, name).split(",")]
        for name in ("given", "people", "seeds")
    )
    source, target = teacher(build(chosen_options.source)), build(chosen_options.target)
    path = ROOT / "benchmarks" / "results" / f"transfer-{chosen_options.source}-{chosen_options.target}.json"
    path.parent.mkdir(exist_ok=True)
    texts = source.encode(target)
    starts = {
        "transferred": transfer(source, target),
        "new items": transfer(source, target, match_items=False),
    }
    for name, start in starts.items():
        print(f"{name}: popularity counts {start.popularity_share:g}", flush=True)
    results: dict[str, dict[str, dict[str, list[float]]]] = {}
    for likes in given:
        found = [measure(starts, target, texts, likes, people, seed) for seed in seeds]
        results[str(likes)] = {name: row([each[name] for each in found]) for name in found[0]}
        path.write_text(json.dumps(results, indent=1), encoding="utf-8")
        print(f"\n{likes} likes each\npeople known                 ndcg@10   recall@20")
        for name, metrics in results[str(likes)].items():
            middle = [statistics.median(metrics[metric]) for metric in SHOWN]
            print(f"{name:28s} {middle[0]:.4f}    {middle[1]:.4f}", flush=True)


if __name__ == "__main__":
    main()
