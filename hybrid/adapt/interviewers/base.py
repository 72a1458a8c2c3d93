"""The contract of an interviewer: what many people answered goes in, what to ask somebody new comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import numpy as np
from scipy import sparse

from hybrid.scorers.base import binary, likes
from kg.graph import FloatArray

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

_MOST_PEOPLE = 5_000  # more would answer no better, and a question should come at once


class Answer(StrEnum):
    """What somebody says of an item; skip for what they do not know, or do not want to judge."""

    LIKE = "like"
    DISLIKE = "dislike"
    SKIP = "skip"


Answers: TypeAlias = Mapping[int, Answer]  # by item row, in the order asked
Worth: TypeAlias = Callable[[Answers], FloatArray]


@dataclass(frozen=True)
class Crowd:
    """What the people who are known would have answered.

    Attributes:
        likes: 1 where a person likes an item, shape (num_people, num_items), float32.
        dislikes: 1 where a person rated an item and does not like it, same shape; empty without ratings.
    """

    likes: sparse.csr_array
    dislikes: sparse.csr_array

    @classmethod
    def of(cls, graph: KnowledgeGraph, seed: int = 0) -> Crowd:
        """The people of a graph who like or rated something, at most 5,000 of them, drawn with the seed."""
        liked = likes(graph)
        rated = binary(graph.ratings.matrix(graph.num_users, graph.num_items))
        low = sparse.csr_array(rated - rated.multiply(liked))
        low.eliminate_zeros()
        people = np.flatnonzero(np.diff(liked.indptr) + np.diff(low.indptr))
        if len(people) > _MOST_PEOPLE:
            people = np.sort(np.random.default_rng(seed).choice(people, _MOST_PEOPLE, replace=False))
        return cls(liked[people], low[people])

    @property
    def size(self) -> int:
        """Number of people."""
        return int(self.likes.shape[0])

    @property
    def num_items(self) -> int:
        """Number of items."""
        return int(self.likes.shape[1])

    @cached_property
    def liked(self) -> FloatArray:
        """How many people like each item, shape (num_items,)."""
        return np.asarray(self.likes.sum(axis=0), dtype=np.float64)

    @cached_property
    def disliked(self) -> FloatArray:
        """How many people know each item and do not like it, shape (num_items,)."""
        return np.asarray(self.dislikes.sum(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Interviewer(ABC):
    """Chooses what to ask next; subclasses are frozen dataclasses of options.

    One interviewer is one file in `hybrid/adapt/interviewers/`; discovery finds it.

    Class attributes:
        name: unique short name, used on the command line.
    """

    name: ClassVar[str]

    @abstractmethod
    def prepared(self, crowd: Crowd, seed: int) -> Worth:
        """How much each item is worth as the next question, given the answers so far, shape (num_items,).

        The item with the highest worth that was not asked yet is asked; -inf for what is never to be asked.

        Args:
            crowd: what others would have answered.
            seed: for whatever is drawn.
        """


def entropy(*chances: FloatArray) -> FloatArray:
    """The entropy of answers with these chances, which add up to 1, in nats; shape of each chance."""
    return np.asarray(-np.sum([chance * np.log(np.maximum(chance, 1e-300)) for chance in chances], axis=0))
