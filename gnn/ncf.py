"""Neural collaborative filtering: a product and a multilayer perceptron of a person and an item."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


class Ncf(nn.Module):
    """NeuMF (He et al., WWW 2017): generalised matrix factorization beside a perceptron, joined at the end.

    A person is no vector of their own but the sum of what each liked item says of whoever likes it, divided
    by the root of their number, so that somebody new has a place without training. The perceptron's first
    layer is computed for people and items apart, for it is linear: only what follows is paid for every pair.

    Args:
        num_items: number of items.
        embedding_size: factors of the product and, again, of the perceptron, whose layers halve from there.
        num_layers: layers of the perceptron, at least 1.
        dropout: share of the perceptron's features dropped while training.
    """

    def __init__(self, num_items: int, embedding_size: int, num_layers: int, dropout: float) -> None:
        super().__init__()
        size = embedding_size
        self.liked = nn.Embedding(num_items, 2 * size)
        self.items = nn.Embedding(num_items, 2 * size)
        for embedding in (self.liked, self.items):
            nn.init.normal_(embedding.weight, std=0.1)
        self.of_person = nn.Linear(size, size)
        self.of_item = nn.Linear(size, size, bias=False)
        widths = [max(size // 2**layer, 1) for layer in range(num_layers)]
        layers: list[nn.Module] = [nn.ReLU()]
        for wide, narrow in pairwise(widths):
            layers += [nn.Dropout(dropout), nn.Linear(wide, narrow), nn.ReLU()]
        self.perceptron = nn.Sequential(*layers)
        self.last = nn.Linear(size + widths[-1], 1)
        self.size = size

    def forward(self, people: Tensor, items: Tensor) -> Tensor:
        """How likely a person likes an item, as a logit.

        Args:
            people: vectors of people, shape (..., 2 * embedding_size).
            items: rows of items, of a shape that broadcasts with the people's (...).

        Returns:
            Shape (...).
        """
        vectors = self.items(items)
        product = people[..., : self.size] * vectors[..., : self.size]
        mixed = self.of_person(people[..., self.size :]) + self.of_item(vectors[..., self.size :])
        logits: Tensor = self.last(torch.cat([product, self.perceptron(mixed)], dim=-1))
        return logits.squeeze(-1)

    def people(self, rows: Tensor, items: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The sums of what liked items say of their people, and how many they are.

        Args:
            rows: whose each like is, from 0 to count - 1, shape (likes,).
            items: the liked items, shape (likes,).
            count: number of people.

        Returns:
            The sums, shape (count, 2 * embedding_size), and the numbers, shape (count, 1).
        """
        vectors = self.liked(items)
        sums = vectors.new_zeros(count, vectors.shape[1]).index_add(0, rows, vectors)
        numbers = torch.bincount(rows, minlength=count).to(vectors.dtype).unsqueeze(1)
        return sums, numbers
