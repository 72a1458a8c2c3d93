"""Learns a ranker's weights, and how they shift with the situation, from validation interactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.functional import softplus

from gnn.train import TrainOptions, train
from hybrid.ranker import Leaning, Ranker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from torch import Tensor

    from hybrid.lessons import Lessons
    from kg.graph import BoolArray, FloatArray

BOTH = ("people", "items")
_FLOOR, _K = 0.01, 20
_START = 3.0  # sum of the weights before learning, so that good and bad scores are some units apart
_DOUBT = 10.0  # people that must speak for a shift of 1 in a weight's logarithm
_BATCH, _STEPS, _RATE = 256, 120, 0.1


def learn(
    names: Sequence[str],
    lessons: Lessons,
    items: FloatArray,
    seed: int = 0,
    *,
    shifting: Collection[str] = BOTH,
    recall: float = 0.0,
) -> Ranker:
    r"""Weights that put the validation items on top.

    .. math:: \sum_{i \in L(u)} \sum_{j \notin L(u)}
              (|\Delta\mathrm{NDCG}@20_{ij}| + \rho \, |\Delta\mathrm{Recall}@20_{ij}|)
              \log (1 + e^{s_{uj} - s_{ui}}), \quad
              s_{ui} = \sum_s z_{sui} \exp(a_s + b_s \cdot x_u + c_s \cdot x_i)

    LambdaRank's weighted pairs (Burges, "From RankNet to LambdaRank to LambdaMART", 2010): a pair counts by
    how much NDCG (and recall) would change if it were swapped, so that what happens far down the list does
    not. The fewer
    people there are, the more the shifts b and c are drawn to 0. No weight falls below a hundredth of their
    sum, so that a scorer of little worth to people with a history still speaks where others abstain; a mute
    one has 0.

    Args:
        names: the scorers.
        lessons: what they say to people whose next likes are known.
        items: traits of all items (`hybrid.situation`), shape (num_items, num_item_traits).
        seed: of the order in which people are looked at.
        shifting: what weights shift with, "people" and "items"; with neither they are the same always.
        recall: rho, how much recall counts beside NDCG.

    Raises:
        ValueError: the lessons are of nobody.
    """
    if not len(lessons):
        raise ValueError("no validation item is among the candidates, so no weight can be learned")
    speaks = np.asarray(~np.isnan(lessons.scores).all(axis=(0, 1)))
    by_person, by_item = (Leaning.none(int(speaks.sum()), traits) for traits in (lessons.people, items))
    task = _Weigh(lessons, speaks, by_person, by_item, items, recall)
    for about in BOTH:
        getattr(task.module, about).requires_grad_(about in shifting)
    batches = -(-len(lessons) // _BATCH)
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
    return _ranker(names, speaks, task.module, by_person, by_item)


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
    return Ranker(tuple(names), weights, people=shifts[0], items=shifts[1])


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

    def __init__(
        self,
        lessons: Lessons,
        speaks: BoolArray,
        people: Leaning,
        items: Leaning,
        catalog: FloatArray,
        recall: float,
    ) -> None:
        ideal = np.cumsum(1 / np.log2(np.arange(2, _K + 2)))[np.minimum(lessons.wanted, _K) - 1]
        self._scores = torch.from_numpy(np.nan_to_num(lessons.scores[:, :, speaks]))
        self._items, self._liked, self._real = map(
            torch.from_numpy, (lessons.items, lessons.liked, lessons.real)
        )
        self._order, self._hit, self._people, self._catalog = (
            torch.from_numpy(part.astype(np.float32))
            for part in (
                1 / ideal,
                recall / lessons.wanted,
                people.standard(lessons.people),
                items.standard(catalog),
            )
        )
        self.module = _Gate(int(speaks.sum()), lessons.people.shape[1], catalog.shape[1])
        self._doubt = _DOUBT / len(lessons)

    def batches(self, generator: torch.Generator) -> Iterator[Tensor]:
        """The people in random order."""
        yield from torch.split(torch.randperm(len(self._people), generator=generator), _BATCH)

    def loss(self, rows: Tensor) -> Tensor:
        """Mean over the people of the weighted pairs, with what is paid for shifts; a scalar."""
        gate, real = self.module, self._real[rows]
        traits = self._catalog[self._items[rows]]
        scores = gate(self._scores[rows], self._people[rows], traits).masked_fill(~real, -1e4)
        shifts = gate.people.square().sum() + gate.items.square().sum()
        pairs = _pairs(scores, self._liked[rows], real, self._order[rows], self._hit[rows])
        return pairs / len(rows) + self._doubt * shifts

    def validate(self) -> float | None:
        """Nothing is left to validate on."""
        return None


def _pairs(scores: Tensor, liked: Tensor, real: Tensor, order_worth: Tensor, hit_worth: Tensor) -> Tensor:
    """The sum over pairs of a liked item and another, by what swapping them would change.

    Args:
        scores: shape (n, width).
        liked: shape (n, width).
        real: shape (n, width).
        order_worth: what DCG@20 counts, shape (n,).
        hit_worth: what each hit among the first 20 counts besides, shape (n,).
    """
    with torch.no_grad():
        order = scores.argsort(dim=1, descending=True)
        places = torch.empty_like(order).scatter_(1, order, torch.arange(scores.shape[1]).expand_as(order))
        worth = order_worth.unsqueeze(1) / torch.log2(places + 2.0) + hit_worth.unsqueeze(1)
        gains = torch.where(places < _K, worth, 0.0)
        person, place = liked.nonzero(as_tuple=True)
        swaps = (gains[person, place].unsqueeze(1) - gains[person]).abs()
        swaps *= (real & ~liked)[person]
    return (swaps * softplus(scores[person] - scores[person, place].unsqueeze(1))).sum()
