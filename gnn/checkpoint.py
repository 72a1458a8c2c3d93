"""Everything a training run needs to go on exactly where it stopped, in one safetensors file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from gnn.train import Epoch


class Run:
    """A module with its optimizer, its random states and its best weights so far."""

    def __init__(
        self, module: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator
    ) -> None:
        self.module = module
        self.optimizer = optimizer
        self.generator = generator
        self._best: dict[str, Tensor] = {}

    def keep_best(self) -> None:
        """Remember the present weights as the best."""
        self._best = {name: value.detach().clone() for name, value in self.module.state_dict().items()}

    def restore_best(self) -> None:
        """Go back to the best weights."""
        if self._best:
            self.module.load_state_dict(self._best)

    def save(self, path: Path, epochs: Sequence[Epoch]) -> None:
        """Write the run aside, then move it into place."""
        tensors = {f"module.{name}": value for name, value in self.module.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{key}": torch.as_tensor(value) for key, value in state.items()}
        tensors["random.batches"] = self.generator.get_state()
        tensors["random.torch"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        aside = path.with_suffix(".part")
        # a clone each: safetensors refuses tensors that share memory
        whole = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        save_file(whole, aside, metadata={"epochs": json.dumps([asdict(epoch) for epoch in epochs])})
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)

    def load(self, path: Path) -> list[dict[str, Any]]:
        """Take up a saved run; the epochs it has done."""
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            epochs: list[dict[str, Any]] = json.loads(file.metadata()["epochs"])
        self.module.load_state_dict(_under("module.", tensors))
        self._best = _under("best.", tensors)
        optimizer = self.optimizer.state_dict()
        optimizer["state"] = {}
        for name, value in _under("optimizer.", tensors).items():
            index, key = name.split(".", 1)
            optimizer["state"].setdefault(int(index), {})[key] = value
        self.optimizer.load_state_dict(optimizer)
        self.generator.set_state(tensors["random.batches"])
        torch.set_rng_state(tensors["random.torch"])
        if torch.cuda.is_available() and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        return epochs


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
