"""Linking and merging: tiny worlds with one right answer for every rule, then what must hold for any."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import CatalogError
from kg.linking import MatchOptions, duplicates, link, match, merge, merges
from kg.linking.names import read
from kg.linking.outside import written
from kg.titles import fold, without_article

FILM, PERSON = "Film", "Person"


def records(*rows, **columns):
    """Records from (id, name, class, year, ids), of which the last three may be left out."""
    full = [(*row, *("", "", ())[len(row) - 2 :]) for row in rows]
    return pd.DataFrame(full, columns=["id", "name", "class", "year", "ids"]).assign(**columns)


def linked(left, right, options=None):
    pairs = match(left, right, options)
    return set(zip(pairs["left"], pairs["right"], strict=True))


def one(name, other, *, classes=("", ""), years=("", ""), ids=((), ())):
    """Whether two records, each the only one of its table, are linked."""
    left = records(("a", name, classes[0], years[0], ids[0]))
    right = records(("b", other, classes[1], years[1], ids[1]))
    found = link(left, right)
    assert len(found.pairs) + len(found.unsure) <= 1
    return len(found.pairs) == 1


def merged(*rows, decisions=None, options=None, **columns):
    found = merges(records(*rows, **columns), decisions, options)
    return {(kept, gone) for kept, gone in zip(found["kept"], found["merged"], strict=True)}


def decided(*rows):
    return pd.DataFrame(list(rows), columns=["kept", "merged", "verdict"])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Amélie", "AMELIE"),
        ("Þór & Øyvind", "Thor and Oyvind"),
        ("Ocean's Eleven", "Oceans 11"),
        ("Rocky V", "Rocky 5"),
        ("Fright Night Part II", "Fright Night 2"),
        ("J.R.R. Tolkien", "JRR Tolkien"),
        ("Dr. Strangelove", "Doctor Strangelove"),
        ("Tom &amp; Jerry", "Tom and Jerry"),
        ("Ame\u0301lie", "Am\u00e9lie"),
    ],
)
def test_names_in_two_spellings_fold_to_one(name, other):
    assert fold(name) == fold(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("V for Vendetta", "5 for Vendetta"),
        ("Alien", "Aliens"),
        ("かき", "がき"),
        ("किताब", "कताब"),
        ("!!!", "???"),
        ("Rocky II", "Rocky III"),
    ],
)
def test_names_that_differ_stay_apart(name, other):
    assert fold(name) != fold(other)


def test_blank_names_fold_to_nothing_and_signs_stay():
    assert (fold(" \t"), fold("!!!"), fold("Привет, Мир")) == ("", "!!!", "привет мир")


def test_articles_go_but_not_the_german_one_nor_initials():
    assert without_article("The Sunchaser") == "Sunchaser"
    assert without_article("L'Ennui") == "Ennui"
    assert without_article("Die Hard") == "Die Hard"
    assert without_article("L.A. Confidential") == "L.A. Confidential"


def test_a_name_says_title_other_title_and_year():
    name = read("Postino, Il (The Postman) (1994)")
    assert (name.main, name.year) == ("il postino", 1994)
    forms = dict(name.forms)
    assert (forms["ilpostino"], forms["postino"], forms["thepostman"]) == ("name", "article", "title")


def test_brackets_say_kind_version_and_detail():
    assert read("Titanic (1997 film)").kinds == {"film"}
    assert read("Titanic (1997 film)").year == 1997
    assert read("Frozen (Madonna song)").detail == "madonna"
    assert read("Wonderwall (Live)").version == "live"
    assert read("John Smith (II)").version == "ii"
    assert read("George (given name)").kinds == {"given name"}
    assert read("Seven (a.k.a. Se7en) (1995)").forms[1] == ("se7en", "title")
    assert read("(500) Days of Summer (2009)").main == "500 days of summer"


def test_people_are_turned_and_films_are_not():
    assert ("stevenspielberg", "turned") in read("Spielberg, Steven").forms
    assert ("robertdowneyjunior", "turned") in read("Downey, Robert, Jr.").forms
    assert "turned" not in dict(read("Robert Downey, Jr.").forms).values()
    assert "turned" not in dict(read("Girl, Interrupted", work=True).forms).values()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("http://www.wikidata.org/entity/Q8877", "wikidata:Q8877"),
        ("https://www.wikidata.org/wiki/q8877", "wikidata:Q8877"),
        ("Q8877", "wikidata:Q8877"),
        ("https://www.imdb.com/title/tt0114709/?ref_=x", "imdb:tt0114709"),
        ("imdb:tt0114709", "imdb:tt0114709"),
        ("nm0000229", "imdb:nm0000229"),
        ("https://www.themoviedb.org/movie/862-toy-story", "tmdb:movie/862"),
        ("/m/0dj5q", "freebase:m.0dj5q"),
        ("http://dbpedia.org/resource/Schindler%27s_List", "dbpedia:Schindler's_List"),
        ("isbn:9780140449136", "isbn:9780140449136"),
        ("imdb:114709", "imdb:tt0114709"),
        ("https://example.org/x/1", "https://example.org/x/1"),
        ("862", ""),
        ("N/A", ""),
        (" ", ""),
    ],
)
def test_outside_ids_are_written_one_way(text, wanted):
    assert written(text) == wanted


@pytest.mark.parametrize(
    ("text", "scheme", "wanted"),
    [
        ("114709", "imdbId", "imdb:tt0114709"),
        ("862", "tmdbId", "tmdbid:862"),
        ("Q8877", "wikidata_id", "wikidata:Q8877"),
        ("http://www.wikidata.org/entity/Q8877", "sameAs", "wikidata:Q8877"),
        ("", "imdbId", ""),
    ],
)
def test_a_column_says_whose_id_a_number_is(text, scheme, wanted):
    assert written(text, scheme) == wanted


def test_an_id_that_everybody_has_links_nobody():
    rows = [(f"{row:02}", f"Film of {row} words", FILM, "", {"imdb:tt0000000"}) for row in range(21)]
    assert merged(*rows) == set()
    assert len(merged(*rows[:20])) == 19


def test_a_common_outside_id_links_whatever_the_names_and_years():
    left = records(("1", "Shichinin no samurai", FILM, "1954", {"tt0047478"}))
    right = records(("x", "Seven Samurai", "Movie", "1956", ["http://www.imdb.com/title/tt0047478/"]))
    pairs = match(left, right)
    assert pairs.to_dict("records") == [{"left": "1", "right": "x", "score": 1.0, "reason": "same imdb id"}]


def test_a_common_id_wins_over_a_common_name():
    left = records(("1", "Emma (1996)", FILM, "", {"tt0116191"}))
    right = records(("x", "Emma (1996)", FILM), ("y", "Emma, a film (1996)", FILM, "", {"tt0116191"}))
    assert linked(left, right) == {("1", "y")}


def test_ids_that_differ_keep_equal_names_apart():
    assert not one("Emma (1996)", "Emma (1996)", classes=(FILM, FILM), ids=({"tt0116191"}, {"tt0118308"}))
    assert one("Emma (1996)", "Emma (1996)", classes=(FILM, FILM), ids=({"isbn:1"}, {"isbn:2"}))


def test_a_common_id_of_two_kinds_is_left_to_a_person():
    found = link(records(("1", "Emma", FILM, "", {"Q1"})), records(("x", "Emma", "Book", "", {"Q1"})))
    assert found.pairs.empty
    assert "same wikidata id, but their kinds differ (film, book)" in found.unsure["reason"][0]


@pytest.mark.parametrize(
    ("name", "other", "reason"),
    [
        ("Usual Suspects, The (1995)", "The Usual Suspects (1995)", "same name and year"),
        ("Usual Suspects, The (1995)", "The Usual Suspects", "same name, one year unknown"),
        ("Sunchaser, The (1996)", "Sunchaser (1996 film)", "same name but for the article and year"),
        ("Bandits (1997)", "Bandits (1998 film)", "same name, years 1997 and 1998"),
        (
            "Postino, Il (The Postman) (1994)",
            "The Postman (1994)",
            "another title of one is the name of the other and year",
        ),
        ("U.S. Marshalls (1998)", "U.S. Marshals (1998)", "names 96 % alike and year"),
        ("Time Code (2000)", "Timecode (film)", "same name, spelled otherwise, one year unknown"),
        (
            "Poison Ivy II (1995)",
            "Poison Ivy II: Lily",
            "same title and number but for a subtitle, one year unknown",
        ),
        (
            "Empire Strikes Back, The (1980)",
            "Star Wars: Episode V - The Empire Strikes Back (1980 film)",
            "one is named as a part of the other's title and year",
        ),
    ],
)
def test_films_are_linked_for_a_reason(name, other, reason):
    pairs = match(records(("1", name, FILM)), records(("x", other)))
    assert pairs["reason"].tolist() == [reason]
    assert 0.9 <= pairs["score"][0] < 1


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Bandits (1997)", "Bandits (2001 film)"),
        ("Solaris (1972)", "Solaris (novel)"),
        ("Rocky II (1979)", "Rocky III (1979)"),
        ("The Black Cat Returns (1990)", "The Black Hat Returns (1990)"),
        ("Blade Runner (1982)", "Blade Runner (Director's Cut) (1982)"),
        ("House of Cards (UK)", "House of Cards (US)"),
        ("Frozen (Disney film)", "Frozen (Swedish film)"),
        ("Perfect Murder, A (1998)", "The Perfect Murder (1998)"),
        ("Batman: The Movie (1989)", "Superman: The Movie (1989)"),
    ],
)
def test_films_are_not_linked_and_nobody_is_asked(name, other):
    found = link(records(("1", name, FILM)), records(("x", other)))
    assert found.pairs.empty
    assert found.unsure.empty


@pytest.mark.parametrize(
    ("name", "other", "classes"),
    [
        ("J. Smith", "J. Smith", (PERSON, PERSON)),
        ("J. Smith", "John Smith", (PERSON, PERSON)),
        ("Smith, J.", "John Smith", ("", "")),
        ("M", "M", (FILM, "")),
        ("Star Wars: A New Hope", "Star Wars", (FILM, FILM)),
        ("Jonathan Carpenters", "Jonathan Carpenter", (PERSON, PERSON)),
        ("Boys, Les (1997)", "Boys (1996)", (FILM, FILM)),
        ("Mafia! (1998)", "Mafia", (FILM, "")),
    ],
)
def test_weak_signs_are_left_to_a_person(name, other, classes):
    found = link(records(("1", name, classes[0])), records(("x", other, classes[1])))
    assert found.pairs.empty
    assert found.unsure["reason"].str.endswith("; not enough").tolist() == [True]


def test_two_candidates_that_are_as_good_are_both_left_to_a_person():
    left = records(
        ("1", "Sabrina", FILM, "1954"), ("2", "Sabrina", FILM, "1995"), ("3", "Heat", FILM, "1995")
    )
    found = link(left, records(("x", "Sabrina (film)"), ("y", "Heat (film)")))
    assert found.pairs[["left", "right"]].to_numpy().tolist() == [["3", "y"]]
    assert found.unsure[["left", "right"]].to_numpy().tolist() == [["1", "x"], ["2", "x"]]
    assert found.unsure["reason"].str.endswith("; another pair is as good").all()


def test_a_row_of_doubts_is_left_to_a_person_as_a_whole():
    left = records(("1", "Emma", FILM, "1996", {"Q1"}), ("2", "Emma", FILM, "1996", {"Q1", "isbn:2"}))
    right = records(("x", "Emma", FILM, "1996", {"isbn:2"}), ("y", "Emma", FILM, "1996", {"Q1"}))
    found = link(left, right)
    assert found.pairs.empty
    assert found.unsure[["left", "right"]].to_numpy().tolist() == [["1", "y"], ["2", "x"], ["2", "y"]]


def test_the_best_pairs_come_first_and_free_the_rest_from_doubt():
    left = records(("1", "Sabrina", FILM, "1954"), ("2", "Sabrina", FILM, "1995"))
    right = records(("x", "Sabrina (film)"), ("y", "Sabrina (1954 film)"))
    assert linked(left, right) == {("1", "y"), ("2", "x")}


def test_many_left_records_may_share_a_right_one_where_that_is_asked_for():
    left = records(("1", "Emma (1996)", FILM), ("2", "Emma (1996)", FILM))
    right = records(("x", "Emma (1996 film)"))
    assert linked(left, right) == set()
    assert linked(left, right, MatchOptions(one_to_one=False)) == {("1", "x"), ("2", "x")}


def test_options_say_how_strict():
    left, right = records(("1", "Heat", FILM, "1995")), records(("x", "Heat", FILM, "1997"))
    assert linked(left, right) == set()
    assert linked(left, right, MatchOptions(year_gap=2)) == {("1", "x")}
    assert linked(left, right, MatchOptions(year_gap=2, threshold=0.97)) == set()


def test_people_are_linked_by_their_full_names():
    left = records(("1", "Spielberg, Steven", PERSON), ("2", "Downey Jr., Robert", PERSON))
    right = records(("x", "Steven Spielberg", "Director"), ("y", "Robert Downey, Jr.", "Actor"))
    assert linked(left, right) == {("1", "x"), ("2", "y")}
    assert one("Étienne Comar", "ETIENNE COMAR", classes=(PERSON, PERSON))


def test_scripts_of_all_kinds_are_linked():
    assert one("東京物語 (1953)", "東京物語 (1953)")
    assert one("Сталкер (1979)", "сталкер (1979)")
    assert one("शोले (1975)", "शोले (1975)")
    assert not one("かき (1953)", "がき (1953)")


def test_other_titles_that_are_tags_of_many_link_nobody():
    left = records(*((str(row), f"Film number {row}0 (Criterion)", FILM) for row in range(3)))
    assert linked(left, records(("x", "Criterion", FILM))) == set()


def test_two_spellings_of_a_person_merge_into_the_one_with_more_facts():
    rows = [("a", "Spielberg, Steven", PERSON), ("b", "Steven Spielberg", PERSON)]
    assert merged(*rows) == {("a", "b")}
    assert merged(*rows, facts=[1, 9]) == {("b", "a")}
    assert merged(*rows[::-1]) == {("b", "a")}


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "John Smith", PERSON, "1950"), ("b", "John Smith", PERSON, "1960")],
        [("a", "Steven Spielberg", PERSON), ("b", "Steven Spielberg", "Film")],
        [("a", "J. Smith", PERSON), ("b", "J. Smith", PERSON)],
        [("a", "Prince", PERSON), ("b", "Prince", PERSON)],
        [("a", "Pride and Prejudice", FILM), ("b", "Pride and Prejudice", FILM)],
        [("a", "Pride and Prejudice"), ("b", "Pride and Prejudice")],
        [("a", "Emma (1996)", FILM), ("b", "Emma (1997)", FILM)],
        [("a", "Wonderwall (Live)", "Song", "1995"), ("b", "Wonderwall", "Song", "1995")],
        [("a", "Jonathan Carpenter", PERSON, "1950"), ("b", "Jonathan Carpenters", PERSON, "1950")],
        [("a", "Steven Spielberg", PERSON, "", {"Q1"}), ("b", "Steven Spielberg", PERSON, "", {"Q2"})],
        [("a", "", PERSON), ("b", "", PERSON)],
    ],
)
def test_what_is_not_sure_is_not_merged(rows):
    assert merged(*rows) == set()


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "Children's", "Genre"), ("b", "childrens", "Genre")],
        [("a", "Emma (1996)", FILM), ("b", "EMMA", FILM, "1996")],
        [("a", "Steven Spielberg", PERSON), ("b", "Spielberg, Steven", "http://schema.org/Person")],
        [("a", "Prince", PERSON, "", {"nm0002239"}), ("b", "The Artist", PERSON, "", ("imdb:nm0002239",))],
        [("a", "Sony Pictures", "Company"), ("b", "Sony pictures", "Company")],
        [("a", "Steven Spielberg"), ("b", "Spielberg, Steven")],
    ],
)
def test_what_is_sure_is_merged(rows):
    assert merged(*rows) == {("a", "b")}


def test_names_alone_can_be_switched_off():
    people = [("a", "Spielberg, Steven", PERSON), ("b", "Steven Spielberg", PERSON)]
    options = MatchOptions(names_alone=False)
    assert merged(*people, options=options) == set()
    assert merged(("a", "War", "Genre"), ("b", "war", "Genre"), options=options) == {("a", "b")}


def test_chains_end_in_one_record_and_say_by_which_way():
    rows = [
        ("a", "Spielberg, Steven", PERSON),
        ("b", "Steven Spielberg", PERSON, "", {"nm0000229"}),
        ("c", "S. S.", PERSON, "", {"nm0000229", "Q8877"}),
        ("d", "Someone", PERSON, "", {"Q8877"}),
    ]
    found = merges(records(*rows)).set_index("merged")
    assert found["kept"].to_dict() == {"b": "a", "c": "a", "d": "a"}
    assert found["class"].tolist() == [PERSON] * 3
    assert found["reason"]["b"] == "same name, last name first"
    assert found["reason"]["d"] == "same wikidata id, by way of 'S. S.' (c)"
    assert found["score"]["d"] == found["score"]["b"] < 1


def test_chains_do_not_join_records_that_contradict_each_other():
    rows = [
        ("a", "Emma", FILM, "1996", {"tt0000001", "isbn:1"}),
        ("b", "Emma", FILM, "1996"),
        ("c", "Emma", FILM, "1996", {"tt0000002"}),
    ]
    found = merge(records(*rows))
    assert set(zip(found.merges["kept"], found.merges["merged"], strict=True)) == {("a", "b")}
    assert found.unsure[["kept", "merged"]].to_numpy().tolist() == [["b", "c"]]
    assert found.unsure["reason"][0] == "same name and year, but their imdb ids differ"


def test_a_person_may_join_what_the_matcher_would_not():
    rows = [("a", "J. Smith", PERSON), ("b", "John Smith", PERSON)]
    found = merge(records(*rows), decided(("a", "b", "same")))
    assert found.merges["reason"].tolist() == ["a person said so"]
    assert found.merges["score"].tolist() == [1.0]
    assert found.unsure.empty


def test_a_person_may_split_for_good_also_by_way_of_others():
    rows = [
        ("a", "Steven Spielberg", PERSON),
        ("b", "Spielberg, Steven", PERSON),
        ("c", "STEVEN SPIELBERG", PERSON),
    ]
    assert merged(*rows) == {("a", "b"), ("a", "c")}
    after = merged(*rows, decisions=decided(("c", "a", "different")))
    assert len(after) == 1
    assert ("a", "c") not in after
    apart = [("a", "b", "different"), ("b", "c", "different"), ("a", "c", "different")]
    found = merge(records(*rows), decided(*apart))
    assert found.merges.empty
    assert found.unsure.empty


def test_the_last_word_about_a_pair_counts():
    rows = [("a", "Steven Spielberg", PERSON), ("b", "Spielberg, Steven", PERSON)]
    said = [("a", "b", "different"), ("b", "a", "same")]
    assert merged(*rows, decisions=decided(*said)) == {("a", "b")}
    assert merged(*rows, decisions=decided(*said[::-1])) == set()


def test_different_wins_over_a_chain_of_same_and_the_conflict_is_told():
    rows = [("a", "Ann", PERSON), ("b", "Bob", PERSON), ("c", "Cid", PERSON)]
    said = decided(("a", "b", "same"), ("b", "c", "same"), ("a", "c", "different"))
    found = merge(records(*rows), said)
    assert set(zip(found.merges["kept"], found.merges["merged"], strict=True)) == {("a", "b")}
    assert found.unsure["reason"].tolist() == [
        "a person said so, but a person has told them, or records joined with them, apart"
    ]


def test_decisions_about_records_that_are_gone_are_passed_over():
    assert merged(("a", "Ann", PERSON), decisions=decided(("a", "z", "same"), ("a", "a", "same"))) == set()


def test_duplicates_are_the_merges_without_decisions():
    frame = records(("a", "Spielberg, Steven", PERSON), ("b", "Steven Spielberg", PERSON))
    assert list(duplicates(frame).columns) == ["kept", "merged", "score", "reason"]
    assert duplicates(frame).to_dict("records") == merges(frame).drop(columns="class").to_dict("records")


def test_a_crowd_of_one_name_is_merged_as_a_whole():
    rows = [(f"{row:03}", "Drama", "Genre") for row in range(250)]
    assert merged(*rows) == {("000", f"{row:03}") for row in range(1, 250)}


@pytest.mark.parametrize("columns", [["id", "name"], ["id", "name", "class", "year", "ids", "facts"]])
def test_empty_tables_have_no_pairs_but_columns(columns):
    empty, full = pd.DataFrame(columns=columns), records(("a", "Heat", FILM))
    for left, right in ((empty, empty), (empty, full), (full, empty)):
        found = link(left, right)
        for frame in (found.pairs, found.unsure):
            assert (len(frame), list(frame.columns)) == (0, ["left", "right", "score", "reason"])
    assert list(merges(empty).columns) == ["class", "kept", "merged", "score", "reason"]
    assert merges(full).empty


def test_cells_that_hold_nothing_say_nothing():
    frame = pd.DataFrame(
        {
            "id": ["1", "2"],
            "name": ["Heat", None],
            "year": ["n. d.", None],
            "class": ["Item", None],
            "ids": [None, 7],
        }
    )
    assert match(frame, frame.iloc[:1])["reason"].tolist() == ["same name"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"id": ["1"]}), "the records have no column 'name'; they have id"),
        (records(("1", "x"), ("1", "y")), "row 2: the id '1'"),
        (records(("", "x")), "row 1: the id ''"),
        (records(("1", "x"), facts=["many"]), "row 1: facts is 'many', not a number"),
    ],
)
def test_frames_that_are_no_records_are_refused(frame, words):
    with pytest.raises(CatalogError) as error:
        merges(frame)
    assert words in str(error.value)


def test_a_table_is_called_by_its_side():
    good = records(("1", "x"))
    with pytest.raises(CatalogError, match="the right records have no column 'name'"):
        link(good, pd.DataFrame({"id": ["1"]}))


def test_decisions_need_their_columns_and_a_known_verdict():
    with pytest.raises(CatalogError, match="no column 'verdict'"):
        merges(records(("1", "x")), pd.DataFrame({"kept": ["1"], "merged": ["1"]}))
    with pytest.raises(CatalogError, match="row 1: verdict 'maybe', where \"same\" or"):
        merges(records(("1", "x")), decided(("1", "2", "maybe")))


WORDS = st.sampled_from(
    [
        "Steven",
        "Spielberg",
        "The",
        "Emma",
        "Star Wars:",
        "A New Hope",
        "II",
        "Medieval",
        "Mediaeval",
        "J.",
        "Å",
        "物語",
    ]
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join) | st.sampled_from(
    ["Spielberg, Steven", "Steven Spielberg", "Emma (1996)", "Emma (film)", "Usual Suspects, The", ""]
)
ROW = st.tuples(
    NAMES,
    st.sampled_from(["", FILM, PERSON, "Genre"]),
    st.sampled_from(["", "1996", "1997"]),
    st.sampled_from([(), ("Q1",), ("Q2",), ("Q1", "tt0000001")]),
)
TABLE = st.lists(ROW, max_size=6).map(
    lambda rows: records(*((f"r{place}", *row) for place, row in enumerate(rows)))
)


@settings(deadline=None, max_examples=12)
@given(TABLE, TABLE, st.randoms())
def test_neither_the_order_of_rows_nor_of_tables_changes_the_pairs(left, right, rng):
    right = right.assign(id="x" + right["id"])
    found = link(left, right)
    shuffled = link(_shuffled(left, rng), _shuffled(right, rng))
    pd.testing.assert_frame_equal(found.pairs, shuffled.pairs)
    pd.testing.assert_frame_equal(found.unsure, shuffled.unsure)
    turned = link(right, left)
    for one_way, other_way in ((found.pairs, turned.pairs), (found.unsure, turned.unsure)):
        there = one_way[["left", "right", "score"]].to_numpy().tolist()
        back = other_way[["right", "left", "score"]].to_numpy().tolist()
        assert sorted(there) == sorted(back)


@settings(deadline=None, max_examples=12)
@given(TABLE, TABLE)
def test_a_record_has_one_partner_at_most(left, right):
    pairs = match(left, right)
    assert not pairs["left"].duplicated().any()
    assert not pairs["right"].duplicated().any()
    assert pairs["score"].between(0.9, 1).all()


@settings(deadline=None, max_examples=12)
@given(TABLE, st.randoms())
def test_groups_do_not_hang_on_the_order_of_rows_and_hold_no_contradiction(table, rng):
    groups = _groups(merges(table))
    assert groups == _groups(merges(_shuffled(table, rng)))
    classes = dict(zip(table["id"], table["class"], strict=True))
    wikidata = {
        row: {i for i in ids if i[0] == "Q"} for row, ids in zip(table["id"], table["ids"], strict=True)
    }
    for group in groups:
        assert len({classes[row] for row in group} - {""}) <= 1
        assert len(set().union(*(wikidata[row] for row in group))) <= 1


@settings(deadline=None, max_examples=12)
@given(TABLE, st.randoms())
def test_undoing_a_merge_keeps_the_two_apart_and_doing_it_over_changes_nothing(table, rng):
    first = merges(table)
    pd.testing.assert_frame_equal(first, merges(table, first.assign(verdict="same")).assign(**_told(first)))
    if first.empty:
        return
    undone = first.iloc[[rng.randrange(len(first))]]
    after = _groups(merges(table, undone.assign(verdict="different")))
    pair = {undone["kept"].iloc[0], undone["merged"].iloc[0]}
    assert not any(pair <= group for group in after)


def _told(first):
    return {"score": first["score"], "reason": first["reason"]}


def _groups(found):
    by_kept = found.groupby("kept")["merged"].agg(list)
    return {frozenset([kept, *gone]) for kept, gone in by_kept.items()}


def _shuffled(frame, rng):
    order = list(range(len(frame)))
    rng.shuffle(order)
    return frame.iloc[order].reset_index(drop=True)
