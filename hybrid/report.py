"""The report of a run: one HTML file for somebody who has never seen this project, readable offline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hybrid import pictures
from hybrid.pages import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from hybrid.ranking import Recommendation

Role = Literal["hybrid", "scorer", "baseline", "peer"]
ROLES: Mapping[Role, str] = {
    "hybrid": "all scorers together",
    "scorer": "one scorer alone",
    "baseline": "for comparison",
    "peer": "another program",
}
METRICS = {
    "ndcg": "how near to the top the right items are; 1 is a perfect order",
    "recall": "which share of the items that a person went on to like is in the list",
    "precision": "which share of the list a person went on to like",
    "mrr": "1 divided by the place of the first right item, on average",
    "hit": "which share of people found at least one right item",
    "map": "precision at each right item, on average",
    "coverage": "which share of the catalog is ever recommended",
    "novelty": "how little known what is recommended is, in bits",
    "serendipity": "which share of the list is right and not among the most popular",
    "diversity": "how unlike the items of a list are, by their facts",
    "gini": "how unequally items are recommended; 1 is all places to one",
    "popularity_lift": "how much more popular lists are than histories; 0 is as popular",
    "auc": "how often a right item scores above another",
}
SHOWN_BARS = 12


@dataclass(frozen=True, slots=True)
class Model:
    """A row of the table of results.

    Attributes:
        name: the model's name.
        role: the hybrid, one of its scorers alone, or a baseline.
        metrics: "ndcg@10" -> value; NaN where it was not measured.
    """

    name: str
    role: Role
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """How the training of a scorer went; the three columns are of one length, NaN where not measured.

    Attributes:
        scorer: the scorer's name.
        epochs: numbers of the epochs.
        loss: mean training loss of each.
        validation: the metric on validation data after each.
        metric: the name of that metric.
    """

    scorer: str
    epochs: tuple[int, ...]
    loss: tuple[float, ...]
    validation: tuple[float, ...]
    metric: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to show recommendations for.

    Attributes:
        name: what to call them, usually an id.
        likes: labels of what they liked last, latest first.
        recommendations: best first; the first path of each is shown.
    """

    name: str
    likes: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the page says.

    Attributes:
        dataset: the dataset's name.
        description: what it is, in a sentence or two.
        nodes: class -> number of nodes.
        edges: relation in words -> number of facts.
        protocol: how the models were tested, in words.
        models: the results, in the order of the table.
        headline: the metrics to draw, names as in the models' metrics; the first two where empty.
        curves: one per trained scorer.
        weights: scorer -> weight in the ranker.
        reasons: scorer -> what its part of a score means, in words.
        people: whom recommendations are shown for.
        timings: stage -> seconds, in order.
        peak_memory_mb: the most memory in use, in units of 10^6 bytes.
        notes: anything else worth knowing, a sentence each.
    """

    dataset: str
    description: str
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    protocol: str
    models: tuple[Model, ...]
    curves: tuple[Curve, ...]
    weights: Mapping[str, float]
    people: tuple[Person, ...]
    timings: Mapping[str, float]
    peak_memory_mb: float
    headline: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics, in the order in which the models give them."""
        return tuple(dict.fromkeys(name for model in self.models for name in model.metrics))

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the scorers whose parts are shown: those of the ranker, then any other seen."""
        recommended = (item for person in self.people for item in person.recommendations)
        return tuple(dict.fromkeys([*self.weights, *(name for item in recommended for name in item.parts)]))

    def best(self, metric: str) -> float:
        """The best value of a metric, NaN where none is known."""
        values = [model.metrics[metric] for model in self.models if metric in model.metrics]
        return max((value for value in values if not math.isnan(value)), default=math.nan)


def render(report: Report) -> str:
    """The page as HTML. Every word that comes from the catalog is escaped."""
    template = environment(figure=figure, score=score, duration=duration, signed=signed).get_template(
        "report.html"
    )
    return template.render(
        report=report,
        roles=ROLES,
        meanings=meanings(report.metrics),
        bars=_metric_bars(report),
        nodes=_counts(report.nodes, "nodes by class"),
        edges=_counts(report.edges, "facts by relation"),
        curves=[(curve, _curve(curve)) for curve in report.curves],
        stacks=[_stack(person, report) for person in report.people],
        colours={name: pictures.series_variable(number) for number, name in enumerate(report.series)},
        path_picture=pictures.path_picture,
        not_measured=math.nan,
        shown=SHOWN_BARS,
    )


def meanings(metrics: tuple[str, ...]) -> dict[str, str]:
    """What each kind of metric measures: name without "@10" -> words, for those that are known."""
    found = {}
    for kind in dict.fromkeys(name.partition("@")[0] for name in metrics):
        words = next((words for known, words in METRICS.items() if kind.startswith(known)), None)
        if words is not None:
            found[kind] = words
    return found


def figure(number: float) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,.0f}"


def score(number: float) -> str:
    """A metric, "–" where it was not measured."""
    return "–" if math.isnan(number) else f"{number:.3f}"


def signed(number: float) -> str:
    """A part of a score, "no opinion" where the scorer abstained."""
    return "no opinion" if math.isnan(number) else f"{number:+.2f}".replace("-", "−")


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _metric_bars(report: Report) -> list[tuple[str, Markup]]:
    hybrid = frozenset(model.name for model in report.models if model.role == "hybrid")
    drawn = []
    for metric in report.headline or report.metrics[:2]:
        values = {model.name: model.metrics.get(metric, math.nan) for model in report.models}
        ranked = dict(sorted(values.items(), key=lambda pair: -math.inf if math.isnan(pair[1]) else -pair[1]))
        drawn.append((metric, pictures.bars(ranked, f"{metric} by model, as in the table", strong=hybrid)))
    return drawn


def _counts(counts: Mapping[str, int], what: str) -> Markup:
    ranked = dict(sorted(counts.items(), key=lambda pair: -pair[1])[:SHOWN_BARS])
    return pictures.bars(ranked, f"number of {what}, as in the table")


def _curve(curve: Curve) -> Markup:
    last = f"{curve.metric} {score(curve.validation[-1])} at the end" if curve.validation else "no epochs"
    words = f"loss and {curve.metric} of {curve.scorer} over {len(curve.epochs)} epochs; {last}"
    return pictures.curves(curve.epochs, curve.loss, curve.validation, curve.metric, words)


def _stack(person: Person, report: Report) -> Markup:
    rows = [recommendation.parts for recommendation in person.recommendations]
    return pictures.stacked(rows, report.series, f"parts of the scores of {person.name}, as listed below")
