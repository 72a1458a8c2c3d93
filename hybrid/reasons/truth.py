"""Whether reasons are true: tests of a model's explanations on a sample of people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hybrid.query import Query
from hybrid.reasons.attribution import attribute
from hybrid.reasons.trials import Trials, facts_of
from kg import changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybrid.reasons.explanation import Explanation
    from hybrid.recommender import Recommender
    from kg.graph import FloatArray, KnowledgeGraph
    from kg.paths import PathFinder, ReasoningPath

_FEWEST = 3  # likes of a person who is asked for: with fewer there is nothing to compare with
_PATHS = 3
_NONE = float("nan")


@dataclass(frozen=True, slots=True)
class Truth:
    """How the reasons of a sample of recommendations stood their tests.

    Attributes:
        tested: number of recommendations with a path.
        without_path: number of recommendations without any.
        existing: share of all paths whose every step is in the graph that served.
        lowered: share of the recommendations whose score falls without the strongest path and its like.
        drop: what it falls by, median.
        control: what it falls by without random links of the same kinds and degrees and another like, median.
        kept: share of the recommendations that keep half of their margin over the mean item, or more, with
            the evidence of the paths alone: their likes, and of the facts of the items on them only theirs.
        margin: the share of the margin that is kept, median.
        because: share of the paths that passed their own test.
        changed: share of the paths that are others when the model is randomised (Adebayo et al., "Sanity
            Checks for Saliency Maps", NeurIPS 2018): every scorer says of an item what it learned of another.
        seconds: wall time.
    """

    tested: int
    without_path: int
    existing: float
    lowered: float
    drop: float
    control: float
    kept: float
    margin: float
    because: float
    changed: float
    seconds: float

    @property
    def ratio(self) -> float:
        """How many times the control the drop is; infinite where the control is nothing or below."""
        return self.drop / self.control if self.control > 0 else float("inf")

    def told(self) -> tuple[str, ...]:
        """The results in words, a line each."""
        if not self.tested:
            return ("reasons: no recommendation of the sample had a path to test",)
        times = "far more than" if self.ratio == float("inf") else f"{self.ratio:.1f} times"
        return (
            f"reasons of {self.tested} recommendations tested in {self.seconds:.0f} s "
            f"({self.without_path} more have no path)",
            f"  {self.existing:.0%} of the paths are in the graph; {self.because:.0%} passed their test",
            f"  without its strongest path the score of {self.lowered:.0%} falls, by {self.drop:.2f} in the "
            f"median, {times} what random links of the same kind cost ({round(self.control, 2) + 0.0:.2f})",
            f"  with the paths' evidence alone {self.kept:.0%} keep half of their margin "
            f"({self.margin:.0%} is left in the median)",
            f"  with a randomised model {self.changed:.0%} of the paths are others",
        )


@dataclass(frozen=True, slots=True)
class _Case:
    """One recommendation: its strongest path's fall and control, what is kept, shares of its paths."""

    drop: float
    control: float
    margin: float
    existing: float
    because: float
    changed: float


def probe(
    recommender: Recommender,
    *,
    people: int = 30,
    seconds: float = 120.0,
    seed: int = 0,
    report: Callable[[str], None] = lambda _message: None,
) -> Truth:
    """Test the first recommendation of some people, drawn with the seed among those with three likes or more.

    Args:
        recommender: a fitted one.
        people: how many at most.
        seconds: no further person is begun after so long.
        seed: of the sample and of all random links.
        report: told of progress in words.
    """
    start, graph = time.perf_counter(), recommender.graph
    able = np.flatnonzero(np.bincount(graph.interactions.users, minlength=graph.num_users) >= _FEWEST)
    drawn = np.random.default_rng(seed).permutation(able)[:people]
    shuffled, cases, asked = recommender.finder.shuffled(seed), list[_Case](), 0
    for user in drawn.tolist():
        if time.perf_counter() - start > seconds:
            break
        asked += 1
        report(f"reasons: testing recommendation {asked} of {len(drawn)}")
        case = _case(recommender, Query(user=graph.users.ids[user], n=1), shuffled, seed)
        cases += [] if case is None else [case]
    return _summed(cases, asked - len(cases), time.perf_counter() - start)


def exists(graph: KnowledgeGraph, path: ReasoningPath) -> bool:
    """Whether every step of a path is a fact or a like of the graph."""
    likes, first = graph.interactions, graph.first("item")
    for one, other in zip(path.nodes, path.nodes[1:], strict=False):
        user, item = min(one, other), max(one, other) - first
        liked = user < graph.num_users and bool(((likes.users == user) & (likes.items == item)).any())
        if not liked and not changes.facts_between(graph, one, other):
            return False
    return True


def _case(recommender: Recommender, query: Query, shuffled: PathFinder, seed: int) -> _Case | None:
    best = recommender.recommend(query, paths=0).recommendations[0]
    explained = recommender.explain(query, best.item, paths=_PATHS)
    if not explained.reasons:
        return None
    paths = explained.paths
    strongest = explained.recommendation.paths[0]  # by its weight, before anything was tested
    first = next(reason for reason in explained.reasons if reason.path is strongest)
    return _Case(
        first.drop,
        first.control,
        _kept_margin(recommender, explained),
        float(np.mean([exists(recommender.graph, path) for path in paths])),
        float(np.mean([reason.verdict == "because" for reason in explained.reasons])),
        _changed(recommender, explained, shuffled, seed),
    )


def _kept_margin(recommender: Recommender, explained: Explanation) -> float:
    """What is left of the margin over the mean item with the evidence of the paths alone, as a share."""
    asked, graph = recommender.reader.read(explained.query), recommender.graph
    row = graph.items.number(explained.item)
    trials = Trials(recommender, asked.profile, asked.allowed)
    likes = np.unique([trials.like_of(path) for path in explained.paths])
    gone = ~np.isin(np.arange(len(asked.profile.items)), likes)
    shown = {fact for path in explained.paths for fact in facts_of(recommender, path)}
    ends = [row, *asked.profile.items[likes].tolist()]
    theirs = [fact for end in ends for fact in changes.facts_of(graph, graph.first("item") + end)]
    lost = tuple(dict.fromkeys(fact for fact in theirs if fact not in shown))
    before = recommender.panel.score(asked.profile, asked.allowed[None])[0]
    after = trials.without(lost).score(asked.profile.without(gone), asked.allowed[None])[0]
    margins = [float(np.nan_to_num(scores[row]) - np.nanmean(scores)) for scores in (before, after)]
    return margins[1] / margins[0] if margins[0] > 0 else _NONE


def _changed(recommender: Recommender, explained: Explanation, shuffled: PathFinder, seed: int) -> float:
    """The share of the paths that a randomised model would not give."""
    asked, graph = recommender.reader.read(explained.query), recommender.graph
    person, row = asked.profile, graph.items.number(explained.item)
    others = np.flatnonzero(asked.allowed)
    other = np.random.default_rng((seed, row)).choice(others[others != row]) if len(others) > 1 else row
    gave: FloatArray = attribute(recommender.panel, person, asked.allowed, np.array([other])).likes[:, 0]
    again = shuffled.best(person.items, gave, row, k=_PATHS, person=int(person.users[0]))
    found = {path.nodes for path in again}
    return float(np.mean([path.nodes not in found for path in explained.paths]))


def _summed(cases: list[_Case], without_path: int, seconds: float) -> Truth:
    def mean(name: str) -> float:
        return float(np.mean([getattr(case, name) for case in cases])) if cases else _NONE

    def median(name: str) -> float:
        return float(np.nanmedian([getattr(case, name) for case in cases])) if cases else _NONE

    margins = np.array([case.margin for case in cases])
    half = float((margins[~np.isnan(margins)] >= 0.5).mean()) if (~np.isnan(margins)).any() else _NONE  # noqa: PLR2004
    lowered = float(np.mean([case.drop > 0 for case in cases])) if cases else _NONE
    return Truth(
        tested=len(cases),
        without_path=without_path,
        existing=mean("existing"),
        lowered=lowered,
        drop=median("drop"),
        control=median("control"),
        kept=half,
        margin=median("margin"),
        because=mean("because"),
        changed=mean("changed"),
        seconds=seconds,
    )
