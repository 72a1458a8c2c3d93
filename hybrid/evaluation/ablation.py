"""What each group of scorers gives to the hybrid: the hybrid without it, beside the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybrid.evaluation.comparison import HYBRID, JUDGED
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.significance import compare_all
from hybrid.evaluation.telling import can_tell
from hybrid.variants import variant
from kg.errors import CatalogError
from kg.wiring import without

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hybrid.evaluation.protocol import Evaluation
    from hybrid.evaluation.significance import Verdict
    from hybrid.recommender import Recommender
    from kg.graph import Interactions, KnowledgeGraph

GROUPS = ("graph", "text", "factors", "sequence")


@dataclass(frozen=True, slots=True)
class Ablation:
    """The hybrid without a group.

    Attributes:
        without: the group, one of `GROUPS`.
        scorers: the names left out, those of this kind (`Scorer.kind`).
        metrics: NDCG@10 and Recall@20 of what is left.
        beside: what is left minus the whole hybrid, corrected for all groups together.
    """

    without: str
    scorers: tuple[str, ...]
    metrics: Mapping[str, float]
    beside: tuple[Verdict, ...]


def ablations(
    recommender: Recommender, heldout: Interactions, histories: KnowledgeGraph | None = None
) -> tuple[Ablation, ...]:
    """The hybrid without its graph network and all facts, without text, factors and sequence scorers.

    Nothing is fitted again but what reads facts, where there are to be none; weights are always learned anew.
    Without "text" the graph network still reads texts: the group is the scorer of that name.

    Args:
        recommender: fitted with keep=True.
        heldout: interactions that it has not seen.
        histories: the graph whose likes people ask with, where that is more than was learned from.

    Returns:
        In the order of `GROUPS`; those that say nothing here, or are all that says anything, are left out.

    Raises:
        QueryError: the recommender has not kept its tuned scorers.
        CatalogError: no held-out item is left to find.
    """
    asked, report = histories or recommender.graph, recommender.report
    speaking = [member for member in recommender.members if can_tell(member.score, asked, heldout)]
    groups = {group: tuple(member.name for member in speaking if member.kind == group) for group in GROUPS}
    groups = {group: names for group, names in groups.items() if 0 < len(names) < len(speaking)}

    def evaluated(which: Recommender) -> Evaluation:
        return evaluate(which.score, asked, heldout, seed=recommender.options.seed, beyond=False)

    found = {HYBRID: evaluated(recommender)}
    for group, names in groups.items():
        report(f"ablation: without {group}, which is {', '.join(names)}")
        facts = without(recommender.graph) if group == "graph" and len(recommender.graph.edges) else None
        try:
            found[group] = evaluated(variant(recommender, facts, leaving=names))
        except CatalogError as error:
            report(f"ablation: not without {group}: {error}")
    verdicts = compare_all(found, *JUDGED, reference=HYBRID) if len(found) > 1 else ()
    return tuple(
        Ablation(
            group,
            names,
            {metric: found[group].metrics[metric] for metric in JUDGED},
            tuple(verdict for verdict in verdicts if verdict.name == group),
        )
        for group, names in groups.items()
        if group in found
    )


def as_json(found: Iterable[Ablation]) -> list[dict[str, Any]]:
    """Ablations for machines; "beside_hybrid" is what is left minus the whole, with p values."""
    return [
        {
            "without": each.without,
            "scorers": list(each.scorers),
            "metrics": dict(each.metrics),
            "beside_hybrid": verdicts_as_json(each.beside),
        }
        for each in found
    ]


def verdicts_as_json(verdicts: Iterable[Verdict]) -> dict[str, dict[str, Any]]:
    """What tests found, by metric."""
    return {
        verdict.comparison.metric: {
            "difference": verdict.comparison.difference,
            "interval": [verdict.comparison.low, verdict.comparison.high],
            "p": verdict.comparison.p_value,
            "p_corrected": verdict.corrected,
        }
        for verdict in verdicts
    }
