"""A map of the items: their vectors in two dimensions, with what somebody likes and what is recommended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from hybrid.palette import Picture
from hybrid.pictures import FAINT, INK, STRONG, STYLE, series_colour, shorten, svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes

    from hybrid.recommender import Recommender
    from kg.graph import BoolArray, FloatArray, IntArray, KnowledgeGraph

DOTS, GROUPS, LABELS = 1200, 7, 10  # of each kind at most
MARKS = "osv^Dp<>"
OTHERS = "others"
LIKED, RECOMMENDED = "liked", "recommended"


def item_vectors(recommender: Recommender) -> npt.NDArray[np.float32] | None:
    """The vectors of a recommender's items: the graph network's, else those of their texts; None without."""
    graph = recommender.graph
    for scorer in recommender.members:
        nodes = getattr(scorer, "nodes", None) if scorer.kind == "graph" else None
        if isinstance(nodes, np.ndarray) and len(nodes) == graph.num_nodes:
            return np.asarray(nodes[graph.num_users : graph.first("entity")], np.float32)
    return None if recommender.text is None else np.asarray(recommender.text.vectors, np.float32)


def item_map(
    vectors: npt.NDArray[np.float32],
    graph: KnowledgeGraph,
    liked: Sequence[int] = (),
    recommended: Sequence[int] = (),
    *,
    by: str | None = None,
) -> Picture:
    """The items in the two directions in which their vectors differ most (principal components).

    Args:
        vectors: one per item, shape (num_items, size); one of zeros or NaN is of an item without any.
        graph: the graph, for names and colours.
        liked: rows of items that somebody likes; the first ten are named on the left.
        recommended: rows of recommended items; the first ten are named on the right.
        by: id of the relation whose entities give the colours; what divides the items best where None.
    """
    known: BoolArray = np.asarray(np.isfinite(vectors).all(axis=1) & (np.abs(vectors) > 0).any(axis=1))
    places = flattened(vectors, known)
    marked = {
        name: [row for row in rows if known[row]]
        for name, rows in ((LIKED, liked), (RECOMMENDED, recommended))
    }
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 5.0), layout="constrained")
        axes = figure.subplots()
        _dots(axes, places, groups(graph, by), _some(known))
        _frame(axes, places[known])
        for side, (name, rows) in enumerate(marked.items()):
            _named(axes, places, rows, name, graph, right=bool(side))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncol=4, frameon=False, fontsize=9)
        return Picture(svg(figure, _told(graph, marked)))


def flattened(vectors: npt.NDArray[np.float32], known: BoolArray) -> FloatArray:
    """Places in the plane, shape (len(vectors), 2), scaled to at most 1; NaN for what is not known."""
    places = np.full((len(vectors), 2), np.nan)
    if not known.any():
        return places
    centred = vectors[known].astype(np.float64)
    centred -= centred.mean(axis=0)
    # The square matrix is small however many items there are.
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
    flat = centred @ directions
    places[np.flatnonzero(known), : flat.shape[1]] = flat / max(float(np.abs(flat).max()), 1e-12)
    return np.where(known[:, None], np.nan_to_num(places), np.nan)


def groups(graph: KnowledgeGraph, by: str | None = None) -> list[str]:
    """A group per item: its class where there are several, else what one relation says of it."""
    classes = graph.classes[graph.num_users : graph.first("entity")]
    if by is None and len(np.unique(classes)) > 1:
        return [graph.class_names[row] for row in classes]
    rows, relations, others = graph.facts_of("item")
    names = [relation.id for relation in graph.relations]
    wanted = [number for number in np.unique(relations // 2) if by in {None, names[number]}]
    candidates = [
        _grouped(graph, rows[chosen], others[chosen])
        for number in wanted
        for chosen in (relations == 2 * number,)
        if chosen.any()
    ]
    return max(candidates, key=_divides, default=[OTHERS] * graph.num_items)


def _grouped(graph: KnowledgeGraph, rows: IntArray, others: IntArray) -> list[str]:
    """Of each item, the most frequent entity that it has; "others" beyond the most frequent ones."""
    frequent = [node for node, _ in Counter(others.tolist()).most_common(GROUPS)]
    group = [OTHERS] * graph.num_items
    for node in reversed(frequent):
        for row in rows[others == node]:
            group[row] = graph.label(node)
    return group


def _divides(group: Sequence[str]) -> int:
    """How many items are told apart from the largest group and from the rest."""
    sizes = Counter(name for name in group if name != OTHERS)
    return sum(sizes.values()) - max(sizes.values(), default=0)


def _some(known: BoolArray) -> IntArray:
    """The items to draw, some at random where they are many."""
    rows = np.flatnonzero(known)
    return rows if len(rows) <= DOTS else np.sort(np.random.default_rng(0).choice(rows, DOTS, replace=False))


def _dots(axes: Axes, places: FloatArray, group: Sequence[str], rows: IntArray) -> None:
    """The items as faint marks, a colour and a shape for each group."""
    sizes = Counter(group[row] for row in rows)
    others = sizes.pop(OTHERS, 0)
    named = [name for name, _ in sizes.most_common(GROUPS)]
    for number, name in enumerate([*named, OTHERS] if others or len(sizes) > GROUPS else named):
        of = [row for row in rows if (group[row] if group[row] in named else OTHERS) == name]
        axes.plot(
            *places[of].T,
            MARKS[number],
            color=series_colour(number if name != OTHERS else 7),
            markersize=3.5,
            markeredgewidth=0,
            alpha=0.45,
            label=shorten(name, 20),
            zorder=1 if name == OTHERS else 2,
        )


def _frame(axes: Axes, places: FloatArray) -> None:
    """Room for names on both sides, and no scales: only distances mean anything."""
    (left, low), (right, high) = (
        (places.min(axis=0), places.max(axis=0)) if len(places) else ((-1, -1), (1, 1))
    )
    wide, tall = max(right - left, 0.1), max(high - low, 0.1)
    axes.set_xlim(left - 0.42 * wide, right + 0.42 * wide)
    axes.set_ylim(low - 0.06 * tall, high + 0.06 * tall)
    axes.set_axis_off()


def _named(
    axes: Axes, places: FloatArray, rows: Sequence[int], name: str, graph: KnowledgeGraph, *, right: bool
) -> None:
    """Marks with their names in a column at one side, in the order of their heights, so that none overlap."""
    mark, colour = ("*", STRONG) if right else ("D", INK)
    axes.plot(
        *places[list(rows)].T,
        mark,
        color=colour,
        markersize=11 if right else 5,
        zorder=4,
        label=name,
        markeredgecolor=INK,
        markeredgewidth=0.6,
        linestyle="none",
    )
    shown = sorted(rows[:LABELS], key=lambda row: -places[row, 1])
    heights = np.linspace(0.94, 0.06, LABELS)[(LABELS - len(shown)) // 2 :]
    for row, height in zip(shown, heights, strict=False):
        axes.annotate(
            shorten(graph.item_label(row), 28),
            places[row],
            (1.0 if right else 0.0, height),
            textcoords="axes fraction",
            ha="right" if right else "left",
            va="center",
            fontsize=9,
            zorder=5,
            fontweight="bold" if right else "normal",
            arrowprops={
                "arrowstyle": "-",
                "color": STRONG if right else FAINT,
                "linewidth": 0.8,
                "shrinkA": 2,
            },
        )


def _told(graph: KnowledgeGraph, marked: Mapping[str, Sequence[int]]) -> str:
    said = [
        f"{name}: {', '.join(graph.item_label(row) for row in rows[:LABELS])}"
        for name, rows in marked.items()
        if rows
    ]
    return shorten(f"a map of the items by their vectors; {'; '.join(said)}", 1000)
