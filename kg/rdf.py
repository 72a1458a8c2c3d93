"""How a catalog is written in RDF: ids as IRIs and back, texts as literals, and the words used for it."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

BASE = "https://whyrec.org"
TERMS = f"{BASE}/terms#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
RDFS_CLASS = "http://www.w3.org/2000/01/rdf-schema#Class"
DESCRIPTION = "https://schema.org/description"
DERIVED_FROM = "http://www.w3.org/ns/prov#wasDerivedFrom"
KIND, NUMBER, IN_RELATION, INVERSE_LABEL = (
    f"{TERMS}{name}" for name in ("kind", "number", "relation", "inverseLabel")
)
DATASET, NAME, LICENCE = f"{TERMS}Dataset", f"{TERMS}name", f"{TERMS}licence"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"

SIGN = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\u00a1-\u1fff\u3040-\ud7ff]|%[0-9A-Fa-f]{2})"
WEB_IRI = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?"
    rf"(?:[/?]{SIGN}*)?(?:#{SIGN}*)?"
)
RESERVED = frozenset({RDF_TYPE, RDFS_LABEL, DESCRIPTION, DERIVED_FROM})
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def iri(dataset: str, kind: str, external: str) -> str:
    """The IRI of an id: the id itself where it is a web address, else one that holds it percent-encoded."""
    if WEB_IRI.fullmatch(external) and not external.startswith(BASE) and external not in RESERVED:
        return external
    return f"{_folder(dataset, kind)}{quote(external, safe='')}"


def external_id(dataset: str, kind: str, address: str) -> str:
    """The id that `iri` was made from, exactly."""
    folder = _folder(dataset, kind)
    return unquote(address[len(folder) :], errors="strict") if address.startswith(folder) else address


def _folder(dataset: str, kind: str) -> str:
    return f"{BASE}/id/{quote(dataset, safe='')}/{kind}/"


def literal(text: str) -> str:
    """A text in N-Quads, quoted so that nothing in it can end it."""
    return f'"{text.translate(ESCAPES)}"'


def integer(number: int) -> str:
    """A whole number in N-Quads."""
    return f'"{number}"^^<{INTEGER}>'
