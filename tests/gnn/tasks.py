"""Small tasks for the training loop; `from tests.gnn.tasks import Noisy`."""

from __future__ import annotations

import torch
from torch import nn

from gnn.processes import rows
from gnn.train import TrainOptions


class One(nn.Module):
    """A single weight, 0 at the start."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))


class Slopes:
    """A task whose gradients are given: the loss of a batch is slope * weight."""

    def __init__(self, slopes, metrics=()):
        self.module = One()
        self.slopes = slopes
        self.metrics = iter(metrics)
        self.before_step, self.after_epoch = [], []

    def batches(self, generator):
        return iter(self.slopes)

    def loss(self, batch):
        self.before_step.append(self.module.weight.item())
        return batch * self.module.weight

    def validate(self):
        self.after_epoch.append(self.module.weight.item())
        return next(self.metrics, None)


class Noisy:
    """A regression with dropout and shuffled batches: everything random that a run can have."""

    def __init__(self, init_seed, metrics=()):
        torch.manual_seed(init_seed)
        self.module = nn.Sequential(nn.Linear(3, 16), nn.Dropout(0.5), nn.BatchNorm1d(16), nn.Linear(16, 1))
        self.x = torch.randn(24, 3, generator=torch.Generator().manual_seed(7))
        self.y = self.x.sum(1, keepdim=True)
        self.metrics = dict(enumerate(metrics, 1))
        self.epoch = 0

    def batches(self, generator):
        self.epoch += 1
        return iter(torch.randperm(24, generator=generator).split(8))

    def loss(self, batch):
        return (self.module(self.x[batch]) - self.y[batch]).square().mean()

    def validate(self):
        return self.metrics.get(self.epoch)


class Factors:
    """Users and items with a number for each pair, learned from batches of `size` pairs of 42.

    Args:
        init_seed: of the weights.
        size: pairs in a batch.
        shuffled: draw the batches anew for every epoch.
    """

    def __init__(self, init_seed, size=7, *, shuffled=False):
        torch.manual_seed(init_seed)
        self.module = nn.ModuleDict({"user": nn.Embedding(6, 4), "item": nn.Embedding(7, 4)})
        self.pairs = torch.cartesian_prod(torch.arange(6), torch.arange(7))
        self.size, self.shuffled = size, shuffled

    def batches(self, generator):
        order = torch.randperm(42, generator=generator) if self.shuffled else torch.arange(42)
        return ((pairs[:, 0], pairs[:, 1]) for pairs in self.pairs[order].split(self.size))

    def loss(self, batch):
        users, items = batch
        scores = (self.module["user"](users) * self.module["item"](items)).sum(1)
        return (scores - (users - items).abs() / 3).square().mean()

    def validate(self):
        with torch.no_grad():
            return -float(self.loss((self.pairs[:, 0], self.pairs[:, 1])))


class Divided(Noisy):
    """The noisy one, divided so unevenly that processes draw different numbers of random ones."""

    def batches(self, generator):
        return iter(torch.randperm(24, generator=generator).split(9))

    def shard(self, batch, rank, world):
        (part,), weight = rows((batch,), rank, world)
        return part, weight


class Shared(Factors):
    """The same, divided among processes by rows."""

    def shard(self, batch, rank, world):
        return rows(batch, rank, world)


def options(**changes):
    """Options under which a step can be worked out by hand."""
    return TrainOptions(**{"device": "cpu", "warmup": 0.0, "learning_rate": 0.1, "clip": 1e9, **changes})


def same(first, second):
    """Whether two tasks have the same weights to the last bit."""
    pairs = zip(first.module.state_dict().values(), second.module.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


class Killed(Exception):  # noqa: N818
    """The run ends here."""


def killed_after(number):
    """A report that ends the run after an epoch."""

    def report(epoch):
        if epoch.number == number:
            raise Killed

    return report


def killed_in(number):
    """A step that ends the run within an epoch, after its first step."""
    seen = []

    def step(done, in_all):
        seen.append(done)
        if seen.count(seen[0]) == number:
            raise Killed

    return step
