"""JSON-LD, with schema.org's context replaced by a small one, in files and in pages."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions
from kg.formats.untrusted import jsonld

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

BOOK = {
    "@context": "https://schema.org",
    "@type": "Book",
    "@id": "http://x.org/dune",
    "name": "Dune",
    "author": {"@type": "Person", "name": "Herbert"},
    "genre": ["SF", "Epic"],
    "numberOfPages": 412,
    "url": "http://x.org/dune.html",
    "offers": {"@type": "Offer", "price": 19.99, "priceCurrency": "EUR"},
}
CELLS = {
    "id": "http://x.org/dune",
    "type": "Book",
    "types": "https://schema.org/Book",
    "name": "Dune",
    "author.type": "Person",
    "author.name": "Herbert",
    "genre": "SF|Epic",
    "numberOfPages": "412",
    "url": "http://x.org/dune.html",
    "offers.type": "Offer",
    "offers.price": "19.99",
    "offers.priceCurrency": "EUR",
}


def write(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def only_row(frame: pd.DataFrame) -> dict[str, str]:
    (row,) = frame.to_dict(orient="records")
    return row


CONTEXTS = [
    "https://schema.org",
    "http://schema.org/",
    "https://www.schema.org",
    "https://schema.org/docs/jsonldcontext.jsonld",
    ["https://schema.org", {"x": "http://x.org/"}],
    {"@vocab": "https://schema.org/"},
]


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
def test_schema_org_in_all_its_spellings(tmp_path, context: object) -> None:
    assert only_row(formats.read(write(tmp_path / "a.jsonld", BOOK | {"@context": context}))) == CELLS


def test_the_context_may_come_last_and_within(tmp_path) -> None:
    last = {name: value for name, value in BOOK.items() if name != "@context"} | {"@context": BOOK["@context"]}
    assert only_row(formats.read(write(tmp_path / "a.jsonld", last))) == CELLS
    inner = {"@context": {}, "@graph": [BOOK]}
    assert only_row(formats.read(write(tmp_path / "b.jsonld", inner))) == CELLS


def test_many_subjects(tmp_path) -> None:
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "Book", "name": name} for name in "ab"]}
    frame = formats.read(write(tmp_path / "a.jsonld", graph))
    assert frame["name"].to_list() == ["a", "b"]
    assert frame["id"].to_list() == ["_:b1", "_:b2"]
    assert formats.read(write(tmp_path / "b.jsonld", [BOOK, BOOK | {"@id": "http://x.org/2"}])).shape[0] == 2


def test_statements_of_json_ld(tmp_path) -> None:
    frame = formats.read(write(tmp_path / "a.jsonld", BOOK), "triples")
    kinds = frame.set_index("predicate")["kind"]
    assert kinds["https://schema.org/url"] == "iri"
    assert kinds["https://schema.org/numberOfPages"] == "literal"
    assert len(frame) == 13


PAGE = """<!doctype html><html><head><SCRIPT async Type='application/LD+json; charset=utf-8'>{}</SCRIPT>
<script>var a = "<script type='application/ld+json'>";</script>
<script type="application/ld+json">{}</script></head><body>&amp;</body></html>"""


def test_pages(tmp_path) -> None:
    other = BOOK | {"@id": "http://x.org/2", "name": "A & B"}
    frame = formats.read(write(tmp_path / "a.html", PAGE.format(json.dumps(BOOK), json.dumps(other))))
    assert frame["name"].to_list() == ["Dune", "A & B"]


def test_a_broken_block_of_a_page_costs_that_block(tmp_path) -> None:
    lost: list[tuple[int, str]] = []
    path = write(tmp_path / "a.htm", PAGE.format("{oops", json.dumps(BOOK)))
    frame = formats.read(path, reject=lambda line, reason: lost.append((line, reason)))
    assert frame["name"].to_list() == ["Dune"]
    assert lost[0][1].startswith("JSON-LD block 1: it is not JSON-LD (")


def test_items_of_a_list_are_found_by_their_class(tmp_path) -> None:
    items = [{"@type": "ListItem", "item": {"@type": "Book", "name": name}} for name in "ab"]
    data = {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}
    frame = formats.read(write(tmp_path / "a.jsonld", data), options=ReadOptions(type="Book"))
    assert frame["name"].to_list() == ["a", "b"]


def test_a_page_without_json_ld_is_refused(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r'it has no <script type="application/ld\+json">'):
        formats.read(write(tmp_path / "a.html", "<html><script>1</script><script type='application/ld+json'"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"@context": "https://schema.org", "name": }', "it is not JSON-LD"),
        ('{"@context": "https://schema.org", "name": "x"', "it is not JSON-LD"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": "\\ud800"}', "a lone surrogate"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": "\\ud83d\\ude00', "it is not JSON-LD"),
        ('{"a": 1}', "has no rows"),
    ],
)
def test_broken_json_ld_is_refused(tmp_path, text: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        formats.read(write(tmp_path / "a.jsonld", text))


@pytest.mark.parametrize("chunk", [1, 2, 5, 10_000])
def test_texts_are_passed_on_as_they_are(monkeypatch, chunk: int) -> None:
    monkeypatch.setattr(jsonld, "CHUNK", chunk)
    text = '{"@context": {"@vocab": "http://x.org/"}, "a": ["\\"x\\\\", "😀", -1.5e3, true], "b" : {"c": "[1]"} } '
    stream = jsonld.Expanded(io.BytesIO(text.encode()))
    passed = b""
    while data := stream.read(7):
        passed += data
    assert passed.decode() == text


def test_the_small_context_is_json_ld() -> None:
    data = {"@context": json.loads(jsonld.CONTEXT), "@type": "Movie", "image": "http://x.org/i.png"}
    quads = list(ox.parse(json.dumps(data).encode(), ox.RdfFormat.JSON_LD))
    assert {quad.predicate.value for quad in quads} >= {"https://schema.org/image"}
    assert all(isinstance(quad.object, ox.NamedNode) for quad in quads)
