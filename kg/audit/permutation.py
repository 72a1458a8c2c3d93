"""Whether the links as a whole beat random ones: a permutation test, by family and for all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.audit.evidence import NAME
from kg.audit.fit import attributes, named, neighbourhood

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scipy import sparse

    from kg.audit.evidence import Evidence
    from kg.graph import FloatArray, IntArray

    Statistic = Callable[[IntArray], float]

MOST_LINKS = 500


@dataclass(frozen=True, slots=True)
class Beaten:
    """How one family, or all together, stand beside random relinkings.

    Attributes:
        p: the share of relinkings, the true one among them, that fit at least as well.
        z: the true one in standard deviations of the random ones.
        ratio: how alike in this family neighbours in the graph are, over how alike they are under random
            relinkings; NaN for all families together.
    """

    p: float
    z: float
    ratio: float


def beat(evidence: Evidence, *, permutations: int, seed: int) -> tuple[Beaten, Mapping[str, Beaten]]:
    """Test the links against relinkings, in which every item gets the entity of a random other link.

    The statistic of a family is the sum over pairs of links of how alike the entities are by the graph, times
    how alike the items are by their own attributes: Mantel's (1967, "The detection of disease clustering and a
    generalized regression approach"), whose p-value by permutation is exact. That of all families is the sum of
    the families' statistics in standard deviations, of the true linking and the random ones alike.

    Args:
        evidence: its links are tested; of more than 500 that many random ones, which is plenty.
        permutations: number of relinkings.
        seed: for links and relinkings.

    Returns:
        All families together, and each.
    """
    rng = np.random.default_rng(seed)
    if len(evidence.links) > MOST_LINKS:
        evidence = evidence.take(np.sort(rng.choice(len(evidence.links), size=MOST_LINKS, replace=False)))
    size = len(evidence.links)
    statistics = _statistics(evidence)
    orders = [np.arange(size), *(rng.permutation(size) for _ in range(permutations))]
    values = {name: np.array([value(order) for order in orders]) for name, value in statistics.items()}
    whole = sum((_standard(found) for found in values.values()), np.zeros(len(orders)))
    families = {name: _beaten(found, float(found[1:].mean())) for name, found in values.items()}
    return _beaten(whole, float("nan")), families


def _statistics(evidence: Evidence) -> dict[str, Statistic]:
    alike = _alike(neighbourhood(evidence))
    statistics = {name: _mantel(alike, _alike(own)) for name, own in attributes(evidence)}
    words = named(evidence)
    if words is not None:
        statistics[NAME] = _matched((words[0] @ words[1].T).toarray())
    return statistics


def _alike(table: sparse.csr_array) -> FloatArray:
    """The cosine of every two rows, 0 of a row with itself."""
    cosine = (table @ table.T).toarray()
    np.fill_diagonal(cosine, 0)
    return cosine


def _mantel(entities: FloatArray, items: FloatArray) -> Statistic:
    return lambda order: float(np.vdot(entities[np.ix_(order, order)], items))


def _matched(cosines: FloatArray) -> Statistic:
    return lambda order: float(cosines[np.arange(len(order)), order].sum())


def _standard(values: FloatArray) -> FloatArray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def _beaten(values: FloatArray, chance: float) -> Beaten:
    true, random = values[0], values[1:]
    tolerance = 1e-6 * max(1.0, float(np.abs(values).max()))  # sums in another order are the same sums
    spread = float(random.std())
    return Beaten(
        p=float((1 + (random >= true - tolerance).sum()) / len(values)),
        z=float((true - random.mean()) / spread) if spread > 0 else 0.0,
        ratio=float(true / chance) if chance > 0 else float("nan"),
    )
