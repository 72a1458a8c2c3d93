"""What the paths are like that other programs give with their lists, beside those that WhyRec shows.

    OMP_NUM_THREADS=1 python benchmarks/peer_paths.py CARD FOLDER [--k 10]
        [--members ease transitions filters]

FOLDER has the lists that `benchmarks/peers.py` wrote; those with a column `path` are measured: the ten best
items of everybody with test likes, by the functions that measure WhyRec's own paths. Beside them stands a
small hybrid as in `path_metrics.py`, by its strongest paths and by the taste found there. A person without a
list counts in `explained` and `etd` as one whose items have no path.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from path_metrics import LIST, Person, by_taste, figures, ndcg, people

import hybrid
import kg
from hybrid.evaluation import paths, protocol
from hybrid.evaluation.lists import COLUMNS
from hybrid.evaluation.paths_shown import Taste
from hybrid.profiles import Profiles
from kg.paths import ReasoningPath

if TYPE_CHECKING:
    from kg.graph import IntArray, KnowledgeGraph

TASTES = {"strongest": Taste(), "all bars at once": Taste(popular=0.25, varied=0.25)}
SHOWN = ["lir", "sep", "etd", "lid", "sed", "hubs", "explained"]


def given(table: pd.DataFrame, graph: KnowledgeGraph, users: IntArray) -> list[Person]:
    """The paths of a program's lists, one for each of the first places of each person."""
    table = table[table["rank"] <= LIST]
    told = {
        (user, rank): read(path, graph)
        for user, rank, path in zip(table["user"], table["rank"], table["path"], strict=True)
    }
    profiles, found = Profiles.of_users(graph, users), []
    for row, user in enumerate(users):
        each = [told.get((graph.users.ids[user], place + 1)) for place in range(LIST)]
        candidates: list[tuple[ReasoningPath, ...]] = [(path,) if path else () for path in each]
        found.append(Person(candidates, paths.recency(profiles, row)))
    return found


def read(text: str, graph: KnowledgeGraph) -> ReasoningPath:
    """A path of nodes ("item 7") and relations in turn, as JSON."""
    words = json.loads(text)
    ends = [word.split(" ", maxsplit=1) for word in words[::2]]
    nodes = tuple(graph.node(kind, external) for kind, external in ends)
    labels, kinds = tuple(map(graph.label, nodes)), tuple(map(graph.kind, nodes))
    return ReasoningPath(nodes, labels, kinds, tuple(words[1::2]), 1.0, "")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("card", type=Path)
    options.add_argument("folder", type=Path)
    options.add_argument("--k", type=int, default=10, help="paths of ours to choose from, for each item")
    options.add_argument("--members", nargs="+", default=["ease", "transitions", "filters"])
    asked = options.parse_args()
    graph = kg.build(kg.read(asked.card))
    wanted, known = protocol.Wanted.of(graph, graph.heldout), paths.Surroundings.of(graph)
    rows = {}
    for path in sorted(asked.folder.glob("*.csv")):
        table = pd.read_csv(path, dtype={"user": str, "item": str, "path": str}, keep_default_na=False)
        if set(table) >= {*COLUMNS, "path"}:
            rows[path.stem] = figures(given(table, graph, wanted.users), known, by_taste(Taste(), known))
    recommender = hybrid.Recommender(hybrid.Options(members=tuple(asked.members))).fit(graph)
    everybody = np.arange(len(wanted.users))
    found, top = people(recommender, wanted, everybody, asked.k)
    rows |= {
        f"WhyRec, {name}": figures(found, known, by_taste(taste, known)) for name, taste in TASTES.items()
    }
    quality = ndcg(graph, wanted, everybody, top)
    print(f"{len(wanted.users)} people, {LIST} items each; NDCG@{LIST} of WhyRec's lists {quality:.4f}")
    print(pd.DataFrame(rows).T[SHOWN].to_string(float_format="%.3f"))


if __name__ == "__main__":
    main()
