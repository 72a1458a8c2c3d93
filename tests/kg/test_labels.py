"""Names made from ids and titles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kg.labels import article_first, bounds, entity_label, holds, ranges, relation_label


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Usual Suspects, The (1995)", "The Usual Suspects (1995)"),
        ("Postino, Il", "Il Postino"),
        ("Associé, L'(1982)", "Associé, L'(1982)"),
        ("Associé, L' (1982)", "L'Associé (1982)"),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Alien", "Alien"),
        ("", ""),
    ],
)
def test_articles_come_first(title: str, label: str) -> None:
    assert article_first(title) == label


@pytest.mark.parametrize(
    ("external", "label"),
    [
        ("http://dbpedia.org/resource/The_Quest_(film)", "The Quest (film)"),
        ("http://dbpedia.org/resource/AC/DC", "AC/DC"),
        ("http://dbpedia.org/resource/Category:Films_set_in_Rome", "Films set in Rome"),
        ("http://dbpedia.org/resource/Beyonc%C3%A9", "Beyoncé"),
        ("http://www.wikidata.org/entity/Q386724", ""),
        ("m.04ctbw8", ""),
        ("/m/04ctbw8", ""),
        ("3846", ""),
        ("Drama", "Drama"),
    ],
)
def test_entities_are_named_where_the_id_says_something(external: str, label: str) -> None:
    assert entity_label(external) == label


@pytest.mark.parametrize(
    ("external", "label"),
    [
        ("http://dbpedia.org/ontology/musicComposer", "music composer"),
        ("http://www.w3.org/2000/01/rdf-schema#seeAlso", "see also"),
        ("http://rdf.freebase.com/ns/music.recording.featured_artists", "featured artists"),
        ("film.film.directed_by", "directed by"),
        ("genre", "genre"),
        ("3", "3"),
    ],
)
def test_relations_are_read_from_their_ids(external: str, label: str) -> None:
    assert relation_label(external) == label


def test_ranges() -> None:
    named = ranges(pd.Series([3, 18, 24, 25, 99, float("nan")]), (18, 25))
    assert named.to_list() == ["under 18", "18-24", "18-24", "25 and over", "25 and over", ""]


@pytest.mark.parametrize("value", [-3, 0, 17, 17.5, 18, 24.9, 25, 90])
def test_a_number_is_held_by_its_own_range_and_by_no_other(value):
    edges = (0, 18, 25)
    (own,) = ranges(pd.Series([float(value)]), edges)
    names = ranges(pd.Series([-1.0, 0.0, 18.0, 25.0]), edges)
    assert [name for name in names if holds(name, value)] == [own]


def test_what_is_no_range_holds_nothing():
    assert not any(holds(name, 3) for name in ("", "Drama", "3", "1-", "1-5 stars"))


def test_the_bounds_of_a_range():
    names = ranges(pd.Series([-1.0, 0.0, 18.0, 25.0]), (0, 18, 25))
    assert [bounds(name) for name in names] == [(-np.inf, -1), (0, 17), (18, 24), (25, np.inf)]
    assert bounds("-20--11") == (-20, -11)
    assert bounds("Drama") is None
