"""Explanations drawn: paths, parts of a score, kinds of paths, a map, a neighbourhood, one page of it all.

Every picture shows itself in a notebook; `str(picture)` is HTML for a page with the colours of `palette`.
"""

from hybrid.palette import Picture
from hybrid.reasons.pictures.attribution import like_bars, scorer_bars
from hybrid.reasons.pictures.drawn import neighbourhood_page
from hybrid.reasons.pictures.item_map import item_map, item_vectors
from hybrid.reasons.pictures.neighbourhood import Neighbourhood, neighbourhood
from hybrid.reasons.pictures.page import explanation_page
from hybrid.reasons.pictures.sankey import sankey
from kg.paths.picture import path_svg

__all__ = [
    "Neighbourhood",
    "Picture",
    "explanation_page",
    "item_map",
    "item_vectors",
    "like_bars",
    "neighbourhood",
    "neighbourhood_page",
    "path_svg",
    "sankey",
    "scorer_bars",
]
