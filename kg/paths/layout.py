"""Where the nodes and steps of several paths stand in one picture, so that no words overlap.

Columns alternate: nodes, the steps that leave them, nodes, and so on. Every path is a lane; what several
paths share stands in the middle of their lanes, and what would touch in a column is pushed apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kg.lettering import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kg.paths.telling import ReasoningPath

NODE_LETTERS, STEP_LETTERS = 19, 17
NODE_LINE, STEP_LINE, CAPTION = 16, 13, 14
GAP = 14

Key = tuple[int | str, ...]  # column, then what tells the spots of a column apart


@dataclass(slots=True)
class Spot:
    """A node or a step in the picture.

    Attributes:
        column: even for nodes, odd for steps.
        words: its label, or the words of its step; "" where a short path only passes by.
        lines: the words as they are written.
        kind: "user", "item", "entity", or "step".
        lanes: the paths that run through it.
        y: of its middle.
    """

    column: int
    words: str
    lines: list[str]
    kind: str
    lanes: set[int] = field(default_factory=set)
    y: float = 0.0

    @property
    def height(self) -> float:
        """The room it takes."""
        if self.kind == "step":
            return 2.0 * (STEP_LINE * len(self.lines) + 4)
        return CAPTION + NODE_LINE * len(self.lines) + 10.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The spots of a picture and the links between them, by keys; `height` holds them all."""

    spots: Mapping[Key, Spot]
    links: tuple[tuple[Key, Key], ...]
    columns: int
    height: float


def lay_out(paths: Sequence[ReasoningPath]) -> Layout:
    """Give every node and step of the paths its place."""
    last = max((len(path.nodes) for path in paths), default=1) - 1
    spots: dict[Key, Spot] = {}
    links: dict[tuple[Key, Key], None] = {}
    for lane, path in enumerate(_together(paths)):
        before = None
        for key, spot in _stops(path, last):
            here = spots.setdefault(key, spot)
            here.lanes.add(lane)
            if before is not None:
                links[before, key] = None
            before = key
    return Layout(spots, tuple(links), 2 * last + 1, _arrange(list(spots.values())))


def _together(paths: Sequence[ReasoningPath]) -> list[ReasoningPath]:
    """Paths that begin alike side by side, those that come first leading."""
    first: dict[tuple[int, ...], int] = {}
    for place, path in enumerate(paths):
        for length in range(1, len(path.nodes) + 1):
            first.setdefault(path.nodes[:length], place)
    return sorted(paths, key=lambda path: [first[path.nodes[:n]] for n in range(1, len(path.nodes) + 1)])


def _stops(path: ReasoningPath, last: int) -> Iterator[tuple[Key, Spot]]:
    """The spots that a path runs through; one that is shorter than others ends in the last column too."""
    final = len(path.nodes) - 1
    nodes = list(zip(path.nodes, path.labels, path.kinds, strict=True))
    for place, (node, label, kind) in enumerate(nodes):
        column = 2 * (last if place == final else place)
        yield (column, node), Spot(column, label, wrapped(label, NODE_LETTERS, 2), kind)
        if place < final:
            words = path.relations[place]
            step = (node, path.nodes[place + 1], words)
            yield (column + 1, *step), Spot(column + 1, words, wrapped(words, STEP_LETTERS, 2), "step")
        if place == final - 1:
            for passed in range(column + 2, 2 * last):
                yield (passed, *step), Spot(passed, "", [], "step")


def _arrange(spots: Sequence[Spot]) -> float:
    """Give the spots their heights in the picture; its own height."""
    columns: dict[int, list[Spot]] = defaultdict(list)
    for spot in spots:
        columns[spot.column].append(spot)
    lane = max((spot.height for spot in spots), default=0.0) + GAP
    for column in columns.values():
        _push_apart(column, lane)
    top = min((spot.y - spot.height / 2 for spot in spots), default=0.0)
    for spot in spots:
        spot.y -= top - 2  # half a line's width more than the outermost border
    return max((spot.y + spot.height / 2 for spot in spots), default=0.0) + 2


def _push_apart(column: list[Spot], lane: float) -> None:
    """Each spot in the middle of its lanes, or as near to it as its neighbours allow."""
    wanted = {id(spot): lane * sum(spot.lanes) / len(spot.lanes) for spot in column}
    column.sort(key=lambda spot: wanted[id(spot)])
    below = -float("inf")
    for spot in column:
        spot.y = max(wanted[id(spot)], below + spot.height / 2)
        below = spot.y + spot.height / 2 + GAP
    moved = sum(spot.y - wanted[id(spot)] for spot in column) / len(column)
    for spot in column:
        spot.y -= moved
