"""The steps of an epoch: gradients of one or several batches, penalties, clipping, the optimizer."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import nn

from gnn.named import OptionError, pick
from gnn.optimizers import schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from torch import Tensor

    from gnn.processes import Processes
    from gnn.train import Task, TrainOptions

PRECISIONS: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@runtime_checkable
class Embedded(Protocol):
    """A task that names what adversarial training perturbs; of any other it is the nn.Embedding weights."""

    def embeddings(self) -> Sequence[nn.Parameter]:
        """Parameters of the module, each perturbed row by row."""
        ...


class Steps:
    """Takes the steps of a run.

    Args:
        task: what is trained.
        optimizer: what moves the weights.
        options: how.
        processes: who else trains.

    Attributes:
        rate: learning rate of the last step.
        first: whether this process is the one that validates and reports.

    Raises:
        OptionError: an option has no such value.
    """

    def __init__(
        self, task: Task, optimizer: torch.optim.Optimizer, options: TrainOptions, processes: Processes
    ) -> None:
        if options.accumulate < 1:
            raise OptionError(f"accumulate must be at least 1, got {options.accumulate}")
        self.rate, self.first = 0.0, processes.first
        self._task, self._optimizer, self._options, self._processes = task, optimizer, options, processes
        self._schedule = schedule(options)
        self._dtype = pick("precision", PRECISIONS, options.precision)
        self._parameters = [parameter for parameter in task.module.parameters() if parameter.requires_grad]
        self._perturbed = _embeddings(task) if options.adversarial else []

    def epoch(
        self, batches: Sequence[Any], number: int, report: Callable[[int, int], None]
    ) -> tuple[float, float]:
        """Take the steps of an epoch.

        Args:
            batches: all of the epoch.
            number: of the epoch, from 1; with it the schedule knows where it is.
            report: told (batches done, batches in all) after every step.

        Returns:
            Mean loss over the batches, and mean norm of the gradients over the steps, before clipping.
        """
        size = self._options.accumulate
        loss, norm = torch.zeros(2, device=self._processes.device)
        for first in range(0, len(batches), size):
            done = number - 1 + first / len(batches)
            self.rate = self._options.learning_rate * self._schedule.share(
                done / self._options.epochs, self._options.warmup
            )
            group = batches[first : first + size]
            total, length = self._step(group)
            loss += total
            norm += length
            if self.first:
                report(first + len(group), len(batches))
        steps = -(-len(batches) // size)
        mean = float(self._processes.mean(loss)) / max(len(batches), 1)
        return mean, float(norm) / max(steps, 1)

    def _step(self, group: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """One step with the mean of the batches' gradients; the sum of their losses, and the norm."""
        for settings in self._optimizer.param_groups:
            settings["lr"] = self.rate
        self._optimizer.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self._processes.device)
        for batch in group:
            part, weight = self._processes.share(self._task, batch)
            total += self._differentiate(part, weight / len(group)) * weight
        self._processes.average(self._parameters)
        self._penalise()
        norm = nn.utils.clip_grad_norm_(self._parameters, self._options.clip)
        self._optimizer.step()
        return total, norm

    def _differentiate(self, part: Any, scale: float) -> Tensor:  # noqa: ANN401
        """Add to the gradients those of a part's loss, and with `adversarial` those nearby; the loss."""
        if not self._options.adversarial:
            return self._backward(part, scale)
        before = [parameter.grad for parameter in self._perturbed]
        for parameter in self._perturbed:
            parameter.grad = None
        loss = self._backward(part, scale)
        with self._worst_nearby():
            self._backward(part, scale * self._options.adversarial)
        for parameter, grad in zip(self._perturbed, before, strict=True):
            if grad is not None:
                parameter.grad = grad if parameter.grad is None else parameter.grad + grad
        return loss

    def _backward(self, part: Any, scale: float) -> Tensor:  # noqa: ANN401
        if not scale:
            return torch.zeros((), device=self._processes.device)
        with self._cast():
            loss = self._task.loss(part)
        (loss if scale == 1 else loss * scale).backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _cast(self) -> AbstractContextManager[Any]:
        if self._dtype is torch.float32:
            return nullcontext()
        return torch.autocast(self._processes.device.type, self._dtype)

    @contextmanager
    def _worst_nearby(self) -> Iterator[None]:
        """Move the embeddings, for a while, to where the loss of this batch is larger."""
        places = [parameter.detach().clone() for parameter in self._perturbed]
        self._processes.average(self._perturbed)  # of all parts; averaged again with the rest, it stays
        with torch.no_grad():
            for parameter in self._perturbed:
                if parameter.grad is not None:
                    direction = nn.functional.normalize(parameter.grad, dim=-1)
                    parameter.add_(direction, alpha=self._options.adversarial_size)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter, place in zip(self._perturbed, places, strict=True):
                    parameter.copy_(place)

    def _penalise(self) -> None:
        """Add the gradients of l1 * sum |w| + l2 * sum w^2 over the weights that the step moves."""
        for parameter in self._parameters:
            if parameter.grad is not None and (self._options.l1 or self._options.l2):
                weights = parameter.detach()
                parameter.grad += self._options.l1 * weights.sign() + 2 * self._options.l2 * weights


def _embeddings(task: Task) -> list[nn.Parameter]:
    """What adversarial training perturbs.

    Raises:
        OptionError: the task has nothing of the kind.
    """
    if isinstance(task, Embedded):
        found = list(task.embeddings())
    else:
        tables = (module for module in task.module.modules() if isinstance(module, nn.Embedding))
        found = [weights for table in tables for weights in table.parameters() if weights.requires_grad]
    if not found:
        raise OptionError("adversarial training needs embeddings to perturb, and this model has none")
    return found
