"""Sparse products agree with dense ones, and the normalisations with numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn.adjacency import Adjacency
from gnn.sparse import Product
from gnn.tensors import to_hetero
from tests.worlds import make_graph


def adjacency(graph):
    return Adjacency.of(to_hetero(graph), len(graph.relations))


def dense(product):
    return product(torch.eye(product.shape[1]))


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 1)])
def test_a_product_and_its_gradient_are_the_dense_ones(shape):
    generator = torch.Generator().manual_seed(sum(shape))
    matrix = torch.rand(shape, generator=generator) * (torch.rand(shape, generator=generator) < 0.5)
    matrix[0, 0] = 2.0
    rows, columns = matrix.nonzero().T
    shuffled = torch.randperm(len(rows), generator=generator)
    product = Product(rows[shuffled], columns[shuffled], matrix[rows, columns][shuffled], shape)
    x = torch.randn(shape[1], 4, generator=generator)
    weights = torch.randn(shape[0], 4, generator=generator)
    sparse, plain = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(product(sparse), matrix @ plain)
    (product(sparse) * weights).sum().backward()
    ((matrix @ plain) * weights).sum().backward()
    torch.testing.assert_close(sparse.grad, plain.grad)


def test_an_empty_product_is_zero_and_has_a_zero_gradient():
    nothing = torch.zeros(0, dtype=torch.long)
    x = torch.ones(2, 3, requires_grad=True)
    out = Product(nothing, nothing, torch.zeros(0), (4, 2))(x)
    assert out.tolist() == [[0.0] * 3] * 4
    out.sum().backward()
    assert x.grad.tolist() == [[0.0] * 3] * 2


def test_likes_are_normalised_by_both_ends():
    # u0 likes i0 and i1, u1 likes i1: degrees u0 2, u1 1, i0 1, i1 2, i2 0
    edges = adjacency(make_graph([(0, 0), (0, 1), (1, 1), (1, 1)], num_items=3))
    root = 2**-0.5
    expected = torch.zeros(5, 5)
    expected[0, 2] = expected[2, 0] = root  # 1 / sqrt(2 * 1)
    expected[0, 3] = expected[3, 0] = 0.5  # 1 / sqrt(2 * 2)
    expected[1, 3] = expected[3, 1] = root  # 1 / sqrt(1 * 2)
    torch.testing.assert_close(dense(edges.likes), expected)
    assert edges.degrees.tolist() == [2, 1, 1, 2, 0]


def test_a_mean_within_each_relation_and_then_over_the_relations():
    # nodes: u0, i0, i1, then e0, e1, e2; twenty actors must not drown one director
    graph = make_graph(
        [(0, 0)],
        num_items=2,
        facts=[("i0", "made_by", "e0"), ("i0", "about", "e1"), ("i0", "about", "e2"), ("i1", "about", "e2")],
    )
    edges = adjacency(graph)
    mean = dense(edges.spread) @ dense(edges.gather)
    torch.testing.assert_close(mean[1], torch.tensor([0, 0, 0, 1 / 2, 1 / 4, 1 / 4]))
    torch.testing.assert_close(mean[2], torch.tensor([0, 0, 0, 0, 0, 1.0]))
    torch.testing.assert_close(mean[5], torch.tensor([0, 1 / 2, 1 / 2, 0, 0, 0]))
    assert mean[0].tolist() == [0.0] * 6


def test_a_relation_and_its_reverse_are_two():
    graph = make_graph([(0, 0)], facts=[("i0", "made_by", "e0"), ("e0", "lives_in", "e1")])
    edges = adjacency(graph)
    assert edges.num_relations == 4
    gathered = dense(edges.gather)
    by_source = {
        (int(relation), int(row.argmax())) for relation, row in zip(edges.relation_of, gathered, strict=True)
    }
    # (directed relation, where the message comes from): even along the relation, odd against it
    assert by_source == {(0, graph.node("item", "i0")), (1, graph.node("entity", "e0")),
                         (2, graph.node("entity", "e0")), (3, graph.node("entity", "e1"))}  # fmt: skip


def test_it_moves_to_a_device_whole():
    graph = make_graph([(0, 0)], facts=[("i0", "made_by", "e0")])
    moved = adjacency(graph).to(torch.device("cpu"))
    np.testing.assert_array_equal(dense(moved.likes), dense(adjacency(graph).likes))
    np.testing.assert_array_equal(dense(moved.gather), dense(adjacency(graph).gather))


def test_the_facts_one_by_one_are_those_of_the_graph_in_both_directions():
    graph = make_graph([(0, 0)], num_items=2, facts=[("i1", "about", "e0"), ("i0", "made_by", "e0")])
    edges = adjacency(graph)
    told = list(
        zip(
            *(part.tolist() for part in (edges.facts.sources, edges.facts.relations, edges.facts.targets)),
            strict=True,
        )
    )
    # u0, i0, i1, e0; relation 2r from head to tail, 2r + 1 back; in order of the target
    assert told == [(3, 3, 1), (3, 1, 2), (2, 0, 3), (1, 2, 3)]
    assert edges.sizes == (1, 2, 1)


def test_a_matrix_per_relation_and_head_on_each_pair():
    graph = make_graph([(0, 0)], num_items=2, facts=[("i0", "a", "e0"), ("i0", "a", "e1"), ("i1", "b", "e0")])
    senders = adjacency(graph).facts.senders
    assert senders.of_fact.max() + 1 == len(senders) == 5  # i0 tells two by one relation
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(len(senders), 6, generator=generator)
    weights = torch.randn(4, 2, 3, 5, generator=generator)
    expected = [
        torch.cat([row[3 * head : 3 * head + 3] @ weights[relation, head] for head in range(2)])
        for row, relation in zip(rows, senders.relations, strict=True)
    ]
    torch.testing.assert_close(senders.transform(rows, weights), torch.stack(expected))


def test_attention_adds_up_to_one_for_whoever_is_told_something():
    facts = adjacency(
        make_graph([(0, 0)], facts=[("i0", "a", "e0"), ("i0", "a", "e1"), ("e1", "b", "e0")])
    ).facts
    weights = facts.attention(torch.randn(len(facts.targets), 2, generator=torch.Generator().manual_seed(0)))
    sums = torch.zeros(facts.num_nodes, 2).index_add(0, facts.targets, weights)
    torch.testing.assert_close(sums, torch.tensor([0.0, 1.0, 1.0, 1.0]).unsqueeze(1).expand(4, 2))


def test_what_a_silent_node_is_told_stays_and_what_it_tells_goes():
    graph = make_graph([(0, 0)], num_items=3, facts=[("i0", "about", "e0"), ("i1", "about", "e0")])
    whole = adjacency(graph)
    silent = torch.zeros(graph.num_nodes, dtype=torch.bool)
    silent[graph.node("item", "i1")] = True
    part = whole.unheard(silent)
    first, second, entity = graph.node("item", "i0"), graph.node("item", "i1"), graph.node("entity", "e0")
    facts = set(zip(part.facts.sources.tolist(), part.facts.targets.tolist(), strict=True))
    assert facts == {(first, entity), (entity, first), (entity, second)}
    told = dense(part.spread) @ dense(part.gather)
    assert told[entity].tolist() == [float(node == first) for node in range(graph.num_nodes)]
    assert told[second].tolist() == [float(node == entity) for node in range(graph.num_nodes)]
    torch.testing.assert_close(dense(part.likes), dense(whole.likes))
