"""Which kinds of paths there are, as a Sankey diagram: classes and relations, as wide as they are frequent.

Drawn here as SVG, because matplotlib's Sankey has one flow through one trunk, and d3-sankey needs a browser
to draw, so that nothing would be seen where scripts do not run: in many notebook viewers and in print.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from hybrid.palette import Picture
from hybrid.pictures import series_variable
from kg.lettering import plain, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.graph import KnowledgeGraph
    from kg.paths import ReasoningPath

ACROSS, BAR, GAP, TALL, WORDS = 150, 9, 20, 200.0, 140
LETTERS = 19

Place = tuple[int, str]  # a column, and a class or a relation in it


@dataclass(slots=True)
class Stop:
    """A bar: a class or a relation in its column.

    Attributes:
        y: its upper end.
        height: its length.
        sent: how much of it has left, counted from above.
        received: how much has arrived, counted from above.
    """

    y: float
    height: float
    sent: float = 0.0
    received: float = 0.0


def sankey(paths: Iterable[ReasoningPath], graph: KnowledgeGraph) -> Picture:
    """The kinds of many paths: class, relation, class and so on from left to right; widths are counts.

    Paths of different lengths end in columns of their own.
    """
    counts: Counter[Place] = Counter()
    flows: Counter[tuple[Place, Place]] = Counter()
    for path in paths:
        places = list(enumerate(_kinds(path, graph)))
        counts.update(places)
        flows.update(pairwise(places))
    unit = TALL / (max(sum(column.values()) for column in _columns(counts)) if counts else 1)
    stops = {place: stop for column in _columns(counts) for place, stop in _stacked(column, unit)}
    colours = {name: series_variable(number) for number, name in enumerate(dict(counts_by_class(counts)))}
    ordered = sorted(flows, key=lambda flow: (stops[flow[0]].y, stops[flow[1]].y))
    drawn = [_ribbon(flow, flows[flow], stops, unit, colours) for flow in ordered]
    drawn += [_bar(place, counts[place], stop, colours) for place, stop in stops.items()]
    return Picture(
        _svg("".join(drawn), counts, max((stop.y + stop.height for stop in stops.values()), default=0))
    )


def counts_by_class(counts: Mapping[Place, int]) -> list[tuple[str, int]]:
    """How often each class is met, the most first: the order of the colours."""
    met: Counter[str] = Counter()
    for (column, name), count in counts.items():
        if column % 2 == 0:
            met[name] += count
    return met.most_common()


def _kinds(path: ReasoningPath, graph: KnowledgeGraph) -> list[str]:
    """Class, relation, class and so on."""
    classes = [graph.class_names[graph.classes[node]] for node in path.nodes]
    steps = [words for pair in zip(classes, path.relations, strict=False) for words in pair]
    return [*steps, classes[-1]]


def _columns(counts: Mapping[Place, int]) -> list[dict[Place, int]]:
    """The bars of each column with their counts, the largest first."""
    columns: dict[int, dict[Place, int]] = defaultdict(dict)
    for place, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        columns[place[0]][place] = count
    return list(columns.values())


def _stacked(column: Mapping[Place, int], unit: float) -> Iterator[tuple[Place, Stop]]:
    top = GAP / 2
    for place, count in column.items():
        yield place, Stop(top, count * unit)
        top += max(count * unit, 2) + GAP


def _ribbon(
    flow: tuple[Place, Place],
    count: int,
    stops: Mapping[Place, Stop],
    unit: float,
    colours: Mapping[str, str],
) -> str:
    """What flows from one bar to a bar of the next column, in the colour of the class that is nearest."""
    (column, name), (_, to) = flow
    start, end, width = stops[flow[0]], stops[flow[1]], count * unit
    upper, lower = start.y + start.sent + width / 2, end.y + end.received + width / 2
    start.sent, end.received = start.sent + width, end.received + width
    left, right = ACROSS * column + BAR, ACROSS * (column + 1)
    middle = (left + right) / 2
    colour = colours[name if column % 2 == 0 else to]
    return (
        f'<path d="M{left} {upper:.1f} C{middle} {upper:.1f} {middle} {lower:.1f} {right} {lower:.1f}" '
        f'style="fill:none;stroke:var({colour});stroke-opacity:.35;stroke-width:{max(width, 0.8):.1f}">'
        f"<title>{escape(plain(f'{name} → {to}: {count:,}'))}</title></path>"
    )


def _bar(place: Place, count: int, stop: Stop, colours: Mapping[str, str]) -> str:
    """A bar with its name and count beside it; relations are grey, their names slanted."""
    column, name = place
    left, middle = ACROSS * column, stop.y + stop.height / 2
    relation = column % 2
    colour = "--quiet" if relation else colours[name]
    style = "font-style:italic;fill:var(--ink)" if relation else "font-weight:600;fill:var(--ink)"
    short = " ".join(wrapped(name, LETTERS, 1))
    return (
        f'<g><title>{escape(plain(name))}: {count:,}</title><rect x="{left}" y="{stop.y:.1f}" width="{BAR}" '
        f'height="{max(stop.height, 1.5):.1f}" style="fill:var({colour})"/>'
        f'<text x="{left + BAR + 5}" y="{middle + 4:.1f}" style="font-size:11.5px;{style}">'
        f"{escape(short)} · {count:,}</text></g>"
    )


def _svg(drawn: str, counts: Mapping[Place, int], below: float) -> str:
    across = ACROSS * max((column for column, _ in counts), default=0) + BAR + WORDS
    kinds = ", ".join(f"{name} {count:,}" for name, count in counts_by_class(counts))
    told = escape(plain(f"kinds of paths, by the classes and relations that they run through: {kinds}"))
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {across} {below + GAP / 2:.1f}" '
        f'style="width:{across}px;max-width:100%;min-width:{across * 3 // 4}px;height:auto;display:block">'
        f"{drawn}</svg>"
    )
