"""What is asked of the recommender."""

from __future__ import annotations

from dataclasses import dataclass

from kg.errors import QueryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Somebody to recommend for; any combination of the fields, at least one of them given.

    Attributes:
        user: id of a known user; the history in the graph is used.
        likes: ids of liked items, oldest first; they follow the history of `user` where both are given.
        text: what is wanted, in words.
        exclude: ids of items not to recommend. Liked items are never recommended.
    """

    user: str | None = None
    likes: tuple[str, ...] = ()
    text: str = ""
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.user is None and not self.likes and not self.text.strip():
            raise QueryError("a query needs a user, likes or text; all three are empty")
