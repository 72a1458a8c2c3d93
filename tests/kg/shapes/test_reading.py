"""Shapes that are wrong, too large or meant to do harm are refused, with file and line."""

from __future__ import annotations

import pytest

from kg import CardError, CatalogError
from kg.shapes import Shapes, validate
from kg.store import GraphStore
from tests.kg.shapes.worlds import FIRST, about, found, read, store_of

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
    with pytest.raises(CardError, match=r"two\.ttl brings the shapes to 40 statements; at most 30 may be"):
        Shapes.of([("one.ttl", lines), ("two.ttl", lines)])


def test_a_text_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(CardError, match=r"my\.ttl, line 1: not Turtle"):
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
    assert found(f"ex:a a ex:C ; ex:p {tricky}, 1 .", about(f"sh:in ( {tricky} )")) == {("a", "1")}
