"""A picture of a graph's schema: classes as circles, what links them as labelled arrows, drawn as a tree.

The class with most neighbours is the root, people and what is said of them stand on its left, everything else
on its right. Every arrow ends in a level stretch that carries its words, so that no two can overlap; links
that would close a circle are words below their class.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from hybrid.pictures import FAINT, INK, STRONG, STYLE, WEAK, shorten, svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from markupsafe import Markup
    from matplotlib.axes import Axes

    from kg.description import Description

MOST_CLASSES, MOST_LINES = 24, 4
LINE, GAP = 0.17, 0.12  # inches: a line of words, and between two classes
SMALLEST, LARGEST = 0.08, 0.36  # inches: radius of a circle
BEND, WORDS = 0.5, 2.2  # inches: to the bend of an arrow, and its words
LETTER, INNER = 0.085, 1.2  # inches: of a letter, and for the name of a class with others beside it
RARE = 0.01  # a link with a smaller share of its relation's facts is not drawn
SMALL = 9  # points
LIKES = "likes"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Facts from one class to another."""

    head: str
    tail: str
    words: str
    facts: int


@dataclass(slots=True)
class Place:
    """A class in the tree, with what leads to it from its parent.

    Attributes:
        name: the class.
        side: 1 right of the root, -1 left of it.
        up: links between it and its parent.
        notes: links to others that are only told in words.
        below: its children.
        x: of its circle, inches.
        y: of its circle, inches, upwards.
    """

    name: str
    side: int = 1
    up: list[Arrow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    below: list[Place] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    def walk(self) -> Iterable[Place]:
        """This class and all below it."""
        yield self
        for place in self.below:
            yield from place.walk()


def arrows(told: Description) -> list[Arrow]:
    """What is to be drawn, most frequent first; a rare link only where it is all that a class has."""
    common = [Arrow(link.head, link.tail, LIKES, link.facts) for link in told.likes.links]
    rare: list[Arrow] = []
    for relation in told.relations:
        for link in relation.links:
            arrow = Arrow(link.head, link.tail, relation.label or relation.id, link.facts)
            (rare if link.facts < RARE * relation.facts else common).append(arrow)
    linked = {name for arrow in common for name in (arrow.head, arrow.tail)}
    kept = [arrow for arrow in rare if not {arrow.head, arrow.tail} <= linked]
    return sorted([*common, *kept], key=lambda arrow: -arrow.facts)


def schema(told: Description, description: str) -> Markup:
    """The picture.

    Args:
        told: the description of a workspace.
        description: what the picture shows, for people who do not see it.
    """
    sizes: dict[str, int] = defaultdict(int)
    for count in told.classes:
        sizes[count.name] += count.nodes
    shown = dict(sorted(sizes.items(), key=lambda pair: -pair[1])[:MOST_CLASSES])
    links = [arrow for arrow in arrows(told) if arrow.head in shown and arrow.tail in shown]
    people = {count.name for count in told.classes if count.kind == "user"}
    radius = _radii(shown)
    places = tree(list(shown), links, people)
    _arrange(places, radius)
    with mpl.rc_context(STYLE):
        return _draw(places, shown, radius, description)


def tree(names: list[str], links: list[Arrow], people: set[str]) -> list[Place]:
    """The classes as trees: first that of the class with most neighbours, then what nothing links to it."""
    near: dict[str, dict[str, list[Arrow]]] = {name: defaultdict(list) for name in names}
    for arrow in links:
        if arrow.head != arrow.tail:
            near[arrow.head][arrow.tail].append(arrow)
            near[arrow.tail][arrow.head].append(arrow)
    places: dict[str, Place] = {}
    roots = []
    for name in sorted(names, key=lambda name: -len(near[name])):
        if name not in places:
            places[name] = Place(name)
            roots.append(places[name])
            _grow(places[name], near, places, people)
    _note(links, places)
    return roots


def _grow(
    root: Place, near: Mapping[str, Mapping[str, list[Arrow]]], places: dict[str, Place], people: set[str]
) -> None:
    """Hang what is linked to a class below it, nearest first, and so on."""
    queue = [root]
    for place in queue:
        others = near[place.name]
        for other in sorted(others, key=lambda name: -sum(arrow.facts for arrow in others[name])):
            if other not in places:
                side = place.side if place is not root else -1 if other in people else 1
                child = Place(other, side, up=others[other])
                places[other] = child
                place.below.append(child)
                queue.append(child)


def _note(links: list[Arrow], places: Mapping[str, Place]) -> None:
    """Tell the links that are no branch of the tree in words."""
    branches = {id(arrow) for place in places.values() for arrow in place.up}
    for arrow in links:
        if id(arrow) not in branches:
            sign = "↻" if arrow.head == arrow.tail else f"→ {shorten(arrow.tail, 16)}:"
            places[arrow.head].notes.append(f"{sign} {_told(arrow)}")


def _radii(sizes: Mapping[str, int]) -> dict[str, float]:
    most = max(sizes.values(), default=1)
    return {name: max(SMALLEST, LARGEST * math.sqrt(count / most)) for name, count in sizes.items()}


def _cut(lines: list[str]) -> list[str]:
    kept = lines if len(lines) <= MOST_LINES else lines[: MOST_LINES - 1]
    return kept if kept is lines else [*kept, f"and {len(lines) - len(kept)} more"]


def _words(place: Place) -> list[str]:
    """The words on the arrow that leads to a class; each has its own direction."""
    away = "→" if place.side > 0 else "←"
    back = "←" if place.side > 0 else "→"
    both = len({arrow.tail for arrow in place.up}) > 1
    lines = []
    for arrow in place.up:
        sign = f"{away if arrow.tail == place.name else back} " if both else ""
        lines.append(f"{sign}{_told(arrow)}")
    return _cut(lines)


def _told(arrow: Arrow) -> str:
    return f"{shorten(arrow.words, 22)} · {arrow.facts:,}"


def _room(place: Place, radius: Mapping[str, float]) -> tuple[float, float]:
    """Inches that a class itself needs above and below its middle."""
    notes = LINE * len(_cut(place.notes))
    above = LINE * len(_words(place)) + 0.05
    if place.below:
        return max(radius[place.name], above), radius[place.name] + 2 * LINE + notes
    return max(radius[place.name], above, notes / 2 + LINE), max(radius[place.name], notes / 2 + LINE / 2)


def _height(place: Place, radius: Mapping[str, float]) -> float:
    """Inches that a class and all below it need."""
    return max(sum(_room(place, radius)) + GAP, sum(_height(child, radius) for child in place.below))


def _arrange(roots: list[Place], radius: Mapping[str, float]) -> None:
    """Give every class its place, one tree under the other."""
    top = 0.0
    for root in roots:
        tall = {
            side: sum(_height(child, radius) for child in root.below if child.side == side)
            for side in (1, -1)
        }
        whole = max(*tall.values(), sum(_room(root, radius)) + GAP)
        root.y = top - whole / 2
        for side, height in tall.items():
            below = [child for child in root.below if child.side == side]
            _stack(below, root, root.y + height / 2, radius)
        top -= whole


def _stack(children: list[Place], parent: Place, top: float, radius: Mapping[str, float]) -> None:
    """Put the children of a class beside it, one under the other; an only child stands level with it."""
    if len(children) == 1:
        tall, (above, below) = _height(children[0], radius), _room(children[0], radius)
        top = parent.y + above + (tall - above - below) / 2
    for child in children:
        tall, (above, below) = _height(child, radius), _room(child, radius)
        child.x = parent.x + child.side * (LARGEST + BEND + WORDS + LARGEST)
        child.y = top - above - (tall - above - below) / 2
        under = sum(_height(place, radius) for place in child.below)
        _stack(child.below, child, top - (tall - under) / 2, radius)
        top -= tall


def _draw(
    roots: list[Place], sizes: Mapping[str, int], radius: Mapping[str, float], description: str
) -> Markup:
    places = [place for root in roots for place in root.walk()]
    left = min((place.x - _width(place, -1) for place in places), default=-INNER)
    right = max((place.x + _width(place, 1) for place in places), default=INNER)
    low = min((place.y - _room(place, radius)[1] for place in places), default=0.0) - GAP
    high = max((place.y + _room(place, radius)[0] for place in places), default=0.0) + GAP
    figure = Figure(figsize=(right - left, high - low))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(low, high), aspect="equal")
    axes.axis("off")
    for place in places:
        for child in place.below:
            _draw_arrow(axes, place, child, radius)
    for place in places:
        _draw_class(axes, place, sizes, radius[place.name])
    return svg(figure, description)


def _width(place: Place, side: int) -> float:
    """Inches that a class and its name take up on one side of its middle."""
    if place.below or place.side != side:
        return INNER
    lines = [f"{shorten(place.name, 24)}  1,000,000", *_cut(place.notes)]
    return LARGEST + LETTER * max(map(len, lines))


def _draw_arrow(axes: Axes, parent: Place, child: Place, radius: Mapping[str, float]) -> None:
    start = parent.x + child.side * radius[parent.name]
    bend = parent.x + child.side * (LARGEST + BEND)
    end = child.x - child.side * (radius[child.name] + 0.02)
    axes.plot([start, bend, end], [parent.y, child.y, child.y], color=WEAK, linewidth=1.1, zorder=1)
    tails = {arrow.tail for arrow in child.up}
    if child.name in tails:
        _tip(axes, end, child.y, child.side)
    if parent.name in tails:
        level = abs(child.y - parent.y) < LINE
        _tip(axes, start + child.side * 0.02 if level else bend, child.y, -child.side)
    for number, line in enumerate(reversed(_words(child))):
        axes.text(
            bend + child.side * 0.06,
            child.y + 0.045 + number * LINE,
            line,
            fontsize=SMALL,
            ha="left" if child.side > 0 else "right",
            va="bottom",
        )


def _tip(axes: Axes, x: float, y: float, side: int) -> None:
    axes.fill(
        [x, x - side * 0.11, x - side * 0.11], [y, y + 0.045, y - 0.045], color=INK, linewidth=0, zorder=2
    )


def _draw_class(axes: Axes, place: Place, sizes: Mapping[str, int], radius: float) -> None:
    axes.add_patch(Circle((place.x, place.y), radius, facecolor=STRONG, edgecolor=FAINT, zorder=3))
    name, notes = shorten(place.name, 24), _cut(place.notes)
    if not place.below:
        x, align = place.x + place.side * (radius + 0.08), "left" if place.side > 0 else "right"
        top = place.y + (len(notes) * LINE) / 2
    else:  # below it, on the side that fewer arrows cross
        fan = sum(child.side for child in place.below)
        x, align = place.x + math.copysign(radius, fan), "right" if fan > 0 else "left"
        top = place.y - radius - 0.14
    words = f"{name}  {sizes[place.name]:,}"
    axes.text(x, top, words, ha=align, va="center", fontsize=10, fontweight="bold", zorder=4)
    for number, line in enumerate(notes, 1):
        axes.text(x, top - number * LINE, line, ha=align, va="center", fontsize=SMALL, zorder=4)
