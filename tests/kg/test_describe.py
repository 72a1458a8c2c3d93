"""What a workspace holds, counted on one that is small enough to count by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kg.building import build_workspace
from kg.describe import describe
from kg.description import Components, Link
from kg.entity import SHOWN, page
from kg.errors import QueryError, UnknownIdError, WorkspaceError
from kg.workspace import write_workspace

if TYPE_CHECKING:
    from pathlib import Path

CARD = """\
name: shelf
description: three books
licence: none
nodes:
  - {kind: user, file: people.csv, id: id}
  - kind: item
    class: Book
    file: books.csv
    id: id
    label: title
    text: blurb
    properties: {year: year}
    links:
      - {column: author, relation: author, class: Author}
      - {column: genre, relation: genre, class: Genre, separator: "|"}
same:
  - {file: same.csv, item: book, entity: entity}
facts:
  - {file: facts.csv, head: head, relation: relation, tail: tail}
relations:
  place: {label: set in, inverse_label: is the place of, tail: Place}
  author: {label: written by, inverse_label: wrote}
  genre: {label: is of the genre, inverse_label: is the genre of}
interactions:
  - {file: likes.csv, user: user, item: book, time: at}
  - {file: later.csv, user: user, item: book, time: at, part: test}
"""
FILES = {
    "people.csv": "id\nann\nbob\ncid\n",
    "books.csv": (
        "id,title,blurb,year,author,genre\n"
        "b1,Emma,A match.,1815,Austen,Novel|Comedy\n"
        "b2,Persuasion,,1817,Austen,Novel\n"
        "b3,Blank,,,,\n"
    ),
    "same.csv": "book,entity\nb2,http://x.org/Persuasion\n",
    "facts.csv": "head,relation,tail\nhttp://x.org/Persuasion,place,m.07xyz\n",
    "likes.csv": "user,book,at\nann,b2,0\nbob,b1,172800\n",
    "later.csv": "user,book,at\nann,b1,259200\nbob,b2,864000\n",
    "dataset.yaml": CARD,
}


def make(folder: Path) -> Path:
    """Write the catalog into a folder and build it there; the workspace."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    build_workspace(folder / "dataset.yaml", folder / "space")
    return folder / "space"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A workspace that is only read."""
    return make(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def again(tmp_path):
    """A workspace that is built again from other files."""
    return make(tmp_path)


def test_the_dataset_and_its_classes(home):
    told = describe(home)
    assert (told.name, told.description, told.licence) == ("shelf", "three books", "none")
    assert (told.nodes, told.facts) == (10, 6)  # 3 people, 3 books, 1 author, 2 genres, 1 place
    classes = {count.name: count for count in told.classes}
    book = classes["Book"]
    assert (book.kind, book.iri, book.nodes, book.labelled, book.with_text) == (
        "item", "https://schema.org/Book", 3, 3, 1,
    )  # fmt: skip
    assert (classes["User"].nodes, classes["User"].labelled) == (3, 0)
    assert {name: count.nodes for name, count in classes.items()} == {
        "User": 3, "Book": 3, "Genre": 2, "Author": 1, "Place": 1,
    }  # fmt: skip


def test_relations(home):
    genre, author, place = describe(home).relations
    assert (genre.id, genre.label, genre.iri, genre.facts) == (
        "genre", "is of the genre", "https://schema.org/genre", 3,
    )  # fmt: skip
    assert genre.links == (Link("Book", "Genre", 3),)
    assert (genre.mean, genre.most) == (1.5, 2)
    assert (author.facts, author.mean, author.most) == (2, 1.0, 1)
    assert (place.facts, place.links) == (1, (Link("Book", "Place", 1),))


def test_likes(home):
    likes = describe(home).likes
    assert (likes.count, likes.users, likes.items, likes.median) == (4, 2, 2, 2.0)
    assert (likes.heldout, likes.share_heldout) == (2, 0.5)
    assert likes.links == (Link("User", "Book", 4),)
    assert (likes.first, likes.last) == ("1970-01-01", "1970-01-11")


def test_degrees_and_hubs(home):
    user, item, entity = describe(home).degrees
    assert (user.kind, user.median, user.p90, user.most, user.spread) == ("user", 2.0, 2.0, 2, ((2, 2),))
    assert [hub.id for hub in user.hubs] == ["ann", "bob"]
    assert (item.median, item.most, item.spread) == (5.0, 5, ((5, 2),))
    assert [(hub.label, hub.degree) for hub in item.hubs] == [("Emma", 5), ("Persuasion", 5)]
    assert [(hub.label, hub.degree) for hub in entity.hubs] == [
        ("Novel", 2), ("Austen", 2), ("", 1), ("Comedy", 1),
    ]  # fmt: skip


def test_gaps_and_parts(home):
    told = describe(home)
    assert (told.unlabelled.count, [node.id for node in told.unlabelled.examples]) == (1, ["m.07xyz"])
    assert (told.orphans.count, [node.id for node in told.orphans.examples]) == (2, ["cid", "b3"])
    assert told.components == Components(count=3, largest=8, lone=2)


def test_sources(home):
    files = {source.file: source for source in describe(home).sources}
    assert sorted(files) == ["books.csv", "facts.csv", "later.csv", "likes.csv", "people.csv", "same.csv"]
    # 3 books, 1 author and 2 genres, each of a kind and a class with a label; 1 text, 2 years, 5 facts
    assert files["books.csv"].statements == 6 * 3 + 1 + 2 + 5
    assert files["facts.csv"].statements == 2 + 1
    assert files["people.csv"].statements == 3 * 2
    assert files["likes.csv"].statements == 0
    assert all(len(source.sha256) == 64 for source in files.values())
    assert files["books.csv"].loaded
    assert sum(source.quarantined for source in files.values()) == 0


def test_quarantined_rows_are_told_by_source(again, tmp_path):
    with (tmp_path / "likes.csv").open("a") as file:
        file.write("bob,b1,soon\n")
    build_workspace(tmp_path / "dataset.yaml", again)
    left_out = {source.file: source.quarantined for source in describe(again).sources}
    assert {name: count for name, count in left_out.items() if count} == {"likes.csv": 1}


def test_a_workspace_without_rdf_and_without_likes(graph, tmp_path):
    write_workspace(graph, tmp_path / "space")
    told = describe(tmp_path / "space")
    assert (told.name, told.description, told.sources) == ("tiny", "", ())
    assert told.nodes == graph.num_nodes
    assert {count.iri for count in told.classes} == {""}
    found = page(tmp_path / "space", "Alien")
    assert {fact.files for facts in found.facts for fact in facts.shown} == {()}
    bare = graph.with_interactions(
        graph.interactions.take([False] * len(graph.interactions))
    ).without_heldout()
    write_workspace(bare, tmp_path / "bare")
    likes = describe(tmp_path / "bare").likes
    assert (likes.count, likes.median, likes.first, likes.share_heldout) == (0, 0.0, "", 0.0)


def test_what_is_no_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match="is not a workspace"):
        describe(tmp_path)
    with pytest.raises(WorkspaceError, match="is not a workspace"):
        page(tmp_path, "b1")


@pytest.mark.parametrize("asked", ["b1", "Emma", "emma", "https://whyrec.org/id/shelf/item/b1"])
def test_a_page_is_found_by_id_label_and_iri(home, asked):
    assert page(home, asked).node.id == "b1"


def test_what_a_page_tells(home):
    found = page(home, "b1")
    assert (found.node.kind, found.node.label, found.node.class_name, found.node.degree) == (
        "item", "Emma", "Book", 5,
    )  # fmt: skip
    assert found.iri == "https://whyrec.org/id/shelf/item/b1"
    assert found.text == "A match."
    assert [(value.name, value.value, value.files) for value in found.properties] == [
        ("year", "1815", ("books.csv",))
    ]
    assert (found.likes, found.heldout) == (2, 1)
    author, genre = found.facts
    assert (author.relation, author.words, author.direction, author.count) == (
        "author", "written by", "out", 1,
    )  # fmt: skip
    assert [fact.node.label for fact in genre.shown] == ["Novel", "Comedy"]
    assert {fact.files for fact in (*author.shown, *genre.shown)} == {("books.csv",)}


def test_the_page_of_what_others_point_to(home):
    found = page(home, "Austen")
    (wrote,) = found.facts
    assert (wrote.words, wrote.direction, wrote.count, wrote.left_out) == ("wrote", "in", 2, 0)
    assert [fact.node.label for fact in wrote.shown] == ["Emma", "Persuasion"]
    assert wrote.shown[0].files == ("books.csv",)
    assert found.likes == 0
    assert page(home, "ann").likes == 2


def test_long_lists_are_cut(again, tmp_path):
    rows = "".join(f"c{number},Tale {number},,,Grimm,\n" for number in range(SHOWN + 3))
    (tmp_path / "books.csv").write_text(FILES["books.csv"] + rows)
    build_workspace(tmp_path / "dataset.yaml", again)
    (wrote,) = page(again, "Grimm").facts
    assert (wrote.count, len(wrote.shown), wrote.left_out) == (SHOWN + 3, SHOWN, 3)


def test_a_name_of_several(again, tmp_path):
    (tmp_path / "books.csv").write_text(FILES["books.csv"] + "b4,Austen,,,,\nann,Ann,,,,\n")
    build_workspace(tmp_path / "dataset.yaml", again)
    with pytest.raises(QueryError, match=r"'Austen' names 2 nodes.*item/b4.*entity/author%3AAusten"):
        page(again, "Austen")
    with pytest.raises(QueryError, match=r"'ann' names 2 nodes.*user/ann.*item/ann"):
        page(again, "ann")
    assert page(again, "https://whyrec.org/id/shelf/item/ann").node.label == "Ann"


@pytest.mark.parametrize(
    "asked", ["", "Nothing", "https://whyrec.org/id/shelf/item/b9", "schema:Book", "a:b"]
)
def test_an_unknown_name(home, asked):
    with pytest.raises(UnknownIdError, match="is no id, IRI or label in dataset 'shelf'"):
        page(home, asked)


def test_a_broken_iri_and_a_near_name(home):
    with pytest.raises(UnknownIdError, match="is no id"):
        page(home, "https://whyrec.org/id/shelf/item/%ff")
    with pytest.raises(UnknownIdError, match="did you mean 'Persuasion'"):
        page(home, "Persuation")


def test_names_are_never_part_of_a_query(home):
    with pytest.raises(UnknownIdError):
        page(home, "https://whyrec.org/id/shelf/item/b1> ?p ?o } } #")
