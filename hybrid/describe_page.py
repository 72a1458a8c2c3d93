"""The page of a workspace: one HTML file with pictures of its schema and its numbers, readable offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

from hybrid import pictures
from hybrid.htmlfile import write_html
from hybrid.pages import environment
from hybrid.pictures import STYLE, bars, series_colour, svg
from hybrid.report import SHOWN_BARS
from hybrid.schema_picture import schema
from hybrid.show_data import between, gaps_in_words, likes_in_words, name_of, number, short_iri

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from markupsafe import Markup

    from kg.description import Degrees, Description

MARKS = ("o", "s", "^")
KINDS = {"user": "people", "item": "items", "entity": "entities"}


def write_page(told: Description, path: Path) -> None:
    """Write the page to a file, aside first, so that a reader never meets half of it.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    write_html(render(told), path)


def render(told: Description) -> str:
    """The page as HTML. Every word that comes from the catalog is escaped."""
    template = environment(figure=number, short=short_iri, called=name_of, between=between).get_template(
        "describe.html"
    )
    counts: dict[str, float] = {}
    for count in told.classes:
        counts[count.name] = counts.get(count.name, 0) + count.nodes
    ranked = dict(sorted(counts.items(), key=lambda pair: -pair[1])[:SHOWN_BARS])
    return template.render(
        told=told,
        kinds=KINDS,
        schema=schema(told, f"the {len(counts)} classes of {told.name} and what links them, as listed below"),
        nodes=bars(ranked, "number of nodes by class, as in the table"),
        degrees=degree_picture(told.degrees, "how many nodes have how many facts and likes"),
        colours=[pictures.series_variable(place) for place in range(len(told.degrees))],
        likes=likes_in_words(told),
        gaps=gaps_in_words(told),
    )


def degree_picture(degrees: Sequence[Degrees], description: str) -> Markup:
    """How many nodes have how many facts and likes, both on a scale of powers of ten."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(pictures.WIDTH, 3.0), layout="constrained")
        axes = figure.subplots()
        for place, each in enumerate(degrees):
            axes.plot(
                [degree for degree, _ in each.spread],
                [nodes for _, nodes in each.spread],
                MARKS[place],
                color=series_colour(place),
                markersize=3.2,
                markeredgewidth=0,
                alpha=0.75,
            )
        axes.set(xscale="log", yscale="log", xlabel="facts and likes of a node", ylabel="nodes")
        axes.set_xlim(left=0.8)
        axes.set_ylim(bottom=0.7)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        return svg(figure, description)
