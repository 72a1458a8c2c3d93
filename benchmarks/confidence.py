"""Whether "31 % likely" means that 31 of 100 such items are liked: expected calibration error on test likes.

    python benchmarks/confidence.py [--seeds 0,1,2] [--members ease,als,...] [CARD ...]

The confidence is the chance that an item is among as many next likes as validation has of a person, so only
the first so many of each person's test likes count, by time, or as they stand. People show their first 0,
1, 2, 5 and 10 likes, or all of them; the first 20 places of each list are looked at, in ten bins of equal
size (`hybrid.ratings.evaluation.calibration_error`). "usual" gives every item the mean confidence, for
comparison. Seeds draw the people that weights are learned from. Without cards it takes ml-100k.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

import hybrid
import kg
from hybrid.beginnings import LENGTHS
from hybrid.confidence import outcomes
from hybrid.ratings.evaluation import calibration_error

if TYPE_CHECKING:
    from kg.graph import Interactions

CARD = Path(__file__).resolve().parents[1] / "datasets" / "ml-100k" / "dataset.yaml"
MEMBERS = "ease,als,filters,recent,text,transitions,content,crowd,rp3beta,itemknn,popularity"


def first_of(test: Interactions, validation: Interactions, num_users: int) -> Interactions:
    """As many of each person's test likes as there are validation likes, the earliest."""
    rows = test.take(np.lexsort((np.arange(len(test)), np.nan_to_num(test.times), test.users)))
    place = np.arange(len(rows)) - np.searchsorted(rows.users, rows.users)
    return rows.take(place < np.bincount(validation.users, minlength=num_users)[rows.users])


def measure(card: Path, seed: int, members: tuple[str, ...]) -> pd.DataFrame:
    """A row for each length of history."""
    graph = kg.build(kg.read(card))
    recommender = hybrid.Recommender(hybrid.Options(members=members, seed=seed)).fit(graph)
    known, whole = recommender.ranker.confidence, recommender.graph
    if known is None:
        raise SystemExit(f"{card}: no list had a hit to learn a confidence from")
    validation = whole.interactions.take(whole.interactions.validation)
    later = first_of(graph.heldout, validation, graph.num_users)
    rows = []
    for shown in (*LENGTHS, None):
        found = outcomes(recommender.ranker, recommender.members, whole, later, shown)
        there = np.isfinite(found.scores)
        places = np.arange(1, found.scores.shape[1] + 1)
        sure, liked = known.of(found.scores, places, found.lengths[:, None])[there], found.liked[there]
        usual = np.full(len(sure), sure.mean())
        error, plain = (calibration_error(each, liked) for each in (sure, usual))
        rows.append(("all" if shown is None else shown, sure.mean(), liked.mean(), error, plain))
    return pd.DataFrame(rows, columns=["likes", "confidence", "liked", "ECE", "ECE of usual"])


def main() -> None:
    """Measure card after card, seed after seed."""
    options = argparse.ArgumentParser(description="Calibration of the confidence.")
    options.add_argument("cards", nargs="*", type=Path, default=[CARD])
    options.add_argument("--seeds", default="0,1,2")
    options.add_argument("--members", default=MEMBERS)
    given = options.parse_args()
    for card in given.cards:
        for seed in given.seeds.split(","):
            print(f"{card.parent.name}, seed {seed}")
            found = measure(card, int(seed), tuple(given.members.split(",")))
            print(found.round(4).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
