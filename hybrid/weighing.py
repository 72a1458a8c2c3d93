"""Learns a ranker's weights, and how they shift with the situation, from validation interactions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

from gnn.train import TrainOptions, train
from hybrid.ranker import Leaning, Ranker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from torch import Tensor

    from hybrid.situation import Situation
    from kg.graph import BoolArray, FloatArray, IntArray

_FLOOR, _K, _SHORT = 0.01, 20, 100
_START = 3.0  # sum of the weights before learning, so that good and bad scores are some units apart
_DOUBT = 10.0  # people that must speak for a shift of 1 in a weight's logarithm
_BATCH, _STEPS, _RATE = 256, 120, 0.1


def learn(
    names: Sequence[str],
    features: npt.NDArray[np.float32],
    positives: BoolArray,
    situation: Situation,
    seed: int = 0,
) -> Ranker:
    r"""Weights that put the validation items on top.

    .. math:: \sum_{i \in L(u)} \sum_{j \notin L(u)} \frac{|\Delta\mathrm{NDCG}@20_{ij}|}{\mathrm{ideal}_u}
              \log (1 + e^{s_{uj} - s_{ui}}), \quad
              s_{ui} = \sum_s z_{sui} \exp(a_s + b_s \cdot x_u + c_s \cdot x_i)

    LambdaRank's weighted pairs (Burges, "From RankNet to LambdaRank to LambdaMART", 2010): a pair counts by
    how much NDCG would change if it were swapped, so that what happens far down the list does not. The fewer
    people there are, the more the shifts b and c are drawn to 0. No weight falls below a hundredth of their
    sum, so that a scorer of little worth to people with a history still speaks where others abstain; a mute
    one has 0.

    Args:
        names: the scorers.
        features: calibrated scores, shape (num_scorers, n, num_items); NaN where a scorer abstains. An item
            for which all are NaN is no candidate.
        positives: the items liked in the validation interactions, shape (n, num_items).
        situation: of the n people.
        seed: of the order in which people are looked at.

    Raises:
        ValueError: no positive among the candidates.
    """
    speaks = np.asarray(~np.isnan(features).all(axis=(1, 2)))
    candidates = np.asarray(~np.isnan(features).all(axis=0))
    rows = (positives & candidates).any(axis=1)
    if not rows.any():
        raise ValueError("no validation item is among the candidates, so no weight can be learned")
    usable = features[speaks][:, rows]
    people = Leaning.none(len(usable), situation.people[rows])
    items = Leaning.none(len(usable), situation.items)
    lists = _Lists.of(usable, (positives & candidates)[rows], candidates[rows])
    task = _Weigh(lists, people.standard(situation.people[rows]), items.standard(situation.items))
    batches = -(-len(lists.items) // _BATCH)
    options = TrainOptions(
        epochs=-(-_STEPS // batches),
        learning_rate=_RATE,
        warmup=0.0,
        clip=1e9,
        seed=seed,
        device="cpu",
        optimizer="adam",
    )
    train(task, options)
    return _ranker(names, speaks, task.module, people, items)


def _ranker(
    names: Sequence[str], speaks: BoolArray, learned: _Gate, people: Leaning, items: Leaning
) -> Ranker:
    weights = np.zeros(len(speaks))
    found = np.exp(learned.weights.detach().numpy().astype(np.float64))
    floored = np.maximum(found / found.sum(), _FLOOR)
    weights[speaks] = floored / floored.sum()
    shifts = []
    for leaning, by in ((people, learned.people), (items, learned.items)):
        whole = np.zeros((len(speaks), by.shape[1]))
        whole[speaks] = by.detach().numpy()
        shifts.append(replace(leaning, by=whole))
    return Ranker(tuple(names), weights, *shifts)


@dataclass(frozen=True)
class _Lists:
    """The items of each person that some scorer has among its first 100; no other comes near the top.

    Attributes:
        items: rows of the item vocabulary, shape (n, width).
        scores: calibrated, 0 where a scorer abstains, shape (n, width, num_scorers).
        liked: whether it is a validation item, shape (n, width).
        real: whether there is an item in this place, shape (n, width).
        ideal: the best discounted gain that could be had, shape (n,).
    """

    items: Tensor
    scores: Tensor
    liked: Tensor
    real: Tensor
    ideal: Tensor

    @classmethod
    def of(cls, features: npt.NDArray[np.float32], positives: BoolArray, candidates: BoolArray) -> _Lists:
        chosen, real = _shortlist(features, candidates)
        scores = np.nan_to_num(np.take_along_axis(features, chosen[None], axis=2))
        liked = np.take_along_axis(positives, chosen, axis=1) & real
        ideal = np.cumsum(1 / np.log2(np.arange(2, _K + 2)))[np.minimum(positives.sum(axis=1), _K) - 1]
        parts = (chosen, scores.transpose(1, 2, 0), liked, real, ideal.astype(np.float32))
        return cls(*(torch.from_numpy(np.ascontiguousarray(part)) for part in parts))


class _Gate(nn.Module):
    """The logarithms of the weights, and their shifts."""

    def __init__(self, num_scorers: int, num_people_traits: int, num_item_traits: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.full((num_scorers,), float(np.log(_START / num_scorers))))
        self.people = nn.Parameter(torch.zeros(num_scorers, num_people_traits))
        self.items = nn.Parameter(torch.zeros(num_scorers, num_item_traits))

    def forward(self, scores: Tensor, people: Tensor, items: Tensor) -> Tensor:
        """Scores of shape (n, width, num_scorers), traits (n, p) and (n, width, q): shape (n, width)."""
        logs = self.weights + (people @ self.people.T).unsqueeze(1) + items @ self.items.T
        total: Tensor = (scores * logs.exp()).sum(2)
        return total


class _Weigh:
    """The training task: the validation items of every person, before the others of the list."""

    def __init__(self, lists: _Lists, people: FloatArray, items: FloatArray) -> None:
        self._lists = lists
        self._people, self._items = (torch.from_numpy(part.astype(np.float32)) for part in (people, items))
        self.module = _Gate(lists.scores.shape[2], people.shape[1], items.shape[1])
        self._doubt = _DOUBT / len(people)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """The people in random order."""
        yield from torch.split(torch.randperm(len(self._people), generator=generator), _BATCH)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean over the people of the weighted pairs, with what is paid for shifts; a scalar."""
        lists, gate = self._lists, self.module
        traits = self._items[lists.items[rows]]
        scores = gate(lists.scores[rows], self._people[rows], traits).masked_fill(~lists.real[rows], -1e4)
        shifts = gate.people.square().sum() + gate.items.square().sum()
        pairs = _pairs(scores, lists.liked[rows], lists.real[rows], lists.ideal[rows])
        return pairs / len(rows) + self._doubt * shifts

    def validate(self) -> float | None:
        """Nothing is left to validate on."""
        return None


def _pairs(scores: Tensor, liked: Tensor, real: Tensor, ideal: Tensor) -> Tensor:
    """The sum over pairs of a liked item and another, by what swapping them would change in NDCG@20."""
    with torch.no_grad():
        order = scores.argsort(dim=1, descending=True)
        places = torch.empty_like(order).scatter_(1, order, torch.arange(scores.shape[1]).expand_as(order))
        gains = torch.where(places < _K, 1 / torch.log2(places + 2.0), 0.0)
        person, place = liked.nonzero(as_tuple=True)
        swaps = (gains[person, place].unsqueeze(1) - gains[person]).abs() / ideal[person].unsqueeze(1)
        swaps *= (real & ~liked)[person]
    return (swaps * softplus(scores[person] - scores[person, place].unsqueeze(1))).sum()


def _shortlist(features: npt.NDArray[np.float32], candidates: BoolArray) -> tuple[IntArray, BoolArray]:
    """The items that some scorer has among its first 100, and which columns are real, shape (n, width)."""
    k = min(_SHORT, candidates.shape[1])
    some = np.zeros_like(candidates)
    for scores in features:
        best = np.argpartition(-np.nan_to_num(scores, nan=-np.inf), k - 1, axis=1)[:, :k]
        np.put_along_axis(some, best, values=True, axis=1)
    some &= candidates
    width = int(some.sum(axis=1).max())
    chosen = np.argsort(~some, axis=1, kind="stable")[:, :width]
    return chosen, np.take_along_axis(some, chosen, axis=1)
