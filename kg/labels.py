"""Names for people to read, made from ids where the data gives none."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

ARTICLES = "The|A|An|Le|La|L'|Les|Il|Lo|El|Los|Las|Der|Die|Das|Un|Une|Det|Den"
ARTICLE = re.compile(rf"^(?P<name>.+), (?P<article>{ARTICLES})(?P<rest>(?: \(.*\))?)$")
IRI = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
RANGE = re.compile(r"(-?\d+)-(-?\d+)|under (-?\d+)|(-?\d+) and over")
OPAQUE = re.compile(r"^([mg]\.[0-9a-z_]+|/[mg]/[0-9a-z_]+|Q?\d+)$")


def article_first(title: str) -> str:
    """A library title as people say it.

    >>> article_first("Usual Suspects, The (1995)")
    'The Usual Suspects (1995)'
    """
    found = ARTICLE.match(title.strip())
    if found is None:
        return title
    gap = "" if found["article"].endswith("'") else " "
    return f"{found['article']}{gap}{found['name']}{found['rest']}"


def entity_label(external: str) -> str:
    """A name read from an entity's id, "" where the id says nothing (a Freebase mid, a number).

    >>> entity_label("http://dbpedia.org/resource/The_Quest_(film)")
    'The Quest (film)'
    >>> entity_label("m.04ctbw8")
    ''
    """
    name = _local_name(external) if IRI.match(external) else external
    name = name.removeprefix("Category:")
    return "" if OPAQUE.match(name) else " ".join(name.replace("_", " ").split())


def relation_label(external: str) -> str:
    """Words read from a relation's id: the last part of an IRI or of a dotted name, taken apart.

    >>> relation_label("http://dbpedia.org/ontology/musicComposer")
    'music composer'
    >>> relation_label("film.film.directed_by")
    'directed by'
    """
    name = _local_name(external).rpartition(".")[2] or external
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ")
    return " ".join(words.lower().split()) or external


def ranges(numbers: pd.Series, edges: Sequence[int]) -> pd.Series:
    """The range of each number in words, "" for NaN: 18 and 25 give "under 18", "18-24", "25 and over"."""
    inner = [f"{low}-{high - 1}" for low, high in pairwise(edges)]
    names = np.array([f"under {edges[0]}", *inner, f"{edges[-1]} and over"], dtype=object)
    places = np.searchsorted(np.array(edges), numbers.to_numpy(), side="right")
    named = np.where(numbers.isna(), "", names[np.minimum(places, len(edges))])
    return pd.Series(named, index=numbers.index, dtype="str")


def bounds(name: str) -> tuple[float, float] | None:
    """The least and the greatest whole number of a range, as `ranges` writes it; None for other words.

    >>> bounds("18-24"), bounds("under 18"), bounds("25 and over"), bounds("Drama")
    ((18.0, 24.0), (-inf, 17.0), (25.0, inf), None)
    """
    found = RANGE.fullmatch(name)
    if found is None:
        return None
    low, high, below, over = (None if edge is None else float(edge) for edge in found.groups())
    if below is not None:
        return -np.inf, below - 1
    return (over, np.inf) if over is not None else (low or 0.0, high or 0.0)


def holds(name: str, value: float) -> bool:
    """Whether the words of a range are of one that holds the value: "18-24" holds 24.5."""
    edges = bounds(name)
    return edges is not None and edges[0] <= value < edges[1] + 1


def _local_name(external: str) -> str:
    """What follows an IRI's host, or the last "#" or known folder of a vocabulary."""
    body = IRI.sub("", external)
    if "#" in body:
        return unquote(body.rpartition("#")[2])
    for folder in (
        "/resource/",
        "/wiki/",
        "/entity/",
        "/page/",
    ):  # a name after these may hold slashes: AC/DC
        if folder in body:
            return unquote(body.partition(folder)[2])
    return unquote(body.rstrip("/").rpartition("/")[2])
