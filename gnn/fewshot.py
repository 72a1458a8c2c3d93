"""A head that a few likes adapt, its start and its steps learned over many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

_FIRST_RATE = 5.0


class FewShot(nn.Module):
    r"""A small linear head per person, adapted from a learned start by gradient steps on what they like.

    Items have frozen vectors z and an adapted one x = (A z, log popularity). A person's head w starts at w0
    plus what is known of them, and descends the softmax loss of their k likes L among all items:

    .. math:: w \leftarrow w + r_t \odot \frac{k}{k + c}
        \Bigl(\frac{1}{k} \sum_{i \in L} x_i - \sum_j p_j x_j\Bigr)

    with p the softmax of w . x_j + b_j. Learned are A, b, w0, c and the rates r_t.
    The gradient of a linear head is written out, so that the outer gradient is exact: MAML (Finn et al., ICML
    2017), with the rates of Meta-SGD (Li et al., 2017) and only the head being adapted (ANIL, Raghu et al.,
    ICLR 2020); for recommendation, MeLU (Lee et al., KDD 2019).

    Args:
        vectors: frozen, shape (num_items, d).
        popularity: of each item, standardised, shape (num_items,).
        num_facts: what may be known of people.
        embedding_size: of A z.
        num_steps: how often a head is adapted.
        dropout: share of z dropped while training.
    """

    vectors: Tensor
    popularity: Tensor

    def __init__(
        self,
        vectors: Tensor,
        popularity: Tensor,
        num_facts: int,
        embedding_size: int,
        num_steps: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.register_buffer("vectors", vectors)
        self.register_buffer("popularity", popularity)
        self.adapter = nn.Linear(vectors.shape[1], embedding_size, bias=False)
        nn.init.orthogonal_(self.adapter.weight)
        self.bias = nn.Parameter(torch.zeros(len(vectors)))
        self.start = nn.Parameter(torch.zeros(embedding_size + 1))
        self.facts = nn.Parameter(torch.zeros(num_facts, embedding_size + 1))
        rates = torch.full((num_steps, embedding_size + 1), _FIRST_RATE)
        rates[:, -1] = 0.1
        self.rates = nn.Parameter(rates)
        self.doubt = nn.Parameter(torch.zeros(()))
        self.dropout = dropout
        with torch.no_grad():
            self.start[-1] = 1.0

    def forward(self, likes: Tensor, facts: Tensor) -> Tensor:
        """Logits of all items, shape (people, num_items).

        Args:
            likes: 1 for what a person likes, shape (people, num_items).
            facts: 1 for what is known of a person, shape (people, num_facts).
        """
        adapted = self.adapter(functional.dropout(self.vectors, self.dropout, self.training))
        items = torch.cat([adapted, self.popularity[:, None]], dim=1)
        numbers = likes.sum(dim=1, keepdim=True)
        liked = likes @ items / numbers.clamp(min=1)
        share = numbers / (numbers + functional.softplus(self.doubt))
        heads = self.start + facts @ self.facts
        for rates in self.rates:
            expected = torch.softmax(heads @ items.T + self.bias, dim=1) @ items
            heads = heads + rates * share * (liked - expected)
        return heads @ items.T + self.bias
