"""What is asked of the recommender."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybrid import conditions
from kg.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = ("user", "text", "sparql")
LISTS = ("likes", "dislikes", "wanted", "about", "exclude")
NUMBERS = ("ratings", "times")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Somebody to recommend for, and what is wanted: any combination of the fields (docs/queries.md).

    Items and entities go by their ids; where no id fits, by their labels.

    Attributes:
        user: id of a known user; the history in the graph is used.
        likes: liked items, oldest first; they follow the history of `user` where both are given.
        dislikes: disliked items; never recommended, and what is like them sinks.
        ratings: by item; high ones are likes, low ones dislikes, as the graph's ratings show.
        times: when liked or highly rated items were liked, seconds since 1970, by item; they order the likes.
        text: what is wanted, in words.
        person: what is known of somebody new, by attribute: {"age": "27", "occupation": "writer"}.
        wanted: conditions that an item must meet: "genre = noir | western", "price < 30".
        about: entities that what is wanted should be linked to: a director, a tag.
        exclude: items to leave out, and entities whose items are left out. Liked items are never recommended.
        sparql: a SELECT query whose first variable gives the items that may be recommended.
        n: how many items are wanted.
    """

    user: str | None = None
    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    ratings: Mapping[str, float] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    person: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sparql: str = ""
    n: int = 10

    def __post_init__(self) -> None:
        for name in TEXTS:
            if not isinstance(getattr(self, name), str | None):
                raise QueryError(f"{name}: expected a text, found {getattr(self, name)!r}")
        for name in LISTS:
            self._check_list(name)
        object.__setattr__(self, "person", {name: str(value) for name, value in self.person.items()})
        for name in NUMBERS:
            _check_numbers(name, getattr(self, name))
        check_count(self.n)
        for text in self.wanted:
            conditions.parse(text)
        for item in set(self.likes).intersection(self.dislikes):
            raise QueryError(f"item {item!r} is both liked and disliked; leave one of the two out")
        if not (self.asks or self.narrows):
            raise QueryError(
                "a query needs a user, likes or text, or one of dislikes, ratings, person, wanted, about and "
                "sparql; all are empty"
            )

    @property
    def asks(self) -> bool:
        """Whether anything in it says what somebody may like."""
        given = (self.user is not None, self.likes, self.ratings, self.text.strip(), self.person, self.about)
        return any(given)

    @property
    def narrows(self) -> bool:
        """Whether anything in it says what will do, or will not, among all items."""
        return bool(self.wanted or self.sparql.strip() or self.dislikes)

    def _check_list(self, name: str) -> None:
        given = getattr(self, name)
        if isinstance(given, str):
            raise QueryError(f"{name} is one text, {given!r}; expected several, as in {name}=({given!r},)")
        for value in given:
            if not isinstance(value, str) or not value.strip():
                raise QueryError(f"{name}: expected a text, found {value!r}")
        object.__setattr__(self, name, tuple(given))


def _check_numbers(name: str, values: Mapping[str, object]) -> None:
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise QueryError(f"{name} of {key!r}: expected a number, found {value!r}")


def check_count(n: object) -> None:
    """Refuse a number of items that is none.

    Raises:
        QueryError: it is below 1, or no whole number.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise QueryError(f"n: expected a whole number of items, 1 or more, found {n!r}")
