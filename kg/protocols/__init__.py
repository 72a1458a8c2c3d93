"""Protocols of splitting, one per file; `find` discovers them, `resplit` deals a graph's likes by one."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from kg import discovery
from kg.errors import QueryError
from kg.protocols.base import Dealt, Protocol

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

__all__ = ["Dealt", "Protocol", "find", "make", "options_of", "resplit"]


@cache
def find() -> dict[str, type[Protocol]]:
    """All protocols of this folder, by name."""
    return discovery.subclasses(__name__, Protocol)  # type: ignore[type-abstract]


def options_of(kind: type[Protocol]) -> tuple[str, ...]:
    """The names of a protocol's options."""
    return tuple(option.name for option in fields(kind))


def make(name: str, **options: object) -> Protocol:
    """The protocol of a name.

    Raises:
        QueryError: there is no protocol or no option of the name.
        CatalogError: an option is out of range.
    """
    known = find()
    if name not in known:
        raise QueryError(f"there is no protocol {name!r}; known are {', '.join(known)}")
    takes = options_of(known[name])
    if unknown := [option for option in options if option not in takes]:
        offer = f"it takes {', '.join(takes)}" if takes else "it takes none"
        raise QueryError(f"protocol {name!r} has no option {unknown[0]!r}; {offer}")
    return known[name](**options)


def resplit(
    graph: KnowledgeGraph, protocol: str | Protocol, seed: int = 0, **options: object
) -> tuple[Dealt, ...]:
    """A graph's likes and ratings, held-out ones too, dealt anew; facts and texts stay unless it says so.

    Args:
        graph: any graph; it is not changed.
        protocol: one, or the name of one.
        seed: for whatever is drawn; equal seeds deal equally.
        options: of the protocol, where it is named.

    Returns:
        One `Dealt` for most protocols, k for "k_fold".

    Raises:
        QueryError: there is no protocol or no option of the name.
        CatalogError: the graph's likes cannot be dealt so.
    """
    chosen = make(protocol, **options) if isinstance(protocol, str) else protocol
    return tuple(run.split(graph, seed) for run in chosen.runs())
