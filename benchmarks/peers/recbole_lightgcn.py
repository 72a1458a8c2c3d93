"""RecBole's LightGCN on ready-made splits; run by `benchmarks/lightgcn.py` in an environment of its own.

    python recbole_lightgcn.py SPEC.json RESULT.json

SPEC names the folder of the data, the dataset, the options by RecBole's names, and the threads. RESULT gets
the metrics of the test part and the seconds of each epoch. Nothing of WhyRec is imported here.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.model.general_recommender.lightgcn import LightGCN
from recbole.trainer import Trainer
from recbole.utils import init_seed


def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Train for a fixed number of epochs and rank all items for everybody of the test part."""
    torch.set_num_threads(spec["threads"])
    config = Config(model="LightGCN", dataset=spec["dataset"], config_dict=spec["options"])
    init_seed(config["seed"], config["reproducibility"])
    train, _, test = data_preparation(config, create_dataset(config))
    trainer = Timed(Trainer)(config, LightGCN(config, train.dataset).to(config["device"]))
    trainer.fit(train, valid_data=None, verbose=False, saved=False, show_progress=False)
    metrics = trainer.evaluate(test, load_best_model=False, show_progress=False)
    return {"metrics": {name: float(value) for name, value in metrics.items()}, "seconds": trainer.seconds}


def Timed(trainer: type) -> type:  # noqa: N802
    """A trainer that keeps the seconds of its epochs."""

    class TimedTrainer(trainer):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any) -> None:  # noqa: ANN401
            super().__init__(*args)
            self.seconds: list[float] = []

        def _train_epoch(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401
            start = time.perf_counter()
            loss = super()._train_epoch(*args, **more)
            self.seconds.append(time.perf_counter() - start)
            return loss

    return TimedTrainer


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    del sys.argv[1:]  # RecBole reads options from there
    target.write_text(json.dumps(run(json.loads(source.read_text(encoding="utf-8")))), encoding="utf-8")
