"""Bottleneck adapters: a small network after each layer of a language model that is itself left as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


class Bottleneck(nn.Module):
    r"""Adds to a hidden state what a narrow network makes of it, nothing at the start.

    .. math:: x' = x + W_{up} \, \mathrm{GELU}(W_{down} \, \mathrm{LayerNorm}(x))

    Houlsby et al., "Parameter-Efficient Transfer Learning for NLP", 2019; once per layer, after its
    feed-forward part, as Pfeiffer et al., "AdapterFusion", 2021, found to do as well as twice.
    """

    def __init__(self, size: int, width: int) -> None:
        """A bottleneck of `width` between hidden states of `size`."""
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.down = nn.Linear(size, width)
        self.up = nn.Linear(width, size)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Hidden states in and out, shape (..., size)."""
        changed: Tensor = self.up(nn.functional.gelu(self.down(self.norm(x))))
        return x + changed


class Bottlenecked(nn.Module):
    """A language model with a `Bottleneck` behind each of some of its layers."""

    def __init__(self, model: nn.Module, layers: Sequence[nn.Module], size: int, width: int) -> None:
        """Put a bottleneck behind each of `layers`, modules of `model` with hidden states of `size`."""
        super().__init__()
        self.model = model
        self.bottlenecks = nn.ModuleList(Bottleneck(size, width) for _ in layers)
        for layer, bottleneck in zip(layers, self.bottlenecks, strict=True):
            layer.register_forward_hook(_behind(bottleneck))

    def forward(self, **tokens: Tensor) -> Any:  # noqa: ANN401 - what the model gives
        """What the model gives, with the bottlenecks in it."""
        return self.model(**tokens)


def _behind(bottleneck: nn.Module) -> Callable[[nn.Module, Any, Any], Any]:
    def change(_layer: nn.Module, _inputs: Any, output: Any) -> Any:  # noqa: ANN401
        # Whether a layer gives its hidden states alone or before its attentions depends on the model.
        return (bottleneck(output[0]), *output[1:]) if isinstance(output, tuple) else bottleneck(output)

    return change
