"""The page of a workspace loads nothing, shows hostile names as words, and its picture keeps words apart."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from hybrid import schema_picture
from hybrid.describe_page import render, write_page
from hybrid.schema_picture import Place, arrows, tree
from kg.description import (
    ClassCount,
    Components,
    Degrees,
    Description,
    Gap,
    Likes,
    Link,
    Node,
    RelationCount,
    SourceFile,
)
from kg.errors import WorkspaceError
from tests.hybrid.test_report import HOSTILE, Page


def relation(name, *links):
    facts = sum(link.facts for link in links)
    return RelationCount(name, name, f"https://schema.org/{name}", facts, links, 1.5, 7)


def sample(word="Film"):
    hub = Node("item", "1", word, word, 9)
    return Description(
        name=word,
        description=word,
        licence=word,
        nodes=1234,
        facts=600,
        classes=(
            ClassCount("item", word, "https://schema.org/Movie", 1000, 900, 800),
            ClassCount("user", "User", "", 200, 0, 0),
            ClassCount("entity", "Person", "", 30, 30, 0),
            ClassCount("entity", "Gender", "", 2, 2, 0),
            ClassCount("entity", "Lonely", "", 2, 2, 0),
        ),
        relations=(
            relation("stars", Link(word, "Person", 500), Link("Person", "Person", 40), Link(word, word, 1)),
            relation(word, Link(word, word, 50), Link("Person", word, 5)),
            relation("is", Link("User", "Gender", 200)),
        ),
        likes=Likes(5000, 1000, 200, 900, 21.5, "1999-01-01", "2000-01-01", (Link("User", word, 5000),)),
        degrees=(
            Degrees("user", 1.0, 2.0, 3, ((1, 100), (3, 1)), (hub,)),
            Degrees("item", 1.0, 2.0, 9, ((9, 1),), (hub,)),
            Degrees("entity", 1.0, 2.0, 9, (), ()),
        ),
        unlabelled=Gap(3, (hub,)),
        orphans=Gap(0, ()),
        components=Components(4, 1000, 2),
        sources=(SourceFile(word, 77, "ab" * 32, "2026-01-02T03:04:05", "", 5),),
    )


def test_the_page_tells_all_of_it():
    page = Page(render(sample()))
    text = " ".join(page.text.split())
    for words in (
        "What Film holds",
        "1,234 nodes",
        "schema:Movie",
        "Film → Person, Person → Person, Film → Film",
        "200 people like 900 items: 5,000 likes, from 1999-01-01 to 2000-01-01",
        "20% of the likes are kept for testing",
        "Items and entities without a name: 3, for example Film Film.",
        "The graph falls into 4 parts",
        "abababababab…",
    ):
        assert words in text
    assert page.tags.count("svg") == 3


def test_hostile_names_are_only_words():
    told = render(sample(HOSTILE))
    page = Page(told)
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    for _, name, value in page.attributes:
        assert not name.startswith("on")
        if name in {"src", "href", "xlink:href"}:
            assert value.startswith("#")
    assert not re.search(r"url\((?!#)", told)
    assert "default-src 'none'" in told


def test_the_picture_is_the_same_every_time():
    assert render(sample()) == render(sample())


def test_rare_links_are_drawn_only_for_classes_without_others():
    told = sample()
    drawn = {(arrow.head, arrow.tail, arrow.words) for arrow in arrows(told)}
    assert ("Film", "Film", "stars") not in drawn  # 1 of 541
    assert ("User", "Film", "likes") in drawn
    rare = replace(
        told, relations=(relation("stars", Link("Film", "Person", 500), Link("Film", "Lonely", 1)),)
    )
    assert ("Film", "Lonely", "stars") in {(arrow.head, arrow.tail, arrow.words) for arrow in arrows(rare)}


def names(places):
    return [place.name for place in places]


def test_the_tree_has_people_on_the_left_and_every_class_once():
    told = sample()
    root, alone = tree([count.name for count in told.classes], arrows(told), {"User"})
    assert (root.name, alone.name) == ("Film", "Lonely")
    assert {place.name: place.side for place in root.below} == {"User": -1, "Person": 1}
    user = next(place for place in root.below if place.name == "User")
    assert [(place.name, place.side) for place in user.below] == [("Gender", -1)]
    assert sorted(names([*root.walk(), *alone.walk()])) == ["Film", "Gender", "Lonely", "Person", "User"]
    assert root.notes == ["↻ Film · 50"]


@pytest.mark.parametrize("classes", [1, 5, 20])
def test_no_two_words_of_the_picture_overlap(classes, monkeypatch):
    """Every class is linked to the first by three relations, and to the next by one."""
    kinds = ("item", "user", *("entity",) * classes)
    rows = tuple(ClassCount(kind, f"Class {n}", "", 10**n % 9999 + 1, 0, 0) for n, kind in enumerate(kinds))
    links = tuple(
        relation(f"is related to {n}", Link("Class 0", row.name, 40), Link(row.name, "Class 0", 30))
        for row in rows[2:]
        for n in range(2)
    )
    across = tuple(relation("leads to", Link(one.name, two.name, 9)) for one, two in pairwise(rows[2:]))
    told = replace(sample(), likes=replace(sample().likes, links=(Link("Class 1", "Class 0", 5000),)))
    figures = []

    def keep(figure, _description):
        figures.append(figure)
        return ""

    monkeypatch.setattr(schema_picture, "svg", keep)
    schema_picture.schema(replace(told, classes=rows, relations=links + across), "a picture")
    (figure,) = figures
    figure.canvas.draw()
    boxes = [text.get_window_extent().shrunk(0.98, 0.9) for text in figure.axes[0].texts]
    assert len(boxes) >= 2 * classes
    overlaps = [(i, j) for i, one in enumerate(boxes) for j, two in enumerate(boxes[:i]) if one.overlaps(two)]
    assert overlaps == []
    edge = figure.bbox
    assert all(box.x0 >= edge.x0 and box.x1 <= edge.x1 and box.y0 >= edge.y0 for box in boxes)


def test_an_empty_graph_has_a_page_too():
    empty = replace(
        sample(),
        nodes=0,
        facts=0,
        classes=(),
        relations=(),
        degrees=(),
        likes=Likes(0, 0, 0, 0, 0.0, "", "", ()),
        sources=(),
    )
    text = " ".join(Page(render(empty)).text.split())
    assert "Nobody likes anything here" in text
    assert "no files are known" in text


def test_the_file_is_whole_or_not_there(tmp_path):
    write_page(sample(), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_page(sample(), tmp_path / "nowhere" / "page.html")


def test_walking_a_place_gives_all_below_it():
    assert names(Place("a", below=[Place("b", below=[Place("c")]), Place("d")]).walk()) == [
        "a",
        "b",
        "c",
        "d",
    ]
