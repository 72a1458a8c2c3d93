"""Splits: seeded, by time where there is time, and nothing held out is left in what learns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import kg
from kg import Catalog, CatalogError, Split
from kg.split import hold_out, parts, training
from kg.store import GraphStore
from kg.views import to_networkx, to_pandas


def catalog(split: Split | None = None, *, timed: bool = True, users: int = 5, each: int = 10) -> Catalog:
    """Users whose rows are shuffled; the item's number tells when it was liked."""
    rows = [(f"u{user}", f"i{item}", float(item)) for user in range(users) for item in range(each)]
    order = np.random.default_rng(1).permutation(len(rows))
    frame = pd.DataFrame([rows[row] for row in order], columns=["user", "item", "time"])
    return Catalog.of("test", interactions=frame if timed else frame.drop(columns="time"), split=split)


def test_by_time_the_last_rows_test_and_those_before_them_tune() -> None:
    data = catalog()
    for _, rows in data.interactions.assign(part=parts(data)).groupby("user"):
        assert rows.sort_values("time")["part"].to_list() == ["train"] * 7 + ["valid"] + ["test"] * 2


def test_at_random_the_seed_decides() -> None:
    first, again = parts(catalog(timed=False)), parts(catalog(timed=False))
    np.testing.assert_array_equal(first, again)
    other = parts(catalog(Split(by="random", seed=1), timed=False))
    assert (first != other).any()
    assert dict(zip(*np.unique(first, return_counts=True), strict=True)) == {
        "test": 10,
        "train": 35,
        "valid": 5,
    }


def test_rows_that_have_a_part_keep_it() -> None:
    frame = pd.DataFrame({"user": "u", "item": ["a", "b", "c"], "part": ["train", "test", "valid"]})
    graph = kg.build(Catalog.of("test", interactions=frame))
    assert graph.heldout.items.tolist() == [1]
    assert graph.interactions.items.tolist() == [0, 2]
    assert graph.interactions.validation.tolist() == [False, True]


def test_none_keeps_everything() -> None:
    assert set(parts(catalog(Split(by="none")))) == {"train"}


def test_people_with_few_rows_keep_them_all() -> None:
    assert set(parts(catalog(each=2))) == {"train"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: catalog(Split(by="time"), timed=False), "some interactions have no time"),
        (lambda: catalog(Split(by="given")), "no interaction has a part"),
        (lambda: catalog(Split(test=0.6, valid=0.5)), "leave nothing to learn from"),
    ],
)
def test_splits_that_do_not_fit_are_refused(data, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        parts(data())


def test_hold_out_marks_the_last_share_of_each_user() -> None:
    graph = hold_out(kg.build(catalog(Split(by="none"))), share=0.2)
    likes = graph.interactions
    assert sorted(likes.times[likes.validation]) == sorted([8.0, 9.0] * 5)


def test_hold_out_leaves_marked_graphs_alone() -> None:
    graph = kg.build(catalog())
    assert hold_out(graph, share=0.5) is graph


def test_hold_out_spares_short_histories_and_checks_its_share() -> None:
    graph = kg.build(catalog(Split(by="none"), each=2, timed=False))
    assert not hold_out(graph, share=0.5).interactions.validation.any()
    with pytest.raises(CatalogError, match="between 0 and 1"):
        hold_out(graph, share=1.0)


def test_nothing_held_out_is_in_the_training_graph_its_views_or_its_rdf() -> None:
    data, store = catalog(), GraphStore()
    full = kg.build(data, store)
    learn = training(full)
    hidden = full.interactions.take(full.interactions.validation)
    pairs = {
        (f"u{user}", f"i{item}")
        for user, item in data.interactions.assign(part=parts(data))
        .query("part != 'train'")[["user", "item"]]
        .map(lambda external: external[1:])
        .itertuples(index=False)
    }
    assert len(pairs) == len(hidden) + len(full.heldout) == 15
    seen = to_pandas(learn)["interactions"]
    assert not pairs & set(zip(seen["user"], seen["item"], strict=True))
    view = to_networkx(learn)
    edges = {(learn.id(head), learn.id(tail)) for head, tail in view.edges()}
    assert not pairs & edges
    assert len(learn.heldout) == 0
    for user, item in pairs:
        ends = f"<https://whyrec.org/id/test/user/{user}> ?p <https://whyrec.org/id/test/item/{item}>"
        assert store.query(f"SELECT ?p WHERE {{ {ends} }}") == []


def test_the_full_graphs_views_leave_test_rows_out() -> None:
    graph = kg.build(catalog())
    tested = set(
        zip(graph.heldout.users.tolist(), (graph.heldout.items + graph.num_users).tolist(), strict=True)
    )
    assert not tested & set(to_networkx(graph).edges())
