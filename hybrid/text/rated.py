"""What a language model is trained to do for ratings: say how a person rates a text, by a linear head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss, normalize

from hybrid.text.objectives import TextTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.text.adapted import AdaptedEncoder
    from hybrid.text.objectives import Material
    from hybrid.text.table import VectorArray
    from kg.graph import FloatArray, IntArray, Interactions

_NEVER = 1e-6


class RatingHead(nn.Module):
    r"""The rating of a text by a person, linear in the text and in its agreement with what they like.

    .. math:: r_{ui} = w \cdot t_i + v \cdot (t_i \circ a_u) + b

    t and a are unit vectors of what sets a text, and the sum of a person's texts, apart from the mean of all
    texts at the start; each number is scaled by the root of their length, so that it is near 1.
    """

    centre: Tensor

    def __init__(self, centre: VectorArray, bias: float) -> None:
        """For texts whose mean is `centre`, shape (size,), giving `bias` for everything at the start."""
        super().__init__()
        self.register_buffer("centre", torch.from_numpy(centre).clone())
        self.linear = nn.Linear(2 * len(centre), 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.constant_(self.linear.bias, bias)

    def relative(self, vectors: Tensor) -> Tensor:
        """Unit vectors of what sets texts apart, from the encoder's vectors; shape (..., size)."""
        return normalize(vectors - self.centre, dim=-1)

    def forward(self, texts: Tensor, people: Tensor) -> Tensor:
        """Ratings, or logits for log loss, of n pairs.

        Args:
            texts: the texts, `relative`, shape (n, size).
            people: sums of such, as unit vectors, zeros where nothing is known, shape (n, size).

        Returns:
            Shape (n,).
        """
        features = torch.cat([texts, texts * people * texts.shape[1] ** 0.5], dim=1) * texts.shape[1] ** 0.5
        ratings: Tensor = self.linear(features).squeeze(1)
        return ratings


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": mse_loss,
    "mae": l1_loss,
    "log": binary_cross_entropy_with_logits,
}


class RatedTexts(TextTask):
    """What people rated the texts of the batch, from each text and the person's other liked texts."""

    def __init__(
        self,
        encoder: AdaptedEncoder,
        material: Material,
        ratings: Interactions,
        loss: str,
        validation: Interactions,
    ) -> None:
        """Learn ratings.

        Args:
            encoder: its language model is trained in place.
            material: what there is to learn from.
            ratings: who rated what and, as its weight, how; 0 or 1 (liked) for log loss.
            loss: a name of `LOSSES`.
            validation: ratings to measure on, likewise; perhaps none.
        """
        mean = float(ratings.weights.mean())
        bias = math.log(max(mean, _NEVER) / max(1 - mean, _NEVER)) if loss == "log" else mean
        present = material.vectors.any(axis=1)
        self.head = RatingHead(material.vectors[present].mean(axis=0), bias)
        super().__init__(encoder, material, self.head)
        self._ratings, self._validation, self._loss = ratings, validation, LOSSES[loss]

    def of(self, rows: Tensor, fresh: Tensor) -> Tensor:
        """Mean loss over pairs of a person and a rated text."""
        users, columns, targets = self._rated(self._ratings, rows)
        if not len(users):
            return fresh.sum() * 0
        drawn, columns = self._few(np.arange(len(users)), columns)
        return self._error(users[drawn], columns, targets[drawn], rows, fresh)

    def validate(self) -> float | None:
        """The negative mean loss over the validation ratings."""
        if not len(self._validation):
            return None
        items = np.unique(self._validation.items)
        vectors = self._encoder.encode([self._material.texts[item] for item in items])
        rows, fresh = torch.from_numpy(items), torch.from_numpy(vectors)
        device = self.module.memory.device
        users, columns, targets = self._rated(self._validation, rows)
        return -float(self._error(users, columns, targets, rows.to(device), fresh.to(device)))

    def _rated(self, ratings: Interactions, rows: Tensor) -> tuple[IntArray, IntArray, FloatArray]:
        """Who rated which of these items, by position in `rows`, and how."""
        place = np.full(len(self._material.texts), -1)
        place[rows.cpu().numpy()] = np.arange(len(rows))
        found = place[ratings.items] >= 0
        return ratings.users[found], place[ratings.items[found]], ratings.weights[found]

    def _error(
        self, users: IntArray, columns: IntArray, targets: FloatArray, rows: Tensor, fresh: Tensor
    ) -> Tensor:
        people, owners = np.unique(users, return_inverse=True)
        memory, fresh = self.head.relative(self.module.memory), self.head.relative(fresh)
        sums, inside = self._sums(people, memory, rows, fresh)
        owner, own = (torch.from_numpy(part.astype(np.int64)).to(fresh.device) for part in (owners, columns))
        texts = fresh[own]
        others = normalize(sums[owner] - inside[owner, own].unsqueeze(1) * texts, dim=1)
        return self._loss(self.head(texts, others), torch.from_numpy(targets).to(fresh))
