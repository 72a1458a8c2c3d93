"""What an audit of links weighs: what items say of themselves, and what the graph says of entities."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from kg.errors import CatalogError
from kg.titles import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kg.graph import FloatArray, IntArray

NAME = "name"
WINDOW = 2  # years, or steps of a scale, that two values may lie apart and still be something alike
STEPS = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Items, entities, and the links between them that an audit judges.

    Attributes:
        title: the dataset's name.
        items: columns id, label and year ("" where unknown), a row each.
        entities: likewise; linked ones and any others that an item could be linked to.
        links: rows of `items` and of `entities`, shape (num_links, 2).
        own: by family ("genre", "people", ...), what the items' own files say, counts of shape
            (num_items, any).
        graph: what the linked graph says of the entities, shape (num_entities, any).
        names: words of the items' own names and of the entities' names, in the same columns, of shape
            (num_items, any) and (num_entities, any); None where one side has no names.
        absent: families that have nothing to say, and why.
    """

    title: str
    items: pd.DataFrame
    entities: pd.DataFrame
    links: IntArray
    own: Mapping[str, sparse.csr_array]
    graph: sparse.csr_array
    names: tuple[sparse.csr_array, sparse.csr_array] | None = None
    absent: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, rows, matrices in (
            ("items", len(self.items), list(self.own.values())),
            ("entities", len(self.entities), [self.graph]),
        ):
            if any(matrix.shape[0] != rows for matrix in matrices):
                raise CatalogError(f"evidence of {self.title!r} needs a row for each of its {rows} {what}")
        limits = (len(self.items), len(self.entities))
        if self.links.ndim != 2 or (len(self.links) and not (self.links.max(axis=0) < limits).all()):  # noqa: PLR2004
            raise CatalogError(f"links of {self.title!r} must be rows of items and of entities")

    def linked(self, links: IntArray) -> Evidence:
        """The same evidence with other links."""
        return replace(self, links=links)

    def take(self, rows: IntArray) -> Evidence:
        """The same evidence with some of the links."""
        return replace(self, links=self.links[rows])


def indicator(rows: IntArray, values: Iterable[object], num_rows: int) -> sparse.csr_array:
    """Which row has which value: 1 where it has, shape (num_rows, number of different values)."""
    columns, names = pd.factorize(np.fromiter(values, dtype=object))
    shape = (num_rows, max(len(names), 1))
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def words(texts: Sequence[str]) -> sparse.csr_array:
    """Which text has which word, written one way, shape (len(texts), number of different words)."""
    found = [sorted(set(fold(text).split())) for text in texts]
    rows = np.repeat(np.arange(len(found)), [len(part) for part in found])
    return indicator(rows, (word for part in found for word in part), len(found))


def scale(values: pd.Series) -> sparse.csr_array:
    """Numbers as steps of a scale, each with the steps beside it, so that near ones have some in common.

    Whole numbers between 1000 and 2999 are years, a step each; others are cut into steps of equal counts.

    Args:
        values: numbers, NaN where unknown.
    """
    known = np.flatnonzero(values.notna())
    numbers = values.iloc[known].to_numpy(dtype=np.float64)
    years = bool(((numbers >= 1000) & (numbers < 3000) & (numbers % 1 == 0)).all())  # noqa: PLR2004
    steps = numbers if years else np.floor(pd.Series(numbers).rank(pct=True).to_numpy() * STEPS)
    around = np.arange(-WINDOW, WINDOW + 1)
    spread = (steps[:, None] + around).ravel().tolist()
    return indicator(np.repeat(known, len(around)), spread, len(values))


def weigh(counts: sparse.csr_array, *, most: float = 0.9, columns: int = 4096) -> sparse.csr_array:
    """Rows of length 1 whose columns count more the fewer rows have them (tf-idf with tf of 0 or 1).

    Left out are columns with one row only, which tell nothing of any other row, and those that most rows
    have; of very many the fullest are kept.

    Args:
        counts: shape (num_rows, any).
        most: the share of the rows that a column may have.
        columns: how many columns are kept.
    """
    table = sparse.csr_array(counts.astype(np.float32))
    held = np.bincount(table.indices, minlength=table.shape[1])
    telling = np.flatnonzero((held > 1) & (held <= max(most * table.shape[0], 2)))
    if len(telling) > columns:
        telling = np.sort(telling[np.argsort(-held[telling], kind="stable")[:columns]])
    table = sparse.csr_array(table[:, telling])
    weight = np.log(table.shape[0] / held[telling]).astype(np.float32)
    table = sparse.csr_array(table @ sparse.diags_array(weight))
    length = norms(table)
    return sparse.csr_array(sparse.diags_array(np.divide(1, length, where=length > 0, out=length)) @ table)


def norms(table: sparse.csr_array) -> FloatArray:
    """The length of every row."""
    return np.asarray(np.sqrt(table.multiply(table).sum(axis=1))).ravel()
