"""Relations whose facts another relation says as well: under a second name, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.draft import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.graph import IntArray

FEWEST = 20
COVERED = 0.9
EQUAL = 0.995


@dataclass(frozen=True, slots=True)
class Repeat:
    """A relation that says what another one says; `share` of its facts stand there too."""

    relation: str
    other: str
    inverse: bool
    share: float


def find(facts: pd.DataFrame, named: Callable[[str], str]) -> list[Repeat]:
    """The relations to leave out.

    Args:
        facts: columns head, relation and tail.
        named: takes a relation's id in the file to the one in the card.
    """
    facts = facts.drop_duplicates()
    ends, _ = pd.factorize(pd.concat([facts["head"], facts["tail"]], ignore_index=True))
    heads, tails = ends[: len(facts)].astype(np.int64), ends[len(facts) :].astype(np.int64)
    kinds, relations = pd.factorize(facts["relation"])
    counts = np.bincount(kinds)
    size = int(ends.max(initial=0)) + 1
    straight = pd.DataFrame({"pair": heads * size + tails, "kind": kinds})
    turned = pd.DataFrame({"pair": tails * size + heads, "kind": kinds})
    found = [
        Repeat(relations[one], relations[other], inverse, share / counts[one])
        for inverse, reversed_pairs in ((True, turned), (False, straight))
        for (one, other), share in _shared(straight, reversed_pairs)
        if one != other
        and counts[one] >= FEWEST
        and _covers(share, counts[one], counts[other], inverse=inverse)
    ]
    return _chosen(found, dict(zip(relations, counts, strict=True)), named)


def _covers(share: int, one: int, other: int, *, inverse: bool) -> bool:
    """Whether a relation is not needed beside another: its facts turned round, or the very same facts.

    Who produces a film also distributes it, mostly; a relation within another one still says more.
    """
    return share >= COVERED * one if inverse else share >= EQUAL * max(one, other)


def _shared(one: pd.DataFrame, other: pd.DataFrame) -> list[tuple[tuple[int, int], int]]:
    """How many pairs two relations have in common, for all that have some."""
    both = one.merge(other.drop_duplicates(), on="pair", suffixes=("", "_other"))
    return list(both.groupby(["kind", "kind_other"]).size().items())  # type: ignore[arg-type]


def _chosen(found: list[Repeat], counts: dict[str, IntArray], named: Callable[[str], str]) -> list[Repeat]:
    """Of two relations that say the same, the one with words of its own stays, else the more frequent."""

    def worth(relation: str) -> tuple[bool, int, str]:
        return words.of(named(relation)).known, int(counts[relation]), relation

    dropped: dict[str, Repeat] = {}
    for repeat in sorted(found, key=lambda repeat: worth(repeat.relation)):
        mutual = any(back.relation == repeat.other and back.other == repeat.relation for back in found)
        loses = not mutual or worth(repeat.relation) < worth(repeat.other)
        if loses and repeat.other not in dropped:
            dropped.setdefault(repeat.relation, repeat)
    return list(dropped.values())
