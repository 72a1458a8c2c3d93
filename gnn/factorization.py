"""Ratings from the features of people and items: a bias and a vector for each feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gnn.named import pick
from gnn.sparse import spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy import sparse
    from torch import Tensor

    from kg.graph import FloatArray

_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """The ratings that there are.

    Attributes:
        levels: each rating that was given, ascending, shape (num_levels,).
        shares: how often each was, shape (num_levels,), sums to 1.
    """

    levels: FloatArray
    shares: FloatArray

    @classmethod
    def of(cls, ratings: FloatArray) -> Scale:
        """The scale of some ratings, at least one."""
        levels, counts = np.unique(ratings, return_counts=True)
        return cls(levels, counts / counts.sum())


class Features(nn.Module):
    """Sums of what is learned for the features of each row.

    Args:
        features: row: a person or an item, column: a feature, value: its weight there.
        embedding_size: length of a feature's vector.
    """

    def __init__(self, features: sparse.csr_array, embedding_size: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(features.shape[1], 1 + embedding_size))
        nn.init.normal_(self.table[:, 1:], std=0.1 / embedding_size**0.5)
        self.register_buffer("starts", torch.from_numpy(features.indptr.astype(np.int64)), persistent=False)
        self.register_buffer("columns", torch.from_numpy(features.indices.astype(np.int64)), persistent=False)
        self.register_buffer("weights", torch.from_numpy(features.data.astype(np.float32)), persistent=False)
        self.starts: Tensor
        self.columns: Tensor
        self.weights: Tensor

    def forward(self, rows: Tensor) -> Tensor:
        """The bias and then the vector of each row, shape (len(rows), 1 + embedding_size)."""
        once, back = torch.unique(rows, return_inverse=True)  # popular rows are many times in a batch
        first, sizes = self.starts[once], self.starts[once + 1] - self.starts[once]
        _, places = spans(first, sizes)
        bags = sizes.cumsum(0) - sizes
        summed = functional.embedding_bag(
            self.columns[places], self.table, bags, mode="sum", per_sample_weights=self.weights[places]
        )
        return summed[back]


class Factorization(nn.Module):
    """Biased matrix factorization in which a person and an item are the sums of their features.

        s(u, i) = m + b_u + b_i + p_u . q_i,    b_u = sum_f x_uf b_f,    p_u = sum_f x_uf v_f

    and likewise for the item. With only an id as its feature this is the model of Koren, Bell and Volinsky
    (Computer, 2009); with others it is a factorization machine (Rendle, ICDM 2010) without the products
    within one side, as in LightFM (Kula, 2015): who or what was never rated is known by the other features.

    With the log loss, s is where a person's ratings of an item lie on an ordered scale, cut at thresholds t
    (OrdRec, Koren and Sill, RecSys 2011):

        P(rating <= level k) = sigmoid(t_k - s),    m = 0

    Args:
        users: features of the people, shape (num_users, any); the last row may stand for somebody unknown.
        items: features of the items, shape (num_items, any), likewise.
        embedding_size: length of the vectors.
        scale: the ratings learned from.
        loss: "mse", "mae" or "log".

    Raises:
        OptionError: there is no such loss.
    """

    def __init__(
        self, users: sparse.csr_array, items: sparse.csr_array, embedding_size: int, scale: Scale, loss: str
    ) -> None:
        super().__init__()
        self._loss = pick("rating loss", LOSSES, loss)
        self.ordinal = loss == "log"
        self.users, self.items = Features(users, embedding_size), Features(items, embedding_size)
        self.register_buffer("levels", torch.from_numpy(scale.levels.astype(np.float32)), persistent=False)
        self.levels: Tensor
        mean = 0.0 if self.ordinal else float(scale.levels @ scale.shares)
        self.mean = nn.Parameter(torch.tensor(mean), requires_grad=not self.ordinal)
        below = torch.from_numpy(np.cumsum(scale.shares)[:-1]).float().clamp(_SMALLEST, 1 - _SMALLEST)
        # the thresholds as the first and the logarithms of the steps between them, so that they stay in order
        steps = torch.logit(below).diff().clamp(min=_SMALLEST).log()
        self.cuts = nn.Parameter(torch.cat([torch.logit(below)[:1], steps]), requires_grad=self.ordinal)

    def forward(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """The score s of each pair and the size of what it is made of, |b|^2 + |p|^2 + |q|^2, both (n,)."""
        person, item = self.users(users), self.items(items)
        score = self.mean + person[:, 0] + item[:, 0] + (person[:, 1:] * item[:, 1:]).sum(1)
        return score, person.square().sum(1) + item.square().sum(1)

    def expected(self, scores: Tensor) -> Tensor:
        """The rating to expect for scores, shape (n,): the score itself, or the mean over the levels."""
        return (self._log_levels(scores).exp() @ self.levels) if self.ordinal else scores

    def loss(self, scores: Tensor, ratings: Tensor) -> Tensor:
        """The loss of scores for true ratings, both of shape (n,), a scalar."""
        return self._loss(self, scores, ratings)

    def _squared(self, scores: Tensor, ratings: Tensor) -> Tensor:
        return functional.mse_loss(scores, ratings)

    def _absolute(self, scores: Tensor, ratings: Tensor) -> Tensor:
        return functional.l1_loss(scores, ratings)

    def _log(self, scores: Tensor, ratings: Tensor) -> Tensor:
        """Of the level that is nearest to each rating."""
        nearest = (ratings.unsqueeze(1) - self.levels).abs().argmin(1)
        return functional.nll_loss(self._log_levels(scores), nearest)

    def _log_levels(self, scores: Tensor) -> Tensor:
        """Logarithm of the chance of each level, shape (n, num_levels)."""
        cuts = torch.cat([self.cuts[:1], self.cuts[:1] + self.cuts[1:].exp().cumsum(0)])
        below = torch.sigmoid(cuts - scores.unsqueeze(1))
        nothing = below.new_zeros(len(scores), 1)
        chances = torch.diff(below, prepend=nothing, append=nothing + 1)
        return chances.clamp(min=_SMALLEST).log()


LOSSES: dict[str, Callable[[Factorization, Tensor, Tensor], Tensor]] = {
    "mse": Factorization._squared,
    "mae": Factorization._absolute,
    "log": Factorization._log,
}
