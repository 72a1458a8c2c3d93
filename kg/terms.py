"""Which word of a card is which term of the web's vocabularies; own terms stand only where none fits.

Names are taken as people write them: "Release year", "release_year" and "releaseYear" are one name. A name
whose meaning is exactly that of a term of schema.org gets that term; one that is narrower gets a term of its
own below it (rdfs:subClassOf, rdfs:subPropertyOf); a card may name any IRI itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kg import rdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Sort = Literal["class", "relation", "property"]

PREFIXES: Mapping[str, str] = {
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "dbo": "http://dbpedia.org/ontology/",
    "dbr": "http://dbpedia.org/resource/",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "whyrec": rdf.TERMS,
}
SAME: Mapping[Sort, Mapping[str, str]] = {
    "class": {
        "movie": "schema:Movie", "film": "schema:Movie", "book": "schema:Book", "product": "schema:Product",
        "person": "schema:Person", "artist": "schema:MusicGroup", "band": "schema:MusicGroup",
        "song": "schema:MusicRecording", "track": "schema:MusicRecording", "album": "schema:MusicAlbum",
        "company": "schema:Organization", "organization": "schema:Organization", "brand": "schema:Brand",
        "country": "schema:Country", "language": "schema:Language", "series": "schema:TVSeries",
        "game": "schema:VideoGame", "event": "schema:Event", "place": "schema:Place",
        "recipe": "schema:Recipe", "course": "schema:Course", "article": "schema:Article",
        "podcast": "schema:PodcastSeries", "concept": "skos:Concept", "occupation": "schema:Occupation",
    },
    "relation": {
        "genre": "schema:genre", "director": "schema:director", "actor": "schema:actor",
        "author": "schema:author", "artist": "schema:byArtist", "brand": "schema:brand",
        "category": "schema:category", "tag": "schema:keywords", "publisher": "schema:publisher",
        "producer": "schema:producer", "composer": "schema:musicBy", "album": "schema:inAlbum",
        "country": "schema:countryOfOrigin", "language": "schema:inLanguage", "award": "schema:award",
        "friend": "schema:knows", "gender": "schema:gender", "occupation": "schema:hasOccupation",
        "subject": "schema:about", "character": "schema:character", "manufacturer": "schema:manufacturer",
        "production company": "schema:productionCompany", "part of": "schema:isPartOf",
        "similar": "schema:isSimilarTo", "broader": "skos:broader",
    },
    "property": {
        "price": "schema:price", "isbn": "schema:isbn", "sku": "schema:sku", "gtin": "schema:gtin",
        "url": "schema:url", "image": "schema:image", "duration": "schema:duration",
        "pages": "schema:numberOfPages", "published": "schema:datePublished",
        "release date": "schema:datePublished", "birth date": "schema:birthDate", "zip": "schema:postalCode",
        "alternative title": "schema:alternateName", "color": "schema:color", "weight": "schema:weight",
    },
}  # fmt: skip
BELOW: Mapping[Sort, Mapping[str, str]] = {
    "class": {
        "director": "schema:Person", "actor": "schema:Person", "writer": "schema:Person",
        "author": "schema:Person", "producer": "schema:Person", "composer": "schema:Person",
        "cinematographer": "schema:Person", "publisher": "schema:Organization",
        "genre": "skos:Concept", "tag": "skos:Concept", "category": "skos:Concept",
        "subject": "skos:Concept", "decade": "skos:Concept", "age group": "skos:Concept",
        "gender": "skos:Concept", "award": "skos:Concept", "age rating": "skos:Concept",
    },
    "relation": {
        "writer": "schema:author", "cinematographer": "schema:contributor",
        "decade": "schema:temporalCoverage", "editor": "schema:contributor", "sequel": "schema:isRelatedTo",
    },
    "property": {"year": "schema:datePublished", "release year": "schema:datePublished"},
}  # fmt: skip
PARENT: Mapping[Sort, str] = {
    "class": f"{PREFIXES['rdfs']}subClassOf",
    "relation": f"{PREFIXES['rdfs']}subPropertyOf",
    "property": f"{PREFIXES['rdfs']}subPropertyOf",
}


def expand(name: str) -> str:
    """An IRI from a prefixed name such as "schema:Movie"; a whole IRI stays as it is.

    Raises:
        KeyError: the prefix is not one of `PREFIXES`.
    """
    if "://" in name:
        return name
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@dataclass(frozen=True, slots=True)
class Terms:
    """The IRIs of one dataset's classes, relations and properties, each name with one of its own.

    Attributes:
        iris: by sort and name.
        parents: the broader term of those that have one, by IRI.
    """

    iris: Mapping[Sort, Mapping[str, str]] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, dataset: str, names: Mapping[Sort, Iterable[str]], given: Mapping[Sort, Mapping[str, str]]
    ) -> Terms:
        """Choose the terms.

        Two names never share an IRI: the plainest gets the vocabulary's ("genre" before "film.film.genre"),
        the next one of its own below it.

        Args:
            dataset: its name, for own terms.
            names: what needs an IRI, by sort.
            given: IRIs or prefixed names that the card states, by sort and name.
        """
        iris: dict[Sort, dict[str, str]] = {}
        parents: dict[str, str] = {}
        taken: set[str] = set()
        for sort, wanted in names.items():
            stated = {name: expand(iri) for name, iri in given.get(sort, {}).items() if iri}
            taken.update(stated.values())
            iris[sort] = {}
            for name in sorted(wanted, key=lambda name: (_plain(name) != name.lower(), name)):
                known = None if rdf.WEB_IRI.fullmatch(name) else SAME[sort].get(_plain(name))
                iri = stated.get(name) or (expand(known) if known else rdf.iri(dataset, sort, name))
                if name not in stated and iri in taken:
                    parents[rdf.iri(dataset, sort, name)] = iri
                    iri = rdf.iri(dataset, sort, name)
                elif not known and name not in stated and _plain(name) in BELOW[sort]:
                    parents[iri] = expand(BELOW[sort][_plain(name)])
                taken.add(iri)
                iris[sort][name] = iri
        return cls(iris, parents)


def _plain(name: str) -> str:
    """A name in one spelling.

    >>> _plain("film.film.releaseYear")
    'release year'
    """
    local = re.split(r"[/#.]", name)[-1]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", local)
    return " ".join(re.split(r"[\W_]+", words.lower())).strip()


def with_prefixes(sparql: str) -> str:
    """A query with the prefixes that it uses and does not declare; on its first line, so that lines stay."""
    used = (
        f"PREFIX {name}: <{space}> "
        for name, space in PREFIXES.items()
        if re.search(rf"(?<![\w:-]){name}:", sparql)
        and not re.search(rf"\bPREFIX\s+{name}\s*:", sparql, re.IGNORECASE)
    )
    return "".join(used) + sparql
