"""What to ask somebody new first: the ranking after 1, 2, ... 10 questions, by strategy.

    python benchmarks/onboarding.py [--cards ml-100k ...] [--seeds 0,1,2] [--questions 10]

A fifth of the people leave training (`kg.protocols.cold_users`) and come back as newcomers. Of what each of
them rated, a random half answers questions: like or dislike as they did, skip for whatever else is asked,
the other half too. Of the other half, the likes test. The half that answers is never ranked, whether it was
asked about or not, so that all strategies are judged on the same items: only what the answers tell differs.

The likes among the answers are a person's history for one recommender, the same for all strategies (EASE, ALS
and popularity, weighed on people with three likes); while there are none it ranks by popularity alone.

Half of the people choose the best strategy, by the mean of NDCG@10 after 1 .. 10 questions; the tables, the
picture and the tests are of the other half, who are the same people whatever the seed. Prints tables and
writes `benchmarks/results/onboarding-CARD.json` and `.png`.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

import kg
from hybrid.adapt import interviewers
from hybrid.adapt.interviewers import Answer, Crowd
from hybrid.adapt.onboarding import best_question
from hybrid.evaluation.protocol import Evaluation, evaluate
from hybrid.evaluation.significance import compare
from hybrid.options import Options
from hybrid.profiles import Profiles
from hybrid.recommender import Recommender
from kg.graph import Interactions
from kg.protocols import resplit
from kg.protocols.places import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybrid.scorers.base import ScoreArray
    from kg.graph import FloatArray, IntArray, KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
COLD, TUNING, LIKES_OF_TUNED = 0.2, 0.1, 3
MEMBERS = ("als", "ease", "popularity")
OVERRIDES: Mapping[str, Mapping[str, object]] = {"ease": {"attributes": 0.0}}
METRIC = "ndcg@10"
DRAWN = "random"  # asks everybody something else


@dataclass(frozen=True)
class World:
    """Newcomers and what is known without them.

    Attributes:
        recommender: fitted without them.
        crowd: who stayed.
        said: each newcomer's answers by item row, for those who have something to test.
        asked: the same as rows, to be masked.
        wanted: the likes that test.
    """

    recommender: Recommender
    crowd: Crowd
    said: Mapping[int, Mapping[int, Answer]]
    asked: Interactions
    wanted: Interactions


def world(graph: KnowledgeGraph, seed: int) -> World:
    """Let a fifth of the people leave, learn from the others, and divide what the newcomers said."""
    options: dict[str, object] = {"test": COLD, "valid": TUNING, "given": LIKES_OF_TUNED}
    (dealt,) = resplit(graph, "cold_users", seed, **options)
    made = Options(MEMBERS, OVERRIDES, seed=seed, device="cpu")
    recommender = Recommender(made).fit(dealt.graph)
    liked = joined(dealt.shown, dealt.graph.heldout)
    rated = dealt.graph.heldout_ratings
    newcomers = np.unique(liked.users)
    pairs = np.unique(
        np.column_stack([np.append(liked.users, rated.users), np.append(liked.items, rated.items)]), axis=0
    )
    pairs = pairs[np.isin(pairs[:, 0], newcomers)]
    rng = np.random.default_rng(seed)
    pairs = pairs[rng.permutation(len(pairs))]
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    first = np.searchsorted(pairs[:, 0], pairs[:, 0])
    sizes = np.searchsorted(pairs[:, 0], pairs[:, 0], side="right") - first
    asks = np.arange(len(pairs)) - first < sizes // 2
    likes = np.isin(pairs @ [graph.num_items, 1], liked.users * graph.num_items + liked.items)
    wanted, asked = pairs[~asks & likes], pairs[asks]
    said: dict[int, dict[int, Answer]] = {int(user): {} for user in np.unique(wanted[:, 0])}
    for (user, item), like in zip(asked.tolist(), likes[asks].tolist(), strict=True):
        if user in said:
            said[user][item] = Answer.LIKE if like else Answer.DISLIKE
    crowd = Crowd.of(recommender.graph, seed)
    return World(recommender, crowd, said, Interactions.of(*asked.T), Interactions.of(*wanted.T))


@dataclass(frozen=True)
class Held:
    """The interviews of all newcomers by one strategy.

    Attributes:
        likes: rows of (user, place of the question from 1, item) where the answer was a like.
        answered: answers per person that are no skip.
        milliseconds: processor time of a question, mean.
        slowest: and highest.
    """

    likes: IntArray
    answered: float
    milliseconds: float
    slowest: float


def interview(given: World, name: str, questions: int, seed: int) -> Held:
    """Ask every newcomer so many questions."""
    worth = interviewers.make(name).prepared(given.crowd, seed)
    rng, found, answered, times = np.random.default_rng(seed), [], 0, []
    known: dict[tuple[tuple[int, Answer], ...], int] = {}  # the first questions are the same for many
    for user, said in given.said.items():
        answers: dict[int, Answer] = {}
        for place in range(1, questions + 1):
            so_far = tuple(answers.items())
            item = known.get(so_far, -1)
            if item < 0:
                start = time.process_time()
                item = best_question(worth, answers, rng)
                times.append(time.process_time() - start)
                if name != DRAWN:
                    known[so_far] = item
            answers[item] = said.get(item, Answer.SKIP)
            answered += answers[item] is not Answer.SKIP
            if answers[item] is Answer.LIKE:
                found.append((user, place, item))
    likes = np.array(found, dtype=np.int64).reshape(-1, 3)
    return Held(likes, answered / len(given.said), 1e3 * float(np.mean(times)), 1e3 * max(times))


def judged(given: World, held: Held, questions: int, seed: int) -> list[Evaluation]:
    """How well the recommender ranks after 0, 1, ... questions."""
    graph = given.recommender.graph.with_interactions(given.asked)

    def after(count: int) -> Evaluation:
        users, places, items = held.likes[held.likes[:, 1] <= count].T
        known = Interactions.of(users, items, times=places)

        def score(profiles: Profiles) -> ScoreArray:
            asking = Profiles.of_users(graph, profiles.users, known)
            asking = replace(
                asking, users=np.full_like(asking.users, -1), times=np.full(len(asking.items), np.nan)
            )
            return given.recommender.score(asking)

        return evaluate(score, graph, given.wanted, ks=(10,), seed=seed, beyond=False)

    return [after(count) for count in range(questions + 1)]


def part(evaluations: Sequence[Evaluation], people: IntArray) -> Evaluation:
    """The numbers of some people with several seeds as one evaluation, each person's averaged."""
    users, values = (
        np.concatenate(each)
        for each in zip(*((e.users, e.per_user[METRIC]) for e in evaluations), strict=True)
    )
    kept = np.isin(users, people)
    told, rows = np.unique(users[kept], return_inverse=True)
    means = np.bincount(rows, values[kept]) / np.bincount(rows)
    return Evaluation({METRIC: float(values[kept].mean())}, {METRIC: means}, told)


def over_questions(curve: Sequence[Evaluation]) -> Evaluation:
    """Each person's mean after 1, 2, ... questions."""
    values = np.mean([each.per_user[METRIC] for each in curve[1:]], axis=0)
    return Evaluation({METRIC: float(values.mean())}, {METRIC: values}, curve[0].users)


def measure(graph: KnowledgeGraph, seeds: Sequence[int], questions: int) -> dict[str, Any]:
    """Everything that is told of a card."""
    names = tuple(interviewers.find())
    curves: dict[str, list[list[Evaluation]]] = {name: [] for name in names}
    helds: dict[str, list[Held]] = {name: [] for name in names}
    for seed in seeds:
        given = world(graph, seed)
        for name in names:
            held = interview(given, name, questions, seed)
            helds[name].append(held)
            curves[name].append(judged(given, held, questions, seed))
            print(f"seed {seed}, {name}: {held.milliseconds:.1f} ms a question", flush=True)
    people = np.random.default_rng(0).permutation(graph.num_users)
    choosing, reported = people[: len(people) // 2], people[len(people) // 2 :]
    whole = {name: [over_questions(curve) for curve in curves[name]] for name in names}
    chosen = {name: part(whole[name], choosing).metrics[METRIC] for name in names}
    found = {
        name: {
            "chosen by": chosen[name],
            "curve": [part(each, reported).metrics[METRIC] for each in zip(*curves[name], strict=True)],
            "seeds": [[part([each], reported).metrics[METRIC] for each in curve] for curve in curves[name]],
            "mean": part(whole[name], reported).metrics[METRIC],
            "answered": float(np.mean([held.answered for held in helds[name]])),
            "likes": float(
                np.mean([len(held.likes) / len(curves[name][0][0].users) for held in helds[name]])
            ),
            "milliseconds": float(np.mean([held.milliseconds for held in helds[name]])),
            "slowest": max(held.slowest for held in helds[name]),
        }
        for name in names
    }
    best = max(chosen, key=lambda name: chosen[name])
    tests = {}
    for against in (name for name in names if name != best):
        for when, pair in {
            "all": (whole[best], whole[against]),
            **{
                str(k): tuple([curve[k] for curve in curves[name]] for name in (best, against))
                for k in (5, questions)
            },
        }.items():
            said = compare(*(part(each, reported) for each in pair))
            tests[f"{best} - {against}, {when}"] = [
                said.difference,
                said.low,
                said.high,
                said.p_value,
                said.num_users,
            ]
    return {"best": best, "strategies": found, "tests": tests}


def picture(measured: Mapping[str, Any], title: str, path: Path) -> None:
    """The learning curves; bars from the lowest to the highest seed."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for place, (name, found) in enumerate(measured["strategies"].items()):
        curve: FloatArray = np.array(found["curve"])
        seeds = np.array(found["seeds"])
        spread = np.abs([curve - seeds.min(axis=0), seeds.max(axis=0) - curve])
        axes.errorbar(
            np.arange(len(curve)) + (place - 1.5) * 0.07,
            curve,
            spread,
            label=name,
            marker="o",
            capsize=2,
            markersize=4,
            elinewidth=0.6,
            linewidth=2.2 if name == measured["best"] else 1.2,
        )
    axes.set(xlabel="questions asked", ylabel="NDCG@10", title=title)
    axes.grid(axis="y", linewidth=0.4)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=130)


def show(measured: Mapping[str, Any]) -> None:
    """Tables in Markdown."""
    found = measured["strategies"]
    counts = range(len(next(iter(found.values()))["curve"]))
    print("\n| strategy | " + " | ".join(map(str, counts)) + " | mean | answered | liked | ms |")
    print("|---" * (len(counts) + 5) + "|")
    for name, each in found.items():
        curve = " | ".join(f"{value:.4f}" for value in each["curve"])
        rest = (
            f"{each['mean']:.4f} | {each['answered']:.1f} | {each['likes']:.1f} | {each['milliseconds']:.1f}"
        )
        print(f"| {name} | {curve} | {rest} |")
    print(
        f"\nchosen: {measured['best']}", {name: round(each["chosen by"], 4) for name, each in found.items()}
    )
    for name, (difference, low, high, p_value, people) in measured["tests"].items():
        print(f"{name}: {difference:+.4f} ({low:+.4f} .. {high:+.4f}), p {p_value:.4f}, {people} people")


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cards", nargs="+", default=["ml-100k"])
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--questions", type=int, default=10)
    asked = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for card in asked.cards:
        graph = kg.build(kg.read(ROOT / "datasets" / card / "dataset.yaml"))
        measured = measure(graph, [int(seed) for seed in asked.seeds.split(",")], asked.questions)
        path = RESULTS / f"onboarding-{card}.json"
        path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        picture(measured, f"What to ask first, {card}", path.with_suffix(".png"))
        show(measured)


if __name__ == "__main__":
    main()
