"""A causal transformer over item histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

NUM_GAPS = 32  # kinds of gap between two likes: unknown, then powers of two seconds up to 60 years


@dataclass(frozen=True, slots=True)
class TransformerOptions:
    """The shape of a history transformer.

    Attributes:
        embedding_size: length of an item's vector.
        num_layers: self-attention blocks.
        num_heads: attention heads per block.
        max_length: the most recent likes that are read.
        dropout: share of features dropped while training.
    """

    embedding_size: int = 64
    num_layers: int = 2
    num_heads: int = 2
    max_length: int = 200
    dropout: float = 0.2


class HistoryTransformer(nn.Module):
    """Says at every place of a history what follows, from the items up to there.

    Architecture of "Self-attentive sequential recommendation" (SASRec, Kang and McAuley, ICDM 2018) with
    pre-normalised blocks and items tied between input and output. An item's vector is its own plus a
    projection of its text's; a place's input adds the place and the time since the like before it.

    Args:
        num_items: number of items; the row `num_items` is the padding.
        options: shape.
        text: vectors of the items' texts, zeros for none, shape (num_items, text_size); None without texts.
    """

    text: Tensor | None

    def __init__(self, num_items: int, options: TransformerOptions, text: Tensor | None = None) -> None:
        super().__init__()
        size = options.embedding_size
        self.options, self.padding = options, num_items
        self.ids = nn.Embedding(num_items, size)
        self.positions = nn.Embedding(options.max_length, size)
        self.gaps = nn.Embedding(NUM_GAPS, size)
        for embedding in (self.ids, self.positions):
            nn.init.normal_(embedding.weight, std=0.02)
        nn.init.zeros_(self.gaps.weight)
        self.register_buffer("text", text, persistent=False)
        self.projection = None if text is None else nn.Linear(text.shape[1], size, bias=False)
        if self.projection is not None:
            nn.init.normal_(self.projection.weight, std=0.02)
        self.blocks = nn.ModuleList(_Block(options) for _ in range(options.num_layers))
        self.norm = nn.LayerNorm(size)
        self.dropout = nn.Dropout(options.dropout)
        self.bias = nn.Parameter(torch.zeros(num_items))

    def items(self) -> Tensor:
        """Vectors of all items, shape (num_items, embedding_size)."""
        if self.projection is None or self.text is None:
            return self.ids.weight
        own: Tensor = self.ids.weight + self.projection(self.text)
        return own

    def forward(self, histories: Tensor, gaps: Tensor, items: Tensor) -> Tensor:
        """State after each place of each history.

        Args:
            histories: item rows, oldest first, padded at the end, shape (batch, up to max_length).
            gaps: time since the like before, as `gap_kinds` numbers it, shape as histories.
            items: what `items` gives.

        Returns:
            Shape (batch, length, embedding_size).
        """
        padded = torch.cat([items, items.new_zeros(1, items.shape[1])])
        x = functional.embedding(histories, padded) * self.options.embedding_size**0.5
        x = self.dropout(x + self.positions.weight[: histories.shape[1]] + self.gaps(gaps))
        for block in self.blocks:
            x = block(x)
        states: Tensor = self.norm(x)
        return states


def gap_kinds(seconds: Tensor) -> Tensor:
    """Numbers for times since the like before: 0 for unknown (NaN), then 1 + log2(1 + seconds), rounded down.

    Returns:
        Below `NUM_GAPS`, int64, the shape of `seconds`.
    """
    kinds = 1 + torch.log2(1 + seconds.clamp(min=0)).nan_to_num(-1.0).floor()
    return kinds.clamp(max=NUM_GAPS - 1).long()


class _Block(nn.Module):
    """Attention to earlier places, then a layer per place; each adds to what it is given."""

    def __init__(self, options: TransformerOptions) -> None:
        super().__init__()
        size = options.embedding_size
        self.heads = options.num_heads
        self.attention_norm, self.layer_norm = nn.LayerNorm(size), nn.LayerNorm(size)
        self.attention, self.merge = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.layer = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size, size))
        self.dropout = nn.Dropout(options.dropout)  # none inside: there it costs a third of the time

    def forward(self, x: Tensor) -> Tensor:
        batch, length, size = x.shape
        parts = self.attention(self.attention_norm(x)).view(batch, length, 3, self.heads, -1)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        x = x + self.dropout(self.merge(seen.transpose(1, 2).reshape(batch, length, size)))
        result: Tensor = x + self.dropout(self.layer(self.layer_norm(x)))
        return result
