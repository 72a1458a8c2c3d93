"""The only training loop: epochs, early stopping, checkpoint and exact resume, on CPU or CUDA."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from gnn import checkpoint as checkpoints
from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor, nn


class DeviceError(WhyRecError):
    """A device that this machine does not have."""


class Task(Protocol):
    """What the loop trains: a module with its batches, its loss and its validation."""

    @property
    def module(self) -> nn.Module:
        """What is trained."""
        ...

    def batches(self, generator: torch.Generator) -> Iterator[Any]:
        """The batches of one epoch; everything random in them comes from the (CPU) generator."""
        ...

    def loss(self, batch: Any) -> Tensor:  # noqa: ANN401
        """The loss of a batch, a scalar."""
        ...

    def validate(self) -> float | None:
        """A metric on validation data, higher is better; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train.

    Attributes:
        epochs: length of the learning-rate schedule, and the most epochs that are run.
        stop_after: epochs to run, where validation has chosen their number; the schedule keeps its length.
        learning_rate: peak learning rate of AdamW.
        weight_decay: AdamW's.
        warmup: share of the schedule in which the rate rises linearly; it then falls as a cosine to a tenth.
        patience: epochs without a better validation metric after which training ends.
        validate_every: epochs between two validations.
        clip: largest gradient norm.
        seed: for weights dropped out and batches drawn.
        device: "cpu", "cuda", or "auto" for CUDA where there is one.
    """

    epochs: int = 30
    stop_after: int | None = None
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    warmup: float = 0.1
    patience: int = 5
    validate_every: int = 1
    clip: float = 1.0
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch gave: its number from 1, mean loss, validation metric (if validated) and seconds."""

    number: int
    loss: float
    metric: float | None
    seconds: float


@dataclass
class History:
    """The epochs of a training run and which of them was best (the last where nothing was validated)."""

    epochs: list[Epoch] = field(default_factory=list)

    @property
    def best(self) -> Epoch:
        """The epoch with the highest validation metric, or the last one."""
        measured = [epoch for epoch in self.epochs if epoch.metric is not None]
        return max(measured, key=lambda epoch: epoch.metric or 0.0) if measured else self.epochs[-1]

    @property
    def stale(self) -> int:
        """Epochs since the best one."""
        return self.epochs[-1].number - self.best.number


def choose_device(device: str) -> torch.device:
    """The device that an option names; "auto" is CUDA where there is one, else the CPU.

    Raises:
        DeviceError: there is no such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(f"device {device!r} is not here; expected cpu, cuda or auto") from error


def train(
    task: Task,
    options: TrainOptions,
    *,
    checkpoint: Path | None = None,
    report: Callable[[Epoch], None] = lambda _epoch: None,
) -> History:
    """Train a task's module in place and leave it with the weights of its best epoch, in eval mode.

    Args:
        task: what to train.
        options: how.
        checkpoint: a safetensors file written after every epoch; where it exists, training goes on from it
            and ends with the same weights as a run that was never interrupted (same seed, threads, machine).
        report: called after every epoch.

    Raises:
        FloatingPointError: the loss is no longer a number.
    """
    device = choose_device(options.device)
    module = task.module.to(device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(options.seed)
        generator = torch.Generator().manual_seed(options.seed)
        optimizer = torch.optim.AdamW(
            module.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
        )
        run = checkpoints.Run(module, optimizer, generator)
        history = History()
        if checkpoint is not None and checkpoint.exists():
            history = History([Epoch(**epoch) for epoch in run.load(checkpoint)])
        for number in range(len(history.epochs) + 1, (options.stop_after or options.epochs) + 1):
            if history.epochs and history.stale >= options.patience:
                break
            history.epochs.append(_epoch(task, run, options, number))
            if history.best.number == number:
                run.keep_best()
            if checkpoint is not None:
                run.save(checkpoint, history.epochs)
            report(history.epochs[-1])
        run.restore_best()
    module.eval()
    return history


def _epoch(task: Task, run: checkpoints.Run, options: TrainOptions, number: int) -> Epoch:
    start = time.perf_counter()
    run.module.train()
    batches = list(task.batches(run.generator))
    total = torch.zeros(())
    for index, batch in enumerate(batches):
        for group in run.optimizer.param_groups:
            group["lr"] = options.learning_rate * _rate(options, number - 1 + index / len(batches))
        run.optimizer.zero_grad(set_to_none=True)
        loss = task.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(run.module.parameters(), options.clip)
        run.optimizer.step()
        total += loss.detach().cpu()
    mean = float(total) / max(len(batches), 1)
    if not math.isfinite(mean):
        raise FloatingPointError(f"the loss of epoch {number} is {mean}; try a smaller learning rate")
    run.module.eval()
    last = options.stop_after or options.epochs
    due = number % options.validate_every == 0 or number == last
    with torch.no_grad():
        metric = task.validate() if due else None
    return Epoch(number, mean, metric, time.perf_counter() - start)


def _rate(options: TrainOptions, progress: float) -> float:
    """Share of the peak learning rate after `progress` epochs: a linear warm-up, then a cosine to 0.1."""
    done = progress / options.epochs
    if done < options.warmup:
        return 0.05 + 0.95 * done / options.warmup
    falling = (done - options.warmup) / (1 - options.warmup)
    return 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * falling))
