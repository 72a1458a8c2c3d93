"""Everything a training run needs to go on exactly where it stopped, in one safetensors file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gnn import randomness
from kg.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from gnn.train import Epoch, TrainOptions

# what may differ in a run that is taken up: where it runs and when it ends
_FREE = ("device", "stop_after", "patience")


class Run:
    """A module with its optimizer, its random states and its best weights so far."""

    def __init__(
        self,
        module: nn.Module,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        self.module = module
        self.optimizer = optimizer
        self.generator = generator
        self.device = device
        self._best: dict[str, Tensor] = {}

    def keep_best(self) -> None:
        """Remember the present weights as the best."""
        self._best = {name: value.detach().clone() for name, value in self.module.state_dict().items()}

    def restore_best(self) -> None:
        """Go back to the best weights."""
        if self._best:
            self.module.load_state_dict(self._best)

    def save(self, path: Path, epochs: Sequence[Epoch], options: TrainOptions) -> None:
        """Write the run aside, then move it into place.

        Args:
            path: the file.
            epochs: what is done.
            options: of the run; it is taken up only with the same.
        """
        tensors = {f"module.{name}": value for name, value in self.module.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{key}": torch.as_tensor(value) for key, value in state.items()}
        tensors |= {f"random.{name}": state for name, state in randomness.states(self.device).items()}
        tensors["random.batches"] = self.generator.get_state()
        aside = path.with_suffix(".part")
        # a clone each: safetensors refuses tensors that share memory
        whole = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        told = {"epochs": [asdict(epoch) for epoch in epochs], "options": _binding(options)}
        save_file(whole, aside, metadata={name: json.dumps(value) for name, value in told.items()})
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)

    def load(self, path: Path, options: TrainOptions) -> list[dict[str, Any]]:
        """Take up a saved run; the epochs it has done.

        Raises:
            WorkspaceError: the run was trained with other options.
        """
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            told = {name: json.loads(value) for name, value in file.metadata().items()}
        _check(path, told["options"], _binding(options))
        self.module.load_state_dict(_under("module.", tensors))
        self._best = _under("best.", tensors)
        optimizer = self.optimizer.state_dict()
        optimizer["state"] = {}
        for name, value in _under("optimizer.", tensors).items():
            index, key = name.split(".", 1)
            optimizer["state"].setdefault(int(index), {})[key] = value
        self.optimizer.load_state_dict(optimizer)
        self.generator.set_state(tensors["random.batches"])
        randomness.restore(_under("random.", tensors), self.device)
        epochs: list[dict[str, Any]] = told["epochs"]
        return epochs


def _binding(options: TrainOptions) -> dict[str, Any]:
    return {name: value for name, value in asdict(options).items() if name not in _FREE}


def _check(path: Path, left: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if left.get(name) != value:
            raise WorkspaceError(
                f"{path} was left by a run with {name} {left.get(name)!r}, not {value!r}; "
                f"go on with its options, or remove the file"
            )


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
