"""The page of a benchmark: one HTML file made from its JSON, for somebody who has never seen this project."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybrid import bench_pictures, pictures
from hybrid.bench_pictures import LOOKS, Point
from hybrid.evaluation.comparison import HYBRID, JUDGED
from hybrid.evaluation.sentence import ALPHA
from hybrid.evaluation.significance import Comparison, Verdict
from hybrid.pages import environment
from hybrid.report import ROLES, duration, figure, meanings
from hybrid.show import verdict_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup

COLUMNS = ("ndcg@10", "recall@20", "mrr@10", "hit@10", "coverage@10", "novelty@10")
PLACE = "ndcg@10"  # what models are ordered and drawn by
SPLITS = {
    "time": "of each person, the latest likes are tested",
    "given": "which likes are tested comes with the data",
    "random": "which likes are tested is drawn at random",
}
QUARTERS = {
    "history q1": "shortest",
    "history q2": "short",
    "history q3": "long",
    "history q4": "longest",
}
KINDS_OF_ITEMS = {
    "head": "the fifth of the items that most people like",
    "tail": "the other items that somebody likes",
    "cold": "items that nobody is known to like",
}
SLICES = {
    "all": "all test likes",
    "warm": "items that somebody likes",
    "sparse": "the fifth of the people with the shortest histories",
    "cold": "items that nobody likes, ranked among themselves",
}
LINKS = {
    "true": "the true links",
    "none": "no links",
    "shuffled": "each item with another item's links",
    "rewired": "links drawn anew, as many for each node",
}
SHOWN_MODELS = 6  # in pictures by slice


@dataclass(frozen=True, slots=True)
class Beside:
    """A figure beside the one that it is compared with.

    Attributes:
        mark: "better", "worse" or "same", the last where they cannot be told apart.
        difference: this minus the other, as words.
        interval: where the difference lies, as words.
        p: the corrected p value, as words.
    """

    mark: str
    difference: str
    interval: str
    p: str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Beside:
        """From the JSON's difference, interval and p values."""
        difference, (low, high) = found["difference"], found["interval"]
        mark = "same" if found["p_corrected"] >= ALPHA else "better" if difference > 0 else "worse"
        p = f"{found['p_corrected']:.4f}" if found["p_corrected"] >= 0.0001 else "below 0.0001"  # noqa: PLR2004
        return cls(mark, change(difference), f"{change(low)} to {change(high)}", p)


def page(measured: Mapping[str, Any]) -> str:
    """The page as HTML. Every name in it is escaped.

    Args:
        measured: what `hybrid.bench.bench` gives, or was read back from its JSON. Of a dataset only "models"
            must be there; a section whose part is absent is left out. "seeds" says that figures are medians
            over those.
    """
    template = environment(
        figure=figure, duration=_or_dash(duration), mb=_or_dash(figure), metric=metric, beside=Beside.of
    ).get_template("bench.html")
    found = {name: _view(name, each) for name, each in measured["datasets"].items()}
    return template.render(
        datasets=found,
        columns=COLUMNS,
        judged_columns=JUDGED,
        peers=any(
            model["role"] == "peer"
            for each in measured["datasets"].values()
            for model in each["models"].values()
        ),
        meanings=meanings(COLUMNS),
        roles=ROLES,
        looks={role: pictures.VARIABLES[look[0]] for role, look in LOOKS.items()},
        splits=SPLITS,
        slices=SLICES,
        links=LINKS,
        marks={"better": "▲", "worse": "▼", "same": "≈"},
    )


def metric(value: float | None) -> str:
    """A metric with four digits, "–" where it is not known."""
    return "–" if value is None or math.isnan(value) else f"{value:.4f}"


def change(value: float) -> str:
    """A difference with its sign."""
    return f"{value:+.4f}".replace("-", "−")


def _or_dash(words: Any) -> Any:  # noqa: ANN401 - a function from a number to words, and one that also takes None
    return lambda value: "–" if value is None or math.isnan(value) else words(value)


def _view(name: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows of a dataset."""
    models = dict(
        sorted(dataset["models"].items(), key=lambda pair: -pair[1]["metrics"].get(PLACE, -math.inf))
    )
    drawn = [HYBRID, *(each for each in models if each != HYBRID)][:SHOWN_MODELS]
    drawn = [each for each in drawn if each in models]
    return {
        "models": models,
        "best": {column: _best(models, column) for column in COLUMNS},
        "rival": next((each for each in models if each != HYBRID), None),
        "verdicts": verdict_words(_verdicts(models)),
        "costs": list(_costs(name, models)),
        "histories": _histories(name, models, drawn),
        "drawn": {each: pictures.series_variable(number) for number, each in enumerate(drawn)},
        "kinds": list(_kinds(name, models, drawn)),
        "ablations": _with_bars(dataset.get("ablations", ())),
        "worth": dataset.get("worth"),
        "commands": {each: model["command"] for each, model in models.items() if model.get("command")},
        **{part: dataset.get(part) for part in ("data", "machine", "seed", "seeds", "command")},
    }


def _best(models: Mapping[str, Any], column: str) -> float:
    return max((model["metrics"].get(column, -math.inf) for model in models.values()), default=-math.inf)


def _verdicts(models: Mapping[str, Any]) -> Iterator[Verdict]:
    """What was found of each model beside the hybrid, as `show.verdict_words` wants it."""
    for name, model in models.items():
        for each, found in model.get("beside_hybrid", {}).items():
            low, high = found["interval"]
            comparison = Comparison(each, found["difference"], low, high, found["p"], 0)
            yield Verdict(name, HYBRID, comparison, found["p_corrected"])


def _costs(name: str, models: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    """Accuracy against time and memory, with a caption each."""
    costs = {"seconds": ("wall time", "seconds"), "peak_rss_mb": ("peak memory", "megabytes")}
    for key, (cost, unit) in costs.items():
        points = [
            Point(each, model["role"], model.get(key) or math.nan, model["metrics"].get(PLACE, math.nan))
            for each, model in models.items()
        ]
        words = f"{PLACE} of the models of {name} by {cost}, as in the table"
        yield f"{PLACE} by {cost}", bench_pictures.scatter(points, f"{cost}, {unit}", PLACE, words)


def _in_slice(model: Mapping[str, Any], part: str) -> float:
    found = model.get("slices", {}).get(part)
    return math.nan if found is None else float(found["metrics"][PLACE])


def _histories(name: str, models: Mapping[str, Any], drawn: Sequence[str]) -> Markup | None:
    """Accuracy by the length of people's histories; None where that was not measured."""
    series = {each: [_in_slice(models[each], part) for part in QUARTERS] for each in drawn}
    if all(math.isnan(value) for values in series.values() for value in values):
        return None
    words = f"{PLACE} of {', '.join(drawn)} on {name}, by length of history"
    return bench_pictures.lines(series, list(QUARTERS.values()), PLACE, words)


def _kinds(name: str, models: Mapping[str, Any], drawn: Sequence[str]) -> Iterator[tuple[str, str, Markup]]:
    """Accuracy on the kinds of items that were measured: kind, words and picture."""
    for kind, words in KINDS_OF_ITEMS.items():
        values = {each: _in_slice(models[each], kind) for each in drawn}
        if not all(math.isnan(value) for value in values.values()):
            described = f"{PLACE} on {kind} items of {name}: {words}"
            yield kind, words, pictures.bars(values, described, strong=frozenset({HYBRID}))


def _with_bars(ablations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The ablations, each with the share of the longest bar that its loss fills; a gain fills less than 0."""
    losses = [-each["beside_hybrid"][PLACE]["difference"] for each in ablations]
    longest = max((abs(loss) for loss in losses), default=0.0) or 1.0
    return [{**each, "bar": loss / longest} for each, loss in zip(ablations, losses, strict=True)]
