"""The items' image vectors, aligned with a graph's items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.images.encoder import ImageEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hybrid.images.encoder import ImageOptions
    from kg.graph import BoolArray
    from kg.images import Images, VectorArray
    from kg.vocabulary import Vocabulary


@dataclass(frozen=True)
class ImageTable:
    """Image vectors of all items.

    Attributes:
        vectors: zeros where an item has no image, shape (num_items, size).
        present: which items have an image, shape (num_items,).
    """

    vectors: VectorArray
    present: BoolArray

    @classmethod
    def of(cls, items: Vocabulary, ids: Sequence[str], vectors: VectorArray) -> ImageTable:
        """The vectors by item; ids that are no item's are left out.

        Args:
            items: the items of the graph.
            ids: ids of items, shape (n,).
            vectors: their vectors, shape (n, size).
        """
        known = [row for row, external in enumerate(ids) if external in items]
        numbers = items.numbers(ids[row] for row in known)
        table = np.zeros((len(items), vectors.shape[1]), dtype=np.float32)
        present = np.zeros(len(items), dtype=np.bool_)
        table[numbers], present[numbers] = vectors[known], True
        return cls(table, present)

    def extended(self, items: int) -> ImageTable:
        """The table with so many further items after the last one, which have no image."""
        vectors, present = np.pad(self.vectors, ((0, items), (0, 0))), np.pad(self.present, (0, items))
        return ImageTable(vectors, present)


def image_table(
    items: Vocabulary, images: Images, options: ImageOptions, report: Callable[[str], None]
) -> ImageTable | None:
    """The image vectors of a graph's items, made by a vision model where pictures are given.

    Args:
        items: the items of the graph.
        images: vectors or pictures of items; those of other items are left out.
        options: which vision model; where it names none, pictures are not used, and the report says so.
        report: told of progress in words.

    Returns:
        None where no item has an image that can be read.

    Raises:
        ImageModelError: the vision model cannot be found or read.
    """
    if images.vectors is not None:
        return _unless_empty(ImageTable.of(items, images.items, images.vectors), report)
    if not options.model:
        report(f"{len(images.files)} pictures are not used: no vision model is named (--image-model)")
        return None
    pairs = [pair for pair in zip(images.items, images.files, strict=True) if pair[0] in items]
    encoder = ImageEncoder(options, progress=lambda done, count: report(f"images: {done} of {count} encoded"))
    vectors, present = encoder.encode([file for _, file in pairs])
    ids = [external for (external, _), read in zip(pairs, present, strict=True) if read]
    return _unless_empty(ImageTable.of(items, ids, vectors[present]), report)


def _unless_empty(table: ImageTable, report: Callable[[str], None]) -> ImageTable | None:
    if table.present.any():
        return table
    report("no image is of an item of the graph, or none can be read")
    return None
