"""What a path may look like: its length, its types, its relations, its hubs, and the likes it may use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import QueryError
from kg.graph import KINDS
from kg.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kg.graph import BoolArray, KnowledgeGraph

MOST_HOPS = 4
LIKES = "likes"  # what `relations` calls the likes
ANY = "*"


@dataclass(frozen=True, slots=True)
class Limits:
    """Which paths count.

    Attributes:
        max_hops: the most steps of a path, 1 to 4.
        relations: ids of the relations a path may use, "likes" for the likes; all where None.
        pattern: what each node of the path is, the first and the last too: "user", "item", "entity", the name
            of a class, or "*" for anything. It fixes the number of steps. None for no pattern.
        max_fan: a node with more edges of one relation is not walked through by it; None for the finder's.
        before: only likes of before this time (seconds since 1970) are used or counted, and none whose time
            is unknown; None for all.

    Raises:
        QueryError: a limit is none, or they contradict each other.
    """

    max_hops: int = 3
    relations: Collection[str] | None = None
    pattern: Sequence[str] | None = None
    max_fan: int | None = None
    before: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.max_hops <= MOST_HOPS:
            raise QueryError(f"max_hops must be 1 to {MOST_HOPS}, not {self.max_hops}")
        if self.max_fan is not None and self.max_fan < 1:
            raise QueryError(f"max_fan must be at least 1, not {self.max_fan}")
        if self.before is not None and not math.isfinite(self.before):
            raise QueryError(f"before must be a time in seconds since 1970, not {self.before}")
        if self.relations is not None:
            if isinstance(self.relations, str) or not self.relations:
                raise QueryError(f"relations must be a set of relation ids, not {self.relations!r}")
            object.__setattr__(self, "relations", frozenset(self.relations))
        if self.pattern is not None:
            self._check_pattern(self.pattern)

    def _check_pattern(self, pattern: Sequence[str]) -> None:
        if isinstance(pattern, str):
            raise QueryError(f"pattern must be a tuple of kinds or classes, not {pattern!r}")
        if not 1 <= len(pattern) - 1 <= self.max_hops:
            raise QueryError(
                f"pattern names {len(pattern)} nodes, expected 2 to {self.max_hops + 1} for paths of "
                f"max_hops={self.max_hops}"
            )
        object.__setattr__(self, "pattern", tuple(pattern))

    @property
    def lengths(self) -> range:
        """The numbers of steps a path may have."""
        if self.pattern is not None:
            return range(len(self.pattern) - 1, len(self.pattern))
        return range(1, self.max_hops + 1)

    @property
    def likes(self) -> bool:
        """Whether a path may use likes."""
        return self.relations is None or LIKES in self.relations


def usable(graph: KnowledgeGraph, relations: Collection[str] | None) -> BoolArray:
    """Whether a path may use each relation, and at the end likes, shape (len(graph.relations) + 1,).

    Raises:
        UnknownIdError: the graph has no relation of an id.
    """
    if relations is None:
        return np.ones(len(graph.relations) + 1, dtype=np.bool_)
    known = Vocabulary("relation", (relation.id for relation in graph.relations))
    allowed = np.zeros(len(known) + 1, dtype=np.bool_)
    allowed[known.numbers(name for name in relations if name != LIKES or name in known)] = True
    allowed[-1] = LIKES in relations
    return allowed


def places(graph: KnowledgeGraph, pattern: Sequence[str] | None) -> tuple[BoolArray | None, ...]:
    """Which nodes may stand at each place of a path, shape (num_nodes,) each; None for all.

    Raises:
        QueryError: the graph has no class of a name.
    """
    return tuple(_place(graph, name) for name in pattern or (ANY,) * (MOST_HOPS + 1))


def _place(graph: KnowledgeGraph, name: str) -> BoolArray | None:
    if name == ANY:
        return None
    if name in KINDS:
        numbers = np.arange(graph.num_nodes)
        first = graph.first(name)
        kind: BoolArray = (numbers >= first) & (numbers < first + len(graph.vocabulary(name)))
        return kind
    if name not in graph.class_names:
        known = ", ".join((*KINDS, *graph.class_names))
        raise QueryError(
            f"pattern names {name!r}, which is no kind and no class of the graph; known are {known}"
        )
    of_class: BoolArray = graph.classes == graph.class_names.index(name)
    return of_class
