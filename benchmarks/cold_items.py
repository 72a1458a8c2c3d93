"""Items that nobody has liked: the hybrid beside baselines among them, and what they cost among all items.

    python benchmarks/cold_items.py [--seeds 10,11,12] [--members ease,als,...] [--baselines random,...]
                                    [--protocol hidden|strict_cold_items] [--more] [CARD ...]

"hidden": a fifth of the liked items loses all its likes, also those to test with; these are to be found, (a)
among the hidden items alone, (b) among all items, beside the card's own test likes of the others. "price" is
the share of the recall of these that is lost to new items in the list. The hybrid is fitted once and its
weights for new items are learned for several shares of the places (`hybrid.Options.cold_share`; "-" keeps to
a price on validation likes); beside that, "places" keeps so many for the best new items in every list.
"strict_cold_items": that protocol's items, of which also what people said is gone; (a) alone. Baselines have
their options chosen on hidden items of the training graph (`cold_baselines`). P values are of paired
permutation tests over people against the baseline that is best on the test itself.
Results go to `benchmarks/results/cold-items-NAME.json`, the curve of price against recall to the `.svg`;
with --more they are added to the seeds that are there.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cold_baselines import Chance, FactsKnn, TextKnn, tuned
from cold_networks import ClcRec, DropoutNet
from cold_tables import METRICS, draw, show
from cold_users import joined

import hybrid
import kg
from hybrid import newcomers
from hybrid.evaluation.protocol import Evaluation, evaluate, history_mask
from hybrid.evaluation.significance import compare
from hybrid.profiles import Profiles
from hybrid.scorers.base import seen_items
from hybrid.situation import Circumstances
from hybrid.text.cold import hide_items, only
from kg.protocols import resplit
from kg.split import training

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.ranker import Ranker
    from hybrid.scorers.base import Resources, ScoreArray, Scorer
    from kg.graph import BoolArray, Interactions, KnowledgeGraph

ROOT = Path(__file__).resolve().parents[1]
CARD = ROOT / "datasets" / "ml-100k" / "dataset.yaml"
RESULTS = ROOT / "benchmarks" / "results"
MEMBERS = "ease,als,filters,recent,text,content"
SHARES = (0.05, 0.1, 0.2, 0.3)
BASELINES: dict[str, Scorer] = {
    each.name: each for each in (Chance(), TextKnn(), FactsKnn(), DropoutNet(), ClcRec())
}
PLACES = (1, 2, 3, 4, 5)  # of 20 that are kept for new items, for comparison
Numbers = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What is asked: a graph to learn from, the new items, their likes, and those of other items, if any."""

    graph: KnowledgeGraph
    hidden: BoolArray
    cold: Interactions
    warm: Interactions | None


def hidden_items(graph: KnowledgeGraph, seed: int) -> Case:
    """A fifth of the liked items made new."""
    warm, cold, hidden = hide_items(graph, 0.2, seed)
    new = hidden[graph.heldout.items]
    found = joined(cold, graph.heldout.take(new))
    known = np.isin(found.users, warm.interactions.users)
    return Case(warm.without_heldout(), hidden, found.take(known), graph.heldout.take(~new))


def strict(graph: KnowledgeGraph, seed: int) -> Case:
    """The items of the protocol."""
    (dealt,) = resplit(graph, "strict_cold_items", seed)
    hidden = np.zeros(graph.num_items, dtype=np.bool_)
    hidden[dealt.graph.heldout.items] = True
    return Case(dealt.graph.without_heldout(), hidden, dealt.graph.heldout, None)


CASES = {"hidden": hidden_items, "strict_cold_items": strict}


def measure(case: Case, seed: int, members: tuple[str, ...], rivals: tuple[str, ...]) -> Numbers:
    """All models on a case: {"alone": by model, "among": by share of the places}."""
    recommender = hybrid.Recommender(hybrid.Options(members=members, seed=seed), report=print)
    whole, resources = recommender.set_aside(case.graph)
    recommender.learn(whole, recommender.options.scorers(), keep=case.warm is not None)
    models = {member.name: member.score for member in recommender.members if member.scores_new}
    everybody = Totals(recommender, case)
    models["hybrid"] = everybody.of(recommender.ranker)
    among = {} if case.warm is None else _priced(recommender, resources, everybody, case)
    told = recommender.resources("fit")
    models |= {name: tuned(BASELINES[name], whole, told).score for name in rivals}
    found = {name: _judged(only(score, case.hidden), case, case.cold) for name, score in models.items()}
    alone = {name: _metrics(each) for name, each in found.items()}
    best = max(rivals, key=lambda name: alone[name][METRICS[0]], default=None)
    if best is not None:
        for name in found.keys() - {best}:
            alone[name]["p"] = {
                metric: compare(found[name], found[best], metric).p_value for metric in METRICS
            }
    return {"alone": alone, "best": best, "among": among}


def _priced(
    recommender: hybrid.Recommender, resources: Resources, everybody: Totals, case: Case
) -> dict[str, dict[str, float]]:
    """Recall of new items and of known ones in one list, by the share of its places for new items."""
    ranker, tuned_ones = recommender.ranker, tuple(recommender.tuned.values())
    bare = replace(ranker, beginnings=None, newcomers=None, wishes=None)
    learned = newcomers.learn_each(bare, tuned_ones, training(recommender.graph), resources, SHARES)
    rankers = {"-": ranker} | {
        f"{share}": replace(ranker, newcomers=each) for share, each in zip(SHARES, learned, strict=True)
    }
    known = seen_items(case.graph)
    best = everybody.of(ranker)
    before = _metrics(_judged(only(best, known), case, case.warm))
    table = _kept_places(only(best, ~known), only(best, known), case)
    for share, each in rankers.items():
        score = everybody.of(each)
        cold, warm = (_metrics(_judged(score, case, wanted)) for wanted in (case.cold, case.warm))
        table[share] = {
            "taken": _taken(score, case, ~known),
            **{f"cold {metric}": cold[metric] for metric in METRICS},
            **{f"warm {metric}": warm[metric] for metric in METRICS},
            **{f"price {metric}": 1 - warm[metric] / before[metric] for metric in METRICS},
        }
    return table


def _kept_places(
    new: Callable[[Profiles], ScoreArray], known: Callable[[Profiles], ScoreArray], case: Case
) -> dict[str, dict[str, float]]:
    """Recall and price where every list of 20 has so many places for the best new items."""
    ks = (*PLACES, *(20 - k for k in PLACES), 20)
    cold, warm = (
        evaluate(score, case.graph, wanted, ks=ks, beyond=False).metrics
        for score, wanted in ((new, case.cold), (known, case.warm))
        if wanted is not None
    )
    return {
        f"{k} places": {
            "taken": k / 20,
            "cold recall@20": cold[f"recall@{k}"],
            "warm recall@20": warm[f"recall@{20 - k}"],
            "price recall@20": 1 - warm[f"recall@{20 - k}"] / warm["recall@20"],
        }
        for k in PLACES
    }


class Totals:
    """The hybrid's scores of everybody, by ranker: its members are asked once."""

    def __init__(self, recommender: hybrid.Recommender, case: Case) -> None:
        graph, around = recommender.graph, Circumstances.of(recommender.graph).around
        people = np.unique(case.graph.interactions.users)
        self._place = np.zeros(graph.num_users, dtype=np.int64)
        self._place[people] = np.arange(len(people))
        self._asked = []
        for _, profiles in Profiles.of_users(graph, people).batches(256):
            situation, allowed = around(profiles), ~history_mask(profiles, graph.num_items)
            heard = recommender.ranker.speaking(situation)
            said = {each.name: each.score(profiles) for each in recommender.members if each.name in heard}
            self._asked.append((said, allowed, situation))

    def of(self, ranker: Ranker) -> Callable[[Profiles], ScoreArray]:
        """The combined scores as a function of known people."""
        totals = np.concatenate([ranker.score(*batch) for batch in self._asked])
        return lambda profiles: totals[self._place[profiles.users]].copy()


def _judged(score: Callable[[Profiles], ScoreArray], case: Case, wanted: Interactions | None) -> Evaluation:
    if wanted is None:
        raise ValueError("this case has no likes of known items to find")
    return evaluate(score, case.graph, wanted, beyond=False)


def _metrics(found: Evaluation) -> Numbers:
    return {metric: found.metrics[metric] for metric in METRICS}


def _taken(score: Callable[[Profiles], ScoreArray], case: Case, new: BoolArray) -> float:
    """The share of the first 20 places that new items take."""
    people = Profiles.of_users(case.graph, np.unique(case.graph.interactions.users))
    totals = np.nan_to_num(score(people), nan=-np.inf)
    first = np.argpartition(-totals, 20, axis=1)[:, :20]
    return float(new[first].mean())


def main() -> None:
    """Measure card after card, seed after seed; what is measured is kept at once."""
    options = argparse.ArgumentParser(description="Cold items.")
    options.add_argument("cards", nargs="*", type=Path, default=[CARD])
    options.add_argument("--seeds", default="10,11,12")
    options.add_argument("--members", default=MEMBERS)
    options.add_argument("--protocol", choices=CASES, default="hidden")
    options.add_argument("--baselines", default=",".join(BASELINES))
    options.add_argument("--more", action="store_true")
    given = options.parse_args()
    members = tuple(given.members.split(","))
    rivals = tuple(name for name in given.baselines.split(",") if name)
    RESULTS.mkdir(exist_ok=True)
    for card in given.cards:
        graph = kg.build(kg.read(card))
        name = "" if given.protocol == "hidden" else f"-{given.protocol}"
        path = RESULTS / f"cold-items-{card.parent.name}{name}.json"
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"] if given.more and path.exists() else {}
        for seed in given.seeds.split(","):
            case = CASES[given.protocol](graph, int(seed))
            runs[seed] = measure(case, int(seed), members, rivals)
            path.write_text(json.dumps({"members": members, "runs": runs}, indent=1), encoding="utf-8")
            print(f"{card.parent.name}, {given.protocol}, seeds so far: {', '.join(runs)}")
            show([*runs.values()])
        if given.protocol == "hidden":
            draw(runs, path.with_suffix(".svg"))


if __name__ == "__main__":
    main()
