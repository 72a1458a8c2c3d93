"""From the fit of every link to a verdict, with the rules in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from kg.audit.fit import known, neighbourhood

if TYPE_CHECKING:
    from kg.audit.evidence import Evidence
    from kg.audit.report import Verdict
    from kg.graph import BoolArray, FloatArray

FEWEST_LINKS = 20  # that must be judged; fewer cannot beat random ones clearly
SIGNIFICANT = 0.01  # links that do not beat random ones at this level are broken as a whole
MOSTLY, PARTLY = 0.6, 0.1  # shares of broken links
FEW_FACTS = (
    3  # facts that an entity has in common with others; with fewer, half of the right links fit nothing
)
CLEAR = 0.01  # or a quarter of the links beats all but so many random ones, and then few facts are enough
CONTRADICTED = 0.95  # the least doubt of a link that a year or a name contradicts
YEAR_GAP = 1
SURE = 1.645  # standard errors, for 95% on one side
TAIL = 0.8  # right links hardly ever fit worse than this share of random ones
BINS = np.array([0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1])


@dataclass(frozen=True, slots=True)
class Shape:
    """What the fits of all links say of their whole.

    Attributes:
        share: the estimated share of broken links.
        surely: its lower bound, with 95% confidence.
        thin: whether entities have too few facts in common for that to be more than an upper bound.
        doubt: the estimated chance that a link is broken, shape (num_links,), NaN where it cannot be judged,
            as all are where the facts are thin, unless they are contradicted.
    """

    share: float
    surely: float
    thin: bool
    doubt: FloatArray


def shape(evidence: Evidence, p: FloatArray, contradicted: BoolArray) -> Shape:
    """Estimate how many links are broken, and which.

    A broken link fits as a random one does, so its p is uniform, and right links have hardly any p above 0.8:
    the share of broken links is the share of links above it, over 0.2 (Storey 2002, "A direct approach to
    false discovery rates"). Right links of items of which little is known have larger p and would count as
    broken, so the share is taken among the third of the items that say most of themselves, if it is less
    there than among all. The chance that a link is broken is that share over the density of p at the link's,
    which falls with p (Efron et al. 2001, "Empirical Bayes analysis of a microarray experiment"; the density
    is a falling step function). Whatever the
    statistics say, a link that a year or a name contradicts is doubted: a remake fits well, and so does any
    other film of the same kind.

    Args:
        evidence: the links.
        p: of `kg.audit.fit.Fits`, NaN for links that cannot be judged; one at least can.
        contradicted: whether a year or a name speaks against a link, shape (num_links,).
    """
    judged = ~np.isnan(p)
    amount = known(evidence)
    best = judged & (amount >= np.quantile(amount[judged], 2 / 3))
    share, surely = min(_share(p[best]), _share(p[judged]))
    facts = np.diff(neighbourhood(evidence).indptr)[judged]
    thin = float(np.median(facts)) < FEW_FACTS and float(np.quantile(p[best], 0.25)) > CLEAR
    doubt = np.full(len(p), np.nan) if thin else _doubt(p, judged, share)
    doubt = np.where(contradicted, np.fmax(doubt, CONTRADICTED), doubt)
    certain = float(contradicted[judged].mean())
    return Shape(max(share, certain), max(surely, certain), bool(thin), doubt)


def _share(p: FloatArray) -> tuple[float, float]:
    """Storey's share of random links, and its lower bound with 95% confidence."""
    tail, size = float((p > TAIL).sum()), len(p)
    error = SURE * (tail * (1 - tail / size)) ** 0.5
    return min(tail / size / (1 - TAIL), 1.0), max(tail - error, 0.0) / size / (1 - TAIL)


def years_apart(evidence: Evidence) -> BoolArray:
    """Whether a link's item and entity are of years that contradict each other, shape (num_links,)."""
    sides = (evidence.items, evidence.entities)
    items, entities = (
        pd.to_numeric(side["year"].iloc[evidence.links[:, at]], errors="coerce").to_numpy(dtype=np.float64)
        for at, side in enumerate(sides)
    )
    return np.asarray(np.abs(items - entities) > YEAR_GAP)


def _doubt(p: FloatArray, judged: BoolArray, share: float) -> FloatArray:
    widths = np.diff(BINS)
    density = np.histogram(p[judged], BINS)[0] / widths / judged.sum()
    falling = isotonic_regression(density, weights=widths, increasing=False).x
    place = np.clip(np.searchsorted(BINS, p, side="left") - 1, 0, len(widths) - 1)
    chance = np.minimum(share / np.maximum(falling[place], 1e-9), 1.0)
    return np.where(judged, chance, np.nan)


def decide(judged: int, p: float, found: Shape | None) -> tuple[Verdict, str]:
    """The verdict and the rule that decided.

    - Fewer than 20 links to judge, or no evidence: cannot tell.
    - p above 0.01: the links beat random ones no more than chance does, so they are broken, or the graph
      has nothing to do with the items.
    - 60% broken or more: broken, even where the whole beats chance, as a list of another catalog's ids may do
      whose order is much the same; but if entities have few facts in common, this cannot be told.
    - Surely 10% or more: partly broken, again unless the entities' facts are few.
    - Otherwise they belong together.
    """
    if found is None or judged < FEWEST_LINKS:
        return "cannot tell", f"{judged} links can be judged and {FEWEST_LINKS} are needed"
    if p > SIGNIFICANT:
        return "broken", f"the links fit no better than random ones (p = {p:.3g})"
    if found.share >= MOSTLY and found.thin:
        return (
            "cannot tell",
            "entities have too few facts in common, and most links fit no better than random ones",
        )
    if found.share >= MOSTLY:
        return "broken", f"about {found.share:.0%} of the links fit no better than random ones"
    if found.surely >= PARTLY and not found.thin:
        return "partly broken", f"about {found.share:.0%} of the links fit no better than random ones"
    return "belongs together", f"the links fit better than random ones (p = {p:.3g})"
