"""What a card asks for becomes shapes; a file of the user's own adds to them and softens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyshacl
import pytest
import rdflib
from rdflib.namespace import SH

import kg
from kg import CardError, cardread
from kg.quads import Writer
from kg.shapes import LinkRule, NodeRule, PropertyRule, Shapes, shapes_of, turtle, turtle_of, validate
from kg.store import GraphStore
from tests.kg.shapes.worlds import HEAD, store_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_later_file_softens_and_adds() -> None:
    size = PropertyRule("http://e/p", "size", "integer", required=True)
    rules = [NodeRule("Thing", "http://e/C", label_required=True, properties=(size,))]
    mine = turtle("shop", rules).encode()
    data = "ex:a a ex:C ."
    assert validate(store_of(data), Shapes.of([("card", mine)]))["message"].to_list() == [
        "label is missing",
        "size is missing",
    ]
    theirs = f"""{HEAD}
    <https://whyrec.org/id/shop/shape/Thing.label> sh:severity sh:Warning ; sh:message "name it" .
    <https://whyrec.org/id/shop/shape/Thing.size> sh:deactivated true .
    ex:More sh:targetClass ex:C ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ."""
    rows = validate(store_of(data), Shapes.of([("card", mine), ("more.ttl", theirs.encode())]))
    told = rows[["severity", "message"]].itertuples(index=False, name=None)
    assert list(told) == [("Violation", "q is missing"), ("Warning", "name it")]


def test_rules_that_ask_for_nothing_leave_no_shape() -> None:
    rules = [
        NodeRule(
            "Thing",
            "http://e/C",
            properties=(PropertyRule("http://e/p", "p"),),
            links=(LinkRule("http://e/r", "r"),),
        )
    ]
    assert "NodeShape" not in turtle("shop", rules)


CARD = """\
name: shop
nodes:
  - kind: item
    class: Movie
    file: films.csv
    id: id
    label: title
    properties:
      PROPERTIES
    links:
      LINKS
  - {kind: entity, class: Studio, file: studios.csv, id: id, label: name}
facts:
  - {file: made.csv, head: {column: film, kind: item}, relation: {value: made by}, tail: studio}
relations:
  made by: {label: is made by, inverse_label: made, tail: Studio}
"""
FILES = {
    "films.csv": "id,title,year,genres,site\n"
    "f1,Alien,1979,Horror,http://a.org/x\nf2,Rain,19x5,Drama|Horror,a b\nf3,Fog,,,\n",
    "studios.csv": "id,name\ns1,Fox\n",
    "made.csv": "film,studio\nf1,s1\nf2,f9\n",
}


def violations(
    folder: Path, properties: str = "year: year", links: str = "[]", **files: str
) -> set[tuple[str, str]]:
    """Whose id, and what is told of it."""
    card = CARD.replace("PROPERTIES", properties).replace("LINKS", links)
    for name, text in {**FILES, "dataset.yaml": card + files.pop("more", ""), **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    catalog = kg.read(folder / "dataset.yaml")
    writer, store = Writer.of(catalog), GraphStore()
    store.load(writer.schema())
    for source in writer.sources():
        store.load(writer.source(source))
    rows = validate(store, shapes_of(cardread.load(folder / "dataset.yaml"), writer.terms))
    return {
        (node.rpartition("/")[2], f"{severity}: {message}" if severity != "Violation" else message)
        for node, severity, message in rows[["node", "severity", "message"]].itertuples(index=False)
    }


YEAR = "year: {column: year, PARTS}"


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ("year: year", set()),
        (YEAR.replace("PARTS", "type: integer"), {("f2", "year is 19x5 where a whole number was expected")}),
        (YEAR.replace("PARTS", "required: true"), {("f3", "year is missing")}),
        (
            YEAR.replace("PARTS", "type: integer, minimum: 1980"),
            {
                ("f1", "year is 1979 where at least 1980 was expected"),
                ("f2", "year is 19x5 where a whole number was expected"),
                ("f2", "year is 19x5 where at least 1980 was expected"),
            },
        ),
        (
            YEAR.replace("PARTS", "type: number, maximum: 1978.5"),
            {
                ("f1", "year is 1979 where at most 1978.5 was expected"),
                ("f2", "year is 19x5 where a number was expected"),
                ("f2", "year is 19x5 where at most 1978.5 was expected"),
            },
        ),
        (
            YEAR.replace("PARTS", 'pattern: "^[0-9]{4}$"'),
            {("f2", "year is 19x5 where a text of the form ^[0-9]{4}$ was expected")},
        ),
        (
            YEAR.replace("PARTS", "values: [1979, 1980]"),
            {("f2", "year is 19x5 where one of 1979, 1980 was expected")},
        ),
        (
            "site: {column: site, type: url}",
            {("f2", r"site is a b where a text of the form ^https?://[^\s]+$ was expected")},
        ),
    ],
)
def test_each_rule_of_a_property(tmp_path, properties, told) -> None:
    assert violations(tmp_path, properties) == told


@pytest.mark.parametrize(
    ("links", "told"),
    [
        ("[{column: genres, relation: genre, separator: '|'}]", set()),
        ("[{column: genres, relation: genre, separator: '|', required: true}]", {("f3", "genre is missing")}),
        (
            "[{column: genres, relation: genre, separator: '|', many: false}]",
            {("f2", "genre has more than 1 value")},
        ),
    ],
)
def test_each_rule_of_a_link(tmp_path, links, told) -> None:
    assert violations(tmp_path, links=links) == told


def test_a_table_with_labels_asks_for_them(tmp_path) -> None:
    films = FILES["films.csv"].replace("Fog", "")
    assert violations(tmp_path, **{"films.csv": films}) == {("f3", "label is missing")}


def test_entities_that_facts_name_need_no_label(tmp_path) -> None:
    studios = FILES["studios.csv"].replace("Fox", "")
    assert violations(tmp_path, **{"studios.csv": studios}) == set()
    alone = CARD.replace(", tail: Studio", "").replace("PROPERTIES", "year: year").replace("LINKS", "[]")
    files = {"dataset.yaml": alone, "studios.csv": "id,name\n99,\n"}  # no name can be read from this id
    assert violations(tmp_path, **files) == {("99", "label is missing")}


def test_films_that_are_only_mentioned_need_no_label(tmp_path) -> None:
    """An entity may have the items' class; with two classes of items, no label is asked of the shared one."""
    more = "  made by: {label: is made by, inverse_label: made, tail: Movie}\n"
    card = CARD.partition("  made by:")[0].replace("PROPERTIES", "year: year").replace("LINKS", "[]") + more
    files = {"dataset.yaml": card, "made.csv": "film,studio\nf1,99\n", "films.csv": "id,title,year\nf1,,\n"}
    assert violations(tmp_path, **files) == {("f1", "label is missing")}
    books = "  - {kind: item, class: Book, file: books.csv, id: id, label: title}\nfacts:"
    (tmp_path / "books.csv").write_text("id,title\nb1,\n", encoding="utf-8")
    files["dataset.yaml"] = card.replace("facts:", books)
    assert violations(tmp_path, **files) == {("b1", "label is missing")}


def test_an_end_of_another_class_is_only_a_warning(tmp_path) -> None:
    more = "  genre: {label: is of the genre, inverse_label: is the genre of}\n"
    links = "[{column: genres, relation: genre, class: Studio, prefix: '', separator: '|'}]"
    made = FILES["made.csv"] + "f3,p1\n"
    people = "  - {kind: entity, class: Person, file: people.csv, id: id, label: name}\nfacts:"
    (tmp_path / "people.csv").write_text("id,name\np1,Ann\n", encoding="utf-8")
    card = CARD.replace("facts:", people) + more
    told = "Warning: the tail of 'is made by' is of another class than the card says"
    files = {
        "dataset.yaml": card.replace("PROPERTIES", "year: year").replace("LINKS", links),
        "made.csv": made,
    }
    assert violations(tmp_path, **files) == {("p1", told)}


def test_a_table_that_adds_asks_all_of_its_kind(tmp_path) -> None:
    stars = "properties: {stars: {column: stars, required: true, type: integer}}"
    extra = f"  - {{kind: item, add: true, file: more.csv, id: id, {stars}}}\nfacts:"
    card = CARD.replace("PROPERTIES", "year: year").replace("LINKS", "[]").replace("facts:", extra)
    (tmp_path / "more.csv").write_text("id,stars\nf1,5\nf2,x\n", encoding="utf-8")
    assert violations(tmp_path, **{"dataset.yaml": card}) == {
        ("f2", "stars is x where a whole number was expected"),
        ("f3", "stars is missing"),
    }


def test_a_column_without_any_value_breaks_what_requires_it(tmp_path) -> None:
    films = "id,title,year,genres,site\nf1,Alien,,,\n"
    told = violations(
        tmp_path,
        YEAR.replace("PARTS", "required: true"),
        **{"films.csv": films, "made.csv": "film,studio\nf1,s1\n"},
    )
    assert told == {("f1", "year is missing")}


def test_a_card_names_more_shapes(tmp_path) -> None:
    asked = "sh:property [ sh:path rdfs:label ; sh:minLength 4 ]"
    more = f"{HEAD} ex:S sh:targetClass <https://schema.org/Movie> ; {asked} ."
    told = violations(tmp_path, more="shapes: [more.ttl]\n", **{"more.ttl": more})
    assert told == {("f3", "label is Fog where a text of at least 4 signs was expected")}


@pytest.mark.parametrize(
    ("properties", "more", "told"),
    [
        (
            "year: year",
            "shapes: [gone.ttl]\n",
            r"field shapes\[0\]: .*gone.ttl cannot be read \(No such file",
        ),
        ("year: year", "shapes: [bad.ttl]\n", r"bad.ttl, line 2: sh:minCuont is not supported"),
        (YEAR.replace("PARTS", "minimum: 3"), "", r"line 9, field .*year.minimum: 3 for the type text; only"),
        (YEAR.replace("PARTS", "type: number, minimum: .inf"), "", r"minimum: inf for the type number"),
        (
            YEAR.replace("PARTS", 'pattern: "a(?!b)"'),
            "",
            r"line 9, field .*pattern: 'a\(\?!b\)': a regular exp",
        ),
    ],
)
def test_what_is_wrong_in_a_card_names_its_place(tmp_path, properties, more, told) -> None:
    bad = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<a:S> sh:targetClass <a:C> ; sh:minCuont 1 ."
    with pytest.raises(CardError, match=told):
        violations(tmp_path, properties, more=more, **{"bad.ttl": bad})


def test_the_rules_of_a_card_are_turtle_that_pyshacl_takes(tmp_path) -> None:
    violations(tmp_path, YEAR.replace("PARTS", "type: integer, values: [1979], minimum: 1"))
    card = cardread.load(tmp_path / "dataset.yaml")
    text = turtle_of(card, Writer.of(kg.read(tmp_path / "dataset.yaml")).terms)
    assert text == turtle_of(card, Writer.of(kg.read(tmp_path / "dataset.yaml")).terms)
    shapes = rdflib.Graph().parse(data=text, format="turtle")
    conforms, _, _ = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes, meta_shacl=False)
    assert conforms
    assert (None, SH.targetClass, rdflib.URIRef("https://whyrec.org/terms#Item")) in shapes
