"""Whether the links as a whole beat random ones: a permutation test, by family and for all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.audit.evidence import NAME
from kg.audit.fit import attributes, known, named, neighbourhood

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scipy import sparse

    from kg.audit.evidence import Evidence
    from kg.graph import FloatArray

MOST_LINKS = 700


@dataclass(frozen=True, slots=True)
class Beaten:
    """How one family, or all together, stand beside random relinkings.

    Attributes:
        p: the share of relinkings, the true one among them, that fit at least as well.
        z: the true one in standard deviations of the random ones.
        ratio: how alike in this family neighbours in the graph are, over how alike any two are; for names,
            how alike an item's and its entity's are; NaN for all families together.
    """

    p: float
    z: float
    ratio: float


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What is compared: entities with each other, and items with each other by family, or names crosswise."""

    entities: FloatArray
    items: Mapping[str, FloatArray]
    names: FloatArray | None

    def of(self, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, float]:
        """The statistic of each family if every item gets the entity at its place in the order."""
        relinked = self.entities[np.ix_(order, order)]
        found = {name: float(np.vdot(relinked, items)) for name, items in self.items.items()}
        if self.names is not None:
            found[NAME] = float(self.names[np.arange(len(order)), order].sum(dtype=np.float64))
        return found


def beat(evidence: Evidence, *, permutations: int, seed: int) -> tuple[Beaten, Mapping[str, Beaten]]:
    """Test the links against relinkings, in which every item gets the entity of a random other link.

    The statistic of a family is the sum over pairs of links of how alike the entities are by the graph, times
    how alike the items are by their own attributes, both centred: Mantel's (1967, "The detection of disease
    clustering and a generalized regression approach"), whose p-value by permutation is exact. That of all
    families is the sum of the families' statistics in standard deviations, of the true linking and the random
    ones alike.

    Args:
        evidence: its links are tested; of more than 700 those whose items say most of themselves.
        permutations: number of relinkings.
        seed: for the relinkings.

    Returns:
        All families together, and each.
    """
    if len(evidence.links) > MOST_LINKS:
        evidence = evidence.take(np.sort(np.argsort(-known(evidence), kind="stable")[:MOST_LINKS]))
    size = len(evidence.links)
    entities = _alike(neighbourhood(evidence))
    items = {name: _alike(own) for name, own in attributes(evidence)}
    words = named(evidence)
    names = None if words is None else (words[0] @ words[1].T).toarray()
    statistics = _Statistics(
        _centred(entities), {name: _centred(alike) for name, alike in items.items()}, names
    )
    rng = np.random.default_rng(seed)
    orders = [np.arange(size), *(rng.permutation(size) for _ in range(permutations))]
    found = [statistics.of(order) for order in orders]
    values = {name: np.array([row[name] for row in found]) for name in found[0]}
    whole = sum((_standard(column) for column in values.values()), np.zeros(len(orders)))
    ratios = {name: _over(float(np.vdot(entities, alike)), entities, alike) for name, alike in items.items()}
    if names is not None:
        ratios[NAME] = float(np.trace(names) * size / names.sum()) if names.any() else float("nan")
    return _beaten(whole, float("nan")), {name: _beaten(values[name], ratios[name]) for name in values}


def _alike(table: sparse.csr_array) -> FloatArray:
    """The cosine of every two rows, 0 of a row with itself."""
    cosine = (table @ table.T).toarray()
    np.fill_diagonal(cosine, 0)
    return np.asarray(cosine)


def _centred(alike: FloatArray) -> FloatArray:
    """Without what a row and a column have in common with all others; 0 of a row with itself."""
    usual = alike.sum(axis=1) / max(len(alike) - 1, 1)
    centred = np.asarray(alike - usual[:, None] - usual[None, :] + usual.mean())
    np.fill_diagonal(centred, 0)
    return centred


def _over(true: float, entities: FloatArray, items: FloatArray) -> float:
    chance = float(entities.sum()) * float(items.sum()) / (len(items) * (len(items) - 1))
    return true / chance if chance > 0 else float("nan")


def _standard(values: FloatArray) -> FloatArray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def _beaten(values: FloatArray, ratio: float) -> Beaten:
    true, random = values[0], values[1:]
    tolerance = 1e-6 * max(1e-9, float(np.abs(values).max()))  # the same sum in another order is no better
    spread = float(random.std())
    return Beaten(
        p=float((1 + (random >= true - tolerance).sum()) / len(values)),
        z=float((true - random.mean()) / spread) if spread > 0 else 0.0,
        ratio=ratio,
    )
