"""What the scorers that are trained in epochs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import torch
from torch import nn

from gnn.train import choose_device, train
from hybrid.tuning import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from gnn.train import Epoch, History, Task, TrainOptions
    from hybrid.profiles import Profiles
    from hybrid.scorers.base import Resources, ScoreArray, State
    from kg.graph import KnowledgeGraph

N = TypeVar("N", bound=nn.Module)
_NETWORK = "network."
_NDCG = "NDCG@10 {:.4f}".format


def validation_ndcg(
    graph: KnowledgeGraph, resources: Resources
) -> Callable[[Callable[[Profiles], ScoreArray]], float | None]:
    """A function from `score` to NDCG@10 on the validation interactions, None where there are none."""
    if resources.validation is None:
        return lambda _score: None
    return judge(graph, resources.validation, resources.seed)


def learn(
    name: str,
    task: Task,
    options: TrainOptions,
    resources: Resources,
    worded: Callable[[float], str] = _NDCG,
) -> History:
    """Train a scorer's or rater's task, reported and kept under its name; a killed run is taken up.

    Args:
        name: of the scorer.
        task: what to train.
        options: how.
        resources: who is told, and where checkpoints and curves are kept.
        worded: the validation metric in words.
    """
    watch = _Watch(name, resources, worded)
    checkpoint = resources.checkpoint(name)
    log = resources.log(name)
    history = train(task, options, checkpoint=checkpoint, report=watch.epoch, step=watch.step, log=log)
    resources.histories[name] = history
    return history


def weights_of(network: nn.Module) -> State:
    """A network's weights for a scorer's state, apart from what else is in it."""
    return {_NETWORK + name: value.cpu().numpy() for name, value in network.state_dict().items()}


def with_weights(network: N, state: State, device: str) -> N:
    """The network with the weights that `weights_of` put into a state, on a device, in eval mode."""
    weights = {name: torch.from_numpy(value) for name, value in state.items() if name.startswith(_NETWORK)}
    network.load_state_dict({name.removeprefix(_NETWORK): value for name, value in weights.items()})
    return network.to(choose_device(device)).eval()


def progress(name: str, resources: Resources) -> Callable[[Epoch], None]:
    """Reports epochs in words."""
    return _Watch(name, resources, _NDCG).epoch


def with_more_rows(network: N, state: State, device: str) -> N:
    """The same for a network of more nodes than that of the state: the rows that it lacks are zeros."""
    weights = weights_of(network)
    for name, value in weights.items():
        value[...] = 0.0
        value[tuple(map(slice, state[name].shape))] = state[name]
    return with_weights(network, weights, device)


@runtime_checkable
class Bar(Protocol):
    """Where progress is reported, in words, and can be drawn as well."""

    def step(self, words: str, done: int, in_all: int) -> None:
        """So many batches of an epoch are done; the words say which run it is, and how its last one ended."""
        ...


class _Watch:
    """Tells of a training run: a line for every epoch, and its steps to who can draw them."""

    def __init__(self, name: str, resources: Resources, worded: Callable[[float], str]) -> None:
        self._name, self._resources, self._worded = name, resources, worded
        self._last = name

    def epoch(self, epoch: Epoch) -> None:
        metric = "" if epoch.metric is None else f", validation {self._worded(epoch.metric)}"
        self._last = f"{self._name}: epoch {epoch.number}, loss {epoch.loss:.4f}{metric}"
        self._resources.report(f"{self._last} ({epoch.seconds:.1f} s)")
        self._resources.epoch(epoch)

    def step(self, done: int, in_all: int) -> None:
        screen: object = self._resources.report
        if isinstance(screen, Bar):
            screen.step(self._last, done, in_all)
