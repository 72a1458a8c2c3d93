"""The contract of a protocol: small options, and how it deals likes into training, validation and test."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kg.errors import CatalogError
from kg.protocols.places import SHOWN, joined, mixed, naming, of_likes, once

if TYPE_CHECKING:
    from kg.graph import Interactions, KnowledgeGraph
    from kg.protocols.places import Parts


@dataclass(frozen=True, slots=True)
class Dealt:
    """A graph whose likes a protocol has dealt.

    Attributes:
        protocol: what dealt them.
        graph: what may be learned from, with validation rows marked, and in `heldout` what tests.
        shown: likes of people of whom nothing is learned, that a query for them may show; none for most
            protocols. Whoever learns, tunes or weighs reads `graph` and never these.
    """

    protocol: Protocol
    graph: KnowledgeGraph
    shown: Interactions

    @property
    def histories(self) -> KnowledgeGraph:
        """The graph as queries know it, the shown likes among its interactions; not to be learned from."""
        return self.graph.with_interactions(joined(self.graph.interactions, self.shown))


@dataclass(frozen=True)
class Protocol(ABC):
    """Deals likes; subclasses are frozen dataclasses of options.

    One protocol is one file in `kg/protocols/`; discovery finds it.

    Class attributes:
        name: unique short name, used in cards and on the command line.
        in_card: whether a card's `split` may name it: it only deals rows into training, validation and test.
    """

    name: ClassVar[str]
    in_card: ClassVar[bool] = True

    @abstractmethod
    def deal(self, likes: Interactions, seed: int) -> Parts:
        """The part of every like: "train", "valid", "test" or "shown" (see `Dealt.shown`), shape (n,).

        Args:
            likes: all likes; validation marks are not looked at, and equal times are taken in the order of
                the rows.
            seed: for whatever is drawn.

        Raises:
            CatalogError: the likes cannot be dealt so; the message does not name the graph.
        """

    def deal_rest(self, rest: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:  # noqa: ARG002
        """The part of every rating that is no like, shape (len(rest),); dealt as likes are unless overridden.

        Args:
            rest: the ratings.
            likes: all likes.
            parts: theirs.
            seed: for whatever is drawn.
        """
        return self.deal(rest, seed)

    def deal_ratings(self, ratings: Interactions, likes: Interactions, parts: Parts, seed: int) -> Parts:
        """The part of every rating, shape (len(ratings),).

        A rating that is a like, by its user, item and time, has the like's part; any other, see `deal_rest`.
        """
        found = of_likes(ratings, likes, parts)
        rest = found == ""
        found[rest] = self.deal_rest(ratings.take(rest), likes, parts, seed)
        return found

    def split(self, graph: KnowledgeGraph, seed: int = 0) -> Dealt:
        """All likes and ratings of a graph, held-out ones too, dealt anew.

        The same likes are dealt in the same way, however they were split and ordered before; equal times are
        taken in random order. A row of a pair of person and item that has rows in an earlier part is left
        out, so that nothing is tested that was to be seen in training; so are ratings by shown likes.

        Raises:
            CatalogError: the graph's likes cannot be dealt so.
        """
        likes = joined(graph.interactions, graph.heldout)
        ratings = joined(graph.ratings, graph.heldout_ratings)
        parts, rated = (np.empty(len(rows), dtype="<U5") for rows in (likes, ratings))
        order, rated_order = mixed(likes, seed), mixed(ratings, seed)
        with naming(f"graph {graph.name!r}"):
            parts[order] = self.deal(likes.take(order), seed)
            rated[rated_order] = self.deal_ratings(ratings.take(rated_order), likes, parts, seed)
        both = joined(likes, ratings)
        parts, rated = np.split(once(both.users, both.items, np.concatenate([parts, rated])), [len(likes)])
        learned, tested, shown = _by_part(likes, parts)
        ratings, heldout_ratings, _ = _by_part(ratings, rated)
        dealt = replace(
            graph,
            interactions=learned,
            heldout=tested,
            ratings=ratings,
            heldout_ratings=heldout_ratings,
        )
        return Dealt(self, dealt, shown)

    def runs(self) -> tuple[Protocol, ...]:
        """The protocols to split by, one after the other; more than one where tests are to take turns."""
        return (self,)


def _by_part(rows: Interactions, parts: Parts) -> tuple[Interactions, Interactions, Interactions]:
    """The rows to learn from with validation marked, those to test on, and those that are only shown."""
    marked = replace(rows, validation=parts == "valid")
    learned = (parts == "train") | (parts == "valid")
    return marked.take(learned), marked.take(parts == "test"), marked.take(parts == SHOWN)


@dataclass(frozen=True)
class Shares(Protocol):
    """A protocol that keeps shares for testing and tuning.

    Attributes:
        test: the share that tests, 0 to 1.
        valid: the share that tunes.

    Raises:
        CatalogError: the two leave nothing to learn from.
    """

    test: float = 0.2
    valid: float = 0.1

    def __post_init__(self) -> None:
        if not (self.test >= 0 and self.valid >= 0 and self.test + self.valid < 1):
            raise CatalogError(
                f"shares of {self.test:g} and {self.valid:g} leave nothing to learn from; "
                "two shares that add up to less than 1 were expected"
            )
