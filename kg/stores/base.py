"""What every place for RDF must do, and what a person's query may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    import pyoxigraph as ox
    import rdflib

    Answer = pd.DataFrame | bool  # to a SELECT or an ASK query

PIECE_BYTES = 64 << 20  # RDF text handled at once: loads as fast as more, in half a gigabyte of memory


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person's query may cost.

    Attributes:
        seconds: from its start to the last byte of its answer.
        rows: of the answer.
        answer_bytes: of the answer as text.
        memory_bytes: address space of the process that answers it; an endpoint sets its own.
    """

    seconds: float = 30.0
    rows: int = 100_000
    answer_bytes: int = 256 << 20
    memory_bytes: int = 2 << 30


class Backend(Protocol):
    """A place for quads; `kg.store.GraphStore` says what each operation means and which errors it has."""

    def size(self) -> int:
        """The number of quads."""

    def dataset(self) -> rdflib.Dataset:
        """The quads as rdflib sees them; the default graph is the union of all graphs."""

    def load(self, pieces: Iterable[bytes]) -> None:
        """Add N-Quads; every piece ends with a line."""

    def change(self, add: list[ox.Quad], remove: list[ox.Quad]) -> None:
        """Remove quads, then add others, as one; none has a blank node."""

    def quads(self, graph: str) -> Iterator[ox.Quad]:
        """What stands in a named graph."""

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs that hold something."""

    def drop(self, graph: str) -> None:
        """Remove a named graph."""

    def contains(self, quad: ox.Quad) -> bool:
        """Whether a quad is here."""

    def select(self, sparql: str) -> pd.DataFrame:
        """The answer to a trusted SELECT query."""

    def answer(self, sparql: str, limits: Limits) -> Answer:
        """The answer to a person's SELECT or ASK query that passed the guard, within limits."""

    def close(self) -> None:
        """Let go of the place."""
