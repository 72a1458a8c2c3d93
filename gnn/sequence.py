"""A causal transformer over item histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


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
    """Predicts the next item at every place of a history, from the items up to there.

    Architecture of "Self-attentive sequential recommendation" (SASRec, Kang and McAuley, ICDM 2018) with
    pre-normalised blocks and items tied between input and output. Trained with the full softmax, as here,
    SASRec is as good as its successors (Klenitskiy and Vasilev, RecSys 2023).

    Args:
        num_items: number of items; the row `num_items` is the padding.
        options: shape.
    """

    def __init__(self, num_items: int, options: TransformerOptions) -> None:
        super().__init__()
        size = options.embedding_size
        self.options, self.padding = options, num_items
        self.items = nn.Embedding(num_items + 1, size, padding_idx=num_items)
        self.positions = nn.Embedding(options.max_length, size)
        for embedding in (self.items, self.positions):
            nn.init.normal_(embedding.weight, std=0.02)
        block = nn.TransformerEncoderLayer(
            size, options.num_heads, 4 * size, options.dropout, "gelu", batch_first=True, norm_first=True
        )
        block.self_attn.dropout = 0.0  # with it, attention leaves its fused kernel and costs twice the time
        self.blocks = nn.TransformerEncoder(
            block, options.num_layers, norm=nn.LayerNorm(size), enable_nested_tensor=False
        )
        self.dropout = nn.Dropout(options.dropout)
        self.bias = nn.Parameter(torch.zeros(num_items))

    def forward(self, histories: Tensor) -> Tensor:
        """State after each place of each history.

        Args:
            histories: item rows, oldest first, padded at the end, shape (batch, up to max_length).

        Returns:
            Shape (batch, length, embedding_size).
        """
        length = histories.shape[1]
        x = self.items(histories) * self.options.embedding_size**0.5 + self.positions.weight[:length]
        mask = nn.Transformer.generate_square_subsequent_mask(length, device=x.device)
        states: Tensor = self.blocks(self.dropout(x), mask=mask, is_causal=True)
        return states

    def logits(self, states: Tensor) -> Tensor:
        """Scores of all items as the next one, (..., num_items), for states of (..., embedding_size)."""
        return states @ self.items.weight[: self.padding].T + self.bias
