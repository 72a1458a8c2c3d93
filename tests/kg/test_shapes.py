"""What breaks a shape is found, and nothing else; pySHACL says the same of the same graphs."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyshacl
import pytest
import rdflib
from rdflib.namespace import SH

import kg
from kg import CardError, CatalogError, cardread
from kg.quads import Writer
from kg.shapes import LinkRule, NodeRule, PropertyRule, Shapes, shapes_of, turtle, turtle_of, validate
from kg.store import GraphStore

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix ex: <http://e/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
FIRST = HEAD.count("\n") + 1  # the line after it


def store_of(data: str) -> GraphStore:
    triples = rdflib.Graph().parse(data=HEAD + data, format="turtle").serialize(format="nt")
    store = GraphStore()
    store.load([triples.replace(" .\n", " <http://e/graph> .\n")])
    return store


def read(shapes: str) -> Shapes:
    return Shapes.of([("my.ttl", (HEAD + shapes).encode())])


def found(data: str, shapes: str, *columns: str) -> set[tuple[str, ...]]:
    rows = validate(store_of(data), read(shapes))[list(columns) or ["node", "value"]]
    return {tuple(cell.removeprefix("http://e/") for cell in row) for row in rows.itertuples(index=False)}


def about(constraint: str) -> str:
    return f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; {constraint} ] ."


A, B = "ex:a a ex:C ; ex:p ", "ex:b a ex:C ; ex:p "


@pytest.mark.parametrize(
    ("constraint", "data", "broken", "message"),
    [
        ("sh:minCount 1", 'ex:a a ex:C . ex:b a ex:C ; ex:p "x" .', {("a", "")}, "p is missing"),
        ("sh:minCount 2", A + "1, 2 ." + B + "1 .", {("b", "")}, "p has less than 2 values"),
        ("sh:maxCount 1", A + "1, 2 ." + B + "1 .", {("a", "")}, "p has more than 1 value"),
        ("sh:maxCount 0", A + "1 . ex:b a ex:C .", {("a", "")}, "p is there where none was expected"),
        (
            "sh:datatype xsd:integer",
            A + '7, "19x5"^^xsd:integer ; ex:q "no" .',
            {("a", "19x5")},
            "p is 19x5 where a whole number was expected",
        ),
        (
            "sh:datatype xsd:date",
            A + '"2024-02-29"^^xsd:date, "2023-02-29"^^xsd:date .',
            {("a", "2023-02-29")},
            "p is 2023-02-29 where a date such as 2024-05-01 was expected",
        ),
        (
            "sh:nodeKind sh:IRI",
            A + 'ex:x, "x" .',
            {("a", "x")},
            "p is x where a node with an address was expected",
        ),
        (
            "sh:nodeKind sh:BlankNodeOrLiteral",
            A + 'ex:x, "y", [] .',
            {("a", "x")},
            "p is x where a node without an address or a plain value was expected",
        ),
        (
            "sh:class ex:D",
            A + "ex:x, ex:y, ex:z . ex:x a ex:D . ex:z a ex:E . ex:E rdfs:subClassOf ex:D .",
            {("a", "y")},
            "p is y where something of the class D was expected",
        ),
        ("sh:minInclusive 2", A + "1, 2, 3 .", {("a", "1")}, "p is 1 where at least 2 was expected"),
        ("sh:maxInclusive 2", A + "1, 2, 3 .", {("a", "3")}, "p is 3 where at most 2 was expected"),
        ("sh:minExclusive 2", A + "2, 2.5 .", {("a", "2")}, "p is 2 where more than 2 was expected"),
        ("sh:maxExclusive 2", A + "2, 1.5 .", {("a", "2")}, "p is 2 where less than 2 was expected"),
        ("sh:maxInclusive 9", A + '"x", ex:x .', {("a", "x")}, "p is x where at most 9 was expected"),
        (
            "sh:minLength 2",
            A + '"é", "éé", [] .',
            None,
            "p is é where a text of at least 2 signs was expected",
        ),
        (
            "sh:maxLength 2",
            A + '"ab", "abc" .',
            {("a", "abc")},
            "p is abc where a text of at most 2 signs was",
        ),
        (
            'sh:pattern "^[0-9]{4}$"',
            A + '"1999", "99" .',
            {("a", "99")},
            "p is 99 where a text of the form ^[0-9]{4}$ was expected",
        ),
        ('sh:pattern "^AB" ; sh:flags "i"', A + '"abc", "bab" .', {("a", "bab")}, "of the form ^AB was"),
        ('sh:in ( "a" ex:x 1 )', A + '"a", "b", ex:x, 1 .', {("a", "b")}, "p is b where one of a, x, 1 was"),
        ("sh:hasValue ex:x", A + "ex:x, ex:y ." + B + "ex:y .", {("b", "")}, "p lacks the value x"),
        (
            'sh:languageIn ( "en" "de" )',
            A + '"a"@en-gb, "b"@fr, "c"@de .',
            {("a", "b")},
            "p is b where a text in the language en or de was expected",
        ),
        (
            "sh:uniqueLang true",
            A + '"a"@en, "b"@en .' + B + '"a"@en, "b"@de, "c", "d" .',
            {("a", "")},
            "p has several texts in one language",
        ),
        ("sh:uniqueLang false", A + '"a"@en, "b"@en .', set(), ""),
        (
            "sh:equals ex:q",
            A + "1, 2 ; ex:q 2, 3 .",
            {("a", "1"), ("a", "3")},
            "p is 1 where the same as q was",
        ),
        (
            "sh:disjoint ex:q",
            A + "1, 2 ; ex:q 2, 3 .",
            {("a", "2")},
            "p is 2 where something else than q was",
        ),
        ("sh:lessThan ex:q", A + "1, 3 ; ex:q 3 .", {("a", "3")}, "p is 3 where less than q was expected"),
        (
            "sh:lessThanOrEquals ex:q",
            A + "3, 4 ; ex:q 3 .",
            {("a", "4")},
            "p is 4 where at most q was expected",
        ),
        (
            "sh:not [ sh:datatype xsd:string ]",
            A + '"a", 1 .',
            {("a", "a")},
            f"p is a where what does not meet my.ttl, line {FIRST} was expected",
        ),
        (
            "sh:or ( [ sh:datatype xsd:integer ] [ sh:minLength 3 ] )",
            A + '1, "ab", "abc" .',
            {("a", "ab")},
            "p is ab where what meets one or more of 2 rules was expected",
        ),
        (
            "sh:and ( [ sh:minLength 2 ] [ sh:maxLength 3 ] )",
            A + '"a", "ab" .',
            {("a", "a")},
            "meets all of 2",
        ),
        (
            "sh:xone ( [ sh:minLength 2 ] [ sh:maxLength 3 ] )",
            A + '"a", "ab" .',
            {("a", "ab")},
            "exactly one of 2",
        ),
        (
            "sh:node [ sh:property [ sh:path ex:q ; sh:minCount 1 ] ]",
            A + "ex:x, ex:y . ex:x ex:q 1 .",
            {("a", "y")},
            f"p is y where what meets my.ttl, line {FIRST} was expected",
        ),
        (
            "sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMinCount 1",
            A + "ex:x, ex:y ." + B + "ex:y . ex:x a ex:D .",
            {("b", "")},
            "p has less than 1 value of the kind that is asked for",
        ),
        (
            "sh:qualifiedValueShape [ sh:class ex:D ] ; sh:qualifiedMaxCount 1",
            A + "ex:x, ex:y ." + B + "ex:y . ex:x a ex:D . ex:y a ex:D .",
            {("a", "")},
            "p has more than 1 value of a kind that is limited",
        ),
        (
            "sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:name 'the q' ]",
            A + "ex:x, ex:y . ex:x ex:q 1 .",
            {("y", "")},
            "the q is missing",
        ),
    ],
)
def test_each_component_finds_what_breaks_it(constraint, data, broken, message) -> None:
    rows = validate(store_of(data), read(about(constraint)))
    if broken is None:  # a blank node is among them, whose name is not known
        assert set(rows["node"]) == {"http://e/a"}
        assert len(rows) == 2
    else:
        assert found(data, about(constraint)) == broken
    assert any(message in told for told in rows["message"]) or not message
    assert set(rows["severity"]) <= {"Violation"}


def test_a_closed_shape_names_the_predicate() -> None:
    shapes = (
        "ex:S sh:targetClass ex:C ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;"
        " sh:property [ sh:path ex:p ] ."
    )
    columns = ("node", "path", "value", "message")
    assert found("ex:a a ex:C ; ex:p 1 ; ex:q 2 .", shapes, *columns) == {
        ("a", "q", "2", "q is 2 where no q was expected")
    }


@pytest.mark.parametrize(
    ("target", "nodes"),
    [
        ("sh:targetClass ex:C", {"a", "b"}),
        ("sh:targetClass ex:D", {"a", "b", "c"}),  # C is below it
        ("sh:targetNode ex:a, ex:z", {"a", "z"}),
        ("sh:targetSubjectsOf ex:q", {"c"}),
        ("sh:targetObjectsOf ex:q", {"d", "7"}),
        ("sh:targetClass ex:C ; sh:targetSubjectsOf ex:q", {"a", "b", "c"}),
    ],
)
def test_each_target(target, nodes) -> None:
    data = "ex:C rdfs:subClassOf ex:D . ex:a a ex:C . ex:b a ex:C . ex:c a ex:D ; ex:q ex:d, 7 ."
    shapes = f"ex:S {target} ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
    assert found(data, shapes, "node") == {(node,) for node in nodes}


def test_a_class_that_is_a_shape_is_its_own_target() -> None:
    shapes = "ex:C a sh:NodeShape, rdfs:Class ; sh:nodeKind sh:BlankNode ."
    assert found("ex:a a ex:C .", shapes) == {("a", "a")}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("ex:p", {"b"}),
        ("[ sh:inversePath ex:p ]", {"d"}),
        ("( ex:p ex:p )", {"c"}),
        ("[ sh:alternativePath ( ex:p ex:q ) ]", {"b", "e"}),
        ("[ sh:zeroOrOnePath ex:p ]", {"a", "b"}),
        ("[ sh:oneOrMorePath ex:p ]", {"b", "c"}),
        ("[ sh:zeroOrMorePath ex:p ]", {"a", "b", "c"}),
    ],
)
def test_each_path(path, values) -> None:
    data = "ex:d ex:p ex:a . ex:a a ex:C ; ex:p ex:b ; ex:q ex:e . ex:b ex:p ex:c ."
    shapes = f"ex:S sh:targetClass ex:C ; sh:property [ sh:path {path} ; sh:nodeKind sh:Literal ] ."
    assert found(data, shapes, "value") == {(value,) for value in values}


def test_severity_message_and_what_is_switched_off() -> None:
    shapes = """ex:S sh:targetClass ex:C ;
      sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:severity sh:Warning ; sh:message "Titel fehlt"@de, "no title"@en ] ;
      sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:deactivated true ] ;
      sh:property [ sh:path ex:r ; sh:minCount 1 ] ."""
    assert found("ex:a a ex:C .", shapes, "severity", "message", "component") == {
        ("Warning", "no title", "minCount"),
        ("Violation", "r is missing", "minCount"),
    }


def test_violations_come_first_and_the_order_is_always_the_same() -> None:
    shapes = """ex:S sh:targetClass ex:C ; sh:property ex:P, ex:Q .
      ex:P sh:path ex:p ; sh:maxInclusive 1 ; sh:severity sh:Info . ex:Q sh:path ex:q ; sh:minCount 1 ."""
    rows = validate(store_of("ex:b a ex:C ; ex:p 3, 2 . ex:a a ex:C ; ex:p 4 ."), read(shapes))
    assert rows["node"].str[-1].to_list() == ["a", "b", "a", "b", "b"]
    assert rows["value"].to_list() == ["", "", "4", "2", "3"]
    assert rows["shape"].to_list() == ["http://e/Q"] * 2 + ["http://e/P"] * 3


def test_a_statement_in_two_graphs_counts_once() -> None:
    store = store_of("ex:a a ex:C ; ex:p 1 .")
    store.load(
        ["<http://e/a> <http://e/p> 1 <http://e/other> .".replace(" 1 ", f' "1"^^<{rdflib.XSD.integer}> ')]
    )
    assert len(validate(store, read(about("sh:maxCount 1")))) == 0
    rows = validate(store, read(about("sh:maxInclusive 0")))
    assert rows["value"].to_list() == ["1"]


def test_a_store_on_disk_says_the_same(tmp_path) -> None:
    store = GraphStore(tmp_path / "store")
    store.load([f"<http://e/a> <{rdflib.RDF.type}> <http://e/C> <http://e/graph> .\n"])
    path = (
        about("sh:minCount 1")
        + " ex:T sh:targetNode ex:a ; sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 1 ] ."
    )
    assert len(validate(store, read(path))) == 2
    store.close()


def test_nothing_to_check_gives_an_empty_table() -> None:
    rows = validate(store_of(""), Shapes.of([]))
    assert list(rows) == ["node", "path", "value", "component", "shape", "severity", "message"]
    assert rows.empty


SHAPE = "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ;\n "


@pytest.mark.parametrize(
    ("shapes", "line", "told"),
    [
        ("ex:S sh:targetClass ex:C ;\n sh:property [ sh:path ] .", 1, "not Turtle"),
        (
            "ex:S a ex:T .\n<a:me> <http://www.w3.org/2002/07/owl#imports> <http://evil/> .",
            1,
            "nothing is fetched",
        ),
        (SHAPE + "sh:minCuont 1 ] .", 1, "sh:minCuont is not supported; did you mean sh:minCount?"),
        (SHAPE + "sh:minCount 1.5 ] .", 1, "sh:minCount: a whole number from 0 was expected"),
        (SHAPE + f"sh:minCount {'9' * 5000} ] .", 1, "sh:minCount: a whole number"),
        (SHAPE + 'sh:datatype "text" ] .', 1, "sh:datatype: an IRI was expected"),
        (SHAPE + "sh:nodeKind sh:Node ] .", 1, "sh:nodeKind: one of sh:BlankNode"),
        (SHAPE + "sh:minInclusive ex:x ] .", 1, "sh:minInclusive: a number, a date or a text"),
        (SHAPE + 'sh:pattern "(a)\\\\1" ] .', 1, "without references and looking around"),
        (SHAPE + 'sh:pattern "a(?=b)" ] .', 1, "without references and looking around"),
        (SHAPE + 'sh:pattern "(" ] .', 1, "sh:pattern: a regular expression"),
        (SHAPE + "sh:in ex:x ] .", 1, "a list in parentheses was expected"),
        (SHAPE + "sh:in ( [] ) ] .", 1, "sh:in: an IRI or a plain value was expected"),
        (SHAPE + "sh:languageIn ( ex:en ) ] .", 1, "sh:languageIn: a list of languages"),
        (SHAPE + "sh:uniqueLang 7 ] .", 1, "sh:uniqueLang: true or false"),
        (SHAPE + "sh:severity 'bad' ] .", 1, "sh:severity: sh:Violation"),
        (SHAPE + "sh:qualifiedMinCount 1 ] .", 1, "without sh:qualifiedValueShape"),
        (SHAPE + "sh:minCount 1 ;\n sh:minCount 2 ] .", 2, "sh:minCount is given twice"),
        (SHAPE + "sh:closed true ] .", 1, "sh:closed in a shape with sh:path"),
        (SHAPE + "sh:node ex:T ] . ex:T sh:path ex:q .", 1, "sh:node: a shape without sh:path was expected"),
        (SHAPE + "sh:node ex:T ] .", 1, "nothing is said of <http://e/T>"),
        (SHAPE + "sh:node ex:S ] .", 1, "a shape that is part of itself"),
        (SHAPE + "sh:sparql [ sh:select 'SELECT $this {}' ] ] .", 1, "sh:sparql is not supported"),
        (SHAPE + "sh:js [ ] ] .", 1, "sh:js is not supported"),
        ("ex:S sh:targetClass ex:C ;\n sh:minCount 1 .", 1, "sh:minCount in a shape without sh:path"),
        (
            "ex:S sh:targetClass ex:C ;\n sh:property [ sh:minLength 1 ] .",
            1,
            "sh:property: a shape with sh:path",
        ),
        ("ex:S sh:targetClass 'C' ; sh:nodeKind sh:IRI .", 0, "sh:targetClass: an IRI was expected"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path 'p' ] .", 0, "a property path"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path [] ] .", 0, "a property path was expected"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path () ] .", 0, "a property path of a few steps"),
        ("ex:S sh:targetNode [ ] ; sh:nodeKind sh:IRI .", 0, "sh:targetNode: an IRI was expected"),
        ("ex:S sh:targetClass ex:C ; ex:says <<( ex:a ex:b ex:c )>> .", 0, "a statement about a statement"),
    ],
)
def test_an_error_names_file_and_line(shapes, line, told) -> None:
    with pytest.raises(CardError, match=rf"^my.ttl, line {FIRST + line}: ") as raised:
        read(shapes)
    assert told in str(raised.value)


def nested(depth: int, inner: str, outer: str) -> str:
    for _ in range(depth):
        inner = outer.replace("…", inner)
    return f"ex:S sh:targetClass ex:C ; sh:not {inner} ."


def test_shapes_within_shapes_have_limits() -> None:
    with pytest.raises(CardError, match="within too many others"):
        read(nested(500, "[ sh:nodeKind sh:IRI ]", "[ sh:not … ]"))
    with pytest.raises(CardError, match="a property path of a few steps"):
        read(
            "ex:S sh:targetClass ex:C ; sh:property [ sh:path "
            + "[ sh:inversePath " * 50
            + "ex:p"
            + "]" * 51
            + "."
        )
    doubled = "ex:T0 sh:nodeKind sh:IRI ." + "".join(
        f"ex:T{level + 1} sh:and ( ex:T{level} ex:T{level} ex:T{level} ex:T{level} ) ." for level in range(9)
    )
    laughs = read(doubled + "ex:S sh:targetClass ex:C ; sh:not ex:T9 .")
    with pytest.raises(CardError, match="more than 2000 conditions"):
        validate(store_of("ex:a a ex:C ."), laughs)
    many = read("ex:S sh:targetClass ex:C ; sh:not [ sh:path ex:p ; sh:minCount 9 ] .")
    with pytest.raises(CardError, match="a number below 5 was expected inside of another shape"):
        validate(store_of("ex:a a ex:C ."), many)


def test_a_file_that_is_too_large_is_refused(monkeypatch) -> None:
    with pytest.raises(CardError, match="more than 1,000,000 bytes"):
        Shapes.of([("my.ttl", b"#" * 1_000_001)])
    monkeypatch.setattr("kg.shapes.statements.MOST", 30)
    lines = "".join(f"<a:{number}> <b:> {number} .\n" for number in range(20)).encode()
    with pytest.raises(CardError, match="two.ttl brings the shapes to 40 statements; at most 30 may be"):
        Shapes.of([("one.ttl", lines), ("two.ttl", lines)])


def test_a_text_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(CardError, match="my.ttl, line 1: not Turtle"):
        Shapes.of([("my.ttl", b'<a:a> <b:b> "\xff\xfe" .')])


def test_a_pattern_that_would_backtrack_for_ever_is_answered() -> None:
    data = f'ex:a a ex:C ; ex:p "{"a" * 5000}b" .'
    assert len(found(data, about('sh:pattern "^(a+)+$"'))) == 1


def test_a_path_without_end_has_a_time_limit() -> None:
    store = GraphStore()
    store.load(
        f"<http://e/n{one}> <http://e/p> <http://e/n{(one * 7 + step) % 3000}> <http://e/graph> .\n"
        for one in range(3000)
        for step in range(5)
    )
    path = "sh:path [ sh:zeroOrMorePath ex:p ] ; sh:maxCount 3"
    shapes = read(f"ex:S sh:targetSubjectsOf ex:p ; sh:property [ {path} ] .")
    with pytest.raises(CatalogError, match=rf"^my.ttl, line {FIRST}, sh:maxCount: .* 0.2 seconds"):
        validate(store, shapes, limit_s=0.2)


def test_quotes_in_a_shape_stay_in_it() -> None:
    tricky = '"}} \\" \\\\ # ?this FROM SERVICE <http://evil/>"'
    assert found(f"{A} {tricky}, 1 .", about(f"sh:in ( {tricky} )")) == {("a", "1")}


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
  - {file: made.csv, head: {column: film, kind: item}, relation: {value: made by}, tail: {column: studio, prefix: ""}}
relations:
  made by: {label: is made by, inverse_label: made, tail: Studio}
"""
FILES = {
    "films.csv": "id,title,year,genres,site\nf1,Alien,1979,Horror,http://a.org/x\nf2,Rain,19x5,Drama|Horror,a b\nf3,Fog,,,\n",
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
    extra = "  - {kind: item, add: true, file: more.csv, id: id, properties: {stars: {column: stars, required: true, type: integer}}}\nfacts:"
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
    more = f"{HEAD} ex:S sh:targetClass <https://schema.org/Movie> ; sh:property [ sh:path rdfs:label ; sh:minLength 4 ] ."
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
    assert (None, SH.targetClass, rdflib.URIRef("https://schema.org/Movie")) in shapes


class World:
    """A random graph and random shapes about it.

    Orderings are drawn only among values that can be compared, where rdflib and SPARQL agree; inverse paths only
    of one predicate, since pySHACL takes those of a list in the wrong order.
    """

    NUMBERS = ("1", "2", "10", "1.5", '"a"', '"ab"', '"b1"')
    DATES = ('"2020-01-01"^^xsd:date', '"2021-05-05"^^xsd:date')
    NODES = ("ex:a", "ex:b", "ex:c", "ex:d", "ex:e")
    OTHERS = ('"a"@en', '"b"@de', '"c"@en-gb', '"d"@en', '"x"^^xsd:integer', '"2020-02-30"^^xsd:date', "true")
    KINDS = ("IRI", "Literal", "BlankNode", "IRIOrLiteral", "BlankNodeOrIRI", "BlankNodeOrLiteral")
    PLAIN = (
        "datatype",
        "nodeKind",
        "class",
        "minLength",
        "maxLength",
        "pattern",
        "in",
        "hasValue",
        "languageIn",
    )
    LOGIC = ("not", "and", "or", "xone", "node")
    ORDER = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
    PAIRS = ("lessThan", "lessThanOrEquals")
    COUNTS = ("minCount", "maxCount", "uniqueLang", "equals", "disjoint", "qualified", "property")

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311
        self.dates = seed % 4 == 1
        values = self.DATES if self.dates else self.NUMBERS
        self.values = (
            values + self.NODES,
            values + self.NODES,
            values,
            self.NUMBERS + self.NODES + self.OTHERS,
        )[seed % 4]
        self.order = self.ORDER if seed % 4 < 3 else ()
        self.pairs = self.PAIRS if seed % 4 == 2 else ()
        lines = [f"ex:{node} ex:z 1 ." for node in "abcd"] + ['ex:d ex:z "ab" .']
        lines += [f"ex:{node} a ex:{name} ." for node in "abcd" for name in "CD" if self.draw.random() < 0.6]
        lines += ["ex:D rdfs:subClassOf ex:C ."] * (self.draw.random() < 0.3)
        lines += [
            f"ex:{self.one('abcd')} {self.predicate()} {self.one(self.values)} ."
            for _ in range(self.draw.randint(0, 14))
        ]
        self.data = "\n".join(lines)
        self.shapes = "\n".join(
            [
                f"ex:S a sh:NodeShape ; {self.target()} ; sh:property {self.part(0)} .",
                f"ex:T a sh:NodeShape ; {self.target()} ; {self.body(0, path=False)} .",
                f"ex:U a sh:NodeShape ; {self.target()} ; sh:closed {self.one(('true', 'false'))} ;"
                " sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path ex:p ] .",
            ]
        )

    def one(self, choices):
        return self.draw.choice(choices)

    def predicate(self) -> str:
        return self.one(("ex:p", "ex:q", "ex:r"))

    def target(self) -> str:
        return self.one(
            (
                "sh:targetClass ex:C", "sh:targetClass ex:D", "sh:targetNode ex:a, ex:b", "sh:targetSubjectsOf ex:p",
                "sh:targetObjectsOf ex:q", "sh:targetClass ex:C ; sh:targetNode ex:d", 'sh:targetNode "ab"',
            )
        )  # fmt: skip

    def path(self, depth: int = 0) -> str:
        chance = self.draw.random()
        if chance < 0.8 or depth > 1:
            return self.predicate()
        if chance < 0.86:
            return f"[ sh:inversePath {self.predicate()} ]"
        inner = self.path(depth + 1)
        if chance < 0.92:
            return f"( {inner} {self.path(depth + 1)} )"
        if chance < 0.96:
            return f"[ sh:alternativePath ( {inner} {self.path(depth + 1)} ) ]"
        return f"[ sh:{self.one(('zeroOrOnePath', 'zeroOrMorePath', 'oneOrMorePath'))} {inner} ]"

    def part(self, depth: int) -> str:
        return f"[ sh:path {self.path()} ; {self.body(depth, path=True)} ]"

    def shape(self, depth: int) -> str:
        return self.part(depth) if self.draw.random() < 0.3 else f"[ {self.body(depth, path=False)} ]"

    def body(self, depth: int, *, path: bool) -> str:
        told = {}
        for _ in range(self.draw.randint(1, 2)):
            if path and self.draw.random() < 0.45:
                name, value = self.of_node(depth)
            elif not path and depth < 3 and self.draw.random() < 0.4:
                name, value = "property", self.part(depth + 1)
            else:
                name, value = self.of_value(depth)
            told[name] = value
        return " ; ".join(f"sh:{name} {value}" for name, value in told.items())

    def of_node(self, depth: int) -> tuple[str, str]:
        name = self.one(self.COUNTS + self.pairs)
        if name == "qualified":
            count = f"sh:qualified{self.one(('Min', 'Max'))}Count {self.draw.randint(0, 2)}"
            return "qualifiedValueShape", f"{self.shape(depth + 1)} ; {count}"
        if name == "property":
            return name, self.part(depth + 1)
        if name.endswith("Count"):
            return name, str(self.draw.randint(0, 3))
        return name, "true" if name == "uniqueLang" else self.predicate()

    def of_value(self, depth: int) -> tuple[str, str]:
        name = self.one(self.PLAIN + self.order + (self.LOGIC if depth < 2 else ()))
        if name in self.ORDER:
            return name, '"2020-06-01"^^xsd:date' if self.dates else self.one(("1", "2", "1.5", "10"))
        if name in ("and", "or", "xone"):
            return name, f"( {self.shape(depth + 1)} {self.shape(depth + 1)} )"
        if name == "not":
            return name, self.shape(depth + 1)
        if name == "node":
            return name, f"[ {self.body(depth + 1, path=False)} ]"
        return name, {
            "datatype": f"xsd:{self.one(('integer', 'decimal', 'string', 'date', 'boolean', 'dateTime'))}",
            "nodeKind": f"sh:{self.one(self.KINDS)}",
            "class": self.one(("ex:C", "ex:D")),
            "pattern": self.one(('"^a"', '"b"', '"^[0-9]+$"', '"A" ; sh:flags "i"')),
            "in": f"( {' '.join(self.draw.sample(self.values, min(2, len(self.values))))} )",
            "hasValue": self.one(self.values),
            "languageIn": self.one(('( "en" )', '( "de" "en" )')),
        }.get(name, str(self.draw.randint(0, 3)))


@dataclass
class Near:
    """A store that answers all queries without a process of their own, to save the tests' time."""

    store: GraphStore

    def rows(self, sparql: str):
        return self.store.rows(sparql)

    def query(self, sparql: str, limit_s: float, max_rows: int):
        return self.store.rows(sparql).to_dict("records")


def told_by_pyshacl(world: World) -> set[tuple[str, str, str, str]]:
    data = rdflib.Graph().parse(data=HEAD + world.data, format="turtle")
    shapes = rdflib.Graph().parse(data=HEAD + world.shapes, format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none")
    found = set()
    for result in report.objects(None, SH.result):
        component = report.value(result, SH.sourceConstraintComponent).rpartition("#")[2]
        name = component.removesuffix("ConstraintComponent")
        path, value = (report.value(result, part) for part in (SH.resultPath, SH.value))
        shown = "*" if isinstance(path, rdflib.BNode) else str(path or "")
        focus = str(report.value(result, SH.focusNode))
        found.add((focus, shown, str(value if value is not None else ""), name[0].lower() + name[1:]))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_pyshacl_finds_the_same(seed, caplog) -> None:
    logging.getLogger("rdflib.term").setLevel(logging.ERROR)  # it tells of every ill-formed number
    world = World(seed)
    rows = validate(Near(store_of(world.data)), read(world.shapes))
    mine = {
        (node, path if path.startswith("http") else "*" * bool(path), value, component)
        for node, path, value, component in rows[["node", "path", "value", "component"]].itertuples(
            index=False
        )
    }
    assert mine == told_by_pyshacl(world)
