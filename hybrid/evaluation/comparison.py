"""A recommender beside its own parts, baselines and other programs, on the same held-out interactions."""

from __future__ import annotations

import math
import resource
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from hybrid import scorers
from hybrid.evaluation import leaks, lists
from hybrid.evaluation.significance import compare_all
from hybrid.evaluation.slices import evaluate_slices
from hybrid.tuning import tune
from kg.errors import QueryError
from kg.split import training

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from hybrid.evaluation.lists import Listed
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
Role = Literal["hybrid", "scorer", "baseline", "peer"]


@dataclass(frozen=True, slots=True)
class Result:
    """How one model did.

    Attributes:
        name: "hybrid", the scorer's name, or that of another program's model.
        role: the hybrid, one of its parts, a baseline beside it, or a peer, which is another program's.
        evaluation: its metrics.
        seconds: wall time to tune, fit and rank.
        peak_rss_mb: the process's peak memory when it was done, in megabytes.
        beside: the model minus the hybrid, on NDCG@10 and Recall@20, corrected for all models together; none
            for the hybrid.
        cpu_seconds: time of all processor cores to tune, fit and rank; NaN where it was not measured.
        slices: its metrics on parts of the data, see `hybrid.evaluation.slices`; "all" is not among them.
        program: what made the lists of a peer, with its version; empty for WhyRec itself.
        command: what makes the lists of a peer again; empty for WhyRec itself.
    """

    name: str
    role: Role
    evaluation: Evaluation
    seconds: float
    peak_rss_mb: float
    beside: tuple[Verdict, ...] = ()
    cpu_seconds: float = math.nan
    slices: Mapping[str, Evaluation] = field(default_factory=dict)
    program: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that went by, on the wall and on all cores; `-` gives those between two moments."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Spent:
        """The clocks of this process."""
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


def compare(
    recommender: Recommender,
    heldout: Interactions,
    baselines: Collection[str] = SIMPLE,
    histories: KnowledgeGraph | None = None,
    listed: Iterable[Listed] = (),
) -> tuple[Result, ...]:
    """The hybrid, its members, baseline scorers and peers, best NDCG@10 first after the hybrid.

    Members that abstain on all of the data, such as a sequence model where there are no times, are left out.

    Baselines are tuned on the same validation interactions as the members and then, like them, fitted again
    to everything but `heldout`.

    Args:
        recommender: a fitted one.
        heldout: interactions that it has not seen.
        baselines: scorers to measure beside it, by name.
        histories: the graph whose likes people ask with, where that is more than was learned from
            (`kg.protocols.Dealt.histories`).
        listed: ranked lists of other programs, with what they cost there.

    Raises:
        QueryError: nothing is held out to compare on, or a peer has the name of another model.
    """
    if not len(heldout):
        raise QueryError(
            f"dataset {recommender.graph.name!r} holds nothing out, so there is nothing to evaluate on"
        )
    asked = histories or recommender.graph

    def measured(name: str, role: Role, score: Callable[[Profiles], ScoreArray], before: Spent) -> Result:
        recommender.report(f"evaluate {name}")
        start = Spent.now()
        slices = evaluate_slices(score, asked, heldout, seed=recommender.options.seed)
        whole, spent = slices.pop("all"), before + (Spent.now() - start)
        return Result(name, role, whole, spent.wall, peak_rss_mb(), cpu_seconds=spent.cpu, slices=slices)

    results = [measured(HYBRID, "hybrid", recommender.score, _spent(recommender, *recommender.seconds))]
    for member, weight in zip(recommender.members, recommender.ranker.weights, strict=True):
        if weight == 0:
            if member.usual:
                recommender.report(f"{member.name} abstains on this dataset")
            continue
        before = _spent(recommender, f"tune {member.name}", f"fit {member.name}")
        results.append(measured(member.name, "scorer", member.score, before))
    names = {result.name for result in results}
    known = scorers.find()
    for name in baselines:
        if name not in names:
            start = Spent.now()
            fitted = _fit_baseline(known[name](), recommender)
            results.append(measured(name, "baseline", fitted.score, Spent.now() - start))
    results += [_peer(each, asked, heldout) for each in listed]
    _check_names([result.name for result in results])
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


def _peer(listed: Listed, graph: KnowledgeGraph, heldout: Interactions) -> Result:
    """What another program did; its time and memory are its own."""
    found = lists.evaluate_slices(listed, graph, heldout)
    return Result(
        listed.name,
        "peer",
        found.pop("all"),
        listed.seconds,
        listed.peak_rss_mb,
        cpu_seconds=listed.cpu_seconds,
        slices=found,
        program=listed.program,
        command=listed.command,
    )


def _check_names(names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise QueryError(f"two models have the name {twice!r}; name the lists of other programs otherwise")


def _spent(recommender: Recommender, *stages: str) -> Spent:
    """What stages of its making took, nothing where one was not needed; NaN where CPU time was not kept."""
    wall, cpu = recommender.seconds, recommender.cpu_seconds
    return Spent(
        sum(wall.get(stage, 0.0) for stage in stages),
        sum(cpu.get(stage, math.nan) for stage in stages if stage in wall),
    )


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
