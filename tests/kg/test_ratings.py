"""Ratings beside likes: read with a card, split with the likes, kept in the workspace, and never a leak."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kg
from kg import Catalog, CatalogError, Split, workspace
from kg.building import build_workspace
from kg.graph import Interactions
from kg.newitems import NewItem
from kg.split import hold_out, training

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("WHYREC_DATA") or REPOSITORY.parent / "shared" / "data")
WHERE = 'where: {stars: ">= 3"}'


def rated(files) -> kg.Catalog:
    """The tiny catalog, whose low ratings now stay."""
    files.change("dataset.yaml", WHERE, 'rating: stars, liked: {stars: ">= 3"}')
    return files.read()


def by_user(split: Split | None = None, *, timed: bool = True, part: str = "") -> Catalog:
    """Five users who rate twenty items 1 and 5 by turns: one item a second, the odd ones are likes."""
    rows = [
        (f"u{user}", f"i{item}", 5 if item % 2 else 1, float(item)) for user in range(5) for item in range(20)
    ]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "time"]).assign(part=part)
    frame = frame if timed else frame.drop(columns="time")
    return Catalog.of("test", interactions=frame[frame["rating"] == 5], ratings=frame, split=split)


def pairs(rows: Interactions) -> set[tuple[int, int]]:
    return set(zip(rows.users.tolist(), rows.items.tolist(), strict=True))


def same(one: Interactions, other: Interactions) -> bool:
    names = ("users", "items", "weights", "times", "validation")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "validation")
        for name in names
    )


def test_a_card_tells_likes_from_ratings(files) -> None:
    before = files.read()
    after = rated(files)
    pd.testing.assert_frame_equal(before.interactions, after.interactions)
    pd.testing.assert_frame_equal(before.nodes, after.nodes)
    table = after.ratings
    assert table["rating"].to_list() == [5, 4, 3, 5, 1, 5, 3]
    assert table["user"].to_list() == ["ann"] * 4 + ["bob"] * 2 + ["cid"]
    assert table["time"].to_list() == [1, 2, 3, 4, 5, 6, 7]


def test_without_liked_all_rows_are_likes_and_an_empty_cell_is_no_rating(files) -> None:
    files.change("dataset.yaml", f"weight: stars, time: at, {WHERE}", "rating: stars, time: at")
    files.change("likes.csv", "ann,f1,5,1", "ann,f1,,1")
    catalog = files.read()
    assert len(catalog.interactions) == 7
    assert len(catalog.ratings) == 6


def test_who_only_dislikes_and_what_is_only_disliked_is_in_the_graph(files) -> None:
    files.write("likes.csv", "user,film,stars,at\nann,f1,5,1\ndan,f9,1,2\n")
    catalog = rated(files)
    graph = kg.build(catalog)
    assert "dan" in graph.users
    assert "f9" in graph.items
    assert len(graph.interactions) == 1


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ('liked: {stars: ">= 3"}', "'rating' is a dependency of 'liked'"),
        ("rating: starz", r"field interactions\[0\].rating: .* has no column 'starz'"),
        (
            'rating: stars, liked: {mood: "= good"}',
            r"field interactions\[0\].liked.mood: .* no column 'mood'",
        ),
    ],
)
def test_a_card_that_is_wrong_names_the_field(files, new: str, message: str) -> None:
    files.change("dataset.yaml", WHERE, new)
    with pytest.raises(kg.CardError, match=message):
        files.read()


def test_a_rating_that_is_no_number_names_its_line(files) -> None:
    files.change("likes.csv", "bob,f1,1,5", "bob,f1,bad,5")
    with pytest.raises(CatalogError, match=r"likes\.csv, line 6, column 'stars': 'bad' where a number"):
        rated(files)


def test_a_catalog_refuses_ratings_that_are_none() -> None:
    frame = pd.DataFrame({"user": ["a"], "item": ["b"]})
    with pytest.raises(CatalogError, match="a rating of nan; a finite number was expected"):
        Catalog.of("test", ratings=frame)
    with pytest.raises(CatalogError, match="part 'exam'"):
        Catalog.of("test", ratings=frame.assign(rating=1, part="exam"))


def test_by_time_a_low_rating_is_where_the_like_before_it_is() -> None:
    graph = kg.build(by_user())
    # of each user's ten likes (1, 3 .. 19) the last two test and the one before them tunes
    assert set(graph.heldout_ratings.times) == {17, 18, 19}
    assert set(graph.ratings.times[graph.ratings.validation]) == {15, 16}
    assert set(graph.ratings.times[~graph.ratings.validation]) == set(range(15))


def test_at_random_low_ratings_are_drawn_and_likes_keep_their_part() -> None:
    graph = kg.build(by_user(timed=False))
    low = graph.heldout_ratings.take(graph.heldout_ratings.weights == 1)
    assert np.bincount(low.users).tolist() == [2] * 5
    assert pairs(graph.heldout) == pairs(graph.heldout_ratings.take(graph.heldout_ratings.weights == 5))
    again = kg.build(by_user(timed=False))
    assert same(graph.heldout_ratings, again.heldout_ratings)
    other = kg.build(by_user(Split(by="random", seed=1), timed=False))
    assert pairs(low) != pairs(other.heldout_ratings.take(other.heldout_ratings.weights == 1))


def test_given_parts_stay_and_none_trains_all() -> None:
    assert len(kg.build(by_user(part="test")).heldout_ratings) == 100
    graph = kg.build(by_user(Split(by="none")))
    assert len(graph.ratings) == 100
    assert not graph.ratings.validation.any()


def test_ratings_before_any_like_and_without_a_time_are_for_training() -> None:
    likes = pd.DataFrame({"user": "u", "item": list("abcd"), "time": [5.0, 6, 7, 8]})
    low = pd.DataFrame(
        {"user": ["u", "u", "v"], "item": ["x", "y", "y"], "time": [1, np.nan, 9.0], "rating": 1}
    )
    graph = kg.build(Catalog.of("test", interactions=likes, ratings=low))
    assert len(graph.heldout) == 1
    assert len(graph.heldout_ratings) == 0
    assert not graph.ratings.validation.any()


@pytest.mark.parametrize("timed", [True, False])
def test_hold_out_marks_ratings_beside_likes(*, timed: bool) -> None:
    whole = kg.build(by_user(Split(by="none"), timed=timed))
    graph = hold_out(whole, share=0.2)
    marked = graph.ratings.take(graph.ratings.validation)
    assert pairs(graph.interactions.take(graph.interactions.validation)) == pairs(
        marked.take(marked.weights == 5)
    )
    if timed:
        assert set(marked.times) == {17, 18, 19}
    assert len(marked) == (15 if timed else 20)


def test_what_learns_meets_no_rating_that_is_set_aside() -> None:
    graph = kg.build(by_user())
    learn = training(graph)
    assert len(learn.ratings) == 75
    assert not learn.ratings.validation.any()
    assert len(learn.heldout_ratings) == len(graph.without_heldout().heldout_ratings) == 0
    assert set(graph.upto(4).ratings.times) == {0, 1, 2, 3}


def test_a_graph_refuses_ratings_that_do_not_fit() -> None:
    graph = kg.build(by_user())
    with pytest.raises(CatalogError, match="interaction item"):
        replace(graph, ratings=Interactions.of([0], [20]))
    with pytest.raises(CatalogError, match="a rating that is no finite number"):
        replace(graph, heldout_ratings=Interactions.of([0], [0], weights=[np.nan]))


def test_a_workspace_keeps_ratings_and_one_without_them_is_as_before(tmp_path) -> None:
    graph = kg.build(by_user())
    workspace.write_workspace(graph, tmp_path / "rated")
    read = workspace.open_graph(tmp_path / "rated")
    assert same(read.ratings, graph.ratings)
    assert same(read.heldout_ratings, graph.heldout_ratings)
    nothing = Interactions.of([], [])
    workspace.write_workspace(replace(graph, ratings=nothing, heldout_ratings=nothing), tmp_path / "old")
    assert not (tmp_path / "old" / "ratings.parquet").exists()
    assert len(workspace.open_graph(tmp_path / "old").ratings) == 0
    assert workspace.fingerprint(tmp_path / "old") != workspace.fingerprint(tmp_path / "rated")


def test_a_built_workspace_has_the_cards_ratings(files, tmp_path) -> None:
    rated(files)
    build_workspace(files.card, tmp_path / "workspace")
    graph = workspace.open_graph(tmp_path / "workspace")
    assert len(graph.ratings) + len(graph.heldout_ratings) == 7


def test_numeric_properties_are_numbers_of_the_graph(files, tmp_path) -> None:
    files.change("dataset.yaml", "{year: year}", "{year: {column: year, type: integer}, plot: plot}")
    files.change("films.csv", "f3,Blade Runner,1982", "f3,Blade Runner,")
    build_workspace(files.card, tmp_path / "workspace")
    graph = workspace.open_graph(tmp_path / "workspace")
    assert list(graph.numbers) == ["year"]
    told = {
        graph.id(node): graph.numbers["year"][node]
        for node in np.flatnonzero(~np.isnan(graph.numbers["year"]))
    }
    assert told == {"f1": 1995, "f2": 1979}
    more = graph.with_items([NewItem("f9")])
    assert np.isnan(more.numbers["year"][more.node("item", "f9")])
    assert more.numbers["year"][more.node("item", "f2")] == 1979
    with pytest.raises(CatalogError, match=f"needs {graph.num_nodes} numbers 'year'"):
        replace(graph, numbers={"year": np.zeros(1)})


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}; set WHYREC_DATA to its folder")
def test_the_likes_of_movielens_are_those_that_where_would_leave(tmp_path) -> None:
    text = (REPOSITORY / "datasets/ml-latest-small/dataset.yaml").read_text(encoding="utf-8")
    kept = kg.build(kg.read(REPOSITORY / "datasets/ml-latest-small/dataset.yaml"))
    old = text.replace("rating: rating, liked:", "where:").replace(
        "${WHYREC_DATA:-../../../shared/data}", str(DATA)
    )
    (tmp_path / "dataset.yaml").write_text(old, encoding="utf-8")
    dropped = kg.build(kg.read(tmp_path / "dataset.yaml"))
    assert len(kept.ratings) + len(kept.heldout_ratings) == 100_836
    for one, other in ((kept.interactions, dropped.interactions), (kept.heldout, dropped.heldout)):
        assert [kept.users.ids[row] for row in one.users] == [dropped.users.ids[row] for row in other.users]
        np.testing.assert_array_equal(one.items, other.items)
        np.testing.assert_array_equal(one.validation, other.validation)
