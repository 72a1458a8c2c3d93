"""What the graph network is sent over in a step: the whole graph, or parts drawn around a step's likes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import torch

from gnn.named import OptionError
from gnn.processes import owned
from gnn.sampling import FanOut, NeighbourSampler, SampledEncoder
from gnn.tensors import to_hetero
from kg.wiring import without

if TYPE_CHECKING:
    from torch import Tensor

    from gnn.encoder import GraphEncoder
    from hybrid.scorers.graph import Graph
    from kg.graph import KnowledgeGraph

_MOST_SEED = 2**62


@dataclass(frozen=True)
class Batch:
    """The likes of a step.

    Attributes:
        people: their rows, each once or once per like, shape (num_people,).
        rows: the person of each like, as a row of `people`, shape (num_likes,).
        items: what is liked, shape (num_likes,).
        others: items to compare each with, shape (num_likes, num_negatives).
        facts: facts beside false ones (`gnn.kge.corrupted`), shape (n, 1 + kge_negatives, 3).
        seed: what the part of the graph is drawn from, shape (1,); empty where there are no parts.
    """

    people: Tensor
    rows: Tensor
    items: Tensor
    others: Tensor
    facts: Tensor
    seed: Tensor

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        return Batch(*(getattr(self, part.name).to(device) for part in fields(self)))

    def shard(self, rank: int, world: int) -> tuple[Batch, float]:
        """The people of one of several processes with their likes, and the share of the likes that they have.

        The facts stay whole: their mean counts in each process as much as its share of the likes.
        """
        people, likes = owned(self.rows, len(self.people), rank, world)
        rows = self.rows[likes] - people.start
        part = replace(
            self, people=self.people[people], rows=rows, items=self.items[likes], others=self.others[likes]
        )
        return part, len(rows) / len(self.rows)


class Parts:
    """Draws a part of the graph around the people and items of a batch.

    A part is drawn when its step is taken, from a seed in the batch: an epoch's parts are never held at once,
    and a step that looks at its batch twice sees the same part.

    Args:
        scorer: its `fan_out`, which must not be empty.
        encoder: of the whole graph.
        graph: the same graph.

    Raises:
        OptionError: parts do not fit the scorer's other options.
    """

    def __init__(self, scorer: Graph, encoder: GraphEncoder, graph: KnowledgeGraph) -> None:
        fan_out = _fan_out(scorer)
        self._encoder, self._generator = encoder, torch.Generator()
        self._sampler = NeighbourSampler(to_hetero(propagated(scorer, graph)), fan_out, self._generator)

    @staticmethod
    def seed(generator: torch.Generator) -> Tensor:
        """A seed for a batch."""
        return torch.randint(_MOST_SEED, (1,), generator=generator)

    def around(self, batch: Batch) -> tuple[GraphEncoder, Batch]:
        """The encoder on a part drawn around a batch, and the batch with rows of that part.

        Args:
            batch: on the CPU.
        """
        self._generator.manual_seed(int(batch.seed))
        users = torch.unique(batch.people)
        items = torch.unique(torch.cat([batch.items, batch.others.flatten()]))
        part = self._sampler.subgraph({"user": users, "item": items})
        inside = replace(  # the seeds come first in a part, in their order
            batch,
            people=torch.searchsorted(users, batch.people),
            items=torch.searchsorted(items, batch.items),
            others=torch.searchsorted(items, batch.others),
        )
        return SampledEncoder(self._encoder, part), inside


def propagated(scorer: Graph, graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph that the network is sent over: without entities where nothing is learned of facts."""
    return graph if scorer.num_fact_layers or scorer.kge else without(graph)


def _fan_out(scorer: Graph) -> FanOut:
    """A scorer's fan-out, where its other options allow one."""
    if scorer.people != "free" or scorer.loss != "bpr":
        raise OptionError('a fan_out needs people="free" and loss="bpr": all else looks at every item')
    if scorer.kge or scorer.contrastive_weight:
        raise OptionError("a fan_out goes with neither kge nor contrastive_weight")
    layers = scorer.num_layers + scorer.num_fact_layers
    if len(scorer.fan_out) != layers or min(scorer.fan_out) < 1:
        raise OptionError(
            f"a fan_out has a number of neighbours, at least 1, for each of {scorer.num_layers} steps over "
            f"interactions and then of {scorer.num_fact_layers} layers over facts, not {scorer.fan_out}"
        )
    return FanOut(scorer.fan_out[: scorer.num_layers], scorer.fan_out[scorer.num_layers :])
