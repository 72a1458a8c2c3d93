"""Which files hold facts as triples, and which of their columns are head, relation and tail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.draft import joins, lexicon, names
from kg.draft.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column
    from kg.draft.table import Table

PRIOR = -2.0
WIDTH = 3
NAME = re.compile(r"[._:/]|[a-z][A-Z]|^[a-z]+( [a-z]+)*$")  # a relation's id, or a verb
MOST_RELATIONS = 5_000
FEWEST_TAILS = 22  # fewer look like marks
ENDS = frozenset({"integer", "code", "iri", "word", "url"})


@dataclass(frozen=True, slots=True)
class Triples:
    """A file of facts; head, relation and tail are places of columns."""

    table: Table
    head: int
    relation: int
    tail: int
    evidence: Evidence

    @property
    def ends(self) -> tuple[Column, Column]:
        """The columns of heads and of tails."""
        return self.table.columns[self.head], self.table.columns[self.tail]


def find(tables: Sequence[Table]) -> list[Triples]:
    """All files of triples, the likeliest first."""
    found = [triples for table in tables if (triples := _triples(table)) and triples.evidence.points > 0]
    return sorted(found, key=lambda triples: (-triples.evidence.points, triples.table.name))


def _triples(table: Table) -> Triples | None:
    by_name = _by_name(table)
    if by_name is not None:
        return by_name
    if len(table.columns) != WIDTH or table.layout.headed:
        return None
    head, relation, tail = table.columns
    kinds = relation.sort in {*ENDS, "flag"} and not relation.unique
    several = kinds and head.sort in ENDS and tail.sort in ENDS
    few = relation.distinct <= min(MOST_RELATIONS, head.distinct / 2, tail.distinct / 2)
    if not several or not few or tail.distinct < FEWEST_TAILS:
        return None
    return Triples(table, 0, 1, 2, _weighed(table, head, relation, tail))


def _by_name(table: Table) -> Triples | None:
    places = [
        next((column.place for column in table.columns if _is(column, known)), None)
        for known in (lexicon.HEAD, lexicon.RELATION, lexicon.TAIL)
    ]
    if None in places or len(set(places)) < WIDTH or not table.layout.headed:
        return None
    head, relation, tail = (place for place in places if place is not None)
    why = "columns named head, relation and tail, or in words like these"
    return Triples(table, head, relation, tail, Evidence(PRIOR).plus(6.0, why))


def _is(column: Column, known: frozenset[str]) -> bool:
    return column.sort in ENDS and names.has(column.name, known)


def _weighed(table: Table, head: Column, relation: Column, tail: Column) -> Evidence:
    told = f"three columns, the second with {relation.distinct} different values in {table.rows:,} rows"
    evidence = Evidence(PRIOR).plus(1.0, told)
    if names.has(table.stem, lexicon.GRAPH):
        evidence = evidence.plus(3.0, "the file's name")
    if names.has(table.stem, lexicon.LIKES):
        evidence = evidence.plus(-2.0)
    if head.unique or tail.unique:
        evidence = evidence.plus(-2.0)  # rather a thing a row
    if relation.sort not in {"integer", "flag"}:
        written = all(NAME.search(value) for value in relation.values)
        evidence = evidence.plus(3.0 if written else 1.0, f"relations such as {relation.values[0]!r}")
    elif relation.dense:
        evidence = evidence.plus(0.5)
    shared = joins.common(head.hashes, tail.hashes)
    return evidence.plus(1.0, "some values are heads and tails") if shared else evidence
