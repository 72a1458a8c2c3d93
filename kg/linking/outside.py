"""Ids that a record has elsewhere: Wikidata, IMDb and others, written one way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = (  # where an id is found in an address or in a bare id, and how it is then written
    (
        "wikidata",
        re.compile(r"^(?:https?://(?:www\.)?wikidata\.org/(?:entity|wiki)/|wikidata:|wd:)(Q\d+)$", re.I),
    ),
    ("wikidata", re.compile(r"^(Q[1-9]\d*)$")),
    (
        "imdb",
        re.compile(r"^(?:https?://(?:\w+\.)?imdb\.com/\w+/|imdb:)((?:tt|nm|co|ev)\d+)/?(?:[?#].*)?$", re.I),
    ),
    ("imdb", re.compile(r"^((?:tt|nm)\d{7,})$")),
    ("imdb", re.compile(r"^imdb_?(?:id)?:(\d+)$", re.I)),
    ("tmdb", re.compile(r"^https?://(?:www\.)?themoviedb\.org/(\w+/\d+)(?:-[^/]*)?/?$", re.I)),
    ("musicbrainz", re.compile(r"^https?://(?:www\.)?musicbrainz\.org/[\w-]+/([0-9a-f-]{36})/?$", re.I)),
    ("freebase", re.compile(r"^(?:https?://rdf\.freebase\.com/ns/|freebase:|/)?([mg][./][0-9a-z_]{3,})$")),
    ("dbpedia", re.compile(r"^(?:https?://(?:www\.)?dbpedia\.org/(?:resource|page)/|dbpedia:|dbr:)(.+)$")),
    ("viaf", re.compile(r"^https?://(?:www\.)?viaf\.org/viaf/(\d+)/?$")),
    ("orcid", re.compile(r"^https?://orcid\.org/([\d-]+X?)/?$")),
)
SCHEME = re.compile(r"^[a-z][\w.+-]*:\S", re.I)
ONE_EACH = ("wikidata", "imdb", "tmdb", "musicbrainz", "viaf", "orcid", "isni")  # one thing has one id there


def written(text: str, scheme: str = "") -> str:
    """An outside id as "scheme:value"; another IRI as it stands; "" for what does not say whose id it is.

    Args:
        text: the id.
        scheme: whose id it is where the text does not say so, for instance the name of the column.

    >>> written("http://www.wikidata.org/entity/Q8877"), written("tt0114709"), written("862", "tmdbId")
    ('wikidata:Q8877', 'imdb:tt0114709', 'tmdbid:862')
    """
    text = text.strip()
    if text and scheme and ":" not in text and not any(place.match(text) for _, place in PLACES):
        text = f"{scheme.lower()}:{text}"
    for name, place in PLACES:
        if found := place.match(text):
            return f"{name}:{_value(name, found[1])}"
    return text if SCHEME.match(text) else ""


def read(ids: object) -> frozenset[str]:
    """The outside ids of one cell: a set, tuple or list of texts, or one text; none for anything else."""
    cells: Iterable[object] = ids if isinstance(ids, set | frozenset | tuple | list) else (ids,)
    return frozenset(filter(None, (written(cell) for cell in cells if isinstance(cell, str))))


def scheme(written_id: str) -> str:
    """Whose id it is, "imdb" for "imdb:tt0114709"; "" where it does not say."""
    return written_id.partition(":")[0] if ":" in written_id and "://" not in written_id else ""


def contradiction(one: frozenset[str], other: frozenset[str]) -> str:
    """The scheme that gives one thing one id and gives these two different ones; "" where there is none."""
    if not one or not other:
        return ""
    for name in ONE_EACH:
        mine, theirs = _of(one, name), _of(other, name)
        if mine and theirs and not mine & theirs:
            return name
    return ""


def _of(ids: frozenset[str], name: str) -> frozenset[str]:
    return frozenset(found for found in ids if scheme(found) == name)


def _value(scheme_name: str, value: str) -> str:
    """DBpedia names unquoted, films of IMDb with "tt", Wikidata's letter large, Freebase ids with a dot."""
    if scheme_name == "dbpedia":
        return unquote(value)
    if scheme_name == "imdb" and value.isdecimal():
        return f"tt{value:0>7}"
    if scheme_name == "wikidata":
        return value.upper()
    return value.replace("/", ".", 1) if scheme_name == "freebase" else value.lower()
