"""Items that join a graph: known rows stay, names are found, and what is wrong is told in one sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kg
from kg.errors import CatalogError, UnknownIdError, WhyRecError
from kg.itemfile import read_items
from kg.newitems import NewItem
from tests.worlds import make_graph


def facts(graph, item):
    """What is said of an item, as (relation, other end, whether the item is the head)."""
    rows, relations, others = graph.facts_of("item")
    mine = rows == graph.items.number(item)
    return {
        (graph.relations[relation // 2].id, graph.id(other), relation % 2 == 0)
        for relation, other in zip(relations[mine], others[mine], strict=True)
    }


def triples(graph):
    edges = zip(graph.edges.heads, graph.edges.relations, graph.edges.tails, strict=True)
    return [(graph.id(head), graph.relations[relation].id, graph.id(tail)) for head, relation, tail in edges]


def test_known_rows_stay_and_the_rest_moves_up(graph):
    more = graph.with_items([NewItem("a", text="Rain."), NewItem("b", links=(("genre", "Crime"),))])
    assert more.items.ids == (*graph.items.ids, "a", "b")
    assert more.entities.ids == graph.entities.ids
    assert triples(more)[:-1] == triples(graph)
    assert triples(more)[-1] == ("b", "genre", "genre:Crime")
    known = {graph.id(node): (graph.labels[node], graph.classes[node]) for node in range(graph.num_nodes)}
    assert (
        known.items()
        <= {more.id(node): (more.labels[node], more.classes[node]) for node in range(more.num_nodes)}.items()
    )
    assert more.item_texts[-2:] == ("Rain.", "")
    assert more.class_names[more.classes[more.node("item", "a")]] == "Movie"
    np.testing.assert_array_equal(more.interactions.items, graph.interactions.items)


def test_one_after_the_other_is_all_at_once(graph):
    items = [
        NewItem("a", "A", "Rain.", new=(("director", "Doe"),)),
        NewItem("b", links=(("genre", "Crime"),)),
    ]
    one, both = graph.with_items(items[:1]).with_items(items[1:]), graph.with_items(items)
    assert (one.items.ids, one.entities.ids) == (both.items.ids, both.entities.ids)
    assert triples(one) == triples(both)
    for column in ("labels", "texts", "classes"):
        np.testing.assert_array_equal(getattr(one, column), getattr(both, column))


def test_nothing_joins(graph):
    assert graph.with_items([]).num_nodes == graph.num_nodes


@pytest.mark.parametrize(
    ("relation", "entity", "found"),
    [
        ("director", "director:Scott", ("director", "director:Scott", True)),
        ("Directed By", "scott", ("director", "director:Scott", True)),
        ("http://x.org/country", "m.09c7w0", ("http://x.org/country", "m.09c7w0", True)),
    ],
    ids=["by id", "by words", "without a label"],
)
def test_links_by_id_and_by_words(graph, relation, entity, found):
    more = graph.with_items([NewItem("a", links=((relation, entity), (relation, entity)))])
    assert facts(more, "a") == {found}


def test_a_relation_that_leads_to_items_is_taken_backwards():
    graph = make_graph([(0, 0)], facts=[("e0", "made", "i0")], labels={"e0": "Scott"})
    assert facts(graph.with_items([NewItem("a", links=(("made", "Scott"),))]), "a") == {("made", "e0", False)}
    assert facts(graph.with_items([NewItem("a", links=(("made of", "Scott"),))]), "a") == {
        ("made", "e0", False)
    }


def test_of_two_entities_of_one_name_the_one_at_hand_is_meant():
    told = [("i0", "genre", "g"), ("i0", "about", "s"), ("i0", "about", "t")]
    graph = make_graph([(0, 0)], facts=told, labels={"g": "Crime", "s": "Crime", "t": "Crime"})
    assert facts(graph.with_items([NewItem("a", links=(("genre", "crime"),))]), "a") == {("genre", "g", True)}
    with pytest.raises(CatalogError, match=r"item 'a': 'about': 2 entities are called 'crime'.*'s', 't'"):
        graph.with_items([NewItem("a", links=(("about", "crime"),))])


def test_an_entity_is_made_once_and_only_where_that_is_said(graph):
    doe = (("director", "Doe"), ("director", "Scott"))
    more = graph.with_items([NewItem("a", new=doe), NewItem("b", new=doe[:1])])
    assert more.entities.ids == (*graph.entities.ids, "director:Doe")
    node = more.node("entity", "director:Doe")
    assert (more.labels[node], more.class_names[more.classes[node]]) == ("Doe", "Director")
    assert facts(more, "a") == {("director", "director:Doe", True), ("director", "director:Scott", True)}
    assert facts(more, "b") == {("director", "director:Doe", True)}


def test_numbers_are_taken_where_the_graph_has_them(files):
    files.change("dataset.yaml", "{year: year}", "{year: {column: year, type: integer}}")
    graph = kg.build(files.read()).with_items([NewItem("a", numbers={"year": 1998}), NewItem("b")])
    years = graph.numbers["year"][[graph.node("item", item) for item in ("a", "b", "f2")]]
    np.testing.assert_array_equal(years, [1998, np.nan, 1979])
    with pytest.raises(CatalogError, match="item 'c': the number 'year' is inf"):
        graph.with_items([NewItem("c", numbers={"year": np.inf})])


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (NewItem("f1"), "item 'f1', field 'id': the graph has such an item"),
        (NewItem(""), "item has an empty id"),
        (NewItem("a", links=(("genre", "Crimea"),)), "item 'a': 'genre': .*'Crimea'.*did you mean 'Crime'"),
        (NewItem("a", links=(("genres", "Crime"),)), "item 'a': relation 'genres'.*did you mean 'genre'"),
        (NewItem("a", new=(("stars", "Doe"),)), "item 'a': relation 'stars' is not in the graph"),
        (NewItem("a", numbers={"price": 1.0}), "item 'a': number 'price' is not in the graph; there is none"),
    ],
)
def test_what_does_not_fit_is_told(graph, item, told):
    with pytest.raises(WhyRecError, match=told):
        graph.with_items([NewItem("z"), item])


def test_two_items_of_one_id(graph):
    with pytest.raises(CatalogError, match="item id 'a' occurs twice"):
        graph.with_items([NewItem("a"), NewItem("a")])


ALL = NewItem(
    "t1",
    "Dark City",
    "A man.",
    (("genre", "Noir"), ("genre", "Crime")),
    (("director", "Proyas"),),
    {"year": 1998.0},
)
OBJECT = {
    "id": "t1",
    "label": "Dark City",
    "text": "A man.",
    "links": {"genre": ["Noir", "Crime"]},
    "new": {"director": "Proyas"},
    "numbers": {"year": 1998},
}
TABLE = "id,label,text,links.genre,new.director,numbers.year\nt1,Dark City,A man.,Noir|Crime,Proyas,1998\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", json.dumps([OBJECT])), ("a.jsonl", json.dumps(OBJECT)), ("a.csv", TABLE)],
    ids=["json", "json lines", "csv"],
)
def test_the_same_from_every_kind_of_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_items(tmp_path / name) == (ALL,)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("[", "line 1"),
        ([], "no rows"),
        (["a"], "row 1: a single value where an object was expected"),
        ([{"text": "x"}], "row 1, field 'id': it is empty or missing"),
        ([{"id": "a"}], "row 1, item 'a': nothing says whom it would suit"),
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], "row 2, field 'id': 'a' occurs twice"),
        ([{"id": "a", "links": "Noir"}], "item 'a': the field 'links' means nothing here"),
        ([{"id": "a", "text": {"en": "x"}}], "item 'a': the field 'text.en' means nothing here"),
        ([{"id": "a", "text": "x", "numbers": {"year": "old"}}], "'numbers.year': 'old' is no number"),
        ([{"id": "a", "text": "x", "numbers": {"year": "nan"}}], "'numbers.year': 'nan' is no number"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(tmp_path, given, told):
    path = tmp_path / "items.json"
    path.write_text(given if isinstance(given, str) else json.dumps(given))
    with pytest.raises(CatalogError) as error:
        read_items(path)
    assert str(error.value).startswith(str(path))
    assert told in str(error.value)


def test_a_field_that_no_item_fills_is_no_mistake(tmp_path):
    (tmp_path / "items.json").write_text('[{"id": 7, "text": "x", "links": null, "note": ""}]')
    assert read_items(tmp_path / "items.json") == (NewItem("7", text="x"),)


def test_an_unknown_id_error_stays_one(graph):
    with pytest.raises(UnknownIdError):
        graph.with_items([NewItem("a", links=(("genre", "x"),))])
