"""MMR and DPP: worlds with one right answer, and the slow way of writing the formulas."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Stock, greedy
from hybrid.rerank.dpp import Dpp
from hybrid.rerank.mmr import Mmr
from kg.errors import QueryError
from tests.shop import SHOP, STOCK, context, order, ranked
from tests.worlds import make_graph

STAGES = (Mmr, Dpp)


def random_world(people=5, candidates=12, items=20, seed=0, unknown=(), centre=0.0):
    """People with candidates of falling random scores, and items with random vectors as their texts."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(centre, size=(items, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[list(unknown)] = 0
    graph = make_graph([(user, user % items) for user in range(people)], num_items=items)
    rows = np.stack([rng.permutation(items)[:candidates] for _ in range(people)])
    scores = -np.sort(-rng.random((people, candidates)), axis=1)
    known = Context(Stock(graph, vectors), Profiles.of_users(graph, np.arange(people)), 6)
    return Candidates(rows, scores), known, vectors.astype(np.float64)


def relevance(scores):
    return (scores - scores.min()) / (scores.max() - scores.min())


def slowly(candidates, n, worth):
    """The greedy choice of one person, by a worth of (index, indexes above)."""
    chosen: list[int] = []
    for _ in range(n):
        left = [index for index in range(candidates.items.shape[1]) if index not in chosen]
        chosen.append(max(left, key=lambda index: worth(index, chosen)))
    return chosen


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.9])
def test_mmr_is_its_formula(weight):
    candidates, known, vectors = random_world()
    after = Mmr(weight, "text").apply(candidates, known)
    for row in range(5):
        worth = relevance(candidates.scores[row])
        cosines = vectors[candidates.items[row]] @ vectors[candidates.items[row]].T

        def marginal(index, above, worth=worth, cosines=cosines):
            return (1 - weight) * worth[index] - weight * max((cosines[index, j] for j in above), default=0)

        expected = slowly(candidates, 6, marginal)
        assert order(after, row)[:6] == candidates.items[row][expected].tolist()


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.9])
def test_dpp_adds_what_makes_the_determinant_largest(weight):
    candidates, known, vectors = random_world(seed=1)
    after = Dpp(weight, "text").apply(candidates, known)
    for row in range(5):
        worth = relevance(candidates.scores[row])
        cosines = vectors[candidates.items[row]] @ vectors[candidates.items[row]].T

        def volume(index, above, worth=worth, cosines=cosines):
            listed = [*above, index]
            log_det = np.linalg.slogdet(cosines[np.ix_(listed, listed)])[1]
            return (1 - weight) * worth[listed].sum() + weight * log_det

        expected = slowly(candidates, 6, volume)
        assert order(after, row)[:6] == candidates.items[row][expected].tolist()


def test_dpp_finds_the_best_list_of_two():
    candidates, known, vectors = random_world(people=1, seed=3)
    after = order(Dpp(1.0, "text").apply(candidates, known))
    first = candidates.items[0, 0]
    best = min(candidates.items[0, 1:], key=lambda item: abs(vectors[item] @ vectors[first]))
    assert after[:2] == [first, best]


@pytest.mark.parametrize("stage", STAGES)
def test_one_of_each_colour_comes_first(stage):
    after = stage(0.9).apply(ranked((0, 1, 2, 3, 4, 5)), context(n=3))
    assert order(after) == [0, 3, 5, 1, 2, 4]


@pytest.mark.parametrize("stage", STAGES)
def test_without_weight_the_order_stays(stage):
    candidates, known, _ = random_world()
    np.testing.assert_array_equal(stage(0.0, "text").apply(candidates, known).items, candidates.items)


@pytest.mark.parametrize("stage", STAGES)
def test_what_stands_behind_the_list_keeps_its_order(stage):
    candidates, known, _ = random_world()
    after = stage(0.9, "text").apply(candidates, known)
    for row in range(5):
        places = [order(candidates, row).index(item) for item in order(after, row)[6:]]
        assert places == sorted(places)


@pytest.mark.parametrize("stage", STAGES)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(stage):
    candidates, known, _ = random_world()
    short = stage(0.5, "text").apply(candidates, replace(known, n=3))
    long = stage(0.5, "text").apply(candidates, known)
    np.testing.assert_array_equal(short.items[:, :3], long.items[:, :3])


@pytest.mark.parametrize("stage", STAGES)
def test_alike_in_everything_is_ordered_by_score(stage):
    graph = make_graph([(0, 0)], num_items=5, facts=[(f"i{item}", "is", "thing") for item in range(5)])
    known = Context(Stock(graph), Profiles.of_users(graph, np.array([0])), 5)
    assert order(stage(0.9).apply(ranked((4, 3, 2, 1)), known)) == [4, 3, 2, 1]


@pytest.mark.parametrize("stage", STAGES)
def test_an_item_without_facts_is_not_taken_for_different(stage):
    after = order(stage(0.3).apply(ranked((0, 1, 2, 6, 7)), context(n=4)))
    assert after == [0, 1, 2, 6, 7]


@pytest.mark.parametrize("stage", STAGES)
def test_an_item_without_facts_hides_nothing(stage):
    candidates, known, _ = random_world(seed=4, unknown=range(20))
    after = stage(0.7, "text").apply(candidates, known)
    np.testing.assert_array_equal(after.items, candidates.items)


@pytest.mark.parametrize("stage", STAGES)
def test_people_are_worked_through_in_parts(stage, monkeypatch):
    candidates, known, _ = random_world(people=9)
    whole = stage(0.5, "text").apply(candidates, known)
    monkeypatch.setattr(greedy, "_PEOPLE", 4)
    monkeypatch.setattr(greedy, "_KERNEL", 15)
    np.testing.assert_array_equal(stage(0.5, "text").apply(candidates, known).items, whole.items)


def test_the_more_weight_the_less_alike():
    candidates, known, vectors = random_world(people=30, seed=5, centre=1.0)

    def alike(stage):
        lists = stage.apply(candidates, known).items[:, :6]
        return np.mean([vectors[a] @ vectors[b] for row in lists for a, b in itertools.combinations(row, 2)])

    for stage in STAGES:
        assert alike(stage(0.0, "text")) > alike(stage(0.9, "text")) + 0.02


def test_the_reason_names_what_is_new_above():
    after = Mmr(0.9).apply(ranked((0, 1, 3)), context(explain=True))
    assert after.told(0, 3) == ("mmr: moved up from place 3 to 2: nothing above it has colour blue",)
    after = Dpp(0.9, "text").apply(ranked((0, 1, 3)), context(explain=True))
    assert after.told(0, 3) == ("dpp: moved up from place 3 to 2: it is less like the items above it",)


def test_the_reason_names_the_like_above():
    after = Mmr(0.9).apply(ranked((0, 1, 3, 5)), context(explain=True))
    assert order(after) == [0, 3, 5, 1]
    assert after.told(0, 1) == ("mmr: moved down from place 2 to 4: like Item 0, it has colour red",)
    after = Mmr(0.9, "text").apply(ranked((0, 1, 3, 5)), context(explain=True))
    assert after.told(0, 1) == ("mmr: moved down from place 2 to 4: it is much like Item 0 above it",)


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_to_compare_by_is_said(stage):
    bare = Context(Stock(make_graph([(0, 0)])), context().profiles)
    for by in ("facts", "text"):
        with pytest.raises(QueryError, match=f"no item of graph 'world' has {by} to compare it by"):
            stage(by=by).apply(ranked((0,)), bare)


def test_facts_of_relations_weigh_the_same():
    assert STOCK.vectors("facts").shape[0] == SHOP.num_items
    lengths = STOCK.vectors("facts").multiply(STOCK.vectors("facts")).sum(axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 1, 1, 1, 1, 0], rtol=1e-6)
