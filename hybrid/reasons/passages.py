"""Where the text of an item is near to the texts of what somebody likes, or to what is wished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from hybrid.reasons.explanation import Passage

if TYPE_CHECKING:
    from hybrid.query import Query
    from hybrid.reasons.explanation import LikeShare
    from hybrid.recommender import Recommender

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS = 3  # a passage of fewer says nothing: a year, a name
_LIKES, _SENTENCES, _SHOWN = 5, 12, 3


def nearest_passages(
    recommender: Recommender, query: Query, item: int, likes: tuple[LikeShare, ...]
) -> tuple[Passage, ...]:
    """The nearest pairs of a passage of an item's text and one of a liked item's, or the wish; nearest first.

    The texts of the likes that gave most are looked at, by the cosine of the text encoder's vectors.
    Each passage of the item is there once at most.

    Args:
        recommender: whose text encoder reads them.
        query: what was asked, with a wish in words or without.
        item: row of the item.
        likes: what each like gave, the most first.
    """
    texts, items = recommender.graph.item_texts, recommender.graph.items
    ours = _passages(texts[item])
    theirs = [(query.text.strip(), "")] if query.text.strip() else []
    for like in likes[:_LIKES]:
        theirs += [(each, like.label) for each in _passages(texts[items.number(like.item)])]
    if recommender.text is None or not ours or not theirs:
        return ()
    read = [*ours, *(text for text, _ in theirs)]
    vectors = recommender.encoder().encode(read)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    near = vectors[: len(ours)] @ vectors[len(ours) :].T
    best = near.argmax(axis=1)
    found = [
        Passage(text, theirs[place][0], theirs[place][1], float(near[row, place]))
        for row, (text, place) in enumerate(zip(ours, best.tolist(), strict=True))
    ]
    return tuple(sorted(found, key=lambda passage: -passage.likeness)[:_SHOWN])


def _passages(text: str) -> list[str]:
    return [each.strip() for each in _SENTENCE.split(text) if len(_WORD.findall(each)) >= _WORDS][:_SENTENCES]
