"""The border from graph to tensors: everything arrives, in both directions, and nothing that is held out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn.tensors import to_hetero
from tests.worlds import make_graph

LIKES = [(0, 1, 10, 5), (0, 0, 20, 3), (1, 1, 30, 1)]
FACTS = [
    ("i0", "about", "e0"),
    ("i0", "about", "i1"),  # one relation between items and entities, and between items
    ("e0", "part_of", "e1"),
    ("u1", "aged", "e2"),
]


@pytest.fixture
def graph():
    return make_graph(LIKES, facts=FACTS, heldout=[(1, 0, 99, 9)])


def triples(data, graph, *, against):
    """Every fact in a HeteroData as (head id, relation id, tail id), read from one of its directions."""
    found = set()
    for source, name, target in data.edge_types:
        if "likes" in name or name.startswith("rev_") is not against:
            continue
        relation = graph.relations[int(name.removeprefix("rev_").removeprefix("r"))].id
        for here, there in data[source, name, target].edge_index.T.tolist():
            ends = graph.vocabulary(source).ids[here], graph.vocabulary(target).ids[there]
            head, tail = reversed(ends) if against else ends
            found.add((head, relation, tail))
    return found


@pytest.mark.parametrize("against", [False, True])
def test_every_fact_arrives_in_either_direction(graph, against):
    assert triples(to_hetero(graph), graph, against=against) == set(FACTS)


def test_every_edge_type_has_its_reverse(graph):
    data = to_hetero(graph)
    assert len(data.edge_types) == 2 * 5  # likes, aged, part of, and about twice
    for source, name, target in data.edge_types:
        reverse = name.removeprefix("rev_") if name.startswith("rev_") else f"rev_{name}"
        assert torch.equal(
            data[target, reverse, source].edge_index, data[source, name, target].edge_index.flip(0)
        )


def test_likes_carry_weight_and_time_in_either_direction(graph):
    data = to_hetero(graph)
    for edge_type, users in ((("user", "likes", "item"), 0), (("item", "rev_likes", "user"), 1)):
        store = data[edge_type]
        ends = store.edge_index.T.tolist()
        rows = {
            (end[users], end[1 - users], time, weight)
            for end, time, weight in zip(ends, store.time.tolist(), store.weight.tolist(), strict=True)
        }
        assert rows == set(LIKES)


def test_heldout_likes_stay_out(graph):
    assert [1, 0] not in to_hetero(graph)["user", "likes", "item"].edge_index.T.tolist()


def test_nodes_are_counted_by_kind(graph):
    data = to_hetero(graph)
    assert data.node_types == ["user", "item", "entity"]
    assert [data[kind].num_nodes for kind in data.node_types] == [2, 2, 3]


def test_a_graph_without_facts_has_no_entities():
    data = to_hetero(make_graph([(0, 0)]))
    assert data["entity"].num_nodes == 0
    assert len(data.edge_types) == 2


def test_a_kind_without_nodes_takes_no_facts():
    graph = make_graph(num_users=0, num_items=2, facts=[("i1", "about", "e0")])
    data = to_hetero(graph)
    assert data["item", "r0", "entity"].edge_index.tolist() == [[1], [0]]
    graph = make_graph([(0, 0)], facts=[("i0", "follows", "i0"), ("u0", "knows", "u0")])
    assert set(to_hetero(graph).edge_types) >= {("item", "r0", "item"), ("user", "r1", "user")}


def test_what_does_not_fit_is_refused(graph):
    object.__setattr__(
        graph.interactions, "items", np.array([0, 1, 7])
    )  # a graph checks itself; break it after
    with pytest.raises(ValueError, match="7"):
        to_hetero(graph)
