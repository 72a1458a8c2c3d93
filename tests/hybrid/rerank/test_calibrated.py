"""Calibration: the formula written slowly, and mixes with one right answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hybrid.profiles import Profiles
from hybrid.rerank import Candidates, Context, Stock
from hybrid.rerank.calibrated import Calibrated
from kg.errors import QueryError
from tests.shop import STOCK, context, order, ranked
from tests.worlds import make_graph

COLOUR = "has_colour"


def distance(wanted, shares):
    """KL(p, 0.99 q + 0.01 p) of a history's mix and that of some items, their shares of shape (k, kinds)."""
    total = shares.sum()
    got = shares.sum(axis=0) / total if total else np.zeros_like(wanted)
    mixed = 0.99 * got + 0.01 * wanted
    return sum(p * np.log(p / q) for p, q in zip(wanted, mixed, strict=True) if p > 0)


def random_world(seed=0, items=16, kinds=4):
    rng = np.random.default_rng(seed)
    pairs = [(item, kind) for item in range(items) for kind in range(kinds) if rng.random() < 0.4]
    pairs += [(item, 0) for item in range(items) if item not in {row for row, _ in pairs}]
    likes = [(user, item) for user in range(3) for item in rng.permutation(items)[:5]]
    graph = make_graph(
        likes, num_items=items, facts=[(f"i{item}", "genre", f"g{kind}") for item, kind in sorted(pairs)]
    )
    shares = np.zeros((items, kinds))
    shares[tuple(np.array(pairs).T)] = 1
    names = [graph.entities.number(f"g{kind}") for kind in range(kinds)]
    assert sorted(names) == list(range(kinds))
    return graph, shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weight", [0.3, 0.8, 1.0])
def test_it_is_its_formula(weight):
    graph, shares = random_world()
    profiles = Profiles.of_users(graph, np.arange(3))
    rng = np.random.default_rng(1)
    candidates = Candidates(
        np.stack([rng.permutation(16)[:10] for _ in range(3)]), -np.sort(-rng.random((3, 10)), axis=1)
    )
    after = Calibrated(weight, "genre").apply(candidates, Context(Stock(graph), profiles, 5))
    for row in range(3):
        history = shares[profiles.history(row)].sum(axis=0)
        wanted, scores = history / history.sum(), candidates.scores[row]
        worth = (scores - scores[-1]) / (scores[0] - scores[-1])
        chosen: list[int] = []
        for _ in range(5):
            gains = [
                -np.inf
                if index in chosen
                else (1 - weight) * worth[index]
                - weight * distance(wanted, shares[candidates.items[row][[*chosen, index]]])
                for index in range(10)
            ]
            chosen.append(int(np.argmax(gains)))
        assert order(after, row)[:5] == candidates.items[row][chosen].tolist()


def test_a_list_has_the_mix_of_the_history():
    """u9 likes a red, a blue and a green item."""
    after = Calibrated(0.9, COLOUR).apply(ranked((0, 1, 2, 3, 4, 5)), context(9, n=3))
    assert sorted(order(after)[:3]) == [0, 3, 5]


def test_the_best_mix_of_two_that_there_is():
    graph, shares = random_world(seed=2)
    profiles = Profiles.of_users(graph, np.array([0]))
    candidates = Candidates(np.arange(16)[None], np.linspace(1, 0, 16)[None])
    known = Context(Stock(graph), profiles, 8)
    after = order(Calibrated(1.0, "genre").apply(candidates, known))[:8]
    history = shares[profiles.items].sum(axis=0)
    wanted = history / history.sum()
    best = min(distance(wanted, shares[list(pair)]) for pair in itertools.combinations(range(16), 8))
    assert distance(wanted, shares[after]) < best + 0.01


def test_without_weight_the_order_stays():
    after = Calibrated(0.0, COLOUR).apply(ranked((0, 1, 2, 3, 4, 5)), context(9))
    assert order(after) == [0, 1, 2, 3, 4, 5]


def test_without_a_history_the_order_stays():
    after = Calibrated(0.9, COLOUR).apply(ranked((0, 1, 2, 3, 4, 5)), context())
    assert order(after) == [0, 1, 2, 3, 4, 5]


def test_an_item_of_no_kind_moves_for_no_reason_of_its_own():
    after = order(Calibrated(0.5, COLOUR).apply(ranked((0, 1, 7, 2, 3)), context(9)))
    assert after.index(1) < after.index(7) < after.index(2)


def test_classes_are_kinds_where_no_relation_is_named():
    after = Calibrated(0.9).apply(ranked((6, 0, 7, 1)), context(9, n=2, explain=True))
    assert order(after)[:2] == [0, 1]  # u9 likes toys only
    assert after.told(0, 0) == (
        "calibrated: moved up from place 2 to 1: 100% of what is liked is of the class Toy, "
        "0% of what is above it",
    )


def test_the_shares_are_told():
    after = Calibrated(0.9, COLOUR).apply(ranked((0, 1, 2, 3, 4, 5)), context(9, n=3, explain=True))
    assert order(after)[:3] == [0, 3, 5]
    assert after.told(0, 3) == (
        "calibrated: moved up from place 4 to 2: 33% of what is liked has colour blue, "
        "0% of what is above it",
    )


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("has_color", "relation 'has_color' is not in the graph; did you mean 'has_colour'?"),
        (
            "",
            "all items of graph 'bare' are of one class; name the relation that tells their kinds, one of of",
        ),
        ("of", "relation 'of' says nothing of any item of graph 'bare'"),
    ],
)
def test_what_cannot_be_a_kind_is_said(relation, said):
    bare = make_graph([(0, 0)], facts=[("u0", "of", "x")], name="bare")
    stock = STOCK if relation == "has_color" else Stock(bare)
    with pytest.raises(QueryError) as caught:
        Calibrated(relation=relation).apply(
            ranked((0,)), Context(stock, Profiles.of_users(bare, np.array([0])))
        )
    assert said in str(caught.value)
