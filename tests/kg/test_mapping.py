"""A card and its files become the catalog they describe; what is wrong is named with its place."""

from __future__ import annotations

import pytest

import kg
from kg import CardError, CatalogError


def rows(frame, *columns: str) -> list[tuple[object, ...]]:
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_nodes_come_in_the_order_of_the_files(files) -> None:
    nodes = files.read().nodes
    assert rows(nodes[nodes["kind"] != "entity"], "kind", "id", "class", "label") == [
        ("user", "ann", "User", ""),
        ("user", "bob", "User", ""),
        ("item", "f1", "Movie", "The Usual Suspects"),
        ("item", "f2", "Movie", "Alien"),
        ("item", "f3", "Movie", "Blade Runner"),
        ("user", "cid", "User", ""),
        ("item", "f4", "Movie", ""),
    ]
    assert rows(nodes[nodes["kind"] == "entity"], "id", "class", "label") == [
        ("age group:under 18", "Age group", "under 18"),
        ("age group:30 and over", "Age group", "30 and over"),
        ("genre:Crime", "Genre", "Crime"),
        ("genre:Drama", "Genre", "Drama"),
        ("genre:Horror", "Genre", "Horror"),
        ("director:Singer", "Director", "Singer"),
        ("director:Scott", "Director", "Scott"),
        ("http://x.org/resource/United_Kingdom", "Country", "United Kingdom"),
        ("m.09c7w0", "Country", ""),
    ]


def test_texts_join_and_texts_of_unknown_items_are_left_out(files) -> None:
    nodes = files.read().nodes
    texts = dict(rows(nodes[nodes["kind"] == "item"], "id", "text"))
    assert texts["f1"] == "Usual Suspects, The. A line-up. Five men."
    assert texts["f2"] == "Alien"
    assert texts["f4"] == ""


def test_an_entity_that_is_an_item_gives_its_facts_to_it(files) -> None:
    catalog = files.read()
    facts = catalog.facts[catalog.facts["relation"] == "http://x.org/country"]
    assert rows(facts, "head_kind", "head", "tail_kind", "tail") == [
        ("item", "f2", "entity", "http://x.org/resource/United_Kingdom"),
        ("item", "f1", "entity", "m.09c7w0"),
    ]
    assert "http://x.org/resource/Alien" not in set(catalog.nodes["id"])


def test_an_item_without_a_label_is_named_by_its_entity(files) -> None:
    files.change("films.csv", "f2,Alien,", "f2,,")
    nodes = files.read().nodes
    assert dict(rows(nodes, "id", "label"))["f2"] == "Alien"


def test_dropped_relations_are_gone_and_words_stand_in_the_cards_order(files) -> None:
    relations = files.read().relations
    assert rows(relations, "id", "label", "inverse_label") == [
        ("genre", "is of the genre", "is the genre of"),
        ("director", "directed by", "directed"),
        ("http://x.org/country", "made in", "made"),
        ("age", "age", "age of"),
    ]


def test_conditions_choose_interactions(files) -> None:
    likes = files.read().interactions
    assert rows(likes, "user", "item", "weight", "time") == [
        ("ann", "f1", 5.0, 1.0),
        ("ann", "f2", 4.0, 2.0),
        ("ann", "f3", 3.0, 3.0),
        ("ann", "f4", 5.0, 4.0),
        ("bob", "f2", 5.0, 6.0),
        ("cid", "f1", 3.0, 7.0),
    ]


def test_literal_properties_are_kept(files) -> None:
    assert rows(files.read().properties, "id", "property", "value")[0] == ("f1", "year", "1995")


def test_near_items_keeps_only_facts_that_touch_an_item(files) -> None:
    files.write("facts.csv", "head,relation,tail\na,r,b\nhttp://x.org/resource/Alien,r,b\n")
    assert (files.read().facts["relation"] == "r").sum() == 2
    files.change("dataset.yaml", "tail: tail}", "tail: tail, near_items: true}")
    assert rows(files.read().facts.query("relation == 'r'"), "head", "tail") == [("f2", "b")]


def test_shared_ids_follow_the_kgat_convention(files) -> None:
    files.change("dataset.yaml", "  - {file: same.tsv, item: film, entity: entity}", "  - {ids: shared}")
    files.write("facts.csv", "head,relation,tail\nf1,r,7\n8,r,f2\n")
    facts = files.read().facts.query("relation == 'r'")
    assert rows(facts, "head_kind", "head", "tail_kind", "tail") == [
        ("item", "f1", "entity", "7"),
        ("entity", "8", "item", "f2"),
    ]


def test_a_facts_end_may_be_an_item_or_a_prefixed_value(files) -> None:
    files.write("facts.csv", "head,relation,tail\nf1,x,noir\n")
    tail = "{column: tail, prefix: 'tag:', class: Tag}"
    ends = f"head: {{column: head, kind: item}}, relation: {{value: tag}}, tail: {tail}"
    files.change("dataset.yaml", "head: head, relation: relation, tail: tail", ends)
    catalog = files.read()
    assert ("tag:noir", "Tag", "noir") in rows(catalog.nodes, "id", "class", "label")
    assert ("item", "f1", "tag", "entity", "tag:noir") in rows(
        catalog.facts, "head_kind", "head", "relation", "tail_kind", "tail"
    )


def test_times_in_milliseconds_and_as_dates(files) -> None:
    files.change("dataset.yaml", "time: at", "time: at, time_unit: ms")
    assert files.read().interactions["time"].to_list()[:2] == [0.001, 0.002]
    files.change("dataset.yaml", "time_unit: ms", "time_unit: iso")
    files.write("likes.csv", "user,film,stars,at\nann,f1,5,1970-01-01T00:01:00\nann,f2,5,1970-01-02\n")
    assert files.read().interactions["time"].to_list() == [60.0, 86400.0]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "films.csv",
            "f2,Alien",
            "f1,Alien",
            "films.csv, line 3, column 'id': 'f1' where a new item id",
        ),
        ("films.csv", "f2,Alien", ",Alien", "films.csv, line 3, column 'id': '' where an id was expected"),
        ("films.csv", "f3,Blade Runner,1982", "f3,Blade", "films.csv, line 4: 5 cells where 6 were expected"),
        (
            "likes.csv",
            "ann,f2,4,2",
            "ann,f2,four,2",
            "likes.csv, line 3, column 'stars': 'four' where a number",
        ),
        ("likes.csv", "ann,f2,4,2", "ann,f2,4,soon", "likes.csv, line 3, column 'at': 'soon' where a number"),
        ("likes.csv", "ann,f2,4,2", "ann,f2,4,inf", "likes.csv, line 3, column 'at': 'inf' where a number"),
        ("likes.csv", "ann,f2", ",f2", "likes.csv, line 3, column 'user': '' where an id was expected"),
        ("likes.csv", "ann,f2", "ann,", "likes.csv, line 3, column 'film': '' where an id was expected"),
        ("people.csv", "ann,17", "ann,young", "people.csv, line 2, column 'age': 'young' where a number"),
        (
            "map.csv",
            "1,f2",
            "0,f2",
            "map.csv, line 3, column 'number': '0' where an id that does not occur twice",
        ),
    ],
)
def test_broken_files_name_file_line_and_column(files, name: str, old: str, new: str, message: str) -> None:
    files.change(name, old, new)
    with pytest.raises(CatalogError) as caught:
        files.read()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("label: title", "label: titel", "line 16, field nodes[1].label: "),
        (
            "label: title",
            "label: titel",
            "has no column 'titel'; it has id, title, year, genres, director, plot",
        ),
        ("column: genres", "column: genre", "line 21, field nodes[1].links[0].column: "),
        ("year: year", "year: yaer", "line 19, field nodes[1].properties.year: "),
        (
            "map: numbers",
            "map: letters",
            "field nodes[2].id.column: there is no map 'letters'; the card has numbers",
        ),
        ("weight: stars", "weight: star", "field interactions[0].weight: "),
        ("where: {stars", "where: {star", "field interactions[0].where.star: "),
        ("tail: tail", "tail: tale", "field facts[0].tail: "),
        ("from: number", "from: nr", "field maps.numbers.from: "),
    ],
)
def test_unknown_columns_name_card_line_and_field(files, old: str, new: str, message: str) -> None:
    files.change("dataset.yaml", old, new)
    with pytest.raises(CardError) as caught:
        files.read()
    assert message in str(caught.value)


def test_an_id_that_a_map_lacks_is_an_error_unless_the_card_says_otherwise(files) -> None:
    files.change("dataset.yaml", ", missing: drop", "")
    with pytest.raises(
        CatalogError, match=r"more\.json, row 2, column 'id': '9' where an id that the map 'numbers'"
    ):
        files.read()


def test_a_missing_file_is_named(files) -> None:
    (files.folder / "films.csv").unlink()
    with pytest.raises(CatalogError, match=r"films\.csv is missing; a file was expected there"):
        files.read()


def test_an_empty_catalog_is_an_error(files) -> None:
    files.write("dataset.yaml", "name: nothing\n")
    with pytest.raises(CatalogError, match="the catalog is empty; at least one item was expected"):
        files.read()


def test_a_weight_of_nothing_is_an_error(files) -> None:
    files.change("dataset.yaml", ', where: {stars: ">= 3"}', "")
    files.change("likes.csv", "bob,f1,1", "bob,f1,0")
    with pytest.raises(CatalogError, match=r"line 6, column 'stars': '0' where a weight above 0"):
        files.read()


def test_an_item_declared_in_two_files_is_an_error(files) -> None:
    files.change("dataset.yaml", "    add: true\n", "")
    with pytest.raises(CatalogError, match="where a new item id"):
        files.read()


def test_tables_that_say_nothing_of_what_is_known_do_no_harm(files) -> None:
    files.change(
        "dataset.yaml",
        "    text: text\n",
        "    text: text\n    links: [{column: text, relation: t, separator: ' '}]\n",
    )
    files.write("more.json", '{"9": "nobody", "8": "either"}')
    files.change("dataset.yaml", 'stars: ">= 3"', 'stars: ">= 30"')
    catalog = files.read()
    assert catalog.interactions.empty
    assert "t" not in set(catalog.relations["id"])
    graph = kg.build(catalog)
    assert (graph.num_users, graph.num_items, len(graph.interactions)) == (2, 3, 0)


def test_interactions_alone_are_a_catalog(files) -> None:
    lines = ["name: bare", "interactions:", "  - {file: likes.csv, user: user, item: film}", ""]
    files.write("dataset.yaml", "\n".join(lines))
    graph = kg.build(files.read())
    assert (graph.num_users, graph.num_items, len(graph.entities), len(graph.edges)) == (3, 4, 0, 0)
    assert len(graph.interactions) + len(graph.heldout) == 7
