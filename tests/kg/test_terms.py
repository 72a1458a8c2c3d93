"""Prefixes of known vocabularies in queries."""

from __future__ import annotations

from kg.terms import with_prefixes


def test_prefixes_are_added_only_where_needed():
    assert with_prefixes("SELECT ?s { ?s a schema:Movie }") == (
        "PREFIX schema: <https://schema.org/> SELECT ?s { ?s a schema:Movie }"
    )
    own = "prefix schema: <http://x.org/> SELECT ?s { ?s a schema:Movie }"
    assert with_prefixes(own) == own
    assert with_prefixes("SELECT ?s { ?s ?p 1 }") == "SELECT ?s { ?s ?p 1 }"
