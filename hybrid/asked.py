"""What a query asks, as numbers, and what is said of it in the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.profiles import Wish
from kg.errors import QueryError

if TYPE_CHECKING:
    from hybrid.profiles import Profiles
    from hybrid.query import Query
    from hybrid.wanting import Filter
    from kg.graph import BoolArray


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks.

    Attributes:
        query: the query.
        profile: who asks, with their likes and their wish.
        disliked: somebody who likes only what they dislike; None where that is nothing.
        filters: what items must meet to be recommended.
        narrowed: whether something tells which items will do, so that the best known of them are an answer.
        liked: True for what is liked already, shape (num_items,).
        notes: what of the query could not be used, or how it was read.
    """

    query: Query
    profile: Profiles
    disliked: Profiles | None
    filters: tuple[Filter, ...]
    narrowed: bool
    liked: BoolArray
    notes: tuple[str, ...]

    @property
    def somebody(self) -> bool:
        """Whether who asks is a known user, or something is known of them, such as an age."""
        return bool(self.profile.users[0] >= 0 or self.profile.wishes[0].facts)

    @property
    def nobody(self) -> bool:
        """Whether nothing at all is known of who asks, nor wished."""
        return not len(self.profile.items) and self.profile.wishes[0] == Wish()

    @property
    def fitting(self) -> BoolArray:
        """True for the items that meet all filters, shape (num_items,)."""
        met: BoolArray = np.all([np.ones_like(self.liked), *(each.met for each in self.filters)], axis=0)
        return met

    def besides(self, item: int) -> BoolArray:
        """True for what may be recommended, and for an item (row) in any case; shape (num_items,)."""
        allowed: BoolArray = self.fitting & ~self.liked
        allowed[item] = True
        return allowed

    @property
    def allowed(self) -> BoolArray:
        """True for what may be recommended, shape (num_items,).

        Raises:
            QueryError: nothing may.
        """
        fitting = self.fitting
        if not fitting.any():
            met = ", ".join(f"{each.words!r} by {int(each.met.sum()):,}" for each in self.filters)
            raise QueryError(self._with_notes(f"no item meets all that is wanted; {met}"))
        if not (fitting & ~self.liked).any():
            raise QueryError(self._with_notes("all items that meet what is wanted are liked already"))
        return fitting & ~self.liked

    def told(self, found: int, wanted: int, *, guessed: bool) -> tuple[str, ...]:
        """The notes, with what the whole answer needs.

        Args:
            found: how many items were recommended.
            wanted: how many were asked for.
            guessed: whether they go by popularity, as nothing told what is liked.
        """
        notes = self.notes
        if guessed:
            notes += ("nothing told what is liked, so what most people like comes first",)
        if found < wanted and self.filters:
            notes += (f"only {found} of the {wanted} items asked for: no others meet what is wanted",)
        return notes

    def unmet(self, item: int) -> tuple[str, ...]:
        """Why an item (row) would not be recommended, in words."""
        against = tuple(f"it does not meet {each.words!r}" for each in self.filters if not each.met[item])
        return against + (("it is liked already",) if self.liked[item] else ())

    def nothing(self) -> QueryError:
        """That nothing can be recommended, with every reason."""
        return QueryError(
            self._with_notes("nothing in the query says anything to any scorer")
            + "; add likes that the graph knows (--likes), or a text (--text)"
        )

    def _with_notes(self, sentence: str) -> str:
        return "; ".join((sentence, *self.notes))
