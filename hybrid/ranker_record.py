"""What a model's manifest says of its ranker: plain values there and back."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybrid.confidence import Confidence
from hybrid.ranker import Beginnings, Leaning, Newcomers, Ranker

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain(ranker: Ranker) -> dict[str, Any]:
    """The weights of a ranker as what JSON has; trees are not among them."""
    return {
        "weights": ranker.by_name(),
        "shifts": {"people": _plain(ranker.people), "items": _plain(ranker.items)},
        "beginnings": _plain(ranker.beginnings),
        "newcomers": _plain(ranker.newcomers),
        "wishes": _plain(ranker.wishes),
        "confidence": _plain(ranker.confidence),
    }


def ranker_of(written: Mapping[str, Any]) -> Ranker:
    """The ranker that `plain` was given, without trees.

    Raises:
        KeyError, TypeError, AttributeError: it was written otherwise.
    """
    early, new, sure = (written[name] for name in ("beginnings", "newcomers", "confidence"))
    return Ranker(
        names=tuple(written["weights"]),
        weights=_array(list(written["weights"].values())),
        people=_leaning(written["shifts"]["people"]),
        items=_leaning(written["shifts"]["items"]),
        beginnings=early
        and Beginnings(_array(early["weights"]), _leaning(early["people"]), float(early["until"])),
        newcomers=new and Newcomers(_array(new["weights"]), float(new["offset"])),
        wishes=None if written["wishes"] is None else _array(written["wishes"]),
        confidence=sure and Confidence(_array(sure["weights"]), float(sure["usual"])),
    )


def _plain(value: object) -> Any:  # noqa: ANN401
    if isinstance(value, np.ndarray):
        return value.tolist()
    return {name: _plain(each) for name, each in vars(value).items()} if is_dataclass(value) else value


def _array(values: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


def _leaning(written: Mapping[str, Any]) -> Leaning:
    return Leaning(**{name: _array(values) for name, values in written.items()})
