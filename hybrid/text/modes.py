"""The ways to adapt a language model, by name: which of its weights are trained, or what is added to it."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

from hybrid.text.bottleneck import Bottlenecked
from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.text.options import AdaptOptions

    Change = Callable[[nn.Module, AdaptOptions], nn.Module]


class AdaptError(WhyRecError):
    """An adaptation that is not possible, or one that does not fit its model."""


@dataclass(frozen=True)
class Mode:
    """A way to adapt.

    Attributes:
        learning_rate: the peak rate that suits it; the fewer weights are trained, the higher.
        change: takes a model whose weights are all frozen and gives one, the same or one round it, in which
            what is to be trained is not.
    """

    learning_rate: float
    change: Change


MODES: dict[str, Mode] = {}
_POOLER = r"(.*\.)?pooler\..*"  # BERT's own reading of the first token: our vectors do not pass through it


def mode(name: str, learning_rate: float) -> Callable[[Change], Change]:
    """Register a way to adapt under a name."""

    def register(change: Change) -> Change:
        MODES[name] = Mode(learning_rate, change)
        return change

    return register


def known(name: str) -> Mode:
    """The mode of this name.

    Raises:
        AdaptError: there is none.
    """
    if name not in MODES:  # gnn.named says it likewise, but brings PyG along, which is slow to import
        raise AdaptError(f"there is no text encoder mode {name!r}; known are {', '.join(sorted(MODES))}")
    return MODES[name]


@mode("frozen", learning_rate=1e-3)
def frozen(model: nn.Module, _options: AdaptOptions) -> nn.Module:
    """Nothing of the model is trained."""
    return model


@mode("top", learning_rate=1e-4)
def top(model: nn.Module, options: AdaptOptions) -> nn.Module:
    """The top `layers` layers are trained, and a norm behind them where there is one.

    Raises:
        AdaptError: the model has no layers that can be told.
    """
    for layer in _layers(model)[-options.layers :]:
        layer.requires_grad_()
    for name, child in model.named_children():
        if "norm" in name.lower() or name == "ln_f":
            child.requires_grad_()
    return model


@mode("full", learning_rate=5e-5)
def full(model: nn.Module, _options: AdaptOptions) -> nn.Module:
    """Everything that the vectors depend on is trained."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not re.fullmatch(_POOLER, name))
    return model


@mode("lora", learning_rate=5e-4)
def lora(model: nn.Module, options: AdaptOptions) -> nn.Module:
    """Low-rank changes of all linear maps (Hu et al., "LoRA", 2022), of rank `rank`, scaled by 2."""
    from peft import LoraConfig  # noqa: PLC0415 - seconds of import

    config = LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        target_modules="all-linear",
        exclude_modules=_POOLER if hasattr(model, "pooler") else None,
        fan_in_fan_out=_transposed(model),
    )
    return _with_peft(model, config)


@mode("ia3", learning_rate=5e-3)
def ia3(model: nn.Module, _options: AdaptOptions) -> nn.Module:
    """Keys, values and feed-forward states are scaled by learned vectors (Liu et al., "IA3", 2022)."""
    from peft import IA3Config  # noqa: PLC0415

    return _with_peft(model, IA3Config(fan_in_fan_out=_transposed(model)))


@mode("prefix", learning_rate=5e-3)
def prefix(model: nn.Module, options: AdaptOptions) -> nn.Module:
    """Keys and values of `prefix` virtual tokens in each layer (Li and Liang, "Prefix-Tuning", 2021)."""
    from peft import PrefixTuningConfig  # noqa: PLC0415

    # peft hands keys and values over by a name that transformers 5.24 deprecates; only peft can mend it
    warnings.filterwarnings("ignore", message="`past_key_values` is deprecated", category=FutureWarning)
    return _with_peft(model, PrefixTuningConfig(num_virtual_tokens=options.prefix))


@mode("bottleneck", learning_rate=5e-4)
def bottleneck(model: nn.Module, options: AdaptOptions) -> nn.Module:
    """A narrow network of width `width` after each layer, see `hybrid.text.bottleneck`.

    Raises:
        AdaptError: the model has no layers that can be told.
    """
    config: Any = model.config
    return Bottlenecked(model, list(_layers(model)), int(config.hidden_size), options.width)


def _layers(model: nn.Module) -> nn.ModuleList:
    """A transformer's layers: its longest list of modules."""
    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise AdaptError(f"{type(model).__name__} has no list of layers; lora needs none")
    return max(lists, key=len)


def _transposed(model: nn.Module) -> bool:
    """Whether a model keeps its linear maps the other way round, as GPT-2 does."""
    from transformers.pytorch_utils import Conv1D  # noqa: PLC0415

    return any(isinstance(module, Conv1D) for module in model.modules())


def _with_peft(model: Any, config: Any) -> nn.Module:  # noqa: ANN401 - neither library types them
    from peft import TaskType, get_peft_model  # noqa: PLC0415

    config.task_type = TaskType.FEATURE_EXTRACTION
    try:
        with warnings.catch_warnings():
            # peft 0.21 asks transformers 5 by an old name
            warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
            adapted: nn.Module = get_peft_model(model, config)
    except ValueError as error:  # for instance: peft knows no layers of this kind of model to scale
        first = str(error).strip().split("\n", 1)[0]
        raise AdaptError(
            f"a {model.config.model_type} model cannot be adapted in this way ({first})"
        ) from error
    return adapted
