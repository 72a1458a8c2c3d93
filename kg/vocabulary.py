"""External ids become row numbers here, once, and nowhere else."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np

from kg.errors import CatalogError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.graph import IntArray


class Vocabulary:
    """An ordered set of string ids; the number of an id is its position, from 0.

    Args:
        kind: what the ids name ("user", "item", "entity"), for error messages.
        ids: the ids in order, each once.

    Raises:
        CatalogError: an id occurs twice or is empty.
    """

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        self.kind = kind
        self.ids = tuple(ids)
        self._numbers = {external: number for number, external in enumerate(self.ids)}
        if len(self._numbers) != len(self.ids):
            seen: set[str] = set()
            twice = next(external for external in self.ids if external in seen or seen.add(external))  # type: ignore[func-returns-value]
            raise CatalogError(f"{kind} id {twice!r} occurs twice; every {kind} needs an id of its own")
        if "" in self._numbers:
            raise CatalogError(f"a {kind} has an empty id; every {kind} needs an id")

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, external: object) -> bool:
        return external in self._numbers

    def __repr__(self) -> str:
        return f"Vocabulary({self.kind!r}, {len(self)} ids)"

    def number(self, external: str) -> int:
        """The row number of an id.

        Raises:
            UnknownIdError: the id is not here; the message offers the nearest known ones.
        """
        try:
            return self._numbers[external]
        except KeyError:
            near = difflib.get_close_matches(external, self.ids[:100_000], n=3, cutoff=0.5)
            hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
            raise UnknownIdError(f"{self.kind} {external!r} is not in the graph{hint}") from None

    def numbers(self, externals: Iterable[str]) -> IntArray:
        """The row numbers of several ids, shape (n,).

        Raises:
            UnknownIdError: one of them is not here.
        """
        return np.fromiter((self.number(external) for external in externals), dtype=np.int64)

    def extended(self, ids: Iterable[str]) -> Vocabulary:
        """A new vocabulary with further ids at its end; the old numbers stay."""
        return Vocabulary(self.kind, (*self.ids, *ids))
