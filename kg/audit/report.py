"""What an audit found, as values and in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

from kg.audit.evidence import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = {
    "item": "str",
    "label": "str",
    "entity": "str",
    "entity_label": "str",
    "p": "float64",
    "score": "float64",
    "doubt": "float64",
    "reason": "str",
    "repair": "str",
    "repair_label": "str",
}
Verdict = Literal["belongs together", "partly broken", "broken", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Family:
    """One family of evidence.

    Attributes:
        name: "genre", "year", "words", "people", "name" or what else the items' files say.
        links: how many links it can judge.
        p: of the permutation test.
        z: the standardised effect, in standard deviations of random relinkings.
        ratio: how alike neighbours in the graph are, over how alike any two items are; 1 is no effect.
        fit: the chance that a link fits better than a random one; 0.5 is no effect, 1 the best.
    """

    name: str
    links: int
    p: float
    z: float
    ratio: float
    fit: float


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Whether the items and the graph of a dataset belong together.

    Attributes:
        title: the dataset's name.
        verdict: `kg.audit.judge` has the rules.
        why: the rule that decided, in words.
        links: how many there are.
        judged: how many can be judged at all.
        p: of the permutation test of all families together, NaN where nothing could be tested.
        z: its standardised effect.
        fit: the chance that a link fits better than a random one, 0.5 to 1.
        broken_share: the estimated share of broken links, an upper bound where the facts are thin.
        thin: whether entities have so few facts in common that single links can hardly be judged.
        families: what each family says.
        absent: families that say nothing, and why.
        ranking: every judged link, the worst first: columns item, label, entity, entity_label, p (the share
            of random entities that fit at least as well), score (standard deviations above random ones),
            doubt (the estimated chance that the link is broken), reason, and repair and repair_label, the
            proposed entity ("" where there is none).
    """

    title: str
    verdict: Verdict
    why: str
    links: int
    judged: int = 0
    p: float = float("nan")
    z: float = float("nan")
    fit: float = float("nan")
    broken_share: float = float("nan")
    thin: bool = False
    families: tuple[Family, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    ranking: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS))

    @property
    def worst(self) -> pd.DataFrame:
        """The links that are more likely broken than not, the worst first; see `ranking` for the columns."""
        return self.ranking[self.ranking["doubt"] >= 0.5].reset_index(drop=True)  # noqa: PLR2004

    def sentences(self) -> tuple[str, ...]:
        """The report in plain words, one sentence each."""
        return tuple(self._sentences())

    def __str__(self) -> str:
        return "\n".join(self.sentences())

    def _sentences(self) -> Iterator[str]:
        yield f"{self.title}: {_VERDICTS[self.verdict]}, for {self.why}."
        if self.judged:
            yield f"{self.judged:,} of {self.links:,} links can be judged; {self._share()}."
        yield from (_family(family) for family in self.families)
        yield from (f"Nothing by {name}: {why}." for name, why in self.absent.items())
        if len(self.worst):
            first = self.worst.iloc[0]
            yield f"{len(self.worst):,} links are more likely broken than not; the worst is {_link(first)}."

    def _share(self) -> str:
        if not self.thin:
            return f"about {self.broken_share:.0%} of them look broken"
        return "single links hardly, for entities have few facts in common"


_VERDICTS: dict[Verdict, str] = {
    "belongs together": "items and graph belong together",
    "partly broken": "many links are broken",
    "broken": "items and graph do not belong together",
    "cannot tell": "whether items and graph belong together cannot be told",
}


def _family(family: Family) -> str:
    beats = f"{family.fit:.0%} of random links fit worse than the true one"
    alike = (
        "an item's name and its entity's are"
        if family.name == NAME
        else "items near each other in the graph are"
    )
    times = f"{family.ratio:.2f} times as alike as by chance"
    return f"By {family.name}, {alike} {times}, and {beats} (p = {family.p:.3g})."


def _link(row: pd.Series) -> str:
    entity = f"{row['entity_label']!r}" if row["entity_label"] else row["entity"]
    repair = f"; {row['repair_label'] or row['repair']!r} is proposed" if row["repair"] else ""
    return f"{row['label']!r} with {entity}: {row['reason']}{repair}"
