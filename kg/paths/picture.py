"""Paths drawn as a small graph: SVG text that stands in a page or a notebook, and needs nothing else."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kg.lettering import plain
from kg.paths.layout import CAPTION, NODE_LINE, STEP_LINE, Key, Layout, Spot, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kg.paths.telling import ReasoningPath

NODE, STEP, BEND = 152, 108, 22  # widths of a node, of the level line under a step's words, and of a bend
KINDS = {"user": "person", "item": "item", "entity": "entity"}
# A page may give the colours (as hybrid's do); elsewhere a picture takes those of the words around it.
INK, QUIET = "var(--ink, currentColor)", "var(--quiet, currentColor)"
STRONG = "var(--strong, #2f7fd0)"
SHAPES = {
    "user": f"fill:none;stroke:{INK};stroke-width:1.5;stroke-dasharray:5 3",
    "item": f"fill:{STRONG};fill-opacity:.13;stroke:{STRONG};stroke-width:1.8",
    "entity": f"fill:none;stroke:{QUIET};stroke-width:1.3",
}


def path_svg(paths: Sequence[ReasoningPath]) -> str:
    """Paths of one recommendation as a small graph from left to right; what they share is drawn once.

    Items are boxes, entities have round ends, people dashed borders; each says so in words too. A label that
    does not fit is shortened, and whole where the pointer rests on it. Every label is escaped.
    """
    layout = lay_out(paths)
    last = layout.columns - 1
    across = _left(last) + NODE + 2
    size = f"width:{across}px;max-width:100%;min-width:{across * 3 // 4}px;height:auto;display:block"
    told = escape(plain(" ".join(path.sentence for path in paths)))
    links = "".join(_link(layout, *link) for link in layout.links)
    spots = "".join(
        _step(spot) if spot.kind == "step" else _node(spot, ends=spot.column == last)
        for spot in layout.spots.values()
    )
    return (
        f'<svg class="whyrec-paths" role="img" aria-label="{told}" viewBox="0 0 {across} {layout.height:g}" '
        f'style="{size}">{links}{spots}</svg>'
    )


def _left(column: int) -> int:
    """Where a column begins."""
    pair, step = divmod(column, 2)
    return 1 + pair * (NODE + STEP + 2 * BEND) + step * (NODE + BEND)


def _link(layout: Layout, start: Key, end: Key) -> str:
    """The bend between two spots, with a tip where it reaches a node."""
    one, two = layout.spots[start], layout.spots[end]
    x, y, tip = _right(one), two.y, _left(two.column)
    middle = (x + tip) / 2
    drawn = f"M{x} {one.y:g} C{middle:g} {one.y:g} {middle:g} {y:g} {tip} {y:g}"
    line = _line(drawn)
    if two.kind == "step":
        return line
    return line + f'<path d="M{tip - 8} {y - 4:g} L{tip - 8} {y + 4:g} L{tip} {y:g} Z" style="fill:{QUIET}"/>'


def _line(drawn: str) -> str:
    return f'<path d="{drawn}" style="fill:none;stroke:{QUIET};stroke-width:1.3"/>'


def _right(spot: Spot) -> int:
    return _left(spot.column) + (NODE if spot.column % 2 == 0 else STEP)


def _step(spot: Spot) -> str:
    """The level line of a step, with its words above it."""
    left, right = _left(spot.column), _right(spot)
    line = _line(f"M{left} {spot.y:g} L{right} {spot.y:g}")
    top = spot.y - 5 - STEP_LINE * (len(spot.lines) - 1)
    style = f"font-size:11.5px;font-style:italic;fill:{QUIET}"
    return f"<g>{_title(spot)}{line}{_lines(spot, (left + right) / 2, top, STEP_LINE, style)}</g>"


def _node(spot: Spot, *, ends: bool) -> str:
    """A node: its shape, what it is, and its label; where the paths end it is in bold."""
    left, top, height = _left(spot.column), spot.y - spot.height / 2, spot.height
    round_ = {"item": 6.0, "entity": height / 2}.get(spot.kind, 0.0)
    shape = (
        f'<rect x="{left}" y="{top:g}" width="{NODE}" height="{height:g}" rx="{round_:g}" '
        f'style="{SHAPES[spot.kind]}"/>'
    )
    middle = left + NODE / 2
    kind = (
        f'<text x="{middle:g}" y="{top + CAPTION:g}" text-anchor="middle" '
        f'style="font-size:10px;fill:{QUIET}">{KINDS[spot.kind]}</text>'
    )
    style = f"font-size:13px;fill:{INK}{';font-weight:600' if ends else ''}"
    label = _lines(spot, middle, top + CAPTION + NODE_LINE, NODE_LINE, style)
    return f"<g>{_title(spot)}{shape}{kind}{label}</g>"


def _title(spot: Spot) -> str:
    return f"<title>{escape(plain(spot.words))}</title>"


def _lines(spot: Spot, x: float, top: float, height: int, style: str) -> str:
    """Words, line under line, with their middle at x."""
    return "".join(
        f'<text x="{x:g}" y="{top + number * height:g}" text-anchor="middle" style="{style}">'
        f"{escape(line)}</text>"
        for number, line in enumerate(spot.lines)
    )
