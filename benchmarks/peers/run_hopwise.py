"""Models of hopwise 0.9.1 that give a path with each item: `python run_hopwise.py SPEC.json`.

PGPR and CAFE walk over embeddings that TransE has learned a moment before; PEARLM samples paths, learns to go
on with them, and decodes paths of the graph. All learn from both parts for all epochs: hopwise chooses
nothing by itself then. A list has the items that a path leads to, in hopwise's own order, and no others.
"""

from __future__ import annotations

import functools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import handed
import numpy as np
import pandas as pd
import recbole_files
import torch
from hopwise.config import Config
from hopwise.data import create_dataset, data_preparation
from hopwise.data.dataset import KnowledgeBasedDataset
from hopwise.data.interaction import Interaction
from hopwise.model.path_language_modeling_recommender import pearlm
from hopwise.utils import get_model, get_trainer, init_seed
from hopwise_paths import Names, patterns
from transformers import GPT2Config

if TYPE_CHECKING:
    from collections.abc import Iterator

WALKED = {"PGPR", "CAFE"}
BATCH = {"PGPR": 32, "CAFE": 32, "PEARLM": 4}  # a beam of PEARLM takes the scores of all nodes


def run(spec: dict[str, Any], given: handed.Given) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Learn, and rank for the people asked for, each item with its path."""
    torch.set_num_threads(spec["threads"])
    stand_in()
    options, facts = dict(spec["options"]), recbole_files.Facts.of(given)
    with tempfile.TemporaryDirectory() as folder:
        files = recbole_files.write(given, Path(folder), "knowledge", ["train", "valid"])
        seconds, vectors = {}, None
        if spec["model"] in WALKED:
            both = {"kg_reverse_r": spec["model"] == "CAFE"}
            vectors, _, seconds["TransE"] = learned(spec, "TransE", files | both | options.pop("transe"))
            options |= both | {"path_constraint": patterns(spec["model"], len(facts.names))}
        model, dataset, seconds[spec["model"]] = learned(spec, spec["model"], files | options, vectors)
    table = ranked(spec, given, model, dataset, Names(given, facts, dataset.field2id_token))
    return table, {"seconds_to_learn": seconds, "options": spec["options"]}


def learned(
    spec: dict[str, Any], name: str, options: dict[str, Any], vectors: torch.nn.Module | None = None
) -> tuple[Any, Any, float]:
    """A model that has learned, its dataset, and the seconds that it took to learn."""
    fixed = {"seed": spec["seed"], "use_gpu": False, "state": "WARNING", "topk": [spec["places"]]}
    fixed |= {"valid_metric": f"NDCG@{spec['places']}", "show_progress": False}
    fixed |= {"additional_feat_suffix": None, "preload_weight": None}
    fixed |= {f"alias_of_{kind}_id": None for kind in ("user", "entity", "relation")}
    config = Config(model=name, dataset="likes", config_dict=fixed | options)
    init_seed(config["seed"], config["reproducibility"])
    train, valid, _ = data_preparation(config, create_dataset(config))
    dataset = train._dataset  # what hopwise itself hands to its models
    if vectors is not None:
        for kind in ("user", "entity", "relation"):
            weights = getattr(vectors, f"{kind}_embedding").weight.detach().double().numpy()
            dataset._preloaded_weight[f"{kind}_embedding_id"] = weights
    model = get_model(name)(config, dataset).to(config["device"])
    model.rng = np.random.default_rng(spec["seed"])  # PGPR's and CAFE's own has no seed
    trainer, start = get_trainer(config["MODEL_TYPE"], config["model"])(config, model), time.perf_counter()
    # without a validation part TransE's trainer fails at its end
    trainer.fit(train, valid if name == "TransE" else None, verbose=False, saved=False)
    return model, dataset, time.perf_counter() - start


@torch.no_grad()
def ranked(
    spec: dict[str, Any], given: handed.Given, model: Any, dataset: Any, names: Names  # noqa: ANN401
) -> pd.DataFrame:  # fmt: skip
    """The best items of each person with likes, and the path to each."""
    model.eval()
    people = dataset.field2token_id[dataset.uid_field]
    asked = [people[f"u{user}"] for user in given.asked if f"u{user}" in people]
    rows = []
    for first in range(0, len(asked), BATCH[spec["model"]]):
        batch = asked[first : first + BATCH[spec["model"]]]
        at = dict.fromkeys(batch, 0)
        for user, steps in explained(spec, model, dataset, batch):
            at[user] += 1
            if at[user] <= spec["places"]:
                item, place = names.item(int(steps[-1][2])), at[user]
                rows.append((names.user(user), item, place, names.path(steps)))
    return pd.DataFrame(rows, columns=list(handed.COLUMNS))


def explained(
    spec: dict[str, Any], model: Any, dataset: Any, users: list[int]  # noqa: ANN401
) -> Iterator[tuple[int, list[Any]]]:  # fmt: skip
    """Each person's paths, the best first.

    PGPR's come in the other order; and where they are fewer than the places it names other items beside
    them, so that the item is read from the path.
    """
    if spec["model"] in WALKED:
        _, found = model.explain(Interaction({dataset.uid_field: torch.tensor(users)}))
    else:
        liked = dataset.field2token_id[dataset.relation_field][dataset.ui_relation]
        words = [f"{dataset.tokenizer.bos_token} U{user} R{liked}" for user in users]
        told = dataset.tokenizer(words, return_tensors="pt", add_special_tokens=False)
        beams = {"return_dict_in_generate": True, "output_scores": True}
        _, found = model.explain(Interaction(told.data), **beams | spec["options"]["path_generation_args"])
    for user, _, _, steps in reversed(found) if spec["model"] == "PGPR" else found:
        yield int(user), steps


def stand_in() -> None:
    """What hopwise cannot do here, or does wrongly (docs/peers.md)."""
    plain = KnowledgeBasedDataset._filter_link

    def filter_link(self: Any) -> None:  # noqa: ANN401
        likes = self.inter_feat.copy()
        plain(self)
        self.inter_feat = likes

    KnowledgeBasedDataset._filter_link = filter_link

    class Sizes:
        @staticmethod
        def from_pretrained(_name: str, **options: Any) -> GPT2Config:  # noqa: ANN401
            return GPT2Config(**options)

    pearlm.AutoConfig = Sizes
    forward = pearlm.PEARLM.forward

    @functools.wraps(forward)
    def with_cache(self: Any, *given: Any, cache: Any = None, **more: Any) -> Any:  # noqa: ANN401
        return forward(self, *given, **more | {"past_key_values": cache})

    pearlm.PEARLM.forward = with_cache


if __name__ == "__main__":
    handed.answer(run)
