"""Graphs with other links: what has to stay stays, and the links are really others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kg.graph import Edges
from kg.wiring import rewired, shuffled, without
from tests.worlds import make_graph

LIKES = [(0, 0, 5), (0, 1, 6), (1, 2, 7)]


def keys(graph):
    edges = graph.edges
    return sorted(zip(edges.heads.tolist(), edges.relations.tolist(), edges.tails.tolist(), strict=True))


def untouched(graph, other):
    assert other.interactions is graph.interactions
    assert other.heldout is graph.heldout
    assert other.ratings is graph.ratings
    assert (other.users, other.items, other.relations) == (graph.users, graph.items, graph.relations)
    assert other.item_texts == graph.item_texts


@pytest.fixture
def films():
    """Five films, one of them without facts; a director with a country; two people with an age."""
    facts = [
        *[("i0", "by", "ann"), ("i1", "by", "bob"), ("i2", "by", "cid"), ("i3", "by", "dan")],
        *[("i0", "genre", "drama"), ("i0", "genre", "crime"), ("i1", "genre", "drama")],
        *[("ann", "from", "italy"), ("u0", "age", "old"), ("u1", "age", "young"), ("i0", "follows", "i1")],
    ]
    graph = make_graph(
        LIKES,
        num_items=5,
        heldout=[(1, 3)],
        facts=facts,
        texts={f"i{row}": f"film {row}" for row in range(5)},
    )
    years = np.arange(graph.num_nodes, dtype=np.float64)
    return replace(graph, numbers={"year": years})


def dense(seed=0, heads=40, tails=30, size=300):
    """Random facts of two relations between items, and from items to entities."""
    rng = np.random.default_rng(seed)
    names = [f"i{row}" for row in range(heads)]
    facts = {(names[rng.integers(heads)], "has", f"e{rng.zipf(1.5) % tails}") for _ in range(size)} | {
        (names[one], "like", names[two])
        for one, two in rng.integers(heads, size=(size // 3, 2))
        if one != two
    }
    return make_graph(LIKES, num_items=heads, facts=sorted(facts))


def test_without_facts_there_are_people_and_items(films):
    alone = without(films)
    untouched(films, alone)
    assert (alone.num_nodes, len(alone.entities), len(alone.edges)) == (7, 0, 0)
    assert alone.numbers["year"].tolist() == list(range(7))


def test_each_item_gets_the_facts_of_another(films):
    other = shuffled(films, seed=1)
    untouched(films, other)

    def said(graph):
        """What is said of each item, its own place and those of others left out."""
        first, last = graph.first("item"), graph.first("entity")
        return {
            row: sorted(
                (int(relation), int(end) if not first <= end < last else -1)
                for item, relation, end in zip(*graph.facts_of("item"), strict=True)
                if item == row
            )
            for row in range(5)
        }

    before, after = said(films), said(other)
    assert after[4] == before[4] == []
    assert sorted(after.values()) == sorted(before.values())
    assert all(after[row] != before[row] for row in range(4))
    of_others = [key for key in keys(films) if not 2 <= key[0] < 7]
    assert [key for key in keys(other) if not 2 <= key[0] < 7] == of_others
    assert len(of_others) == 3


def test_a_single_item_with_facts_keeps_them():
    graph = make_graph(LIKES, facts=[("i1", "by", "ann")])
    assert keys(shuffled(graph)) == keys(graph)


def degrees(graph, side):
    ends = getattr(graph.edges, side)
    counted = np.zeros((len(graph.relations), graph.num_nodes), dtype=np.int64)
    np.add.at(counted, (graph.edges.relations, ends), 1)
    return counted


@pytest.mark.parametrize("seed", range(5))
def test_rewiring_keeps_every_degree_and_makes_other_links(seed):
    graph = dense(seed)
    other = rewired(graph, seed)
    untouched(graph, other)
    for side in ("heads", "tails"):
        np.testing.assert_array_equal(degrees(other, side), degrees(graph, side))
    assert len(set(keys(other))) == len(graph.edges)  # none twice
    assert (other.edges.heads != other.edges.tails).all()
    assert len(set(keys(other)) & set(keys(graph))) < 0.5 * len(graph.edges)


def test_what_can_only_be_so_stays():
    """All facts of one head, and all heads with all tails."""
    star = make_graph(LIKES, facts=[("i0", "has", f"e{row}") for row in range(6)])
    full = make_graph(
        LIKES, facts=[(f"i{row}", "has", f"e{other}") for row in range(3) for other in range(4)]
    )
    for graph in (star, full):
        assert keys(rewired(graph)) == keys(graph)


@pytest.mark.parametrize(("size", "ways"), [(2, 2), (3, 6)])
def test_every_graph_of_the_same_degrees_comes_about(size, ways):
    """So many items with a fact each."""
    graph = make_graph(LIKES, facts=[(f"i{row}", "has", f"e{row}") for row in range(size)])
    assert len({tuple(keys(rewired(graph, seed))) for seed in range(60)}) == ways


def test_a_fact_that_is_there_twice_stays_so():
    graph = make_graph(LIKES, facts=[(f"i{row}", "has", f"e{row}") for row in range(3)])
    edges = graph.edges
    twice = replace(graph, edges=Edges(*(np.tile(c, 2) for c in (edges.heads, edges.relations, edges.tails))))
    other = rewired(twice)
    for side in ("heads", "tails"):
        np.testing.assert_array_equal(degrees(other, side), degrees(twice, side))


@pytest.mark.parametrize("wire", [shuffled, rewired])
def test_the_seed_decides(wire):
    graph = dense()
    assert keys(wire(graph, 3)) == keys(wire(graph, 3)) != keys(wire(graph, 4))


@pytest.mark.parametrize("wire", [without, shuffled, rewired])
def test_nothing_to_rewire(wire):
    graph = make_graph(LIKES)
    assert keys(wire(graph)) == []
    untouched(graph, wire(graph))
