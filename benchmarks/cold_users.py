"""People of whom nothing was learned, after 0, 1, 2, 5 and 10 likes: the hybrid, its parts and baselines.

    python benchmarks/cold_users.py [--seeds 0,1,2] [--members ease,als,...] [CARD ...]

A fifth of the people who have more than ten likes leaves training, another fifth tunes ("cold_users"). Then
each of them shows the first likes, 0 to 10, and all others of theirs are to be found among all items. What is
known of a person besides, such as an age group, is in the graph. One recommender is fitted per seed; its
parts, popularity and ItemKNN are tuned and fitted to the same people. Differences are to the hybrid, by a
paired permutation test over people, corrected for all models of a length (Holm): with each seed, and over the
people of all seeds together, where somebody who is in several counts once. Without cards it takes
ml-100k; without members, the scorers of the default hybrid. Results go to
`benchmarks/results/cold-users-NAME.json`.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import hybrid
import kg
from hybrid import bench
from hybrid.evaluation.comparison import HYBRID, JUDGED, compare
from hybrid.evaluation.significance import compare_all, pooled
from kg.graph import Interactions
from kg.protocols import resplit

if TYPE_CHECKING:
    from hybrid.evaluation.comparison import Result
    from kg.protocols.base import Dealt

ROOT = Path(__file__).resolve().parents[1]
CARD = ROOT / "datasets" / "ml-100k" / "dataset.yaml"
LENGTHS = (0, 1, 2, 5, 10)
Table = dict[int, dict[str, dict[str, Any]]]
Results = dict[int, tuple["Result", ...]]


def joined(first: Interactions, second: Interactions) -> Interactions:
    """The rows of both."""
    columns = ("users", "items", "weights", "times", "validation")
    return Interactions(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in columns))


def after(dealt: Dealt, shown: int) -> tuple[kg.KnowledgeGraph, Interactions]:
    """The graph as queries know it when people have shown so many likes, and what is to be found."""
    likes = dealt.shown
    order = np.lexsort((np.arange(len(likes)), np.nan_to_num(likes.times), likes.users))
    rows = likes.take(order)
    place = np.arange(len(rows)) - np.searchsorted(rows.users, rows.users)
    graph = dealt.graph.with_interactions(joined(dealt.graph.interactions, rows.take(place < shown)))
    return graph, joined(dealt.graph.heldout, rows.take(place >= shown))


def measure(card: Path, seed: int, members: tuple[str, ...]) -> Results:
    """The results by length of history."""
    (dealt,) = resplit(kg.build(kg.read(card)), "cold_users", seed, valid=0.2, given=max(LENGTHS))
    recommender = hybrid.Recommender(hybrid.Options(members=members, seed=seed), report=print)
    recommender.fit(dealt.graph)
    found: Results = {}
    for shown in LENGTHS:
        asked, wanted = after(dealt, shown)
        found[shown] = compare(recommender, wanted, ("popularity", "itemknn"), asked)
    return found


def table(found: Results) -> Table:
    """By length of history and model, the judged metrics and what was found beside the hybrid."""
    return {
        shown: {
            name: {"metrics": {metric: each["metrics"][metric] for metric in JUDGED}}
            | {"beside_hybrid": each["beside_hybrid"]}
            for name, each in bench.as_json(results).items()
        }
        for shown, results in found.items()
    }


def together(runs: list[Results]) -> Table:
    """By length of history and model, the means over the people of all seeds, and the tests on them."""
    found: Table = {}
    for shown in LENGTHS:
        by_name = [{result.name: result.evaluation for result in run[shown]} for run in runs]
        common = [name for name in by_name[0] if all(name in each for each in by_name)]
        whole = {name: pooled([each[name] for each in by_name]) for name in common}
        verdicts = compare_all(whole, *JUDGED, reference=HYBRID)
        found[shown] = {
            name: {
                "metrics": {metric: whole[name].metrics[metric] for metric in JUDGED},
                "beside_hybrid": {
                    each.comparison.metric: {
                        "difference": each.comparison.difference,
                        "p_corrected": each.corrected,
                        "people": each.comparison.num_users,
                    }
                    for each in verdicts
                    if each.name == name
                },
            }
            for name in common
        }
    return found


def show(runs: list[Table]) -> None:
    """Medians over the seeds, the spread of the hybrid, and the largest corrected p value of each model."""
    for shown in LENGTHS:
        print(f"\n{shown} likes shown")
        for model in runs[0][shown]:
            rows = [run[shown][model] for run in runs if model in run[shown]]
            cells = []
            for metric in JUDGED:
                values = [row["metrics"][metric] for row in rows]
                cells.append(
                    f"{metric} {statistics.median(values):.4f} ({min(values):.4f}-{max(values):.4f})"
                )
                verdicts = [row["beside_hybrid"][metric] for row in rows if metric in row["beside_hybrid"]]
                if verdicts:
                    below = all(verdict["difference"] < 0 for verdict in verdicts)
                    worst = max(verdict["p_corrected"] for verdict in verdicts)
                    cells[-1] += f" {'worse' if below else 'not worse'} p {worst:.4f}"
            print(f"  {model:12s} {'  '.join(cells)}", flush=True)


def main() -> None:
    """Measure card after card, seed after seed; what is measured is kept at once."""
    options = argparse.ArgumentParser(description="Cold users.")
    options.add_argument("cards", nargs="*", type=Path, default=[CARD])
    options.add_argument("--seeds", default="0,1,2")
    options.add_argument("--members", default="")
    given = options.parse_args()
    members = tuple(name for name in given.members.split(",") if name)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    for card in given.cards:
        runs: dict[str, Results] = {}
        for seed in given.seeds.split(","):
            runs[seed] = measure(card, int(seed), members)
            tables, whole = {name: table(run) for name, run in runs.items()}, together([*runs.values()])
            kept = {"members": members, "runs": tables, "together": whole}
            bench.write(kept, results / f"cold-users-{card.parent.name}.json")
            print(f"{card.parent.name}, seeds so far: {', '.join(runs)}")
            show([*tables.values()])
            print("\nthe people of all seeds together")
            show([whole])


if __name__ == "__main__":
    main()
