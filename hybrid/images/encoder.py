"""Pictures to unit vectors with a transformer vision model, each picture once."""

from __future__ import annotations

import hashlib
import io
import logging
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from hybrid import pretrained
from hybrid.text.cache import VectorStore, cache_folder
from kg.errors import WhyRecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from kg.graph import BoolArray
    from kg.images import VectorArray

log = logging.getLogger(__name__)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # Pillow reads others with programs of their own
# Only what a vision model reads, and only safetensors: a pickled weights file runs code when it is opened.
HUB_FILES = ["config.json", "preprocessor_config.json", "processor_config.json", "*.safetensors",
             "model.safetensors.index.json"]  # fmt: skip
POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "cls": lambda hidden: hidden[:, 0],
    "mean": lambda hidden: hidden.mean(1),
}


class ImageModelError(WhyRecError):
    """A vision model that cannot be found or read."""


@dataclass(frozen=True)
class ImageOptions:
    """Which vision model, and how it reads.

    Attributes:
        model: a folder, or a name on the Hugging Face hub.
        pooling: of the last hidden states, "cls" (the first) or "mean"; models with an image feature of their
            own, such as CLIP, give that.
        batch_size: pictures per step.
        device: "cpu", "cuda", or "auto" for CUDA where there is one.
    """

    model: str
    pooling: str = "cls"
    batch_size: int = 32
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.pooling not in POOLINGS or self.batch_size < 1:
            raise ImageModelError(
                f"a vision model needs pooling {' or '.join(POOLINGS)}, and a batch_size >= 1"
            )


class ImageEncoder:
    """A vision model that remembers the pictures it has seen.

    The vectors are in `<cache>/images/<identity>/vectors.sqlite`, by the SHA-256 of the picture's bytes, so
    the name and the place of a picture do not matter.
    """

    def __init__(
        self, options: ImageOptions, *, progress: Callable[[int, int], None] = lambda _done, _all: None
    ) -> None:
        """Find the model; its weights are loaded at the first `encode`.

        Args:
            options: which model, and how it reads.
            progress: told (pictures done, pictures in all).

        Raises:
            ImageModelError: the model is not there.
        """
        self.options = options
        self.folder = _model_folder(options.model)
        self._progress = progress

    @cached_property
    def identity(self) -> str:
        """A name for the vectors: two encoders share it only if they give the same ones; 64 hex digits."""
        files = sorted(file for name in HUB_FILES for file in self.folder.glob(name))
        return pretrained.identity(f"unit vectors of pictures 1, {self.options.pooling}", files)

    @cached_property
    def size(self) -> int:
        """Length of a vector."""
        return len(self._vectors([Image.new("RGB", (32, 32))])[0])

    def encode(self, files: Sequence[Path]) -> tuple[VectorArray, BoolArray]:
        """Unit vectors of pictures, shape (len(files), size), and which could be read, shape (len(files),).

        A picture that cannot be read is named in the log and has zeros.

        Raises:
            ImageModelError: the model or its preprocessor cannot be read.
        """
        vectors = np.zeros((len(files), self.size), dtype=np.float32)
        present = np.zeros(len(files), dtype=np.bool_)
        store = VectorStore(cache_folder() / "images" / self.identity / "vectors.sqlite", self.size)
        for start in range(0, len(files), self.options.batch_size):
            batch = {
                row: _bytes(files[row])
                for row in range(start, min(start + self.options.batch_size, len(files)))
            }
            found = self._batch({row: data for row, data in batch.items() if data is not None}, files, store)
            for row, vector in found.items():
                vectors[row], present[row] = vector, True
            self._progress(start + len(batch), len(files))
        return vectors, present

    def _batch(
        self, batch: dict[int, bytes], files: Sequence[Path], store: VectorStore
    ) -> dict[int, VectorArray]:
        """The vectors of pictures by row, from the store or the model."""
        keys = {row: hashlib.sha256(data).digest() for row, data in batch.items()}
        known = store.get(list(keys.values()))
        opened = {
            row: picture
            for row, data in batch.items()
            if keys[row] not in known and (picture := _picture(files[row], data)) is not None
        }
        if opened:
            made = self._vectors(list(opened.values()))
            fresh = {keys[row]: vector for row, vector in zip(opened, made, strict=True)}
            store.put(fresh.items())
            known |= fresh
        return {row: known[key] for row, key in keys.items() if key in known}

    @torch.inference_mode()
    def _vectors(self, pictures: list[Image.Image]) -> VectorArray:
        pixels = self._processor(images=pictures, return_tensors="pt")["pixel_values"].to(self._device)
        unit: VectorArray = torch.nn.functional.normalize(self._pooled(pixels), dim=1).float().cpu().numpy()
        return unit

    def _pooled(self, pixels: Tensor) -> Tensor:
        if hasattr(self._model, "get_image_features"):
            features = self._model.get_image_features(pixel_values=pixels)
            pooled: Tensor = getattr(features, "pooler_output", features)
            return pooled
        hidden: Tensor = self._model(pixel_values=pixels).last_hidden_state
        if hidden.dim() == 4:  # noqa: PLR2004  a convolutional model: channels, height, width
            return hidden.mean((2, 3))
        return POOLINGS[self.options.pooling](hidden)

    @cached_property
    def _device(self) -> torch.device:
        from gnn.train import choose_device  # noqa: PLC0415  (PyG is slow to import)

        return choose_device(self.options.device)

    @cached_property
    def _processor(self) -> Any:  # noqa: ANN401 - transformers' image processors share no typed base
        from transformers import AutoImageProcessor  # noqa: PLC0415 - seconds of import

        return self._read("preprocessor", AutoImageProcessor.from_pretrained)

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401
        from transformers import AutoModel  # noqa: PLC0415

        model = self._read("weights", AutoModel.from_pretrained, use_safetensors=True)
        return model.eval().requires_grad_(requires_grad=False).to(self._device)

    def _read(self, what: str, load: Callable[..., Any], **more: bool) -> Any:  # noqa: ANN401
        with pretrained.readable(self.folder, f"vision model's {what}", ImageModelError):
            return load(self.folder, local_files_only=True, **more)


def _model_folder(model: str) -> Path:
    folder = pretrained.found(model, "image model", HUB_FILES, ImageModelError)
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise ImageModelError(f"{folder} is no vision model: expected config.json and *.safetensors in it")
    return folder


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError as error:
        log.warning("the picture %s cannot be read (%s); its item has no image", file, error.strerror)
        return None


def _picture(file: Path, data: bytes) -> Image.Image | None:
    """A picture as it is meant to be seen, in RGB; None, with a warning, where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return ImageOps.exif_transpose(picture).convert("RGB")
    except UnidentifiedImageError:
        log.warning("%s is no picture of a known format; its item has no image", file)
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like on broken files
        log.warning("the picture %s cannot be read (%s); its item has no image", file, error)
    return None
