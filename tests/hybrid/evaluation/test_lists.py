"""Lists of other programs: measured like a scorer's, refused where they are wrong, tied to their split."""

import json
from dataclasses import replace

import numpy as np
import pytest

from hybrid.evaluation import lists
from hybrid.evaluation.protocol import Wanted, evaluate, rank
from hybrid.evaluation.slices import evaluate_slices
from kg.errors import CatalogError
from kg.graph import Interactions
from kg.vocabulary import Vocabulary
from tests.worlds import checkerboard, make_graph


@pytest.fixture
def graph():
    """u0 should find i1, u1 should find i2 and i3, and u2 nothing."""
    return make_graph([(0, 0), (1, 0), (1, 1), (2, 0)], num_items=4, heldout=[(0, 1), (1, 2), (1, 3)])


def write(folder, text, name="mine", **known):
    path = folder / f"{name}.csv"
    path.write_text("user,item,rank\n" + text, encoding="utf-8")
    if known:
        path.with_suffix(".json").write_text(json.dumps(known), encoding="utf-8")
    return path


def test_metrics_of_lists_by_hand(graph, tmp_path):
    write(tmp_path, "u0,i2,1\nu0,i1,2\nu1,i3,1\nu2,i3,1\n")
    (listed,) = lists.read(tmp_path, graph)
    result = lists.evaluate(listed, graph, graph.heldout, ks=(1, 2))
    assert result.users.tolist() == [0, 1]
    assert result.per_user["recall@1"].tolist() == [0.0, 0.5]
    assert result.per_user["recall@2"].tolist() == [1.0, 0.5]
    assert result.per_user["mrr@2"].tolist() == [0.5, 1.0]
    assert result.metrics["ndcg@1"] == pytest.approx(0.5)


def test_rows_may_come_in_any_order_and_a_gap_stays_a_gap(graph, tmp_path):
    write(tmp_path, "u1,i2,3\nu0,i1,2\nu1,i3,1\n")
    (listed,) = lists.read(tmp_path, graph)
    wanted = Wanted.of(graph, graph.heldout)
    assert lists.ranking(listed, graph, wanted, 3).top.tolist() == [[-1, 1, -1], [3, -1, 2]]
    assert lists.ranking(listed, graph, wanted, 2).top.tolist() == [[-1, 1], [3, -1]]


def test_who_has_no_list_finds_nothing(graph, tmp_path):
    write(tmp_path, "u0,i1,1\n")
    (listed,) = lists.read(tmp_path, graph)
    assert lists.evaluate(listed, graph, graph.heldout, ks=(5,)).per_user["hit@5"].tolist() == [1.0, 0.0]


def test_a_file_without_rows_is_an_empty_list_for_everybody(graph, tmp_path):
    write(tmp_path, "")
    (listed,) = lists.read(tmp_path, graph)
    assert lists.evaluate(listed, graph, graph.heldout).metrics["recall@20"] == 0.0


def test_the_same_numbers_as_the_scorer_that_made_the_lists(tmp_path):
    graph = checkerboard()

    def score(profiles):
        return np.random.default_rng(int(profiles.items.sum())).random((len(profiles), graph.num_items))

    wanted = Wanted.of(graph, graph.heldout)
    top = rank(score, graph, wanted, places=8).top
    write(
        tmp_path,
        "".join(
            f"{graph.users.ids[user]},{graph.items.ids[item]},{place + 1}\n"
            for user, items in zip(wanted.users, top, strict=True)
            for place, item in enumerate(items)
            if item >= 0
        ),
    )
    (listed,) = lists.read(tmp_path, graph)
    ours = lists.evaluate(listed, graph, graph.heldout, ks=(3, 8))
    theirs = evaluate(score, graph, graph.heldout, ks=(3, 8))
    assert ours.metrics == theirs.metrics
    assert 0 < ours.metrics["recall@8"] < 1
    np.testing.assert_array_equal(ours.users, theirs.users)
    parts = lists.evaluate_slices(listed, graph, graph.heldout, ks=(8,))
    expected = evaluate_slices(score, graph, graph.heldout, ks=(8,))
    assert {name: part.metrics for name, part in parts.items()} == {
        name: part.metrics for name, part in expected.items()
    }


def test_what_a_run_says_of_itself(graph, tmp_path):
    write(
        tmp_path,
        "u0,i1,1\n",
        name="als",
        program="implicit 0.7.3",
        seconds=3,
        cpu_seconds=2.5,
        peak_rss_mb=90.0,
        command="python als.py",
        split=lists.fingerprint(graph),
        options={"factors": 8},
    )
    path = write(tmp_path, "u0,i1,1\n", name="mine")
    als, mine = lists.read(tmp_path, graph)
    assert (als.name, als.program, als.seconds, als.cpu_seconds) == ("als", "implicit 0.7.3", 3.0, 2.5)
    assert (als.peak_rss_mb, als.command) == (90.0, "python als.py")
    assert (mine.name, mine.program, mine.command, mine.path) == ("mine", "", "", path)
    assert np.isnan([mine.seconds, mine.cpu_seconds, mine.peak_rss_mb]).all()


def test_ids_that_look_like_numbers_or_like_nothing(graph, tmp_path):
    users, items = Vocabulary("user", ["007", "NA", "null"]), Vocabulary("item", ["1", "01", "1.0", "x"])
    odd = replace(graph, users=users, items=items)
    write(tmp_path, "007,01,1\nNA,1.0,1\n")
    (listed,) = lists.read(tmp_path, odd)
    assert listed.places.tolist() == [[0, 1, 0], [1, 2, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("u0,i1,1\nu9,i1,1\n", r"mine\.csv, row 3: user 'u9' is not in the graph"),
        ("u0,i1,1\nu0,i9,2\n", r"mine\.csv, row 3: item 'i9' is not in the graph"),
        ("u0,i1,1\nu0,i2,1\n", r"row 3: user 'u0', item 'i2', rank '1': the person has this place twice"),
        ("u0,i1,1\nu0,i1,2\n", r"row 3: .* the person has this item twice"),
        ("u0,i1,1\nu1,i1,1\n", r"row 3: user 'u1', item 'i1', .* in the person's history"),
        ("u0,i1,0\n", r"row 2: .* rank '0': a place is a whole number from 1"),
        ("u0,i1,best\n", r"row 2: .* rank 'best': a place is"),
        ("u0,i1,1.0\n", r"row 2: .* rank '1.0': a place is"),
        ("u0,i1,1,4,5\n" * 2, r"mine\.csv"),
    ],
)
def test_wrong_rows_are_named(graph, tmp_path, text, message):
    write(tmp_path, text)
    with pytest.raises(CatalogError, match=message):
        lists.read(tmp_path, graph)


def test_wrong_files_are_named(graph, tmp_path):
    with pytest.raises(CatalogError, match="has no lists"):
        lists.read(tmp_path, graph)
    path = tmp_path / "mine.csv"
    path.write_text("user,item\nu0,i1\n", encoding="utf-8")
    with pytest.raises(CatalogError, match="no column 'rank'"):
        lists.read(tmp_path, graph)
    path.write_text("", encoding="utf-8")
    with pytest.raises(CatalogError, match="cannot be read as CSV"):
        lists.read(tmp_path, graph)
    path.write_bytes(b"user,item,rank\nu\xff,i1,1\n")
    with pytest.raises(CatalogError, match="cannot be read as CSV"):
        lists.read(tmp_path, graph)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "an object was expected"),
        ('{"seconds": "3 s"}', "'seconds' is '3 s', a number was expected"),
        ('{"program": 7}', "'program' is 7, text was expected"),
    ],
)
def test_wrong_descriptions_are_named(graph, tmp_path, text, message):
    write(tmp_path, "u0,i1,1\n").with_suffix(".json").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match=message):
        lists.read(tmp_path, graph)


def test_two_lists_of_one_name_are_refused(graph, tmp_path):
    write(tmp_path, "u0,i1,1\n", name="a")
    path = write(tmp_path, "u0,i1,1\n", name="b")
    path.with_suffix(".json").write_text(json.dumps({"name": "a"}), encoding="utf-8")
    with pytest.raises(CatalogError, match="two lists of the name 'a'"):
        lists.read(tmp_path, graph)


def test_lists_of_another_split_are_refused(graph, tmp_path):
    write(tmp_path, "u0,i2,1\n", split=lists.fingerprint(graph))
    assert len(lists.read(tmp_path, graph)) == 1
    other = replace(graph, heldout=graph.heldout.take([0, 1]))
    with pytest.raises(CatalogError, match="lists of another split"):
        lists.read(tmp_path, other)


def test_the_fingerprint_changes_with_the_split_and_with_nothing_else(graph):
    original = lists.fingerprint(graph)
    likes = graph.interactions
    marked = replace(likes, validation=np.arange(len(likes)) == 1)
    later = replace(likes, times=np.arange(len(likes), dtype=np.float64))
    changed = [
        replace(graph, heldout=graph.heldout.take([0])),
        replace(graph, interactions=likes.take([0, 1, 2])),
        replace(graph, interactions=graph.heldout, heldout=likes),
        replace(graph, interactions=marked),
        replace(graph, interactions=later),
        replace(graph, users=Vocabulary("user", ["u0", "u1", "else"])),
    ]
    assert len({original, *map(lists.fingerprint, changed)}) == len(changed) + 1
    same = [
        replace(graph, interactions=likes.take([3, 1, 0, 2])),
        replace(graph, interactions=replace(likes, weights=likes.weights * 2)),
        replace(graph, name="another"),
    ]
    assert {lists.fingerprint(graph) for graph in same} == {original}


def test_the_fingerprint_does_not_know_in_which_order_ids_are_numbered(graph):
    def turned(rows):
        return Interactions.of(2 - rows.users, 3 - rows.items)

    other = replace(
        graph,
        users=Vocabulary("user", graph.users.ids[::-1]),
        items=Vocabulary("item", graph.items.ids[::-1]),
        interactions=turned(graph.interactions),
        heldout=turned(graph.heldout),
    )
    assert lists.fingerprint(other) == lists.fingerprint(graph)
