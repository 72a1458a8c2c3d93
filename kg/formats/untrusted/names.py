"""Short names for IRIs: what a column or a class is called."""

from __future__ import annotations

import re
from collections import defaultdict

PREFIXES = {
    "http://schema.org/": "schema",
    "https://schema.org/": "schema",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/2002/07/owl#": "owl",
    "http://www.w3.org/2004/02/skos/core#": "skos",
    "http://www.w3.org/ns/prov#": "prov",
    "http://www.w3.org/ns/dcat#": "dcat",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://purl.org/ontology/bibo/": "bibo",
    "http://purl.org/ontology/mo/": "mo",
    "http://purl.org/goodrelations/v1#": "gr",
    "http://dbpedia.org/ontology/": "dbo",
    "http://dbpedia.org/property/": "dbp",
    "http://www.wikidata.org/prop/direct/": "wdt",
}
PARTS = re.compile(r"(?P<space>.*[/#:])(?P<local>[^/#:]+)", re.DOTALL)
RESERVED = {"id", "type", "types"}


def short_name(iri: str) -> str:
    """The last part of an IRI, or all of it where that is empty."""
    parts = PARTS.fullmatch(iri)
    return parts["local"] if parts else iri


def prefixed_name(iri: str) -> str:
    """The last part behind the prefix of a well-known vocabulary; the whole IRI of any other."""
    parts = PARTS.fullmatch(iri)
    if parts is None or parts["space"] not in PREFIXES:
        return iri
    return f"{PREFIXES[parts['space']]}:{parts['local']}"


def column_names(predicates: list[str]) -> list[str]:
    """A name for each predicate: the short one where no other has it, else the prefixed one."""
    sharing: dict[str, set[str]] = defaultdict(set, {name: {""} for name in RESERVED})
    for iri in predicates:
        sharing[short_name(iri)].add(prefixed_name(iri))
    alone = {name for name, meant in sharing.items() if len(meant) == 1}
    return [short_name(iri) if short_name(iri) in alone else prefixed_name(iri) for iri in predicates]
