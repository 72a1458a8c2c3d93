"""The items' text vectors, with the encoder that made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.graph import BoolArray

VectorArray = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors of length 1."""

    @property
    def size(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> VectorArray:
        """Unit vectors of the texts, shape (len(texts), size)."""
        ...


@dataclass(frozen=True)
class TextTable:
    """Text vectors of all items.

    Attributes:
        vectors: unit vectors, zeros where an item has no text, shape (num_items, size).
        present: which items have text, shape (num_items,).
        encoder: the encoder, for new texts.
    """

    vectors: VectorArray
    present: BoolArray
    encoder: Encoder

    @classmethod
    def of(cls, texts: Sequence[str], encoder: Encoder) -> TextTable:
        """Encode the texts of all items; "" stays a zero vector."""
        present = np.array([bool(text.strip()) for text in texts], dtype=np.bool_)
        vectors = np.zeros((len(texts), encoder.size), dtype=np.float32)
        if present.any():
            vectors[present] = encoder.encode([text for text in texts if text.strip()])
        return cls(vectors, present, encoder)

    def extended(self, texts: Sequence[str]) -> TextTable:
        """The table with the texts of further items after the last one; only they are encoded."""
        new = TextTable.of(texts, self.encoder)
        vectors = np.concatenate([self.vectors, new.vectors])
        return TextTable(vectors, np.concatenate([self.present, new.present]), self.encoder)
