"""The only training loop: epochs, early stopping, checkpoint and exact resume, on one device or several."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import torch

from gnn import checkpoint as checkpoints
from gnn import randomness, tracking
from gnn.optimizers import optimizer
from gnn.processes import join
from gnn.steps import Steps
from kg.errors import WhyRecError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from torch import Tensor, nn

    from gnn.processes import Processes


class DeviceError(WhyRecError):
    """A device that this machine does not have."""


class Task(Protocol):
    """What the loop trains: a module with its batches, its loss and its validation.

    Two more methods are optional: `shard`, which divides a batch among processes (`gnn.processes.Divisible`),
    and `embeddings`, which names what adversarial training perturbs (`gnn.steps.Embedded`).
    """

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
        learning_rate: peak learning rate.
        weight_decay: the optimizer's: apart from the gradient in "adamw", added to it in "adam" and "sgd".
        warmup: share of the schedule in which the rate rises linearly.
        patience: epochs without a better validation metric after which training ends.
        validate_every: epochs between two validations.
        clip: largest gradient norm.
        seed: for weights dropped out and batches drawn.
        device: "cpu", "cuda" (or "cuda:1"), "mps", or "auto" for the first of CUDA, MPS and CPU here.
        optimizer: "adamw", "adam" or "sgd".
        momentum: of "sgd".
        schedule: how the rate falls after the warm-up: as a "cosine" to a tenth; "one_cycle", as a cosine to
            nothing; "linear", to nothing; "constant", not at all.
        precision: "float32", or "bfloat16" for losses computed under autocast; weights stay float32.
        accumulate: batches per step, their gradients averaged; the last step of an epoch may have fewer.
        l1: weight of the sum of the weights' absolute values in the loss.
        l2: weight of the sum of their squares in the loss (in its gradient, so adaptive optimizers scale it).
        adversarial: weight of the loss where the embeddings are moved against it (adversarial personalised
            ranking, He et al., SIGIR 2018); 0 for none. It doubles the cost of a step.
        adversarial_size: how far each embedding is moved along its gradient, as a Euclidean length.
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
    optimizer: str = "adamw"
    momentum: float = 0.9
    schedule: str = "cosine"
    precision: str = "float32"
    accumulate: int = 1
    l1: float = 0.0
    l2: float = 0.0
    adversarial: float = 0.0
    adversarial_size: float = 0.5


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch gave.

    Attributes:
        number: of the epoch, from 1.
        loss: mean over its batches, without penalties.
        metric: of validation; None where it was not validated.
        seconds: its time, with validation.
        learning_rate: of its last step; None in the history of a model from before it was measured.
        gradient_norm: mean over its steps, before clipping; None like the rate.
    """

    number: int
    loss: float
    metric: float | None
    seconds: float
    learning_rate: float | None = None
    gradient_norm: float | None = None


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
    """The device that an option names; "auto" is the first of CUDA, MPS and CPU that is there.

    Raises:
        DeviceError: there is no such device here.
    """
    if device == "auto":
        found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
        return torch.device(next(name for name, here in found.items() if here))
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(f"device {device!r} is not here; expected cpu, cuda, mps or auto") from error


def train(
    task: Task,
    options: TrainOptions,
    *,
    checkpoint: Path | None = None,
    report: Callable[[Epoch], None] = lambda _epoch: None,
    step: Callable[[int, int], None] = lambda _done, _in_all: None,
    log: tracking.Log | None = None,
) -> History:
    """Train a task's module in place and leave it with the weights of its best epoch, in eval mode.

    Where several processes were started (see `gnn.processes`), each calls this with the same task and
    options; the first one writes and reports, and all end with the same weights and history.

    Args:
        task: what to train.
        options: how.
        checkpoint: a safetensors file written after every epoch; where it exists, training goes on from it
            and ends with the same weights as a run that was never interrupted (same seed, threads, machine).
            All processes must see it.
        report: called after every epoch.
        step: told (batches done, batches in all) after every step of an epoch.
        log: where to keep the curves; a run that goes on from a checkpoint goes on with them.

    Raises:
        DeviceError: the device is not here.
        OptionError: an option names something unknown, or a tracker is not installed.
        WorkspaceError: the checkpoint is of a run with other options.
        FloatingPointError: the loss is no longer a number.
    """
    processes = join(choose_device(options.device))
    module = task.module.to(processes.device)
    with randomness.seeded(options.seed, processes.device):
        trained = optimizer([weights for weights in module.parameters() if weights.requires_grad], options)
        run = checkpoints.Run(module, trained, torch.Generator().manual_seed(options.seed), processes.device)
        steps = Steps(task, trained, options, processes)
        history = _taken_up(run, checkpoint, options, processes)
        processes.align(module)
        watched = log if processes.first else None
        with tracking.tracked(watched, asdict(options), len(history.epochs)) as track:
            while not _finished(history, options):
                number = len(history.epochs) + 1
                history.epochs.append(processes.same(_epoch(task, run, steps, options, number, step)))
                if history.best.number == number:
                    run.keep_best()
                if processes.first:
                    if checkpoint is not None:
                        run.save(checkpoint, history.epochs, options)
                    track(history.epochs[-1])
                    report(history.epochs[-1])
                processes.align(module)
        run.restore_best()
        processes.align(module)
    module.eval()
    return history


def _taken_up(
    run: checkpoints.Run, checkpoint: Path | None, options: TrainOptions, processes: Processes
) -> History:
    done = run.load(checkpoint, options) if checkpoint is not None and checkpoint.exists() else []
    if processes.same(len(done)) != len(done):
        raise WorkspaceError(f"{checkpoint}: expected in a folder that all processes of the run share")
    return History([Epoch(**epoch) for epoch in done])


def _finished(history: History, options: TrainOptions) -> bool:
    done = len(history.epochs)
    return done >= (options.stop_after or options.epochs) or (done > 0 and history.stale >= options.patience)


def _epoch(
    task: Task,
    run: checkpoints.Run,
    steps: Steps,
    options: TrainOptions,
    number: int,
    step: Callable[[int, int], None],
) -> Epoch:
    """Train for an epoch and validate, which the first process does for all."""
    start = time.perf_counter()
    run.module.train()
    loss, norm = steps.epoch(list(task.batches(run.generator)), number, step)
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss of epoch {number} is {loss}; try a smaller learning rate")
    run.module.eval()
    last = options.stop_after or options.epochs
    due = number % options.validate_every == 0 or number == last
    with torch.no_grad():
        metric = task.validate() if due and steps.first else None
    return Epoch(number, loss, metric, time.perf_counter() - start, steps.rate, norm)
