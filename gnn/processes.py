"""One process or several that train one model: what each does of a batch, and how they agree.

A run that `accelerate launch` or torchrun starts has several: each sees every batch and takes its share of
it, and all take the same step with the mean of their gradients. The rest of the loop knows only `Processes`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

import torch

from gnn import randomness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

T = TypeVar("T")


@runtime_checkable
class Divisible(Protocol):
    """A task that tells how several processes divide a batch. Of any other each process takes the whole."""

    def shard(self, batch: Any, rank: int, world: int) -> tuple[Any, float]:  # noqa: ANN401
        """The part of a batch that is for one process, and its weight.

        The weights of all parts add up to 1, and the losses of the parts, weighed by them, to the loss of the
        batch. A part of weight 0 is not computed. `rows` does it for a loss that is a mean over rows, `owned`
        says which rows are a process's where those of one person must stay together.

        Args:
            batch: the whole batch.
            rank: which process, 0 .. world - 1.
            world: how many processes there are.
        """
        ...


def rows(batch: Sequence[Tensor], rank: int, world: int) -> tuple[tuple[Tensor, ...], float]:
    """A shard of a batch whose tensors are all cut along their first dimension.

    Args:
        batch: tensors with a row per example, all with as many.
        rank: which process.
        world: how many there are; the first ones get a row more where the rows cannot be dealt out evenly.

    Returns:
        The tensors' parts, and the share of the rows that they have.

    Raises:
        ValueError: the tensors have different numbers of rows.
    """
    lengths = {len(tensor) for tensor in batch}
    if len(lengths) != 1:
        raise ValueError(f"a batch is cut by rows where its tensors have as many; got {sorted(lengths)}")
    part = tuple(tensor.tensor_split(world)[rank] for tensor in batch)
    return part, len(part[0]) / max(lengths.pop(), 1)


def owned(owners: Tensor, num_owners: int, rank: int, world: int) -> tuple[slice, slice]:
    """The owners that are dealt to a process, and their rows.

    Args:
        owners: of each row, rising, 0 .. num_owners - 1, shape (num_rows,).
        num_owners: how many owners there are, with those that have no row.
        rank: which process.
        world: how many there are.
    """
    ends = torch.tensor([num_owners * rank // world, num_owners * (rank + 1) // world])
    first, last = torch.searchsorted(owners, ends).tolist()
    return slice(*ends.tolist()), slice(first, last)


class Processes:
    """A run of one process: all of every batch is its own, and it agrees with itself.

    Attributes:
        device: where the module is trained.
        rank: the number of this process, 0 .. world - 1; 0 writes the files and reports.
        world: number of processes.
    """

    def __init__(self, device: torch.device, rank: int = 0, world: int = 1) -> None:
        self.device = device
        self.rank = rank
        self.world = world

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and reports."""
        return self.rank == 0

    def share(self, task: object, batch: Any) -> tuple[Any, float]:  # noqa: ANN401
        """What this process computes of a batch, and the weight of its loss in the processes' mean."""
        if self.world == 1 or not isinstance(task, Divisible):
            return batch, 1.0
        part, weight = task.shard(batch, self.rank, self.world)
        return part, weight * self.world

    def average(self, parameters: Sequence[nn.Parameter]) -> None:
        """Make every gradient the mean of the processes'; none stays none where no process has one."""

    def mean(self, value: Tensor) -> Tensor:
        """The mean of the processes' tensors."""
        return value

    def same(self, value: T) -> T:
        """What the first process has."""
        return value

    def align(self, module: nn.Module) -> None:
        """Take over the first process's weights, buffers and random state."""


class _Several(Processes):
    """A run of several processes.

    Gradients are averaged in one message after each step's last batch. A wrapper of the module (DDP) would
    send them earlier, but a task calls what it likes of its module, and not only `forward`.
    """

    def __init__(self, device: torch.device) -> None:
        import accelerate  # type: ignore[import-untyped] # noqa: PLC0415 - a second, for several processes only

        self._talk = accelerate.utils
        state = accelerate.PartialState(cpu=device.type == "cpu")
        super().__init__(state.device, state.process_index, state.num_processes)

    def average(self, parameters: Sequence[nn.Parameter]) -> None:
        here = [parameter.grad is not None for parameter in parameters]
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flags = torch.tensor(here, dtype=torch.float32, device=self.device)
        flat = self.mean(torch.cat([flags, *(grad.flatten() for grad in grads)]))
        sizes = [len(flags), *(grad.numel() for grad in grads)]
        anywhere, *averaged = torch.split(flat, sizes)
        for parameter, grad, some in zip(parameters, averaged, anywhere.tolist(), strict=True):
            parameter.grad = grad.view_as(parameter) if some else None

    def mean(self, value: Tensor) -> Tensor:
        averaged: Tensor = self._talk.reduce(value, "mean")
        return averaged

    def same(self, value: T) -> T:
        values = [value]
        self._talk.broadcast_object_list(values)
        return values[0]

    def align(self, module: nn.Module) -> None:
        for tensor in module.state_dict().values():
            tensor.copy_(self._talk.broadcast(tensor.to(self.device, copy=True)))
        randomness.restore(self.same(randomness.states(self.device)), self.device)


def join(device: torch.device) -> Processes:
    """The processes that this one was started with, by the environment that launchers set (WORLD_SIZE).

    Args:
        device: where to train; of several GPUs each process gets its own.
    """
    return _Several(device) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Processes(device)
