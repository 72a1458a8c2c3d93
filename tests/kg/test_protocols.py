"""Protocols: worlds dealt by hand, what each promises, and the same deal whatever was split before."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pandas as pd
import pytest

import kg
from kg import CardError, Catalog, CatalogError, QueryError, Split, cardread
from kg.graph import Interactions
from kg.protocols import find, make, resplit
from kg.protocols.places import joined
from kg.split import FILES, parts, training
from tests.worlds import make_graph

USERS, EACH = 12, 10


def graph(*, timed: bool = True, ratings: bool = False, **more) -> kg.KnowledgeGraph:
    """Each of 12 people likes ten of 15 items; user u's like number n is at time 100 n + u."""
    rows = [(user, (user + n) % 15, 100.0 * n + user) for user in range(USERS) for n in range(EACH)]
    made = make_graph([row if timed else row[:2] for row in rows], num_items=15, **more)
    if not ratings:
        return made
    low = Interactions.of(
        np.arange(USERS),
        (np.arange(USERS) + 12) % 15,
        times=np.full(USERS, 455.0) + np.arange(USERS) if timed else None,
    )
    return replace(made, ratings=joined(made.interactions, low))


def rows_of(*tables: Interactions) -> list[tuple[int, int, float]]:
    return sorted(
        (int(user), int(item), -1.0 if np.isnan(time) else float(time))
        for rows in tables
        for user, item, time in zip(rows.users, rows.items, rows.times, strict=True)
    )


def places(rows: Interactions) -> set[int]:
    """Which like of their person the rows are."""
    return set((rows.times // 100).astype(int).tolist())


def tuned(rows: Interactions) -> Interactions:
    return rows.take(rows.validation)


def dealt(protocol: str, world: kg.KnowledgeGraph, seed: int = 0, **options):
    (one,) = resplit(world, protocol, seed, **options)
    return one


def test_all_protocols_are_found() -> None:
    assert list(find()) == [
        "cold_items",
        "cold_users",
        "global_time",
        "k_fold",
        "leave_one_out",
        "random",
        "strict_cold_items",
        "time",
    ]


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("name", [name for name in find() if name not in {"time", "global_time"}])
def test_without_times_too_every_like_is_dealt_once(name: str, *, timed: bool) -> None:
    world = graph(timed=timed, ratings=True)
    for one in resplit(world, name, seed=2):
        made = one.graph
        assert rows_of(made.interactions, made.heldout, one.shown) == rows_of(world.interactions)
        assert rows_of(one.histories.interactions) == rows_of(made.interactions, one.shown)
        assert len(tuned(made.interactions)) > 0
        assert len(made.heldout) > 0
        assert not made.heldout.validation.any()
        shown = rows_of(one.shown)
        rated = rows_of(made.ratings, made.heldout_ratings)
        assert sorted(rated + shown) == rows_of(world.ratings)


@pytest.mark.parametrize("name", list(find()))
def test_a_deal_depends_on_the_likes_and_the_seed_only(name: str) -> None:
    world = graph(ratings=True)
    first = resplit(world, name, seed=3)
    before = dealt("random", world, seed=9).graph
    backwards = np.arange(len(before.interactions))[::-1]
    before = replace(before, interactions=before.interactions.take(backwards))
    for one, again in zip(first, resplit(before, name, seed=3), strict=True):
        assert rows_of(one.shown) == rows_of(again.shown)
        for table in ("interactions", "heldout", "ratings", "heldout_ratings"):
            rows, others = (getattr(each.graph, table) for each in (one, again))
            assert rows_of(rows) == rows_of(others)
            assert rows_of(tuned(rows)) == rows_of(tuned(others))


@pytest.mark.parametrize("name", sorted(find().keys() - {"time", "global_time", "leave_one_out"}))
def test_another_seed_deals_otherwise(name: str) -> None:
    world = graph()
    one, other = (resplit(world, name, seed)[0].graph.heldout for seed in (0, 1))
    assert rows_of(one) != rows_of(other)


def test_by_time_the_last_of_each_person_test_and_low_ratings_follow() -> None:
    made = dealt("time", graph(ratings=True)).graph
    assert places(made.heldout) == {8, 9}
    assert places(tuned(made.interactions)) == {7}
    assert len(made.heldout_ratings) == len(made.heldout)
    assert not (made.ratings.times[made.ratings.validation] % 100 > USERS).any()


def test_at_random_is_not_by_time() -> None:
    """Twice the same random numbers, to mix and to draw, would give the order back that there was."""
    world = make_graph([(user, n, n) for user in range(USERS) for n in range(EACH)])
    for seed in range(3):
        made = dealt("random", world, seed).graph
        assert len(set(made.heldout.times)) > 5
        assert np.bincount(made.heldout.users).tolist() == [2] * USERS


def test_equal_times_are_dealt_at_random() -> None:
    world = make_graph([(user, item, 7) for user in range(200) for item in range(4)])
    counts = np.bincount(dealt("leave_one_out", world).graph.heldout.items, minlength=4)
    assert counts.sum() == 200
    assert counts.min() > 30


@pytest.mark.parametrize("name", ["time", "leave_one_out"])
def test_a_rating_after_likes_of_one_time_goes_with_those_that_test(name: str) -> None:
    world = make_graph([(user, item, 7) for user in range(30) for item in range(4)], num_items=5)
    after = Interactions.of(np.arange(30), np.full(30, 4), times=np.full(30, 8.0))
    made = dealt(name, replace(world, ratings=after)).graph
    assert len(made.heldout_ratings) == 30


def test_leave_one_out_takes_the_latest_and_the_one_before() -> None:
    made = dealt("leave_one_out", graph(ratings=True)).graph
    assert places(made.heldout) == {9}
    assert places(tuned(made.interactions)) == {8}
    assert len(made.heldout) == len(tuned(made.interactions)) == USERS


def test_leave_one_out_spares_short_histories_and_draws_without_times() -> None:
    made = dealt("leave_one_out", make_graph([(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)])).graph
    assert made.heldout.users.tolist() == [1]
    assert tuned(made.interactions).users.tolist() == [1]
    untimed = graph(timed=False)
    drawn = [dealt("leave_one_out", untimed, seed).graph.heldout.items.tolist() for seed in range(2)]
    assert drawn[0] != drawn[1]


def test_one_time_for_everybody() -> None:
    """The ten likes a person are spread alike, so the cuts lie at whole hundreds."""
    world = graph(ratings=True)
    made = dealt("global_time", world, test=0.5, valid=0.2).graph
    assert set(made.heldout.times) == set(world.interactions.times[world.interactions.times >= 500])
    assert places(tuned(made.interactions)) == {3, 4}
    assert made.interactions.times.max() < made.heldout.times.min()
    low = made.ratings.times % 100 > USERS
    assert made.ratings.validation[low].all()  # at 455 and later, between the cuts
    assert low.sum() == USERS


def test_likes_at_the_cut_fall_behind_it_together_and_newcomers_stay() -> None:
    made = dealt(
        "global_time", make_graph([(0, 0, 1), (0, 1, 2), (0, 2, 3), (1, 3, 3), (1, 0, 3)]), valid=0.2
    )
    assert rows_of(made.graph.heldout) == [(0, 2, 3.0), (1, 0, 3.0), (1, 3, 3.0)]
    assert rows_of(tuned(made.graph.interactions)) == []
    late = dealt("global_time", make_graph([(0, item, item) for item in range(9)] + [(1, 9, 9)]), valid=0.0)
    assert rows_of(late.graph.heldout) == [(0, 8, 8.0), (1, 9, 9.0)]
    assert late.graph.num_users == 2


def test_cold_items_have_no_like_left() -> None:
    made = dealt("cold_items", graph(ratings=True)).graph
    tested, tuning = set(made.heldout.items.tolist()), set(tuned(made.interactions).items.tolist())
    trained = set(training(made).interactions.items.tolist())
    assert (len(tested), len(tuning), len(trained)) == (3, 2, 10)
    assert not tested & tuning
    assert not (tested | tuning) & trained
    assert set(made.heldout_ratings.items.tolist()) == tested
    assert set(tuned(made.ratings).items.tolist()) == tuning
    assert not set(training(made).ratings.items.tolist()) & (tested | tuning)


@pytest.mark.parametrize("given", [0, 3])
def test_cold_users_show_their_first_likes(given: int) -> None:
    one = dealt("cold_users", graph(ratings=True), given=given)
    made = one.graph
    people, tuning = np.unique(made.heldout.users), np.unique(tuned(made.interactions).users)
    assert (len(people), len(tuning)) == (2, 1)
    assert places(one.shown) == set(range(given))
    assert places(made.heldout) == set(range(given, EACH))
    assert len(one.shown) == given * len(people)
    assert not np.isin(people, made.interactions.users).any()
    assert not np.isin(people, made.ratings.users).any()
    theirs = made.interactions.take(np.isin(made.interactions.users, tuning))
    assert places(theirs.take(~theirs.validation)) == set(range(given))
    assert places(tuned(theirs)) == set(range(given, EACH))


def test_people_with_too_few_likes_are_never_cold() -> None:
    rows = [(user, item, item) for user in range(10) for item in range(2 + 4 * (user % 2))]
    made = dealt("cold_users", make_graph(rows), given=3, test=0.4, valid=0.2).graph
    assert set(made.heldout.users % 2) == {1}


FACTS = [
    *((f"i{item}", "genre", f"g{item % 3}") for item in range(15)),
    *((f"i{item}", "http://x.org/hasTag", f"t{item % 2}") for item in range(15)),
    *((f"u{user}", "owns", f"i{user}") for user in range(USERS)),
    *((f"i{item}", "shelf", "s") for item in range(15)),
    ("u0", "friend", "u1"),
]


def of_items(world: kg.KnowledgeGraph, items: set[int]) -> dict[str, int]:
    """How many facts of each relation have one of the items at an end."""
    nodes = np.array(sorted(items)) + world.num_users
    touched = np.isin(world.edges.heads, nodes) | np.isin(world.edges.tails, nodes)
    numbers = world.edges.relations[touched]
    return {relation.id: int((numbers == row).sum()) for row, relation in enumerate(world.relations)}


def test_strictly_cold_items_lose_what_people_said() -> None:
    world = graph(facts=FACTS, texts={f"i{item}": "a review" for item in range(15)})
    node = np.arange(world.num_nodes, dtype=float)
    world = replace(world, numbers={"mean rating": node, "year": node})
    one = dealt("strict_cold_items", world, relations=("shelf",), texts=True)
    plain = dealt("cold_items", world)
    made = one.graph
    assert one.protocol.user_made(world) == ("http://x.org/hasTag", "owns", "shelf")
    assert rows_of(made.heldout) == rows_of(plain.graph.heldout)
    assert len(plain.graph.edges) == len(FACTS)
    cold = set(made.heldout.items.tolist()) | set(tuned(made.interactions).items.tolist())
    warm = set(range(15)) - cold
    assert of_items(made, cold) == {"genre": 5, "http://x.org/hasTag": 0, "owns": 0, "shelf": 0, "friend": 0}
    assert of_items(made, warm) == of_items(world, warm)
    assert len(made.edges) == len(FACTS) - 2 * len(cold) - len([item for item in cold if item < USERS])
    gone = np.array([item in cold for item in range(15)])
    assert np.isnan(made.numbers["mean rating"][USERS : USERS + 15]).tolist() == gone.tolist()
    assert not np.isnan(made.numbers["year"]).any()
    assert [text == "" for text in made.item_texts] == gone.tolist()
    kept = dealt("strict_cold_items", world).graph
    assert of_items(kept, cold)["shelf"] == 5
    assert all(kept.item_texts)


def test_folds_partition_the_likes() -> None:
    world = graph(ratings=True)
    folds = resplit(world, "k_fold", folds=4)
    assert rows_of(*(one.graph.heldout for one in folds)) == rows_of(world.interactions)
    assert rows_of(*(one.graph.heldout_ratings for one in folds)) == rows_of(world.ratings)
    assert [len(one.graph.heldout) for one in folds] == [30] * 4
    for one in folds:
        assert set(np.bincount(one.graph.heldout.users)) <= {2, 3}
        assert len(tuned(one.graph.interactions)) == USERS
    assert [one.protocol.fold for one in folds] == [0, 1, 2, 3]


def test_what_was_liked_in_training_is_not_tested_again() -> None:
    """User 0 likes item 0 first and last, and rated item 4 low before liking it."""
    likes = [(0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 0, 6)]
    world = make_graph(likes)
    world = replace(world, ratings=joined(world.interactions, Interactions.of([0], [4], times=[0.0])))
    made = dealt("time", world, test=0.34, valid=0.0).graph
    assert rows_of(made.interactions) == [(0, item, item + 1.0) for item in range(4)]
    assert len(made.heldout) == len(made.heldout_ratings) == 0
    assert (0, 4, 0.0) in rows_of(made.ratings)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("k-fold", {}, "there is no protocol 'k-fold'; known are cold_items, cold_users, "),
        ("leave_one_out", {"test": 0.1}, "protocol 'leave_one_out' has no option 'test'; it takes none"),
        ("time", {"folds": 2}, "protocol 'time' has no option 'folds'; it takes test, valid"),
    ],
)
def test_unknown_names_are_said(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        make(name, **options)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("random", {"test": 0.9, "valid": 0.1}, "shares of 0.9 and 0.1 leave nothing"),
        ("time", {"test": -0.1}, "add up to less than 1"),
        ("k_fold", {"folds": 1}, "fold 0 of 1"),
        ("k_fold", {"fold": 5}, "fold 5 of 5"),
        ("cold_users", {"given": -1}, "-1 likes to show"),
    ],
)
def test_options_out_of_range_are_refused(name: str, options: dict[str, float], message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        make(name, **options)


@pytest.mark.parametrize(
    ("name", "options", "world", "message"),
    [
        ("time", {}, [(0, 0), (0, 1)], "graph 'world': a split by time, but some"),
        ("global_time", {}, [(0, 0), (0, 1)], "graph 'world': a split by one time for everybody, but some"),
        ("global_time", {}, [(0, 0, 5), (0, 1, 5)], "no like lies before it"),
        ("cold_items", {}, [(0, 0), (1, 1)], "shares of 0.2 and 0.1 of 2 leave nothing"),
        ("cold_users", {}, [(0, 0), (1, 1)], "of 0 leave nothing"),
    ],
)
def test_graphs_that_do_not_fit_are_refused(name, options, world, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        resplit(make_graph(world), name, **options)


@pytest.mark.parametrize("name", ["time", "random", "leave_one_out", "global_time", "k_fold"])
def test_nothing_to_deal_gives_nothing(name: str) -> None:
    for one in resplit(make_graph(num_users=2, num_items=2), name):
        assert len(one.graph.heldout) == len(one.graph.interactions) == len(one.shown) == 0


def catalog(split: Split) -> Catalog:
    rows = [(f"u{user}", f"i{item}", float(item)) for user in range(5) for item in range(10)]
    return Catalog.of("test", interactions=pd.DataFrame(rows, columns=["user", "item", "time"]), split=split)


def test_a_catalog_splits_by_the_same_protocols() -> None:
    one = catalog(Split(by="leave_one_out"))
    assert one.interactions[parts(one) == "test"]["item"].to_list() == ["i9"] * 5
    one = catalog(Split(by="global_time", test=0.3))
    assert set(one.interactions[parts(one) == "test"]["item"]) == {"i7", "i8", "i9"}
    cold = kg.build(catalog(Split(by="cold_items", seed=4)))
    assert len(np.unique(cold.heldout.items)) == 2
    assert not np.isin(cold.heldout.items, cold.interactions.items).any()


@pytest.mark.parametrize("by", ["k_fold", "strict_cold_items", "by_time"])
def test_a_catalog_refuses_what_only_deals_graphs_and_what_is_unknown(by: str) -> None:
    with pytest.raises(CatalogError, match=f"catalog 'test': a split by '{by}'; given, none, cold_items, "):
        parts(catalog(Split(by=by)))


def test_the_schema_knows_every_protocol_of_a_card() -> None:
    schema = json.loads(resources.files("kg").joinpath("card.schema.json").read_text(encoding="utf-8"))
    known = {name for name, kind in find().items() if kind.in_card}
    assert set(schema["properties"]["split"]["properties"]["by"]["enum"]) == known | set(FILES)


def test_cards_name_protocols_and_their_options(files) -> None:
    files.change("dataset.yaml", "{by: time, test: 0.25, valid: 0.25}", "{by: leave_one_out, seed: 2}")
    assert cardread.load(files.card).split == Split(by="leave_one_out", seed=2)
    graph = kg.build(files.read())
    assert len(graph.heldout) == len(tuned(graph.interactions)) == 1


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (
            "{by: leave_two_out}",
            "field split.by: 'leave_two_out' where one of given, time, random, none, leave_",
        ),
        ("{by: k_fold}", "field split.by: 'k_fold' where one of"),
        (
            "{by: leave_one_out, test: 0.1}",
            "field split.test: a split by leave_one_out has no such field; expected one of by, seed",
        ),
    ],
)
def test_what_is_wrong_in_a_cards_split_is_named(files, split: str, message: str) -> None:
    files.change("dataset.yaml", "{by: time, test: 0.25, valid: 0.25}", split)
    with pytest.raises(CardError) as caught:
        cardread.load(files.card)
    assert message in str(caught.value)
