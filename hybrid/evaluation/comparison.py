"""A recommender beside its own parts and the simple baselines, on the same held-out interactions."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hybrid import scorers
from hybrid.evaluation import leaks
from hybrid.evaluation.protocol import evaluate
from hybrid.evaluation.significance import compare_all
from hybrid.tuning import tune
from kg.errors import QueryError
from kg.split import training

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hybrid.evaluation.protocol import Evaluation
    from hybrid.evaluation.significance import Verdict
    from hybrid.profiles import Profiles
    from hybrid.recommender import Recommender
    from hybrid.scorers.base import ScoreArray, Scorer
    from kg.graph import Interactions, KnowledgeGraph

HYBRID = "hybrid"
SIMPLE = ("popularity", "itemknn")  # strong for what they cost: seconds on any data set
JUDGED = ("ndcg@10", "recall@20")
_NO_MATTER = ("likes", "texts")  # kinds of leak that no result can show
Role = Literal["hybrid", "scorer", "baseline"]


@dataclass(frozen=True, slots=True)
class Result:
    """How one model did.

    Attributes:
        name: "hybrid", or the scorer's name.
        role: the hybrid, one of its parts, or a baseline beside it.
        evaluation: its metrics.
        seconds: wall time to tune, fit and rank.
        peak_rss_mb: the process's peak memory when it was done, in megabytes.
        beside: the model minus the hybrid, on NDCG@10 and Recall@20, corrected for all models together; none
            for the hybrid.
    """

    name: str
    role: Role
    evaluation: Evaluation
    seconds: float
    peak_rss_mb: float
    beside: tuple[Verdict, ...] = ()


def compare(
    recommender: Recommender,
    heldout: Interactions,
    baselines: Collection[str] = SIMPLE,
    histories: KnowledgeGraph | None = None,
) -> tuple[Result, ...]:
    """The hybrid, its members and baseline scorers, best NDCG@10 first after the hybrid.

    Members that abstain on all of the data, such as a sequence model where there are no times, are left out.

    Baselines are tuned on the same validation interactions as the members and then, like them, fitted again
    to everything but `heldout`.

    Args:
        recommender: a fitted one.
        heldout: interactions that it has not seen.
        baselines: scorers to measure beside it, by name.
        histories: the graph whose likes people ask with, where that is more than was learned from
            (`kg.protocols.Dealt.histories`).

    Raises:
        QueryError: nothing is held out to compare on.
    """
    if not len(heldout):
        raise QueryError(
            f"dataset {recommender.graph.name!r} holds nothing out, so there is nothing to evaluate on"
        )
    spent, asked = recommender.seconds, histories or recommender.graph

    def measured(name: str, role: Role, score: Callable[[Profiles], ScoreArray], before: float) -> Result:
        recommender.report(f"evaluate {name}")
        start = time.perf_counter()
        evaluation = evaluate(score, asked, heldout, seed=recommender.options.seed)
        return Result(name, role, evaluation, before + time.perf_counter() - start, peak_rss_mb())

    results = [measured(HYBRID, "hybrid", recommender.score, sum(spent.values()))]
    for member, weight in zip(recommender.members, recommender.ranker.weights, strict=True):
        if weight == 0:
            recommender.report(f"{member.name} abstains on this dataset")
            continue
        before = spent.get(f"tune {member.name}", 0.0) + spent.get(f"fit {member.name}", 0.0)
        results.append(measured(member.name, "scorer", member.score, before))
    names = {member.name for member in recommender.members}
    known = scorers.find()
    for name in baselines:
        if name not in names:
            start = time.perf_counter()
            fitted = _fit_baseline(known[name](), recommender)
            spent_here = time.perf_counter() - start
            results.append(measured(name, "baseline", fitted.score, spent_here))
    return tuple(
        sorted(
            _judged(results),
            key=lambda result: (result.role != "hybrid", -result.evaluation.metrics["ndcg@10"]),
        )
    )


def refuse_leaks(
    graph: KnowledgeGraph, report: Callable[[str], None], *, by: str = "", shown: Interactions | None = None
) -> None:
    """Refuse a graph that tells what is tested (`hybrid.evaluation.leaks`), but for what no result shows.

    That is reported: a test like that is in the history is passed over, and no scorer reads people's texts.

    Raises:
        LeakError: see there.
    """
    for leak in leaks.check(graph, by=by, shown=shown, known=_NO_MATTER).leaks:
        report(f"leak that no result shows ({leak.kind}): {leak.sentence}")


def _judged(results: list[Result]) -> list[Result]:
    """The results, each beside the hybrid."""
    evaluations = {result.name: result.evaluation for result in results}
    found = compare_all(evaluations, *JUDGED, reference=HYBRID) if len(evaluations) > 1 else ()
    return [
        replace(result, beside=tuple(verdict for verdict in found if verdict.name == result.name))
        for result in results
    ]


def _fit_baseline(scorer: Scorer, recommender: Recommender) -> Scorer:
    graph = recommender.graph
    validation = graph.interactions.take(graph.interactions.validation)
    resources = recommender.resources("baseline")
    tuned = tune(scorer, training(graph), replace(resources, validation=validation))
    return tuned.settled().fit(graph, resources)


def peak_rss_mb() -> float:
    """The most memory that this process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
