"""Models of hopwise 0.9.1 that give a path with each item: `python run_hopwise.py SPEC.json`.

PGPR and CAFE walk over embeddings that TransE has learned a moment before; PEARLM samples paths, learns to go
on with them, and decodes paths of the graph. All learn from both parts for all epochs: hopwise chooses
nothing by itself then. A list has the items that a path leads to, in hopwise's own order, and no others.
"""

from __future__ import annotations

import json
import tempfile
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
from recbole_files import timed
from transformers import GPT2Config

if TYPE_CHECKING:
    from collections.abc import Iterator

LIKED = "[UI-Relation]"  # hopwise's own name of it
WALKED = {"PGPR", "CAFE"}
BATCH = 32


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
            trainer, _ = learned(spec, "TransE", files | both | options.pop("transe"))
            seconds["TransE"], vectors = trainer.seconds, trainer.model
            options |= patterns(spec["model"], len(facts.names))
        trainer, dataset = learned(spec, spec["model"], files | options, vectors)
        seconds[spec["model"]] = trainer.seconds
    names = Names(given, facts, dataset)
    table = ranked(spec, given, trainer.model, dataset, names)
    return table, {"seconds_of_epochs": seconds, "options": spec["options"]}


def learned(
    spec: dict[str, Any], name: str, options: dict[str, Any], vectors: torch.nn.Module | None = None
) -> tuple[Any, Any]:
    """The trainer of a model that has learned, and its dataset."""
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
    trainer = timed(get_trainer(config["MODEL_TYPE"], config["model"]))(config, model)
    trainer.fit(train, valid if name == "TransE" else None, verbose=False, saved=False)
    return trainer, dataset


def patterns(model: str, relations: int) -> dict[str, Any]:
    """The kinds of path to walk: over what was liked, by each relation and back; PGPR goes over people too."""
    start = [None, "user"], [LIKED, "entity"]
    found = [[*start, [f"r{n}", "entity"], [f"r{n}_r", "entity"]] for n in range(relations)]
    if model == "PGPR":
        found.append([*start, [LIKED, "user"], [LIKED, "entity"]])
    return {"path_constraint": found}


class Names:
    """What hopwise's numbers are called."""

    def __init__(self, given: handed.Given, facts: recbole_files.Facts, dataset: Any) -> None:  # noqa: ANN401
        self.entities, self.people, self.relations = (
            dataset.field2id_token[name] for name in (dataset.entity_field, dataset.uid_field, "relation_id")
        )
        self.items = dataset.field2id_token[dataset.iid_field]
        self.given, self.facts = given, facts

    def item(self, number: int) -> str:
        """An item's id."""
        return self.given.items[int(self.items[number][1:])]

    def node(self, kind: str, number: int) -> str:
        """Kind and id of a node, "item 7"."""
        if kind == "user":
            return f"user {self.given.users[int(self.people[number][1:])]}"
        if number < len(self.items):
            return f"item {self.item(number)}"
        return self.facts.nodes[int(self.entities[number][1:])]

    def relation(self, told: int | str) -> str:
        """What a relation is called in the card, whichever way it is gone; "likes" of a like."""
        token = told if isinstance(told, str) else self.relations[told]
        return "likes" if token == LIKED else self.facts.names[int(token.removesuffix("_r")[1:])]

    def path(self, steps: list[tuple[Any, str, int]]) -> str:
        """Nodes and relations in turn from the liked item on, as JSON."""
        first, *others = steps[1:]
        told = [self.node(first[1], first[2])]
        for relation, kind, number in others:
            told += [self.relation(relation), self.node(kind, number)]
        return json.dumps(told, ensure_ascii=False)


@torch.no_grad()
def ranked(
    spec: dict[str, Any], given: handed.Given, model: Any, dataset: Any, names: Names  # noqa: ANN401
) -> pd.DataFrame:  # fmt: skip
    """The best items of each person with likes, and the path to each."""
    model.eval()
    people = dataset.field2token_id[dataset.uid_field]
    asked = [people[f"u{user}"] for user in given.asked if f"u{user}" in people]
    rows = []
    for first in range(0, len(asked), BATCH):
        batch = asked[first : first + BATCH]
        at = dict.fromkeys(batch, 0)
        for user, steps in explained(spec, model, dataset, batch):
            at[user] += 1
            if at[user] <= spec["places"]:
                item, place = names.item(int(steps[-1][2])), at[user]
                rows.append((given.users[int(names.people[user][1:])], item, place, names.path(steps)))
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
        beams = spec["options"]["path_generation_args"]
        _, found = model.explain(
            Interaction(told.data), return_dict_in_generate=True, output_scores=True, **beams
        )
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


if __name__ == "__main__":
    handed.answer(run)
