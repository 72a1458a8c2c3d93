"""Variants of texts to train on: words or attributes left out, words replaced by others of like meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import WhyRecError

if TYPE_CHECKING:
    import numpy as np

GLUE = ". "  # what kg.mapping puts between the columns that make a text
Synonyms = Mapping[str, Sequence[str]]
# Words for kinds of films, music and books, as catalogs and people write them.
SYNONYMS: Synonyms = {
    "action": ("fighting and chases",),
    "adventure": ("quest",),
    "animation": ("animated", "cartoon"),
    "autobiography": ("memoir",),
    "children's": ("for kids", "family"),
    "comedy": ("funny", "humour"),
    "crime": ("gangsters",),
    "documentary": ("true story",),
    "electronic": ("electronica",),
    "fantasy": ("magic",),
    "hip hop": ("rap",),
    "horror": ("scary",),
    "musical": ("singing and dancing",),
    "mystery": ("whodunit",),
    "novel": ("fiction",),
    "romance": ("love story", "romantic"),
    "sci-fi": ("science fiction",),
    "science fiction": ("sci-fi",),
    "thriller": ("suspense",),
    "war": ("soldiers",),
}


@dataclass(frozen=True)
class AugmentOptions:
    """How texts are varied; nothing is where all shares are 0.

    Attributes:
        token_dropout: share of words left out.
        attribute_dropout: share of attributes left out. A text's attributes are the columns that its card
            names, with ". " between them; in running text they are its sentences.
        synonyms: share of the words of `table` that are replaced by another of their row.
        table: words and their replacements, without regard to capitals; None for `SYNONYMS`.
    """

    token_dropout: float = 0.0
    attribute_dropout: float = 0.0
    synonyms: float = 0.0
    table: Synonyms | None = None

    def __post_init__(self) -> None:
        for name in ("token_dropout", "attribute_dropout", "synonyms"):
            if not 0 <= getattr(self, name) < 1:
                raise WhyRecError(f"{name} must lie in 0 .. 1, 1 left out, got {getattr(self, name)}")


class Augmenter:
    """Varies texts as `AugmentOptions` say; the same generator state gives the same variants."""

    def __init__(self, options: AugmentOptions) -> None:
        """Prepare to vary texts."""
        self._options = options
        table = SYNONYMS if options.table is None else options.table
        self._table = {word.lower(): tuple(others) for word, others in table.items() if others}
        words = sorted(self._table, key=lambda word: (-len(word), word))  # "science fiction" before "fiction"
        self._words = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """A variant of a text; at least one attribute and one word of it are left."""
        options = self._options
        if options.attribute_dropout:
            text = GLUE.join(_some(text.split(GLUE), options.attribute_dropout, rng))
        if options.synonyms and self._table:
            text = self._words.sub(lambda found: self._other(found[0], rng), text)
        if options.token_dropout:
            text = " ".join(_some(text.split(), options.token_dropout, rng))
        return text

    def _other(self, word: str, rng: np.random.Generator) -> str:
        if rng.random() >= self._options.synonyms:
            return word
        others = self._table[word.lower()]
        return others[int(rng.integers(len(others)))]


def _some(parts: list[str], dropout: float, rng: np.random.Generator) -> list[str]:
    """The parts without a random share of them, in their order; one of them where all would go."""
    if len(parts) < 2:  # noqa: PLR2004
        return parts
    kept = rng.random(len(parts)) >= dropout
    if not kept.any():
        kept[rng.integers(len(parts))] = True
    return [part for part, keep in zip(parts, kept, strict=True) if keep]
