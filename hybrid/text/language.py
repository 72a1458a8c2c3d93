"""A language model with its pooling as one module: tokens in, unit vectors out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn.functional import normalize

from hybrid.text.pooling import POOLINGS

if TYPE_CHECKING:
    from torch import Tensor


class Language(nn.Module):
    """A language model that is read by pooling its last hidden states.

    Its state dict holds what is trained and nothing else: the frozen weights are in the model's own folder,
    so checkpoints and saved adaptations are as small as what was learned. Loading one leaves the frozen
    weights as they are.
    """

    def __init__(self, model: nn.Module, pooling: str) -> None:
        """Read `model` with a pooling of `hybrid.text.pooling.POOLINGS`."""
        super().__init__()
        self.model = model
        self.pooling = pooling
        self.register_state_dict_post_hook(_drop_frozen)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_post_hook(_excuse_frozen)  # type: ignore[no-untyped-call]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit vectors of n texts.

        Args:
            input_ids: tokens, shape (n, length).
            attention_mask: 1 for a token, 0 for padding, shape (n, length).

        Returns:
            Shape (n, size), float32.
        """
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return normalize(POOLINGS[self.pooling](hidden, attention_mask), dim=1).float()

    @property
    def num_parameters(self) -> int:
        """How many weights there are."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def num_trainable(self) -> int:
        """How many of them are trained."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)


def _frozen(module: nn.Module, prefix: str) -> set[str]:
    named = module.named_parameters(prefix, remove_duplicate=False)
    return {name for name, parameter in named if not parameter.requires_grad}


def _drop_frozen(module: nn.Module, state: dict[str, Any], prefix: str, _metadata: Any) -> None:  # noqa: ANN401
    for name in _frozen(module, prefix.rstrip(".")):
        state.pop(name, None)


def _excuse_frozen(module: nn.Module, incompatible: Any) -> None:  # noqa: ANN401
    frozen = _frozen(module, "")
    incompatible.missing_keys[:] = [
        key for key in incompatible.missing_keys if not any(key.endswith(name) for name in frozen)
    ]
