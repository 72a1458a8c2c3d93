"""How texts are read and how what reads them is adapted, in options that a manifest can hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from hybrid.text.augmentation import AugmentOptions
from hybrid.text.modes import AdaptError, known
from hybrid.text.pooling import POOLINGS
from kg.errors import WhyRecError


class EncoderError(WhyRecError):
    """A language model that cannot be found or read."""


@dataclass(frozen=True)
class EncoderOptions:
    """Which language model, and how it reads.

    Attributes:
        model: a folder, or a name on the Hugging Face hub; "" is the model that comes with WhyRec.
        max_length: tokens read of a text, special tokens included; what follows is left out.
        batch_size: texts per step.
        pooling: how a text's tokens become one vector: "mean", "last" (token), or "auto": last for causal
            models such as SmolLM2, mean for those that read both ways such as BERT.
        device: "cpu", "cuda" (or "cuda:1"), or "auto": cuda where there is one.
    """

    model: str = ""
    max_length: int = 128
    batch_size: int = 64
    device: str = "auto"
    pooling: str = "auto"

    def __post_init__(self) -> None:
        if self.max_length < 3 or self.batch_size < 1:  # noqa: PLR2004 - a word between two special tokens
            raise EncoderError("a text encoder needs max_length of at least 3 and batch_size of at least 1")
        known_poolings = ("auto", *POOLINGS)
        if self.pooling not in known_poolings:
            raise EncoderError(f"there is no pooling {self.pooling!r}; known are {', '.join(known_poolings)}")


@dataclass(frozen=True)
class AdaptOptions:
    """What of a language model is trained on who liked what, and how.

    Attributes:
        mode: what is trained: a name of `hybrid.text.modes.MODES` ("top", "full", "lora", "ia3", "prefix",
            "bottleneck"; "frozen" for nothing).
        rank: of the changes in "lora".
        layers: how many are trained in "top".
        prefix: virtual tokens in "prefix".
        width: of the bottlenecks in "bottleneck".
        epochs: length of the learning-rate schedule, and the most epochs that are run; in one every liked
            item's text is read once, and the hard negatives beside it.
        learning_rate: peak learning rate; None for the one that suits the mode.
        weight_decay: AdamW's.
        batch_size: texts per step; each is a negative of the others.
        hard_share: share of a batch that is there because it resembles another of it to the frozen model.
        pairs: person and liked text per step, at most.
        temperature: cosines are divided by it.
        patience: epochs without a better validation metric before training ends.
        validation_share: of the items, hidden from training to measure on as if they were new; 0 for none.
        augment: how texts are varied while training.
        seed: for everything random.
    """

    mode: str = "lora"
    rank: int = 8
    layers: int = 2
    prefix: int = 10
    width: int = 32
    epochs: int = 10
    learning_rate: float | None = None
    weight_decay: float = 0.01
    batch_size: int = 64
    hard_share: float = 0.25
    pairs: int = 4096
    temperature: float = 0.15
    patience: int = 3
    validation_share: float = 0.1
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    seed: int = 0

    def __post_init__(self) -> None:
        known(self.mode)
        for name in ("rank", "layers", "prefix", "width", "epochs", "pairs"):
            if (value := getattr(self, name)) < 1:
                raise AdaptError(f"adapting a text encoder needs {name} of at least 1, got {value}")
        if self.batch_size < 2:  # noqa: PLR2004 - one to find and one not to
            raise AdaptError(f"adapting a text encoder needs batch_size of at least 2, got {self.batch_size}")
        for name in ("hard_share", "validation_share"):
            if not 0 <= getattr(self, name) < 1:
                raise AdaptError(f"{name} must lie in 0 .. 1, 1 left out, got {getattr(self, name)}")
        if not self.temperature > 0:
            raise AdaptError(f"temperature must be above 0, got {self.temperature}")

    @property
    def peak_rate(self) -> float:
        """The peak learning rate."""
        return known(self.mode).learning_rate if self.learning_rate is None else self.learning_rate
