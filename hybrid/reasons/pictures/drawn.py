"""A neighbourhood as HTML that can be dragged, zoomed and filtered, drawn by cytoscape.js, which comes along.

All that the graph says is JSON in a block of data, and never code. A page allows exactly the two scripts
given here, by their checksums.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from hybrid.reasons.pictures.pages import template
from hybrid.reasons.pictures.spread import spread

if TYPE_CHECKING:
    from hybrid.reasons.pictures.neighbourhood import Neighbourhood

SCRIPTS = ("vendor/cytoscape.min.js", "neighbourhood.js")


def fragment(near: Neighbourhood) -> Markup:
    """The picture and its filters, to stand in a page that has the scripts further down."""
    return Markup(  # noqa: S704 - a template that escapes
        template("neighbourhood.html").render(
            near=near,
            data=data(near),
            classes=Counter(node.what for node in near.nodes).most_common(),
            relations=Counter(link.relation for link in near.links).most_common(),
            names={node.node: node.label for node in near.nodes},
        )
    )


def data(near: Neighbourhood) -> Markup:
    """The nodes and links as JSON that cannot end the element it stands in."""
    told = json.dumps(_elements(near), ensure_ascii=True).replace("<", "\\u003c")
    return Markup(told)  # noqa: S704 - it holds no "<"


@cache
def scripts() -> Markup:
    """The two scripts, each in its element."""
    return Markup("").join(
        Markup(f"<script>{text}</script>\n")  # noqa: S704 - files of this package
        for text in _texts()
    )


@cache
def allowed() -> str:
    """The checksums of the scripts, as a page's security policy names them."""
    sums = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _texts())
    return " ".join(f"'sha256-{each}'" for each in sums)


def neighbourhood_page(near: Neighbourhood) -> str:
    """The neighbourhood as a page of its own."""
    return template("neighbourhood_page.html").render(
        near=fragment(near), scripts=scripts(), allowed=allowed()
    )


def frame(near: Neighbourhood) -> str:
    """The page in a frame, for notebooks, whose own scripts and styles it does not touch."""
    inside = escape(neighbourhood_page(near))
    return (
        f'<iframe title="Neighbourhood" sandbox="allow-scripts" srcdoc="{inside}" '
        'style="width:100%;height:46rem;border:0"></iframe>'
    )


def _texts() -> tuple[str, ...]:
    folder = resources.files("hybrid.reasons.pictures")
    return tuple(folder.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)


def _elements(near: Neighbourhood) -> dict[str, list[dict[str, Any]]]:
    """The nodes with their places, and the links, as cytoscape.js takes them."""
    places = spread(near)
    nodes = [
        {
            "data": {
                "id": str(node.node),
                "label": node.label,
                "kind": node.kind,
                "what": node.what,
                "role": node.role,
            },
            "position": {"x": places[node.node][0], "y": places[node.node][1]},
        }
        for node in near.nodes
    ]
    links = [
        {
            "data": {
                "id": f"link{number}",
                "source": str(link.head),
                "target": str(link.tail),
                "relation": link.relation,
                "path": int(link.path),
            }
        }
        for number, link in enumerate(near.links)
    ]
    return {"nodes": nodes, "edges": links}
