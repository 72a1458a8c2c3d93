"""Models of LensKit on what `handed.py` gives: `python run_lenskit.py SPEC.json`.

They learn from training and validation likes together, with the options given: LensKit stops nothing early
and chooses nothing by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import handed
import pandas as pd
from lenskit.als import BiasedMFScorer, ImplicitMFScorer
from lenskit.batch import recommend
from lenskit.data import from_interactions_df
from lenskit.knn import ItemKNNScorer, UserKNNScorer
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

SCORERS: Mapping[str, type] = {
    "itemknn": ItemKNNScorer,
    "userknn": UserKNNScorer,
    "ials": ImplicitMFScorer,
    "biasedmf": BiasedMFScorer,
}


def run(spec: dict[str, Any], given: handed.Given) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Learn, and rank for the people asked for; LensKit leaves out what they liked."""
    rows = given.rows("train", "valid")
    frame = pd.DataFrame({"user_id": rows["user"], "item_id": rows["item"], "rating": 1.0})
    data = from_interactions_df(frame, user_col="user_id", item_col="item_id", rating_col="rating")
    pipeline = topn_pipeline(SCORERS[spec["model"]], spec["options"], n=spec["places"])
    pipeline.train(data, TrainingOptions(rng=spec["seed"]))
    known = set(rows["user"])
    asked = [int(user) for user in given.asked if user in known]
    found = recommend(pipeline, asked, spec["places"], n_jobs=1).to_df()
    table = pd.DataFrame(
        {
            "user": given.users[found["user_id"]],
            "item": given.items[found["item_id"]],
            "rank": found["rank"],
        }
    )
    return table, {"options": spec["options"]}


if __name__ == "__main__":
    handed.answer(run)
