"""A text encoder with a language model that was adapted; what was learned is one safetensors file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from hybrid.text.augmentation import AugmentOptions
from hybrid.text.encoder import TextEncoder
from hybrid.text.language import Language
from hybrid.text.modes import AdaptError, known
from hybrid.text.options import AdaptOptions, EncoderOptions

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

FORMAT = "1"


class AdaptedEncoder(TextEncoder):
    """`TextEncoder` with a model changed by one of `hybrid.text.modes`, trained or about to be."""

    def __init__(
        self,
        options: EncoderOptions | None = None,
        adapt: AdaptOptions | None = None,
        weights: dict[str, Tensor] | None = None,
    ) -> None:
        """Find the model; it is loaded and changed when it is first asked for.

        Args:
            options: which model, and how it reads.
            adapt: what of it is trained.
            weights: what was learned, by the names of `language.state_dict()`; None before training.

        Raises:
            EncoderError: the model is not there or is none that this encoder can read.
        """
        super().__init__(options)
        self.adapt = adapt or AdaptOptions()
        self._weights = weights

    @property
    def identity(self) -> str:
        """A name for the vectors; settled when it is first asked for, which must be after training."""
        return self._identity

    @cached_property
    def _identity(self) -> str:
        if not (learned := self.learned()):
            return self.base
        digest = hashlib.sha256(f"{self.base} {self.adapt.mode}".encode())
        for name, value in sorted(learned.items()):
            digest.update(f"\n{name} {tuple(value.shape)} ".encode())
            digest.update(value.numpy().tobytes())
        return digest.hexdigest()

    @cached_property
    def language(self) -> Language:
        """The changed model with its pooling, in eval mode and on its device.

        Raises:
            EncoderError: the weights cannot be read.
            AdaptError: the model cannot be changed in this way, or what was learned does not fit it.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.adapt.seed)
            changed = known(self.adapt.mode).change(self._model(), self.adapt)
        language = Language(changed, self.pooling)
        if self._weights is not None:
            try:
                language.load_state_dict(self._weights)
            except RuntimeError as error:
                raise AdaptError(f"what was learned does not fit {self.folder}; adapt it again") from error
        return language.eval().to(self.device)

    def learned(self) -> dict[str, Tensor]:
        """What was trained, by name, on the CPU."""
        weights = self.language.state_dict() if "language" in self.__dict__ else self._weights
        if weights is None:
            weights = self.language.state_dict()
        return {name: value.detach().cpu().contiguous() for name, value in weights.items()}

    def save(self, file: Path) -> None:
        """Write what was learned, with the options and the identity of the model it belongs to."""
        note = {"format": FORMAT, "base": self.base, "adapt": json.dumps(asdict(self.adapt))}
        whole = {name: value.clone() for name, value in self.learned().items()}  # no two may share memory
        save_file(whole, file, metadata=note)


def load(file: Path, options: EncoderOptions) -> AdaptedEncoder:
    """An adapted encoder that was saved.

    Args:
        file: what `AdaptedEncoder.save` wrote.
        options: which model, and how it reads, as when it was adapted; the device may be another.

    Raises:
        AdaptError: the file cannot be read, or belongs to another model.
        EncoderError: the model is not there.
    """
    try:
        with safe_open(file, framework="pt") as stream:
            weights = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
            note = stream.metadata() or {}
        adapt = adapt_options(json.loads(note["adapt"]))
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise AdaptError(f"{file} is no adapted text encoder that this version can read ({error})") from error
    encoder = AdaptedEncoder(options, adapt, weights)
    if encoder.base != note.get("base"):
        raise AdaptError(f"{file} was adapted from another text model than {encoder.folder}; train again")
    return encoder


def adapt_options(written: dict[str, Any]) -> AdaptOptions:
    """Options from the plain values of a manifest.

    Raises:
        TypeError: there is a value that this version does not know.
    """
    return AdaptOptions(**{**written, "augment": AugmentOptions(**written.get("augment", {}))})
