"""From the hidden states of a text's tokens to one vector, the way that the language model was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def mean(hidden: Tensor, mask: Tensor) -> Tensor:
    """The mean over a text's tokens, for models whose tokens see the whole text.

    Args:
        hidden: last hidden states, shape (n, length, size).
        mask: 1 for a token, 0 for padding, on either side, shape (n, length).

    Returns:
        Shape (n, size); zeros for a text without tokens.
    """
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def last(hidden: Tensor, mask: Tensor) -> Tensor:
    """The last token's state, the only one that has seen the whole text in a causal model.

    Shapes as in `mean`; padding may stand on either side.
    """
    places = torch.arange(mask.shape[1], device=mask.device)
    ends = (mask * places).argmax(dim=1)
    return hidden[torch.arange(len(hidden), device=hidden.device), ends]


POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": mean, "last": last}


def is_causal(config: Any) -> bool:  # noqa: ANN401 - transformers' configurations have no typed attributes
    """Whether a token of this model sees only what stands before it.

    Models that transformers knows as causal and not as masked language models are; those that it knows as
    both (BERT) are where the configuration says `is_decoder`.
    """
    from transformers.models.auto import modeling_auto  # noqa: PLC0415 - slow, and not needed for "mean"

    if getattr(config, "use_bidirectional_attention", None) is True:
        return False
    kind = config.model_type
    causal = kind in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    masked = kind in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return causal and (not masked or bool(getattr(config, "is_decoder", False)))


def chosen(pooling: str, config: Any) -> str:  # noqa: ANN401
    """The name of the pooling: the given one or, for "auto", "last" for a causal model and "mean" else."""
    if pooling != "auto":
        return pooling
    return "last" if is_causal(config) else "mean"
