"""How well every link fits, by family of evidence, beside how well random links would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.audit.evidence import NAME, norms, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.audit.evidence import Evidence
    from kg.graph import BoolArray, FloatArray, IntArray

SingleArray = npt.NDArray[np.float32]

MOST_DECOYS = 1_000
MOST_CELLS = 20_000_000  # of a table of links and decoys, which is as much memory as a family may take
CLIP = 5.0
SAME = 1e-9  # a spread below it is rounding
LEAST_WEIGHT = 0.01  # so that links that fit by nothing are still judged


@dataclass(frozen=True, slots=True)
class Fit:
    """How well links fit by one family, in standard deviations of random links.

    Attributes:
        links: of every link, shape (num_links,).
        decoys: of every link's item with the entities of other links, shape (num_links, num_decoys).
        telling: whether both sides of the link have any evidence, shape (num_links,).
    """

    links: FloatArray
    decoys: SingleArray
    telling: BoolArray


@dataclass(frozen=True, slots=True)
class Fits:
    """The fits of all families, and of all together.

    Attributes:
        weights: of each family in the whole.
        p: the share of random entities that fit the item at least as well as the linked one, by all
            families together, shape (num_links,); uniform in 0 .. 1 for random links, NaN where there is
            nothing to judge by.
        family_p: likewise, by each family.
        score: the weighted sum over families, in standard deviations of the item's random entities, shape
            (num_links,), NaN likewise.
    """

    weights: Mapping[str, float]
    p: FloatArray
    family_p: Mapping[str, FloatArray]
    score: FloatArray


def neighbourhood(evidence: Evidence) -> sparse.csr_array:
    """The weighed graph side of every link, shape (num_links, any)."""
    return weigh(evidence.graph[evidence.links[:, 1]])


def attributes(evidence: Evidence) -> Iterator[tuple[str, sparse.csr_array]]:
    """The weighed own side of every link, by family; families that say nothing are left out."""
    for name, counts in evidence.own.items():
        own = weigh(counts[evidence.links[:, 0]])
        if own.nnz:
            yield name, own


def named(evidence: Evidence) -> tuple[sparse.csr_array, sparse.csr_array] | None:
    """The weighed words of both sides' names, a row per link; None where they have none in common."""
    if evidence.names is None:
        return None
    items, entities = (part[evidence.links[:, side]] for side, part in enumerate(evidence.names))
    both = weigh(sparse.csr_array(sparse.vstack([items, entities])))
    return (both[: items.shape[0]], both[items.shape[0] :]) if both.nnz else None


def measure(evidence: Evidence, *, seed: int = 0) -> Fits:
    """Measure how well every link fits.

    An entity's neighbours are the other linked entities, weighed by the cosine of what the graph says of
    them; the items that these are linked to make the prediction of a family's attributes, and the fit is its
    product with the item's own attributes. So the prediction is linear in the graph, and the mean over all
    links is the Hilbert-Schmidt independence criterion with linear kernels (Gretton et al. 2005, "Measuring
    statistical dependence with Hilbert-Schmidt norms") without the terms of an item with itself. Every fit is
    put in standard deviations twice, over the entities that an item could have and over the items that an
    entity could have, so that neither a popular item nor a well-described entity fits everything. The
    families are added with their mean fit over their variance as weights.

    Args:
        evidence: its links are judged; at least three.
        seed: for the entities that stand for random ones, where there are too many for all.
    """
    size = len(evidence.links)
    most = max(min(MOST_DECOYS, MOST_CELLS // size), 2)
    rng = np.random.default_rng(seed)
    decoys = np.sort(rng.choice(size, size=min(most, size), replace=False))
    graph = neighbourhood(evidence)
    families = {name: _fit(_Blocks.of(graph, own), decoys) for name, own in attributes(evidence)}
    words = named(evidence)
    if words is not None:
        families[NAME] = _fit(_Names(*words), decoys)
    own_cell = decoys[None, :] == np.arange(size)[:, None]
    return _together(families, own_cell)


def _together(families: Mapping[str, Fit], own_cell: BoolArray) -> Fits:
    weights = {name: _weight(fit) for name, fit in families.items()}
    size = len(own_cell)
    links, decoys = np.zeros(size), np.zeros(own_cell.shape, dtype=np.float32)
    for name, fit in families.items():
        links += weights[name] * fit.links
        decoys += np.float32(weights[name]) * fit.decoys
    family_p = {
        name: np.where(fit.telling, _share_above(fit.links, fit.decoys, own_cell), np.nan)
        for name, fit in families.items()
    }
    spread = decoys.std(axis=1, dtype=np.float64)
    score = np.divide(links - decoys.mean(axis=1), spread, out=np.zeros(size), where=spread > 0)
    judged = np.logical_or.reduce([fit.telling for fit in families.values()], initial=False)
    p = np.where(judged, _share_above(links, decoys, own_cell), np.nan)
    return Fits(weights, p, family_p, np.where(judged, score, np.nan))


def _weight(fit: Fit) -> float:
    """The mean fit over the variance of random ones: the best weight for a sign independent of the others."""
    spread = float(fit.decoys.var(dtype=np.float64))
    return max(float(fit.links.mean()), LEAST_WEIGHT) / spread if spread > 0 else 0.0


def _share_above(links: FloatArray, decoys: SingleArray, own_cell: BoolArray) -> FloatArray:
    """The share of an item's decoys that fit at least as well, ties counted half."""
    own = links.astype(np.float32)[:, None]
    above = ((decoys > own) & ~own_cell).sum(axis=1) + 0.5 * ((decoys == own) & ~own_cell).sum(axis=1)
    return np.asarray((above + 0.5) / (1.0 + (~own_cell).sum(axis=1)), dtype=np.float64)


class _Names:
    """Fit by names: the cosine of the words of an item's and of an entity's name."""

    def __init__(self, items: sparse.csr_array, entities: sparse.csr_array) -> None:
        self.items, self.entities = items, entities
        self.telling = (norms(items) > 0) & (norms(entities) > 0)

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        return np.asarray((self.items[rows] @ self.entities[columns].T).toarray(), dtype=np.float64)

    def diagonal(self) -> FloatArray:
        return np.asarray(self.items.multiply(self.entities).sum(axis=1)).ravel()


class _Blocks:
    """Fit by a family of own attributes, any rows (items) and columns (entities) of it, each by its link."""

    def __init__(
        self, graph: sparse.csr_array, own: sparse.csr_array, predicted: FloatArray, near: FloatArray
    ) -> None:
        self.graph, self.own, self.predicted, self.near = graph, own, predicted, near
        self.itself = norms(own) ** 2
        total = np.asarray(own.sum(axis=0)).ravel()
        self.usual = (own @ total - self.itself) / (own.shape[0] - 1)
        self.telling = (self.itself > 0) & (near > 0)

    @classmethod
    def of(cls, graph: sparse.csr_array, own: sparse.csr_array) -> _Blocks:
        """Predict every entity's attributes from the other links."""
        loop = norms(graph) ** 2
        predicted = (graph @ (graph.T @ own)).toarray() - own.multiply(loop[:, None]).toarray()
        total = np.asarray(graph.sum(axis=0)).ravel()
        return cls(graph, own, predicted, graph @ total - loop)

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        """Fits of items (rows) with entities (columns), without the item's own part in the prediction."""
        with_itself = (self.graph[rows] @ self.graph[columns].T).toarray()
        with_itself[rows[:, None] == columns[None, :]] = 0
        raw = self.own[rows] @ self.predicted[columns].T - with_itself * self.itself[rows, None]
        return np.asarray(raw - self.usual[rows, None] * (self.near[columns] - with_itself))

    def diagonal(self) -> FloatArray:
        """Fits of every item with the entity that it is linked to."""
        raw = np.asarray(self.own.multiply(self.predicted).sum(axis=1)).ravel()
        return np.asarray(raw - self.usual * self.near)


def _fit(table: _Names | _Blocks, decoys: IntArray) -> Fit:
    everything = np.arange(len(table.telling))
    wide = table.block(everything, decoys)
    mean, spread = wide.mean(axis=1), wide.std(axis=1)
    tall = _standard(table.block(decoys, everything), mean[decoys, None], spread[decoys, None])
    middle, width = tall.mean(axis=0), tall.std(axis=0)
    own = _standard(_standard(table.diagonal(), mean, spread), middle, width)
    others = _standard(
        _standard(wide, mean[:, None], spread[:, None]), middle[None, decoys], width[None, decoys]
    )
    return Fit(own.clip(-CLIP, CLIP), others.clip(-CLIP, CLIP).astype(np.float32), table.telling)


def _standard(values: FloatArray, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Values in standard deviations, 0 where there is none."""
    deviation = np.broadcast_to(spread, values.shape)
    out = np.zeros(values.shape)
    return np.asarray(np.divide(values - mean, deviation, out=out, where=deviation > SAME))


def known(evidence: Evidence) -> FloatArray:
    """How much a link's item says of itself: the logarithms of its attributes in each family, added."""
    rows = evidence.links[:, 0]
    counts = (np.log1p(np.diff(table.indptr)[rows]) for table in evidence.own.values())
    return sum(counts, np.zeros(len(rows)))
