"""Losses for ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def multinomial(positive: Tensor, log_partition: Tensor) -> Tensor:
    """Cross-entropy where the positive's score is computed apart from the others' (Liang et al., WWW 2018).

    Args:
        positive: scores of liked items, shape (batch,).
        log_partition: log of the summed exponentials of the scores of all items, shape (batch,).

    Returns:
        A scalar.
    """
    return (log_partition - positive).mean()


def softmax(scores: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the liked item among all items.

    Args:
        scores: shape (batch, num_items).
        targets: row of the liked item, shape (batch,).

    Returns:
        A scalar.
    """
    return functional.cross_entropy(scores, targets)
