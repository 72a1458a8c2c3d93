"""How a catalog is written in RDF: ids as IRIs and back, texts as literals, and the words used for it."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote, unquote

BASE = "https://whyrec.org"
TERMS = f"{BASE}/terms#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
RDFS_LABEL, RDFS_CLASS = f"{RDFS}label", f"{RDFS}Class"
OBJECT_PROPERTY, DATATYPE_PROPERTY = (
    f"http://www.w3.org/2002/07/owl#{name}" for name in ("ObjectProperty", "DatatypeProperty")
)
SAME_AS = "http://www.w3.org/2002/07/owl#sameAs"
IDENTIFIER = "http://purl.org/dc/terms/identifier"
SCHEMA_ORG = "https://schema.org/"
DATASET, NAME, DESCRIPTION, LICENCE = (
    f"{SCHEMA_ORG}{name}" for name in ("Dataset", "name", "description", "license")
)
PROV = "http://www.w3.org/ns/prov#"
XSD = "http://www.w3.org/2001/XMLSchema#"
KIND_CLASSES = {"user": f"{TERMS}User", "item": f"{TERMS}Item", "entity": f"{TERMS}Entity"}
INVERSE_LABEL = f"{TERMS}inverseLabel"
DATATYPES = {
    "text": "",
    "integer": f"{XSD}integer",
    "number": f"{XSD}decimal",
    "date": f"{XSD}date",
    "datetime": f"{XSD}dateTime",
    "boolean": f"{XSD}boolean",
    "url": f"{XSD}anyURI",
}

SIGN = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\u00a1-\u1fff\u3040-\ud7ff]|%[0-9A-Fa-f]{2})"
WEB_IRI = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?"
    rf"(?:[/?]{SIGN}*)?(?:#{SIGN}*)?"
)
PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")
RESERVED = frozenset({RDF_TYPE, RDFS_LABEL, DESCRIPTION, *KIND_CLASSES.values()})
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def iri(dataset: str, kind: str, external: str) -> str:
    """The IRI of an id: the id itself where it is a web address, else one that holds it percent-encoded."""
    if WEB_IRI.fullmatch(external) and not external.startswith(BASE) and external not in RESERVED:
        return external
    return f"{_folder(dataset, kind)}{external if PLAIN.fullmatch(external) else quote(external, safe='')}"


def external_id(dataset: str, kind: str, address: str) -> str:
    """The id that `iri` was made from, exactly."""
    folder = _folder(dataset, kind)
    if not address.startswith(folder):
        return address
    return unquote(address[len(folder) :], errors="strict") if "%" in address else address[len(folder) :]


@cache
def _folder(dataset: str, kind: str) -> str:
    return f"{BASE}/id/{quote(dataset, safe='')}/{kind}/"


def source_graph(dataset: str, source: str) -> str:
    """The named graph of a source file."""
    return f"{_folder(dataset, 'source')}{quote(source or 'catalog', safe='')}"


def schema_graph(dataset: str) -> str:
    """The named graph of what is said of the dataset, its classes, relations and properties."""
    return f"{_folder(dataset, 'graph')}schema"


def provenance_graph(dataset: str) -> str:
    """The named graph of what is said of sources: file, checksum and times."""
    return f"{_folder(dataset, 'graph')}provenance"


def literal(text: str, datatype: str = "") -> str:
    """A text in N-Quads, quoted so that nothing in it can end it."""
    return f'"{text.translate(ESCAPES)}"' + (f"^^<{datatype}>" if datatype else "")
