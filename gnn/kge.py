"""Knowledge-graph embeddings: scores of facts by vectors that another model owns, and their quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional
from torch_geometric.nn import kge

from gnn.named import OptionError, pick
from gnn.sparse import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

_HEAD, _RELATION, _TAIL = range(3)
_FIRST = 10


@dataclass(frozen=True)
class _Model:
    """How PyG's class is made from a number of relations and a vector length, and how it cuts vectors."""

    make: Callable[[int, int], kge.KGEModel]
    parts: tuple[str, ...]


_REAL, _COMPLEX = ("node_emb",), ("node_emb", "node_emb_im")
MODELS = {
    "complex": _Model(lambda relations, size: kge.ComplEx(1, relations, size), _COMPLEX),
    "distmult": _Model(lambda relations, size: kge.DistMult(1, relations, size), _REAL),
    "rotate": _Model(lambda relations, size: kge.RotatE(1, relations, size), _COMPLEX),
    "transe": _Model(lambda relations, size: kge.TransE(1, relations, size, p_norm=2.0), _REAL),
}


class FactScorer(nn.Module):
    """How true a fact looks, by TransE, DistMult, ComplEx or RotatE as PyG has them.

    The nodes' vectors are given with each call and get the gradient; only the relations' are its own. The
    complex models take the first half of a vector for the real part and the second for the imaginary one.
    TransE measures the Euclidean distance.

    Args:
        model: a name in `MODELS`.
        num_relations: number of relations.
        embedding_size: length of a node's vector; even for the complex models.

    Raises:
        OptionError: there is no such model, or the length is odd where it has to be even.
    """

    def __init__(self, model: str, num_relations: int, embedding_size: int) -> None:
        super().__init__()
        known = pick("fact model", MODELS, model)
        self._parts = known.parts
        if embedding_size % len(self._parts):
            raise OptionError(f"{model} needs an even embedding_size, got {embedding_size}")
        self.model = known.make(num_relations, embedding_size // len(self._parts))
        for part in self._parts:
            setattr(self.model, part, _Lent())

    def forward(self, nodes: Tensor, facts: Tensor) -> Tensor:
        """Scores, higher is truer.

        Args:
            nodes: vectors, shape (num_nodes, embedding_size).
            facts: (head, relation, tail) each, shape (..., 3).

        Returns:
            Shape (...,).
        """
        lent = {
            f"{name}.weight": part
            for name, part in zip(self._parts, nodes.chunk(len(self._parts), dim=1), strict=True)
        }
        scores: Tensor = functional_call(self.model, lent, tuple(facts.reshape(-1, 3).T))
        return scores.view(facts.shape[:-1])


class _Lent(nn.Module):
    """Stands where PyG's class has an embedding of its own; the weight is lent for a call."""

    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(0, 0), persistent=False)

    def forward(self, index: Tensor) -> Tensor:
        return functional.embedding(index, self.weight)


def corrupted(facts: Tensor, nodes: Tensor, num_negatives: int, generator: torch.Generator) -> Tensor:
    """Each fact beside as many false ones, in which a random node takes the place of the head or the tail.

    Some of them may be true: the model is judged by filtered ranks, and for learning they are few.

    Args:
        facts: (head, relation, tail) each, shape (batch, 3).
        nodes: who may take a place, shape (n,).
        num_negatives: false facts per true one.
        generator: for everything random.

    Returns:
        Shape (batch, 1 + num_negatives, 3), the true fact first.
    """
    false = facts.unsqueeze(1).repeat(1, num_negatives, 1)
    shape = false.shape[:2]
    drawn = nodes[torch.randint(len(nodes), shape, generator=generator)]
    heads = torch.rand(shape, generator=generator) < 0.5  # noqa: PLR2004
    false[..., _HEAD] = torch.where(heads, drawn, false[..., _HEAD])
    false[..., _TAIL] = torch.where(heads, false[..., _TAIL], drawn)
    return torch.cat([facts.unsqueeze(1), false], dim=1)


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """How high true facts rank: mean reciprocal rank, and the shares with rank 1 and within the first ten."""

    mrr: float
    hits_at_1: float
    hits_at_10: float


@torch.no_grad()
def link_quality(
    scorer: FactScorer, nodes: Tensor, facts: Tensor, known: Tensor, *, cells: int = 2_000_000
) -> LinkQuality:
    """Rank the true head and the true tail of each fact among all nodes.

    The ranks are filtered (Bordes et al., NeurIPS 2013): other facts that are known to be true do not count
    against it. Where scores tie, the rank is the middle one.

    Args:
        scorer: a trained one.
        nodes: vectors, shape (num_nodes, embedding_size).
        facts: (head, relation, tail) to rank, shape (n, 3), at least one.
        known: all facts known to be true, shape (m, 3).
        cells: scores worked out at a time.
    """
    step = max(cells // len(nodes), 1)
    ranks = torch.cat(
        [
            _ranks(scorer, nodes, part, known, side)
            for side in (_HEAD, _TAIL)
            for part in torch.split(facts, step)
        ]
    )
    return LinkQuality(
        float(ranks.reciprocal().mean()),
        float((ranks <= 1).float().mean()),
        float((ranks <= _FIRST).float().mean()),
    )


def _ranks(scorer: FactScorer, nodes: Tensor, facts: Tensor, known: Tensor, side: int) -> Tensor:
    """The ranks of the nodes at one side of the facts, shape (len(facts),)."""
    asked = facts.unsqueeze(1).repeat(1, len(nodes), 1)
    asked[..., side] = torch.arange(len(nodes), device=facts.device)
    scores = scorer(nodes, asked)
    right = facts[:, side].unsqueeze(1)
    own = scores.gather(1, right)
    scores[_others(facts, known, side)] = -torch.inf
    scores.scatter_(1, right, -torch.inf)
    ranks: Tensor = 1 + (scores > own).sum(1) + (scores == own).sum(1) / 2
    return ranks


def _others(facts: Tensor, known: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Cells (row of the fact, node) of what is known besides: same relation, same node at the other side."""
    most = 1 + max(int(facts.max()), int(known.max()) if len(known) else 0)
    wanted, have = (part[:, _RELATION] * most + part[:, _HEAD + _TAIL - side] for part in (facts, known))
    have, order = have.sort()
    first, last = torch.searchsorted(have, wanted), torch.searchsorted(have, wanted, right=True)
    counts = last - first
    rows, places = spans(first, counts)
    return rows, known[order[places], side]
