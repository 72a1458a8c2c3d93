"""What breaks a shape is found, and nothing else."""

from __future__ import annotations

import pytest
import rdflib

from kg.shapes import Shapes, validate
from kg.store import GraphStore
from tests.kg.shapes.worlds import FIRST, about, found, read, store_of

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
      sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:severity sh:Warning ;
        sh:message "Titel fehlt"@de, "no title"@en ] ;
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
