"""Models of RecBole 1.2.1 on what `handed.py` gives: `python run_recbole.py SPEC.json`.

A model learns from the training likes and stops early by RecBole's own NDCG@10 on the validation likes; the
best epoch's weights rank. Where the options have no "stopping_step" it learns from both parts for all epochs.
"""

from __future__ import annotations

import sys
import tempfile
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import handed
import numpy as np
import recbole_files
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.utils import ModelType, get_model, get_trainer, init_seed
from scipy import sparse

if TYPE_CHECKING:
    import pandas as pd

KINDS = {ModelType.SEQUENTIAL: "sequential", ModelType.KNOWLEDGE: "knowledge"}
BATCH = 256


def run(spec: dict[str, Any], given: handed.Given) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Learn, and rank for the people asked for."""
    torch.set_num_threads(spec["threads"])
    stand_in()
    early = "stopping_step" in spec["options"]
    with tempfile.TemporaryDirectory() as folder:
        kind = KINDS.get(get_model(spec["model"]).type, "general")
        files = recbole_files.write(given, Path(folder), kind, ["train"] if early else ["train", "valid"])
        trainer, dataset, best = learned(spec, files, early=early)
    tokens = dataset.field2token_id[dataset.iid_field]
    table = ranked(spec, given, trainer.model, kind, dataset, tokens)
    said = {"seconds_of_epochs": trainer.seconds, "best_valid": best, "options": spec["options"]}
    return table, said


def learned(spec: dict[str, Any], files: dict[str, Any], *, early: bool) -> tuple[Any, Any, dict[str, float]]:
    """The trainer with the model as it was best, the dataset, and what was best on validation."""
    fixed = {
        "seed": spec["seed"],
        "use_gpu": False,
        "metrics": ["NDCG", "Recall"],
        "topk": [10, 20],
        "metric_decimal_place": 6,
        "valid_metric": "NDCG@10",
        "state": "WARNING",
    }
    config = Config(model=spec["model"], dataset="likes", config_dict=fixed | spec["options"] | files)
    init_seed(config["seed"], config["reproducibility"])
    train, valid, _ = data_preparation(config, create_dataset(config))
    dataset = train._dataset  # what RecBole itself hands to its models
    if spec["model"] == "KGAT":
        plain = dataset.ckg_graph
        dataset.ckg_graph = lambda form="coo", value_field=None: plain(
            form.replace("dgl", "coo"), value_field
        )
    model = without_dgl(get_model(spec["model"]))(config, dataset).to(config["device"])
    trainer = timed(get_trainer(config["MODEL_TYPE"], config["model"]))(config, model)
    _, best = trainer.fit(train, valid if early else None, verbose=False, saved=early, show_progress=False)
    if early:
        state = torch.load(trainer.saved_model_file, weights_only=False)  # written a moment ago
        model.load_state_dict(state["state_dict"])
        model.load_other_parameter(state["other_parameter"])
    return trainer, dataset, {name: float(value) for name, value in (best or {}).items()}


@torch.no_grad()
def ranked(
    spec: dict[str, Any], given: handed.Given, model: Any, kind: str, dataset: Any, tokens: dict[str, int]  # noqa: ANN401
) -> pd.DataFrame:  # fmt: skip
    """The best items of each person that RecBole knows, without those liked in training and validation."""
    model.eval()
    known = np.array([tokens.get(f"i{item}", -1) for item in range(len(given.items))])
    liked, histories = given.matrix("train", "valid"), recbole_files.histories(given.rows("train", "valid"))
    people = dataset.field2token_id[dataset.uid_field]
    asked = [int(user) for user in given.asked if f"u{user}" in people and user in histories]
    lists = []
    for first in range(0, len(asked), BATCH):
        batch = asked[first : first + BATCH]
        question = {dataset.uid_field: torch.tensor([people[f"u{user}"] for user in batch])}
        if kind == "sequential":
            question |= sequences([histories[user] for user in batch], tokens, dataset)
        found = model.full_sort_predict(Interaction(question)).view(len(batch), -1).numpy()
        scores = np.where(known >= 0, found[:, known], -np.inf)
        scores[liked[batch].nonzero()] = -np.inf
        best, items = torch.topk(torch.from_numpy(scores), min(spec["places"], len(known)))
        lists.append(torch.where(best > -np.inf, items, -1).numpy())
    return handed.lists(given, asked, np.concatenate(lists))


def sequences(histories: list[list[str]], tokens: dict[str, int], dataset: Any) -> dict[str, torch.Tensor]:  # noqa: ANN401
    """The latest likes of some people, filled up with 0, and how many there are."""
    items = torch.zeros(len(histories), recbole_files.LONGEST, dtype=torch.long)
    lengths = []
    for row, history in enumerate(histories):
        latest = [tokens[name] for name in history[-recbole_files.LONGEST :] if name in tokens]
        items[row, : len(latest)] = torch.tensor(latest)
        lengths.append(max(1, len(latest)))
    return {dataset.item_id_list_field: items, dataset.item_list_length_field: torch.tensor(lengths)}


def stand_in() -> None:
    """KGIN asks torch_scatter for one function; building that package takes more than ten minutes here."""
    module = types.ModuleType("torch_scatter")

    def scatter_mean(src: torch.Tensor, index: torch.Tensor, dim: int, dim_size: int) -> torch.Tensor:
        sums = src.new_zeros(dim_size, src.shape[1]).index_add(dim, index, src)
        return sums / torch.bincount(index, minlength=dim_size).clamp(min=1)[:, None]

    module.scatter_mean = scatter_mean  # type: ignore[attr-defined]
    sys.modules["torch_scatter"] = module


def without_dgl(model: type) -> type:
    """KGAT makes its first attention matrix with a DGL that Python 3.11 has no package of; here SciPy does.

    Each relation's matrix has rows that sum to 1; they are added up. All else of KGAT is RecBole's.
    """
    if model.__name__ != "KGAT":
        return model

    class KGAT(model):  # type: ignore[misc, valid-type]
        def init_graph(self) -> torch.Tensor:
            heads, tails, kinds = (part.numpy() for part in (self.all_hs, self.all_ts, self.all_rs))
            found = sparse.coo_matrix(tuple(self.matrix_size))
            for kind in range(1, self.n_relations):
                ours = kinds == kind
                ends = heads[ours], tails[ours]
                share = 1.0 / np.bincount(heads[ours], minlength=self.matrix_size[0])[heads[ours]]
                found = found + sparse.coo_matrix((share, ends), shape=tuple(self.matrix_size))
            found = found.tocoo()
            places = torch.from_numpy(np.stack([found.row, found.col]).astype(np.int64))
            values = torch.from_numpy(found.data.astype(np.float32))
            return torch.sparse_coo_tensor(places, values, self.matrix_size)

    return KGAT


def timed(trainer: type) -> type:
    """A trainer that keeps the seconds of its epochs."""

    class Timed(trainer):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any) -> None:  # noqa: ANN401
            super().__init__(*args)
            self.seconds: list[float] = []

        def _train_epoch(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401
            start = time.perf_counter()
            loss = super()._train_epoch(*args, **more)
            self.seconds.append(time.perf_counter() - start)
            return loss

    return Timed


if __name__ == "__main__":
    handed.answer(run)
