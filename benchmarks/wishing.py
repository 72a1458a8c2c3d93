"""Queries in words with known answers, for `text_queries.py`: from tags, and from facts put together."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from itertools import cycle, product
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from hybrid.scorers.naming import dates
from hybrid.scorers.stems import stems
from kg.graph import Edges

if TYPE_CHECKING:
    from kg.graph import BoolArray, IntArray, KnowledgeGraph

T = TypeVar("T")
DATA = Path(os.environ.get("WHYREC_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
FEWEST, TAGS_READ, PEOPLE = 2, 8, 5
FILM_TAGS = ("{}", "{} movies", "a film with {}", "something {}")
ARTIST_TAGS = ("{}", "{} music", "{} artists", "something {}")
FILM_FACTS = (
    "{genre} from the {decade} with {person}",
    "I want to watch a {genre} film of the {decade}, {person} should be in it",
    "{person} {genre} {short}",
    "{short} {genre} movies by or with {person}",
)
SPOKEN = {"Sci-Fi": "science fiction", "Children": "children's", "Film-Noir": "film noir"}


@dataclass(frozen=True)
class Query:
    """What is asked, and the items that should be found."""

    text: str
    items: IntArray


@dataclass(frozen=True)
class Kind:
    """Queries of one kind, over one catalog, as one seed draws them.

    Attributes:
        graph: what the scorers may see.
        queries: what is asked.
        tuning: which of them weights are chosen on.
        ranked: which items are ranked, shape (num_items,).
    """

    graph: KnowledgeGraph
    queries: list[Query]
    tuning: BoolArray
    ranked: BoolArray


def film_tags(films: KnowledgeGraph, ranked: BoolArray, seed: int) -> Kind:
    """Tags of films."""
    return _tags(films, FILM_TAGS, ranked, least=3, draws=60, seed=seed)


def artist_tags(artists: KnowledgeGraph, ranked: BoolArray, seed: int) -> Kind:
    """Tags of artists, with the tags that are left as their texts.

    A tag of fewer than 5 people is a note to themselves ("for days when i am angry") and is not asked for.
    """
    given = pd.read_csv(DATA / "hetrec-lastfm" / "user_taggedartists.dat", sep="\t")
    people = given.groupby("tagID")["userID"].nunique()
    called = pd.read_csv(DATA / "hetrec-lastfm" / "tags.dat", sep="\t", encoding_errors="replace", quoting=3)
    shared = called.loc[called["tagID"].map(people) >= PEOPLE, "tagValue"].astype(str)
    kind = _tags(
        artists, ARTIST_TAGS, ranked, least=10, draws=100, seed=seed, among=set(map(_spelling, shared))
    )
    return replace(kind, graph=_described(kind.graph, ranked))


def film_facts(films: KnowledgeGraph, ranked: BoolArray, seed: int) -> Kind:
    """Films of a genre and a decade with a person, at least two of them, in one of several phrasings."""
    rng, called = np.random.default_rng(seed), films.labels
    halves = _divided(sorted(_shared(films, ranked).items()))
    tuning, testing = ([half[at] for at in rng.permutation(len(half))[:100]] for half in halves)
    queries = []
    for ((genre, person, decade), items), phrase in zip([*tuning, *testing], cycle(FILM_FACTS), strict=False):
        named = SPOKEN.get(called[genre], called[genre].lower())
        text = phrase.format(genre=named, person=called[person], decade=decade, short=decade[2:])
        queries.append(Query(text, np.array(items)))
    return Kind(films, queries, np.arange(len(queries)) < len(tuning), ranked)


def _shared(films: KnowledgeGraph, ranked: BoolArray) -> dict[tuple[int, int, str], list[int]]:
    """The ranked films of each genre, person and decade that at least two of them have in common."""
    called, dated = dates(films)
    names = [relation.id for relation in films.relations]
    facts = dict(zip(names, (_linked(films, name) for name in names), strict=True))
    decades = [next((called[at] for at in row.indices if called[at].endswith("s")), "") for row in dated]
    found: dict[tuple[int, int, str], list[int]] = {}
    for film in np.flatnonzero(ranked).tolist():
        people = facts["director"].get(film, set()) | facts["actor"].get(film, set())
        for genre, person in product(facts["genre"].get(film, ()), people):
            found.setdefault((genre, person, decades[film]), []).append(film)
    return {key: items for key, items in found.items() if key[2] and len(items) >= FEWEST}


def _linked(graph: KnowledgeGraph, relation: str) -> dict[int, set[int]]:
    """The nodes that each item is linked to by a relation."""
    rows, relations, others = graph.facts_of("item")
    ours = relations == 2 * [each.id for each in graph.relations].index(relation)
    found: dict[int, set[int]] = {}
    for row, other in zip(rows[ours].tolist(), others[ours].tolist(), strict=True):
        found.setdefault(row, set()).add(other)
    return found


def _tags(
    graph: KnowledgeGraph,
    phrasings: tuple[str, ...],
    ranked: BoolArray,
    *,
    least: int,
    draws: int,
    seed: int,
    among: set[str] | None = None,
) -> Kind:
    """Queries for tags of at least so many ranked items, over a graph without their facts."""
    having: dict[str, set[int]] = {}
    written: dict[str, Counter[str]] = {}
    for row, tags in _linked(graph, "tag").items():
        for label in (str(graph.labels[tag]) for tag in tags if ranked[row]):
            having.setdefault(_spelling(label), set()).add(row)
            written.setdefault(_spelling(label), Counter())[label] += 1
    halves = _divided(
        sorted(
            name
            for name, items in having.items()
            if name and len(items) >= least and (among is None or name in among)
        )
    )
    rng = np.random.default_rng(seed)
    tuning, testing = ([half[at] for at in rng.permutation(len(half))[:draws]] for half in halves)
    queries = [
        Query(phrase.format(written[name].most_common(1)[0][0]), np.array(sorted(having[name])))
        for name, phrase in zip([*tuning, *testing], cycle(phrasings), strict=False)
    ]
    without = _without_tags(graph, {*tuning, *testing})
    return Kind(without, queries, np.arange(len(queries)) < len(tuning), ranked)


def _spelling(tag: str) -> str:
    return " ".join(stems(tag))


def _divided(pool: list[T]) -> tuple[list[T], list[T]]:
    """Two halves that are the same for every seed."""
    order = np.random.default_rng(2009).permutation(len(pool))
    return [pool[place] for place in order[::2]], [pool[place] for place in order[1::2]]


def _without_tags(graph: KnowledgeGraph, names: set[str]) -> KnowledgeGraph:
    """The graph without the facts of tags that are spelled so."""
    relation = [each.id for each in graph.relations].index("tag")
    gone = np.array([_spelling(str(label)) in names for label in graph.labels])
    edges = graph.edges
    kept = ~((edges.relations == relation) & gone[edges.tails])
    return replace(graph, edges=Edges(edges.heads[kept], edges.relations[kept], edges.tails[kept]))


def _described(graph: KnowledgeGraph, ranked: BoolArray) -> KnowledgeGraph:
    """The graph with texts for the ranked items: the name, and the tags that most items have first."""
    tags, texts, first = _linked(graph, "tag"), graph.texts.copy(), graph.first("item")
    usual = Counter(tag for some in tags.values() for tag in some)
    for row in np.flatnonzero(ranked).tolist():
        best = sorted(tags.get(row, ()), key=lambda tag: (-usual[tag], tag))[:TAGS_READ]
        texts[first + row] = f"{graph.item_label(row)}: {', '.join(str(graph.labels[tag]) for tag in best)}"
    return replace(graph, texts=texts)
