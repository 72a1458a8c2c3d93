"""Whether the values of one column are the ids that another column gives: by the values and by the names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kg.draft import names
from kg.draft.column import distinct, inside
from kg.draft.evidence import Evidence, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.draft.column import Column, HashArray

PRIOR = -1.5
FEW = 25
CERTAIN_SPREAD = 5.0  # standard deviations


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one or several columns that hold the same ids, and what these are called."""

    hashes: HashArray
    whole: bool
    low: float
    high: float
    called: str = ""
    role: str = ""
    where: str = ""
    assumed: bool = False

    @property
    def distinct(self) -> int:
        """How many there are."""
        return len(self.hashes)


def values(columns: Sequence[Column], called: str, *, role: str = "", where: str = "") -> Values:
    """The values of columns taken together; without a `role`, that of what they call.

    An assumed name is one that the file does not give, so that another name speaks less against it.
    """
    hashes = columns[0].hashes
    if len(columns) > 1:
        hashes = distinct(np.concatenate([column.hashes for column in columns]))
    return Values(
        hashes=hashes,
        whole=all(column.whole or column.sort == "integer" for column in columns),
        low=min(column.low for column in columns),
        high=max(column.high for column in columns),
        called=called,
        role=role or names.role(called),
        where=where,
        assumed=not columns[0].named,
    )


def common(a: HashArray, b: HashArray) -> int:
    """How many values two sorted arrays of hashes share."""
    few, many = (a, b) if len(a) < len(b) else (b, a)
    return int(inside(few, many).sum())


def fit(references: Values, keys: Values) -> Evidence:
    """What speaks for `references` naming what `keys` gives ids to."""
    if not references.distinct or not keys.distinct:
        return Evidence(-9.0)
    shared = common(references.hashes, keys.hashes)
    evidence = _by_values(Evidence(PRIOR), references, keys, shared)
    return _by_names(evidence, references, keys)


def _by_values(evidence: Evidence, references: Values, keys: Values, shared: int) -> Evidence:
    if shared == 0:
        return evidence.plus(-9.0)
    share, back = shared / references.distinct, shared / keys.distinct
    told = f"{percent(share)} of the {references.distinct:,} values are in {keys.where}" if keys.where else ""
    if references.whole and keys.whole:
        return _by_numbers(evidence, references, keys, (share, back), told)
    if share >= 0.5:  # noqa: PLR2004
        return evidence.plus(6.0, told)
    if shared >= FEW and max(share, back) >= 0.02:  # noqa: PLR2004
        return evidence.plus(4.5, told)
    return evidence.plus(1.0 if shared >= 3 else -2.0, told)  # noqa: PLR2004


def _by_numbers(
    evidence: Evidence, references: Values, keys: Values, shares: tuple[float, float], told: str
) -> Evidence:
    """Whole numbers are found in any list of numbers: what counts is how much more often than by chance."""
    share, back = shares
    if share == back == 1 and keys.distinct >= FEW:
        return evidence.plus(4.0, f"the same {keys.distinct:,} values as {keys.where}" if keys.where else "")
    chance = _chance(references, keys)
    spread = math.sqrt(chance * (1 - chance) / references.distinct)
    if share >= 0.98:  # noqa: PLR2004
        gain = min(-math.log(max(chance, 1e-3)), 3.0)
        beyond = 2.0 if share - chance > CERTAIN_SPREAD * spread + 0.01 else 0.0
        tight = 1.5 if back >= 0.9 else 0.5 if back >= 0.5 else -1.0 if back < 0.1 else 0.0  # noqa: PLR2004
        return evidence.plus(gain + beyond + tight, told)
    if share >= 0.1 and share - chance > CERTAIN_SPREAD * spread + 0.05:  # noqa: PLR2004
        return evidence.plus(1.5, told)
    return evidence.plus(-1.5 if share >= 0.5 else -4.0, told)  # noqa: PLR2004


def _chance(references: Values, keys: Values) -> float:
    """The share of references that would be among the keys by chance, were both spread over their ranges."""
    low, high = max(references.low, keys.low), min(references.high, keys.high)
    inside = max(high - low + 1, 0.0) / (references.high - references.low + 1)
    return min(inside * keys.distinct / (keys.high - keys.low + 1), 1.0)


def _by_names(evidence: Evidence, references: Values, keys: Values) -> Evidence:
    ours, theirs = references.called, keys.called
    if ours and ours == theirs:
        return evidence.plus(4.0, f"both are called {_shown(ours)}")
    if references.role and keys.role:
        if references.role == keys.role and names.alike(ours, theirs):
            return evidence.plus(2.5, f"both are {names.plural(references.role)} by their names")
        return evidence.plus(-1.5 if references.assumed or references.role == keys.role else -4.0)
    if ours and theirs and set(ours.split()) & set(theirs.split()):
        return evidence.plus(2.0, f"{_shown(ours)} and {_shown(theirs)} are called alike")
    return evidence.plus(-1.0 if ours and theirs else 0.0)


def _shown(name: str) -> str:
    return f'"{name}"'
