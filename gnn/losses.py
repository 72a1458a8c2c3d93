"""Losses for ranking, and one between views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


def bpr(positive: Tensor, negative: Tensor) -> Tensor:
    """Bayesian personalised ranking (Rendle et al., UAI 2009): mean of -log sigmoid(positive - negative).

    Args:
        positive: scores of liked items, shape (batch,).
        negative: scores of items that were not liked, shape (batch, num_negatives).

    Returns:
        A scalar.
    """
    return -functional.logsigmoid(positive.unsqueeze(1) - negative).mean()


def softmax(scores: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the liked item among all items.

    Args:
        scores: shape (batch, num_items).
        targets: row of the liked item, shape (batch,).

    Returns:
        A scalar.
    """
    return functional.cross_entropy(scores, targets)


def info_nce(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Contrast between two views of the same nodes (van den Oord et al., 2018; SGL, Wu et al., SIGIR 2021).

    Cross-entropy of finding a node's second view among all second views by cosine.

    Args:
        first: vectors, shape (n, embedding_size).
        second: the same nodes in the other view, shape (n, embedding_size).
        temperature: what the cosines are divided by.

    Returns:
        A scalar.
    """
    cosines = functional.normalize(first, dim=1) @ functional.normalize(second, dim=1).T
    return functional.cross_entropy(cosines / temperature, torch.arange(len(first), device=first.device))
