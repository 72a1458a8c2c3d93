"""RDF as one row per subject and one per statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from kg import CatalogError, formats
from kg.formats import ReadOptions, isolated
from kg.formats.untrusted import names

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

PREFIXES = """
@prefix : <http://x.org/> .
@prefix schema: <http://schema.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix other: <http://y.org/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
FILMS = """
:alien a schema:Movie, other:Thing ; schema:title "Alien" ; schema:genre "Horror", "SF" ;
    schema:director [ a schema:Person ; schema:fullName "Scott" ; schema:born [ schema:city "Shields" ] ] ;
    schema:actor [ schema:fullName "Weaver" ], [ schema:fullName "Holm" ] .
:heat a schema:Movie ; schema:title "Heat" ; schema:director :mann .
:mann a schema:Person ; schema:fullName "Mann" .
"""
SYNTAXES = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdf": ox.RdfFormat.RDF_XML,
    "owl": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
}


def turtle(path: Path, text: str) -> Path:
    path.write_text(PREFIXES + text, encoding="utf-8")
    return path


def row(frame: pd.DataFrame, subject: str) -> dict[str, str]:
    """What is said of a subject, without empty cells and the full class names."""
    (found,) = frame[frame["id"] == subject].to_dict(orient="records")
    return {name: cell for name, cell in found.items() if cell and name not in {"id", "types"}}


@pytest.mark.parametrize("ending", SYNTAXES)
def test_every_syntax_gives_one_row_per_subject(tmp_path, ending: str) -> None:
    quads = ox.parse((PREFIXES + FILMS).encode(), ox.RdfFormat.TURTLE)
    path = tmp_path / f"films.{ending}"
    ox.serialize((quad.triple for quad in quads), path, SYNTAXES[ending])
    frame = formats.read(path)
    assert frame["id"].to_list() == ["http://x.org/alien", "http://x.org/heat", "http://x.org/mann"]
    assert frame.index.to_list() == [1, 2, 3]
    assert frame["types"].to_list()[0] == "http://schema.org/Movie|http://y.org/terms#Thing"
    assert row(frame, "http://x.org/alien") == {
        "type": "Movie|Thing",
        "title": "Alien",
        "genre": "Horror|SF",
        "director.type": "Person",
        "director.fullName": "Scott",
        "director.born.city": "Shields",
        "actor.fullName": "Weaver|Holm",
    }
    assert row(frame, "http://x.org/heat") == {
        "type": "Movie",
        "title": "Heat",
        "director": "http://x.org/mann",
    }


@pytest.mark.parametrize("name", ["Movie", "http://schema.org/Movie", "schema:Movie"])
def test_subjects_of_one_class(tmp_path, name: str) -> None:
    frame = formats.read(turtle(tmp_path / "a.ttl", FILMS), options=ReadOptions(type=name))
    assert frame["title"].to_list() == ["Alien", "Heat"]


def test_nested_subjects_of_a_class_have_rows_when_asked_for(tmp_path) -> None:
    frame = formats.read(turtle(tmp_path / "a.ttl", FILMS), options=ReadOptions(type="Person"))
    assert frame["fullName"].to_list() == ["Scott", "Mann"]
    assert frame["id"].str.startswith("_:").to_list() == [True, False]


def test_an_unknown_class_is_told_from_those_there_are(tmp_path) -> None:
    with pytest.raises(
        CatalogError, match="no subject is of the class 'Film'; there are Movie, Person, Thing"
    ):
        formats.read(turtle(tmp_path / "a.ttl", FILMS), options=ReadOptions(type="Film"))


@pytest.mark.parametrize(
    ("texts", "cell"),
    [
        ('"Alien"@en, "Alien - das Wesen"@de', "Alien"),
        ('"Alien", "Alien - das Wesen"@de, "Alien!"@en-GB', "Alien|Alien!"),
        ('"Wesen"@de, "Ding"@de, "Chose"@fr', "Wesen|Ding"),
        ('"1"@de, :iri, 5', "http://x.org/iri|5"),
    ],
)
def test_english_and_untagged_texts_come_first(tmp_path, texts: str, cell: str) -> None:
    assert formats.read(turtle(tmp_path / "a.ttl", f":a :p {texts} ."))["p"].to_list() == [cell]


@pytest.mark.parametrize(
    ("number", "cell"),
    [
        ("1.999E1", "19.99"),
        ("4.0e0", "4"),
        ("1E400", "1E400"),
        ('"x"^^xsd:double', "x"),
        ("007", "007"),
        ("1.50", "1.50"),
        ("true", "true"),
    ],
)
def test_numbers(tmp_path, number: str, cell: str) -> None:
    assert formats.read(turtle(tmp_path / "a.ttl", f":a :p {number} ."))["p"].to_list() == [cell]


def test_lists_are_taken_apart(tmp_path) -> None:
    text = ':a :p (1 "x" [ :n "y" ] [ :n "z" ]) ; :q () ; :r ((1) 2) .'
    found = row(formats.read(turtle(tmp_path / "a.ttl", text)), "http://x.org/a")
    assert found.items() >= {"p": "1|x", "p.n": "y|z"}.items()
    assert "q" not in found


def test_shared_and_circular_blank_nodes_have_rows_of_their_own(tmp_path) -> None:
    text = ":a :p _:shared . :b :p _:shared . _:shared :n 1 . _:x :n _:y . _:y :n _:x . _:self :n _:self ."
    frame = formats.read(turtle(tmp_path / "a.ttl", text))
    cells = dict(zip(frame["id"], frame["n"], strict=True))
    assert cells == {
        "http://x.org/a": "",
        "http://x.org/b": "",
        "_:b1": "1",
        "_:b2": "_:b3",
        "_:b3": "_:b2",
        "_:b4": "_:b4",
    }
    assert frame["p"].to_list()[:2] == ["_:b1", "_:b1"]


def test_blank_nodes_are_numbered_alike_in_every_run(tmp_path) -> None:
    path = turtle(tmp_path / "a.ttl", FILMS)
    assert formats.read(path, "triples").equals(formats.read(path, "triples"))


def test_what_is_said_in_two_graphs_is_said_once(tmp_path) -> None:
    path = turtle(tmp_path / "a.trig", ":g1 { :a :p 1, 2 } :g2 { :a :p 2, 3 . }")
    assert formats.read(path)["p"].to_list() == ["1|2|3"]


@pytest.mark.parametrize(
    ("predicates", "expected"),
    [
        (["http://schema.org/name"], ["name"]),
        (["http://schema.org/name", "https://schema.org/name"], ["name", "name"]),
        (["http://schema.org/name", "http://xmlns.com/foaf/0.1/name"], ["schema:name", "foaf:name"]),
        (["http://y.org/a#name", "http://schema.org/name"], ["http://y.org/a#name", "schema:name"]),
        (["http://purl.org/dc/terms/type", "http://y.org/id"], ["dcterms:type", "http://y.org/id"]),
        (["urn:whyrec:name", "http://y.org/", "http://y.org/%20x"], ["name", "http://y.org/", "%20x"]),
    ],
)
def test_column_names(predicates: list[str], expected: list[str]) -> None:
    assert names.column_names(predicates) == expected


def test_relative_addresses_are_taken_from_the_file_name(tmp_path) -> None:
    frame = formats.read(turtle(tmp_path / "my films.ttl", "<#a> :p <b> ."))
    assert frame["id"].to_list() == ["file:///my%20films.ttl#a"]
    assert frame["p"].to_list() == ["file:///b"]


def test_one_row_per_statement(tmp_path) -> None:
    path = tmp_path / "a.trig"
    path.write_text(PREFIXES + ':a :p "x"@en . :g { :a :q 1, [ :r :a ] }')
    frame = formats.read(path, "triples")
    assert list(frame.columns) == ["subject", "predicate", "object", "kind", "datatype", "language", "graph"]
    space, rdf, xsd = (
        "http://x.org/",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://www.w3.org/2001/XMLSchema#",
    )
    assert sorted(map(tuple, frame.to_numpy())) == [
        ("_:b1", f"{space}r", f"{space}a", "iri", "", "", f"{space}g"),
        (f"{space}a", f"{space}p", "x", "literal", f"{rdf}langString", "en", ""),
        (f"{space}a", f"{space}q", "1", "literal", f"{xsd}integer", "", f"{space}g"),
        (f"{space}a", f"{space}q", "_:b1", "blank", "", "", f"{space}g"),
    ]
    assert frame.index.to_list() == [1, 2, 3, 4]


@pytest.mark.parametrize("ending", ["nt", "nq"])
@pytest.mark.parametrize("name", ["rdf", "triples"])
def test_a_broken_line_costs_that_line(tmp_path, ending: str, name: str) -> None:
    lines = [b'<a:1> <a:p> "x" .', b"nonsense", b'<a:2> <a:p> "\xff" .', b"", b'<a:3> <a:p> "z" .']
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"\n".join(lines))
    lost: list[tuple[int, str]] = []
    frame = formats.read(path, name, reject=lambda line, reason: lost.append((line, reason)))
    assert frame["id" if name == "rdf" else "subject"].to_list() == ["a:1", "a:3"]
    assert sorted(reason[:6] for _, reason in lost) == ["line 2", "line 3"]
    assert not {line for line, _ in lost} & set(frame.index)
    with pytest.raises(CatalogError, match=rf"a\.{ending}, row \d: line [23]: "):
        formats.read(path, name)


def test_lines_are_counted_through_pieces_of_a_file(tmp_path) -> None:
    lines = ['<a:1> <a:p> "x" .'] * 10_500
    lines[10_200] = "nonsense"
    (tmp_path / "a.nt").write_text("\n".join(lines))
    lost: list[tuple[int, str]] = []
    frame = formats.read(
        tmp_path / "a.nt", "triples", reject=lambda line, reason: lost.append((line, reason))
    )
    assert len(frame) == 10_499
    assert lost[0][0] == 10_201
    assert lost[0][1].startswith("line 10201: ")


def test_a_statement_about_a_statement_is_rejected(tmp_path) -> None:
    lost: list[tuple[int, str]] = []
    path = turtle(tmp_path / "a.ttl", ":a :p 1 . :b :says <<( :a :p 1 )>> .")
    frame = formats.read(path, "triples", reject=lambda line, reason: lost.append((line, reason)))
    assert len(frame) == 1
    assert lost == [(2, "a statement about a statement; a resource or a literal was expected")]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.ttl", ":a :p", r"a\.ttl: it is not Turtle \(Parser error at line 1"),
        ("a.rdf", "<a><b></a>", r"a\.rdf: it is not RDF/XML \("),
        ("a.xml", "<films><film id='1'/></films>", r"a\.xml"),
        ("a.nt", "", "has no rows"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CatalogError, match=told):
        formats.read(tmp_path / name)


def test_the_syntax_must_be_told_by_the_ending(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(CatalogError, match=r"the ending \.txt tells no syntax; one of ttl, nt"):
        formats.read(tmp_path / "a.txt", "rdf")


def test_too_many_predicates_are_refused(tmp_path) -> None:
    (tmp_path / "a.nt").write_text("".join(f"<a:a> <a:p{n}> <a:b> .\n" for n in range(2001)))
    with pytest.raises(CatalogError, match="more than 2,000 predicates"):
        formats.read(tmp_path / "a.nt")
    assert len(formats.read(tmp_path / "a.nt", "triples")) == 2001


def test_a_reader_that_stops_early_ends_the_process(tmp_path, monkeypatch) -> None:
    started = []
    real = isolated.subprocess.Popen

    def popen(*args: object, **options: object) -> object:
        started.append(real(*args, **options))
        return started[-1]

    monkeypatch.setattr(isolated.subprocess, "Popen", popen)
    (tmp_path / "a.nt").write_text("".join(f"<a:{n}> <a:p> <a:b> .\n" for n in range(100_000)))
    frames = formats.batches(tmp_path / "a.nt", "triples")
    assert len(next(frames)) == 10_000
    frames.close()
    assert started[0].poll() is not None


@pytest.mark.parametrize(
    "answer", ["not json\n", "", '{"columns": ["a"], "places": [1], "rows": [[1]]}\n', '{"rows": 1}\n']
)
def test_a_process_that_says_nonsense_is_not_believed(tmp_path, monkeypatch, answer: str) -> None:
    monkeypatch.setattr(isolated, "START", f"import sys; sys.stdout.write({answer!r})")
    with pytest.raises(CatalogError, match=r"a\.ttl"):
        formats.read(turtle(tmp_path / "a.ttl", FILMS))
