"""JSON-LD, with schema.org's context replaced by a small one, in files and in pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, isolated
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
    last = {name: value for name, value in BOOK.items() if name != "@context"} | {
        "@context": BOOK["@context"]
    }
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
    assert lost[0][1].startswith("JSON-LD block 1: line 1: not JSON (")


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
        ('{"@context": "https://schema.org", "name": }', "line 1: not JSON"),
        ('{"@context": "https://schema.org", "name": "x"', "line 1: not JSON"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": "\\ud800"}', "a lone surrogate"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": "\\ud83d\\ude00', "line 1: not JSON"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": 1, "a": 2}', "the field 'a' occurs twice"),
        ('{"@context": {"@vocab": "http://x.org/"}, "a": NaN}', "NaN is no number"),
        ('{"a": 1}', "has no rows"),
    ],
)
def test_broken_json_ld_is_refused(tmp_path, text: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        formats.read(write(tmp_path / "a.jsonld", text))


BROKEN = [
    ({"@type": "Book", "name": "x" * 2_100_000}, "a text of 2,100,000 characters"),
    ({"@type": "Book", "@context": "http://x.org/c"}, "names the context 'http://x.org/c'"),
    ({"@id": 5}, "it is not JSON-LD"),
    ("x", "a single value or a list where an object was expected"),
]


def with_limit(whole: int) -> str:
    """The program of the process, in which longer documents are read subject by subject."""
    head, _, tail = isolated.START.partition("main(sys")
    return f"{head}from untrusted import jsonld; jsonld.WHOLE = {whole}; main(sys{tail}"


def test_a_long_document_that_is_no_list_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(isolated, "START", with_limit(10))
    with pytest.raises(CatalogError, match="more than 10 characters and a field '@type'"):
        formats.read(write(tmp_path / "a.jsonld", BOOK))
    late = {"@graph": [BOOK], "@id": "http://x.org/g"}
    with pytest.raises(CatalogError, match="more than 10 characters and a field '@id'"):
        formats.read(write(tmp_path / "b.jsonld", late))


@pytest.mark.parametrize("whole", [1, 2**22])
@pytest.mark.parametrize("shape", ["list", "graph"])
def test_a_broken_subject_of_many_costs_that_subject(tmp_path, monkeypatch, whole: int, shape: str) -> None:
    """Whether the document is short or long."""
    monkeypatch.setattr(isolated, "START", with_limit(whole))
    books = [BOOK, *(broken for broken, _ in BROKEN), BOOK | {"@id": "http://x.org/2"}]
    data = books if shape == "list" else {"@context": BOOK["@context"], "@graph": books}
    lost: list[str] = []
    frame = formats.read(write(tmp_path / "a.jsonld", data), reject=lambda _, reason: lost.append(reason))
    assert frame["id"].to_list() == ["http://x.org/dune", "http://x.org/2"]
    assert len(lost) == len(BROKEN)
    assert all(any(told in reason for reason in lost) for _, told in BROKEN)


def test_the_small_context_is_json_ld() -> None:
    data = {"@context": jsonld.CONTEXT, "@type": "Movie", "image": "http://x.org/i.png"}
    quads = list(ox.parse(json.dumps(data).encode(), ox.RdfFormat.JSON_LD))
    assert {quad.predicate.value for quad in quads} >= {"https://schema.org/image"}
    assert all(isinstance(quad.object, ox.NamedNode) for quad in quads)
