"""Pictures of a benchmark: accuracy against what it costs, and by how long people's histories are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from hybrid.pictures import FAINT, INK, SERIES, STRONG, STYLE, WIDTH, series_colour, shorten, svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

LOOKS = {  # of a role: colour, mark and its size
    "hybrid": (STRONG, "D", 8.0),
    "scorer": (SERIES[2], "o", 5.5),
    "baseline": (SERIES[7], "s", 5.0),
    "peer": (SERIES[1], "^", 6.0),
}
_LETTERS, _ROOM = 8.5, 1.18  # points; a reader's letters may be so much wider than those measured here
_FAR = 14  # dots from its mark at which a name gets a line to it


@dataclass(frozen=True, slots=True)
class Point:
    """A model in a picture of two figures.

    Attributes:
        name: of the model.
        role: the hybrid, one of its scorers, a baseline or a peer.
        x: what it costs, above 0.
        y: how good it is.
    """

    name: str
    role: str
    x: float
    y: float


class Box(NamedTuple):
    """Left, lower, right and upper side of a place in a picture, in dots."""

    x0: float
    y0: float
    x1: float
    y1: float


def scatter(points: Sequence[Point], xlabel: str, ylabel: str, description: str) -> Markup:
    """Models by cost, on a scale of powers of ten, and accuracy; every mark has its name beside it.

    Args:
        points: those with a known x above 0 and y are drawn.
        xlabel: what costs are in.
        ylabel: the metric.
        description: what the picture shows, for people who do not see it.
    """
    shown = [point for point in points if math.isfinite(point.y) and 0 < point.x < math.inf]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.7), layout="constrained")
        axes = figure.subplots()
        for point in shown:
            colour, mark, size = LOOKS[point.role]
            axes.plot(point.x, point.y, mark, color=colour, markersize=size, markeredgewidth=0)
        axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
        _scale(axes, [point.x for point in shown])
        axes.margins(y=0.12)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(color=FAINT, linewidth=0.4)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # names must not move what they were placed by
        _name(axes, shown)
        return svg(figure, description)


def lines(
    series: Mapping[str, Sequence[float]], ticks: Sequence[str], ylabel: str, description: str
) -> Markup:
    """One line for each series over named places; the first is drawn stronger, NaN leaves a gap.

    Args:
        series: name -> a value for each tick; the order gives the colours (`hybrid.pictures.series_colour`).
        ticks: the names of the places.
        ylabel: the metric.
        description: what the picture shows, for people who do not see it.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        axes = figure.subplots()
        for number, values in enumerate(series.values()):
            width, mark = (2.6, "o") if number == 0 else (1.3, ("s", "^", "v", "D", "P")[(number - 1) % 5])
            axes.plot(
                range(len(ticks)),
                list(values),
                mark + "-",
                color=series_colour(number),
                linewidth=width,
                markersize=5,
                markeredgewidth=0,
            )
        axes.set_xticks(range(len(ticks)), ticks)
        axes.set_ylabel(ylabel)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(axis="y", color=FAINT, linewidth=0.4)
        axes.margins(x=0.08)
        return svg(figure, description)


def _scale(axes: Axes, costs: Sequence[float]) -> None:
    """A scale with at least three numbers on it, even where all costs are near each other."""
    low, high = (min(costs), max(costs)) if costs else (1.0, 10.0)
    middle = math.sqrt(low * high)
    axes.set_xlim(min(low / 1.7, middle / 3.5), max(high * 1.7, middle * 3.5))
    few = high / low < 100  # noqa: PLR2004
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axes.xaxis.set_major_formatter(lambda cost, _place: f"{cost:,.0f}" if cost >= 1 else f"{cost:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _name(axes: Axes, points: Sequence[Point]) -> None:
    """Write each name where it hides as little as possible, the best models first."""
    inside = Box(*axes.get_window_extent().extents)
    marks = [_mark(axes, point) for point in points]
    taken: list[Box] = []
    for point in sorted(points, key=lambda each: (each.role != "hybrid", -each.y)):
        weight = "bold" if point.role == "hybrid" else "normal"
        words = axes.annotate(
            shorten(point.name, 20),
            (point.x, point.y),
            xytext=(0, 0),
            textcoords="offset pixels",
            fontsize=_LETTERS,
            fontweight=weight,
            va="center",
        )
        size = words.get_window_extent()
        own = _mark(axes, point)
        best = min(
            _places(own, size.width * _ROOM, size.height),
            key=lambda place: _hidden(place, taken, marks, inside) + _far(place, own),
        )
        taken.append(best)
        _write(axes, words, best, own)


def _mark(axes: Axes, point: Point) -> Box:
    x, y = axes.transData.transform((point.x, point.y)).tolist()
    return Box(x - 4, y - 4, x + 4, y + 4)


def _places(mark: Box, width: float, height: float) -> Iterator[Box]:
    """Where a name could stand: right or left of its mark, on it, and ever farther up or down."""
    x, y = (mark.x0 + mark.x1) / 2, (mark.y0 + mark.y1) / 2
    for side, aside, up in product((1, 0, -1), (7, 16, 34, 60), range(-66, 67, 6)):
        if side == 0 and abs(up) < height / 2 + 5:
            continue
        left = x + aside if side > 0 else x - aside - width if side < 0 else x - width / 2
        yield Box(left, y + up - height / 2, left + width, y + up + height / 2)


def _hidden(place: Box, names: Sequence[Box], marks: Sequence[Box], inside: Box) -> float:
    """How much of other names, marks and the world outside a place covers, in square dots."""
    found = sum(_shared(place, other) for other in (*names, *marks))
    return 50 * (found + _shared(place, place) - _shared(place, inside))


def _shared(first: Box, second: Box) -> float:
    wide = min(first.x1, second.x1) - max(first.x0, second.x0)
    high = min(first.y1, second.y1) - max(first.y0, second.y0)
    return max(wide, 0.0) * max(high, 0.0)


def _far(place: Box, mark: Box) -> float:
    """The way from a mark to the nearest corner or side of a name, in dots."""
    x, y = (mark.x0 + mark.x1) / 2, (mark.y0 + mark.y1) / 2
    left = 0.1 if place.x1 < x else 0.0  # where all else is equal, right of the mark
    return left + math.hypot(max(place.x0 - x, 0, x - place.x1), 1.5 * abs((place.y0 + place.y1) / 2 - y))


def _write(axes: Axes, words: Annotation, place: Box, mark: Box) -> None:
    """Put a name where it belongs, with a line to its mark where that is far off."""
    x, y = (mark.x0 + mark.x1) / 2, (mark.y0 + mark.y1) / 2
    side: Literal["left", "right", "center"] = (
        "left" if place.x0 > x else "right" if place.x1 < x else "center"
    )
    at = {"left": place.x0, "right": place.x1, "center": (place.x0 + place.x1) / 2}[side]
    words.set_horizontalalignment(side)
    words.set_position((at - x, (place.y0 + place.y1) / 2 - y))
    if _far(place, mark) > _FAR:
        ends = axes.transData.inverted().transform([(x, y), (at, (place.y0 + place.y1) / 2)])
        axes.plot(ends[:, 0], ends[:, 1], color=INK, linewidth=0.4, alpha=0.5, scalex=False, scaley=False)
