"""A program for tests: training runs in processes of their own, which can be killed, or work together.

python runs.py kill FOLDER OPTIONS   trains and stands still in epoch 3, having said so
python runs.py together FOLDER       one of several processes: all of RUNS; leaves what came out in FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file

from gnn.tracking import Log
from gnn.train import train
from tests.gnn.tasks import Divided, Factors, Noisy, Shared, options

# name -> task, options; what one process and several must agree on
RUNS = {
    "adamw": (Shared, {}),
    "sgd": (Shared, {"optimizer": "sgd", "schedule": "one_cycle", "l2": 0.01, "clip": 0.5}),
    "accumulated": (Shared, {"accumulate": 4, "optimizer": "adam"}),
    "adversarial": (Shared, {"adversarial": 0.5, "accumulate": 2, "optimizer": "sgd"}),
    "whole": (Factors, {}),
    "uneven": (lambda seed: Shared(seed, 41), {}),
    "noisy": (Noisy, {}),
}


def of(name, seed=0):
    """The task and the options of a run."""
    task, changes = RUNS[name]
    return task(seed), options(epochs=4, learning_rate=0.05, warmup=0.3, **changes)


def kill(folder, changes):
    """Train, and wait to be killed within epoch 3."""
    steps = []

    def wait(done, in_all):
        steps.append(done)
        if steps.count(in_all) == 2 and done < in_all:
            needless = sorted({"accelerate", "tensorboard"} & sys.modules.keys())
            sys.stdout.write(f"in epoch 3, loaded for nothing: {needless}\n")
            sys.stdout.flush()
            sys.stdin.read()

    task = Noisy(0, (1, 5, 2, 3, 4, 0))
    train(task, options(**changes), checkpoint=folder / "run.safetensors", step=wait)


def together(folder):
    """Train all runs, and one with everything random that is left, taken up, and not broken off."""
    rank = os.environ["RANK"]
    for name in RUNS:
        task, chosen = of(name, seed=int(rank))  # the first process's weights are everybody's
        reported = []
        log = Log(folder / f"log{rank}", name)
        history = train(task, chosen, report=reported.append, log=log)
        write(folder, f"{name}.{rank}", task, history, reported)
    for name, seed, file, stop_after in (
        ("left", 0, "left.run", 2),
        ("resumed", 1, "left.run", None),
        ("unbroken", 0, "unbroken.run", None),
    ):
        task = Divided(seed)
        history = train(task, options(epochs=4, stop_after=stop_after), checkpoint=folder / file)
        write(folder, f"{name}.{rank}", task, history, [])


def write(folder, name, task, history, reported):
    """Leave weights and curves for the test."""
    save_file(task.module.state_dict(), folder / f"{name}.safetensors")
    told = {"epochs": [asdict(epoch) for epoch in history.epochs], "reported": len(reported)}
    (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    home = Path(sys.argv[2])
    if sys.argv[1] == "kill":
        kill(home, json.loads(sys.argv[3]))
    else:
        together(home)
