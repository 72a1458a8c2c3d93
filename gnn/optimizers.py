"""Optimizers and schedules of the learning rate, by name: one function each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.optim import SGD, Adam, AdamW

from gnn.named import pick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch.nn import Parameter
    from torch.optim import Optimizer

    from gnn.train import TrainOptions


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate goes: a linear warm-up, then a fall.

    Attributes:
        start: share of the peak rate at which the warm-up begins.
        fall: share of the peak rate where so much of the rest of the schedule is done, 0 .. 1.
    """

    start: float
    fall: Callable[[float], float]

    def share(self, done: float, warmup: float) -> float:
        """Share of the peak rate where so much of the schedule is done.

        Args:
            done: part of the schedule that is done, 0 .. 1; the rate stays as it is after its end.
            warmup: part of the schedule in which the rate rises.
        """
        if done < warmup:
            return self.start + (1 - self.start) * done / warmup
        return self.fall(min((done - warmup) / (1 - warmup), 1.0)) if warmup < 1 else 1.0


OPTIMIZERS: dict[str, Callable[[Iterable[Parameter], TrainOptions], Optimizer]] = {}
SCHEDULES: dict[str, Schedule] = {}


def optimizer(parameters: Iterable[Parameter], options: TrainOptions) -> Optimizer:
    """The optimizer that the options name.

    Raises:
        OptionError: there is none of that name.
    """
    return pick("optimizer", OPTIMIZERS, options.optimizer)(parameters, options)


def schedule(options: TrainOptions) -> Schedule:
    """The schedule that the options name.

    Raises:
        OptionError: there is none of that name.
    """
    return pick("schedule", SCHEDULES, options.schedule)


def _scheduled(start: float) -> Callable[[Callable[[float], float]], Callable[[float], float]]:
    """Puts a fall into the table of schedules under its own name."""

    def put(fall: Callable[[float], float]) -> Callable[[float], float]:
        SCHEDULES[fall.__name__.strip("_")] = Schedule(start, fall)
        return fall

    return put


def _optimizes(
    make: Callable[[Iterable[Parameter], TrainOptions], Optimizer],
) -> Callable[[Iterable[Parameter], TrainOptions], Optimizer]:
    """Puts an optimizer into the table under its own name."""
    OPTIMIZERS[make.__name__.strip("_")] = make
    return make


@_optimizes
def _adamw(parameters: Iterable[Parameter], options: TrainOptions) -> Optimizer:
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""
    return AdamW(parameters, lr=options.learning_rate, weight_decay=options.weight_decay)


@_optimizes
def _adam(parameters: Iterable[Parameter], options: TrainOptions) -> Optimizer:
    """Adam (Kingma and Ba, ICLR 2015)."""
    return Adam(parameters, lr=options.learning_rate, weight_decay=options.weight_decay)


@_optimizes
def _sgd(parameters: Iterable[Parameter], options: TrainOptions) -> Optimizer:
    """Stochastic gradient descent with momentum."""
    return SGD(
        parameters, lr=options.learning_rate, momentum=options.momentum, weight_decay=options.weight_decay
    )


@_scheduled(start=0.05)
def _cosine(done: float) -> float:
    """Half a cosine, from the peak to a tenth of it."""
    return 0.1 + 0.9 * _half_cosine(done)


@_scheduled(start=0.04)
def _one_cycle(done: float) -> float:
    """Half a cosine to nothing, after a warm-up from a 25th (after Smith and Topin, 2019)."""
    return _half_cosine(done)


@_scheduled(start=0.05)
def _linear(done: float) -> float:
    """A straight line to nothing."""
    return 1 - done


@_scheduled(start=0.05)
def _constant(done: float) -> float:  # noqa: ARG001 - every schedule is told
    """The peak to the end."""
    return 1.0


def _half_cosine(done: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * done))
