"""Files of facts: which they are, what the numbers in them stand for, which of their entities are items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import joins, same
from kg.draft.spaces import Bridge, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.draft.column import Column
    from kg.draft.joins import Values
    from kg.draft.same import Same
    from kg.draft.table import Table
    from kg.draft.triples import Triples

COMPLETE = 0.98
TELLING = ("iri", "url", "word", "code", "integer")  # an id that tells most comes first


@dataclass(frozen=True, slots=True)
class Facts:
    """Files of facts whose ends are the same entities.

    Attributes:
        triples: files with a column of relations.
        edges: files of one relation each, which the file's name tells.
        ends: the ids of the entities.
        kinds: the ids of the relations, None for edges.
        same: the tables that join the entities with items, the best first.
    """

    triples: tuple[Triples, ...]
    edges: tuple[Table, ...]
    ends: Space
    kinds: Space | None
    same: tuple[Same, ...]

    @property
    def columns(self) -> list[tuple[Table, Column, Column]]:
        """The columns of heads and of tails of each file."""
        pairs = [(one.table, *one.ends) for one in self.triples]
        return pairs + [(table, table.columns[0], table.columns[1]) for table in self.edges]


def find(
    triples: Sequence[Triples], edges: Sequence[Table], items: Space | None, tables: Sequence[Table]
) -> list[Facts]:
    """All facts, with what their ids stand for.

    Args:
        triples: files of triples.
        edges: files of edges.
        items: the items' ids, None where there are none.
        tables: all other files; lists of entities and links are among them.
    """
    found = []
    for one in triples:
        kinds = _space([one.table.columns[one.relation]], tables, "relation")
        found.append(_facts((one,), (), kinds, items, tables))
    return [*found, _facts((), tuple(edges), None, items, tables)] if edges else found


def _facts(
    triples: tuple[Triples, ...],
    edges: tuple[Table, ...],
    kinds: Space | None,
    items: Space | None,
    tables: Sequence[Table],
) -> Facts:
    columns = [column for one in triples for column in one.ends]
    columns += [column for table in edges for column in table.columns]
    ends = _space(columns, tables, "entity")
    return Facts(triples, edges, ends, kinds, tuple(same.find(items, ends, tables)) if items else ())


def _space(columns: Sequence[Column], tables: Sequence[Table], role: str) -> Space:
    """The ids of some columns, and the list that says what they stand for."""
    raw = joins.values(columns, role, role=role, where="the facts")
    likely = sorted(_dictionaries(raw, tables), key=lambda bridge: -bridge.evidence.points)
    return Space(role, raw, likely[0] if likely else None)


def _dictionaries(raw: Values, tables: Sequence[Table]) -> Iterator[Bridge]:
    """Tables that take the numbers to something that tells more."""
    for table in tables if raw.whole else ():
        for key in table.columns:
            if not key.unique or not key.whole:
                continue
            whole = joins.common(raw.hashes, key.hashes) >= COMPLETE * raw.distinct
            value, evidence = _telling(table, key), joins.fit(raw, table.values(key))
            if whole and value is not None and evidence.points > 0:
                yield Bridge(table, key, value, evidence)


def _telling(table: Table, key: Column) -> Column | None:
    others = [column for column in table.columns if column is not key and column.unique]
    told = [column for column in others if column.sort in TELLING]
    return min(told, key=lambda column: (TELLING.index(column.sort), column.place), default=None)
