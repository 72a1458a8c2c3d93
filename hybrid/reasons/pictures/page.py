"""An explanation as one page that opens without a network, and short forms of it for notebooks."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from hybrid.palette import Picture
from hybrid.reasons import words
from hybrid.reasons.pictures.attribution import like_bars, scorer_bars
from hybrid.reasons.pictures.drawn import allowed, fragment, scripts
from hybrid.reasons.pictures.item_map import item_map
from hybrid.reasons.pictures.neighbourhood import Neighbourhood, neighbourhood
from hybrid.reasons.pictures.pages import template
from hybrid.reasons.pictures.sankey import sankey
from kg.paths.picture import path_svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt
    from markupsafe import Markup
    from numpy import float32

    from hybrid.ranking import Ranking
    from hybrid.reasons.explanation import Explanation
    from kg.graph import KnowledgeGraph

NEAR_LIKES = 8  # liked items in the neighbourhood, beside those that paths start from
VERDICTS = {
    "because": "Because: without its links the score falls, more than without random links of their kinds.",
    "related": "Related: true, but the score rests on it no more than on random links of the same kinds.",
    "untested": "Untested: nobody has looked what the score is without it.",
}


def explanation_page(
    explanation: Explanation,
    graph: KnowledgeGraph,
    *,
    meanings: Mapping[str, str] = MappingProxyType({}),
    vectors: npt.NDArray[float32] | None = None,
) -> str:
    """The page as HTML: why, in words and pictures, with all that it is made of. Every label is escaped.

    Args:
        explanation: what to tell.
        graph: the graph it was made on.
        meanings: what each part of a score means, by its name, in words.
        vectors: of the items, shape (num_items, size), for the map; no map without.
    """
    liked, row = list(_liked(explanation, graph)), graph.items.number(explanation.item)
    return template("explain.html").render(
        told=explanation,
        verdicts=VERDICTS,
        lead=lead(explanation),
        meanings=meanings,
        parts=explanation.strongest_parts,
        measure=measure,
        paths=Picture(path_svg(explanation.paths)),
        rows=[(reason, Picture(path_svg((reason.path,)))) for reason in explanation.reasons],
        scorers=scorer_bars(explanation),
        likes=like_bars(explanation) if explanation.likes else None,
        kinds=sankey(explanation.paths, graph) if explanation.reasons else None,
        map=None if vectors is None else item_map(vectors, graph, liked, [row]),
        near=fragment(surroundings(explanation, graph)),
        scripts=scripts(),
        allowed=allowed(),
    )


def surroundings(explanation: Explanation, graph: KnowledgeGraph) -> Neighbourhood:
    """The recommended item, the likes that gave most, the paths, and what else is known of them."""
    liked = list(_liked(explanation, graph))[:NEAR_LIKES]
    starts = [graph.row(path.nodes[0]) for path in explanation.paths if path.kinds[0] == "item"]
    item = graph.items.number(explanation.item)
    return neighbourhood(graph, explanation.paths, liked=[*starts, *liked], recommended=[item])


def lead(explanation: Explanation) -> str:
    """The best reason that there is, in a sentence."""
    reason = words.strongest(explanation.reasons)
    return strongest(explanation.parts) if reason is None else reason.path.sentence


def strongest(parts: Mapping[str, float]) -> str:
    """What to say of an item to which no path leads."""
    speaking = words.speaking(parts)
    if not speaking:
        return "No path leads to it, and no scorer speaks for it."
    return f"No path leads to it; its strongest part is {speaking[0]}."


def measure(value: float) -> str:
    """A part of a score, with its sign; NaN is "not measured"."""
    return "not measured" if math.isnan(value) else f"{value:+.3f}".replace("-", "−")


def explanation_html(explanation: Explanation) -> Picture:
    """An explanation for notebooks: the best reason, the paths, and the score by scorer."""
    made = template("explanation_short.html").render(
        told=explanation,
        lead=lead(explanation),
        paths=Picture(path_svg(explanation.paths)),
        bars=scorer_bars(explanation),
        likes=like_bars(explanation) if explanation.likes else None,
    )
    return Picture(made)


def ranking_html(ranking: Ranking) -> Picture:
    """A ranking for notebooks: each item with one sentence and the picture of its best path."""
    rows: list[tuple[object, str, Markup | None]] = [
        (
            item,
            item.paths[0].sentence if item.paths else strongest(item.parts),
            Picture(path_svg(item.paths[:1])) if item.paths else None,
        )
        for item in ranking
    ]
    return Picture(template("ranking_short.html").render(rows=rows, notes=ranking.notes))


def _liked(explanation: Explanation, graph: KnowledgeGraph) -> Iterator[int]:
    """Rows of the liked items, those that gave most first; where paths start if nothing else is known."""
    for like in explanation.likes:
        yield graph.items.number(like.item)
    if not explanation.likes:
        starts = dict.fromkeys(path.nodes[0] for path in explanation.paths if path.kinds[0] == "item")
        yield from (graph.row(node) for node in starts)
