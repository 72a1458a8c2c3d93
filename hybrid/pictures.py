"""Pictures for the report: inline SVG that follows the page's colours, with the words kept as text."""

from __future__ import annotations

import io
import math
import re
import textwrap
import warnings
import zlib
from html import escape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from kg.lettering import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from kg.paths import ReasoningPath

# Colours stand for CSS variables of the page (hybrid/report.html), so that one picture serves light and dark.
INK, FAINT, STRONG, WEAK = "#010203", "#010204", "#010205", "#010206"
SERIES = tuple(f"#0102{number:02x}" for number in range(16, 24))
VARIABLES = {INK: "--ink", FAINT: "--line", STRONG: "--strong", WEAK: "--weak"} | {
    colour: f"--series-{number}" for number, colour in enumerate(SERIES)
}
STYLE: Any = {  # matplotlib types its keys as one Literal
    "svg.fonttype": "none",
    "svg.hashsalt": "whyrec",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,
}
WIDTH = 4.8  # inches: about a phone's width at 72 dots, so that 10 point letters stay readable there
LABEL_LENGTH = 26
LEFT, TOP, STEP, RADIUS = 12, 12, 46, 6  # of a path, in the units of its view box


def bars(values: Mapping[str, float], description: str, *, strong: frozenset[str] = frozenset()) -> Markup:
    """Horizontal bars, first on top, each with its value; NaN is left out.

    Args:
        values: name -> value.
        description: what the picture shows, for people who do not see it.
        strong: the names to set off from the others; all of them where empty.
    """
    shown = {name: value for name, value in values.items() if not math.isnan(value)}
    with mpl.rc_context(STYLE):
        figure, axes = _figure(0.3 + 0.24 * max(len(shown), 1))
        places = range(len(shown))
        colours = [STRONG if not strong or name in strong else WEAK for name in shown]
        drawn = axes.barh(places, list(shown.values()), color=colours, height=0.7)
        axes.bar_label(drawn, [_number(value) for value in shown.values()], padding=3, color=INK)
        _names_at_left(axes, [shorten(name) for name in shown])
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.margins(x=0.16)
        return svg(figure, description)


def stacked(
    rows: Sequence[Mapping[str, float]], series: Sequence[str], description: str, *, names: Sequence[str] = ()
) -> Markup:
    """One bar per row made of parts; parts below zero go left, NaN parts are left out.

    Args:
        rows: name of the part -> size.
        series: the names in order; the order gives the colours.
        description: what the picture shows, for people who do not see it.
        names: what the rows are called; they are ranks, from 1, where empty.
    """
    with mpl.rc_context(STYLE):
        figure, axes = _figure(0.75 + 0.22 * max(len(rows), 1))
        above, below = [0.0] * len(rows), [0.0] * len(rows)
        for number, name in enumerate(series):
            parts = [_finite(row.get(name, math.nan)) for row in rows]
            starts = [up if part >= 0 else down for part, up, down in zip(parts, above, below, strict=True)]
            axes.barh(range(len(rows)), parts, left=starts, height=0.72, color=series_colour(number))
            above = [up + max(part, 0) for up, part in zip(above, parts, strict=True)]
            below = [down + min(part, 0) for down, part in zip(below, parts, strict=True)]
        called = [shorten(name) for name in names] or [str(number + 1) for number in range(len(rows))]
        _names_at_left(axes, called)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_ylabel("" if names else "rank")
        axes.set_xlabel("part of the score")
        return svg(figure, description)


def curves(
    epochs: Sequence[float],
    loss: Sequence[float],
    validation: Sequence[float],
    metric: str,
    description: str,
) -> Markup:
    """Loss and validation metric by epoch, side by side, with a dot at the best epoch."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.9), layout="constrained")
        learned, checked = figure.subplots(1, 2)
        for axes, values, title in ((learned, loss, "loss"), (checked, validation, metric)):
            known = [(x, y) for x, y in zip(epochs, values, strict=True) if not math.isnan(y)]
            axes.plot([x for x, _ in known], [y for _, y in known], color=STRONG, linewidth=1.6)
            axes.set_title(title, fontsize=10, loc="left")
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(4))
        best = max(zip(validation, epochs, strict=True), key=lambda point: _finite(point[0]), default=None)
        if best is not None and not math.isnan(best[0]):
            checked.plot(best[1], best[0], "o", color=STRONG, markersize=5)
        return svg(figure, description)


def path_picture(path: ReasoningPath) -> Markup:
    """A path as a column of nodes: where it starts on top, the recommended item at the bottom.

    A column, because a row of three titles does not fit on a phone. Users are squares, items full circles,
    everything else an open circle.
    """
    steps = "".join(_step(index, words) for index, words in enumerate(path.relations))
    nodes = zip(path.labels, path.kinds, strict=True)
    places = "".join(_place(index, label, kind) for index, (label, kind) in enumerate(nodes))
    size = f"0 0 330 {2 * TOP + STEP * (len(path.labels) - 1)}"
    start = f'<svg class="path" role="img" aria-label="{escape(path.sentence)}" viewBox="{size}">'
    return Markup(f"{start}{steps}{places}</svg>")  # noqa: S704 - every label in it is escaped


def series_colour(number: int) -> str:
    """The colour that stands for a series; they repeat after eight."""
    return SERIES[number % len(SERIES)]


def series_variable(number: int) -> str:
    """The CSS variable with the colour of a series."""
    return VARIABLES[series_colour(number)]


def shorten(words: str, length: int = LABEL_LENGTH) -> str:
    """Words cut at a word's end to at most `length` characters, on one line."""
    line = plain(words)
    cut = textwrap.shorten(line, length, placeholder="…")
    return cut if len(cut) > length // 2 or cut == line else line[: length - 1] + "…"


def _step(index: int, words: str) -> str:
    """The arrow from one node of a path to the next, with its words."""
    top = TOP + index * STEP
    tip = top + STEP - RADIUS - 1
    return (
        f'<line x1="{LEFT}" y1="{top + RADIUS}" x2="{LEFT}" y2="{tip - 5}"/>'
        f'<path d="M{LEFT - 4} {tip - 6} L{LEFT + 4} {tip - 6} L{LEFT} {tip} Z"/>'
        f'<text class="step" x="{LEFT + 16}" y="{top + STEP / 2 + 4}">{escape(shorten(words, 48))}</text>'
    )


def _place(index: int, label: str, kind: str) -> str:
    """A node of a path, with its label."""
    y = TOP + index * STEP
    if kind == "user":
        corner, side = f'x="{LEFT - RADIUS}" y="{y - RADIUS}"', 2 * RADIUS
        shape = f'<rect class="user" {corner} width="{side}" height="{side}"/>'
    else:
        shape = f'<circle class="{escape(kind)}" cx="{LEFT}" cy="{y}" r="{RADIUS}"/>'
    words = f"<title>{escape(label)}</title>{escape(shorten(label, 40))}"
    return f'{shape}<text x="{LEFT + 16}" y="{y + 5}">{words}</text>'


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _names_at_left(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(names) - 0.4, -0.6)


def _finite(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.3f}"


def svg(figure: Figure, description: str) -> Markup:
    """A figure as SVG to stand in a page, with a description for those who cannot see it."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # The reader's own fonts draw the words, so it is no matter which letters matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _for_page(buffer.getvalue(), description)


def _for_page(drawing: str, description: str) -> Markup:
    """The drawing without namespaces, fonts and ids of no use, in the page's colours, with a description."""
    root = ET.fromstring(drawing)  # noqa: S314 - just written by matplotlib, not by a stranger
    prefix = f"p{zlib.crc32(drawing.encode()):08x}-"
    for parent in list(root.iter()):
        for child in [child for child in parent if _local(child.tag) in {"metadata", "style"}]:
            parent.remove(child)
        parent.tag = _local(parent.tag)
        parent.attrib = {_local(name): value for name, value in parent.attrib.items() if name != "clip-path"}
        if "style" in parent.attrib:
            parent.attrib["style"] = _page_style(parent.attrib["style"])
        if "href" in parent.attrib:
            parent.attrib["href"] = parent.attrib["href"].replace("#", "#" + prefix)
        if parent.tag == "g":
            parent.attrib.pop("id", None)
        elif "id" in parent.attrib:
            parent.attrib["id"] = prefix + parent.attrib["id"]
    root.attrib = {
        "class": "chart",
        "role": "img",
        "aria-label": description,
        "viewBox": root.attrib["viewBox"],
    }
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - a tree is escaped on writing


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _page_style(style: str) -> str:
    for colour, variable in VARIABLES.items():
        style = style.replace(colour, f"var({variable})")
    return re.sub(r"font-family:[^;]*;?", "", style)
