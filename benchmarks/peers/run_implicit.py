"""Models of implicit on what `handed.py` gives: `python run_implicit.py SPEC.json`.

Of a model with a grid, each setting learns from the training likes and is measured by implicit's own NDCG@10
on the validation likes; the best one then learns from both. Without a grid the options are taken as they are.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import handed
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.evaluation import ndcg_at_k
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

if TYPE_CHECKING:
    import pandas as pd

SEEDED = {"als": AlternatingLeastSquares, "bpr": BayesianPersonalizedRanking}
NEAREST = {"bm25": BM25Recommender, "cosine": CosineRecommender, "tfidf": TFIDFRecommender}


def run(spec: dict[str, Any], given: handed.Given) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Choose, learn, and rank for the people asked for."""
    options, tried = chosen(spec, given)
    learned = given.matrix("train", "valid")
    model = fitted(spec, options, learned)
    known = given.asked[learned.getnnz(axis=1)[given.asked] > 0]
    items, _ = model.recommend(known, learned[known], N=spec["places"], filter_already_liked_items=True)
    return handed.lists(given, known, masked(items, learned[known])), {"options": options, "tried": tried}


def chosen(spec: dict[str, Any], given: handed.Given) -> tuple[dict[str, Any], list[Any]]:
    """The options with the best NDCG@10 on the validation likes, and all that were tried."""
    grid, tried = spec["grid"], []
    train, valid = given.matrix("train"), given.matrix("valid")
    valid = (valid - valid.multiply(train)).tocsr()
    valid.eliminate_zeros()
    for values in itertools.product(*grid.values()) if grid else ():
        options = spec["options"] | dict(zip(grid, values, strict=True))
        model = fitted(spec, options, train)
        reached = ndcg_at_k(model, train, valid, K=10, show_progress=False, num_threads=spec["threads"])
        tried.append([float(reached), options])
    best = max(tried, key=lambda pair: pair[0])[1] if tried else spec["options"]
    return best, tried


def fitted(spec: dict[str, Any], options: dict[str, Any], learned: Any) -> Any:  # noqa: ANN401
    """A model that has learned from the likes."""
    name = spec["model"]
    if name in SEEDED:
        model = SEEDED[name](**options, random_state=spec["seed"], num_threads=spec["threads"])
    else:
        model = NEAREST[name](**options, num_threads=spec["threads"])
    model.fit(learned, show_progress=False)
    return model


def masked(items: np.ndarray, learned: Any) -> np.ndarray:  # noqa: ANN401
    """-1 for what fills the end of a list where items are too few: what was liked, or is there already."""
    kept = items.copy()
    for row, listed in enumerate(items):
        first = np.zeros(len(listed), dtype=bool)
        first[np.unique(listed, return_index=True)[1]] = True
        kept[row, ~first | np.isin(listed, learned[row].indices)] = -1
    return kept


if __name__ == "__main__":
    handed.answer(run)
