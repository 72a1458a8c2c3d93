"""The audit: evidence in, report out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kg.audit.evidence import NAME
from kg.audit.fit import measure
from kg.audit.permutation import beat
from kg.audit.propose import propose
from kg.audit.report import COLUMNS, AuditReport, Family
from kg.audit.sources import read_evidence
from kg.audit.verdict import FEWEST_LINKS, decide, shape, years_apart
from kg.columns import mapped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kg.audit.evidence import Evidence
    from kg.audit.fit import Fits
    from kg.audit.permutation import Beaten
    from kg.graph import BoolArray, FloatArray


def audit_card(path: str | Path, *, permutations: int = 499, seed: int = 0) -> AuditReport:
    """Audit the links of a dataset card; see `audit`.

    Raises:
        CardError, CatalogError: as for `kg.read`.
    """
    return audit(read_evidence(path), permutations=permutations, seed=seed)


def audit(evidence: Evidence, *, permutations: int = 499, seed: int = 0) -> AuditReport:
    """Tell whether links are right, without knowing any right one.

    Args:
        evidence: the links and what speaks for or against them.
        permutations: random relinkings to compare with; the smallest p is one over them plus one.
        seed: for the relinkings.
    """
    size = len(evidence.links)
    if size < FEWEST_LINKS:
        return _untold(evidence, size)
    fits = measure(evidence, seed=seed)
    judged = int((~np.isnan(fits.p)).sum())
    if judged < FEWEST_LINKS:
        return _untold(evidence, judged)
    whole, families = beat(evidence, permutations=permutations, seed=seed)
    proposed, apart = propose(evidence), years_apart(evidence)
    renamed = np.isin(np.arange(size), list(proposed))
    found = shape(evidence, fits.p, apart | renamed)
    verdict, why = decide(judged, whole.p, found)
    return AuditReport(
        title=evidence.title,
        verdict=verdict,
        why=why,
        links=size,
        judged=judged,
        p=whole.p,
        z=whole.z,
        fit=1 - float(np.nanmean(fits.p)),
        broken_share=found.share,
        thin=found.thin,
        families=tuple(_family(name, one, fits) for name, one in families.items()),
        absent=evidence.absent,
        ranking=_ranking(evidence, fits, found.doubt, _Signs(proposed, apart)),
    )


def _untold(evidence: Evidence, judged: int) -> AuditReport:
    verdict, why = decide(judged, float("nan"), None)
    size = len(evidence.links)
    why = why if size else "no item is linked to an entity"
    return AuditReport(evidence.title, verdict, why, size, judged, absent=evidence.absent)


def _family(name: str, beaten: Beaten, fits: Fits) -> Family:
    p = fits.family_p[name]
    return Family(
        name=name,
        links=int((~np.isnan(p)).sum()),
        p=beaten.p,
        z=beaten.z,
        ratio=beaten.ratio,
        fit=1 - float(np.nanmean(p)) if not np.isnan(p).all() else float("nan"),
    )


@dataclass(frozen=True, slots=True)
class _Signs:
    """What contradicts links: entities that have the item's name, by row, and years that are apart."""

    proposed: Mapping[int, str]
    apart: BoolArray


def _ranking(evidence: Evidence, fits: Fits, doubt: FloatArray, signs: _Signs) -> pd.DataFrame:
    """The judged links, the worst first, with reasons and proposals."""
    rows = np.flatnonzero(~np.isnan(fits.p))
    rows = rows[np.lexsort((rows, fits.score[rows], -fits.p[rows], -np.nan_to_num(doubt[rows])))]
    items = evidence.items.iloc[evidence.links[rows, 0]]
    entities = evidence.entities.iloc[evidence.links[rows, 1]]
    new = pd.Series([signs.proposed.get(row, "") for row in rows.tolist()], dtype="str")
    labels = dict(zip(evidence.entities["id"], evidence.entities["label"], strict=True))
    columns = {
        "item": items["id"],
        "label": items["label"],
        "entity": entities["id"],
        "entity_label": entities["label"],
        "p": fits.p[rows],
        "score": fits.score[rows],
        "doubt": doubt[rows],
        "reason": [_reason(fits.family_p, row, signs) for row in rows.tolist()],
        "repair": new,
        "repair_label": mapped(new, labels),
    }
    return pd.DataFrame({name: np.asarray(values) for name, values in columns.items()}).astype(COLUMNS)


def _reason(family_p: Mapping[str, FloatArray], row: int, signs: _Signs) -> str:
    """Which families speak against a link, or that none does."""
    against = [name for name, p in family_p.items() if name != NAME and p[row] >= 0.5]  # noqa: PLR2004
    parts = ["the years differ"] if signs.apart[row] else []
    if NAME in family_p and family_p[NAME][row] >= 0.05:  # noqa: PLR2004
        parts.append("the names differ")
    if row in signs.proposed:
        parts.append("another entity has the item's name")
    if against:
        named = " and ".join([", ".join(against[:-1]), against[-1]] if len(against) > 1 else against)
        parts.append(f"by {named} it fits worse than most random links")
    return ", and ".join(parts) or "no family of evidence speaks against it"
