"""The layers against their formulas, written out fact by fact."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from gnn.adjacency import Adjacency
from gnn.layers import find, over
from gnn.named import OptionError
from gnn.tensors import to_hetero
from tests.worlds import make_graph

SIZE = 4
FACTS = [
    ("i0", "made_by", "e0"),
    ("i1", "made_by", "e0"),
    ("i0", "made_by", "e1"),
    ("i0", "about", "e2"),
    ("i1", "about", "e2"),
    ("e0", "about", "e2"),
    ("u0", "aged", "e3"),
    ("u0", "about", "e2"),
]


def world():
    graph = make_graph([(0, 0), (1, 1)], num_items=3, facts=FACTS)
    x = torch.randn(graph.num_nodes, SIZE, generator=torch.Generator().manual_seed(1))
    return graph, Adjacency.of(to_hetero(graph), len(graph.relations)), x


def layer_of(name, graph):
    torch.manual_seed(0)
    layer = find()[name](SIZE, 2 * len(graph.relations))
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer


def told(graph):
    """For each node, who tells it something by which directed relation; a head is told by the odd number."""
    around = {node: [] for node in range(graph.num_nodes)}
    edges = graph.edges
    for head, relation, tail in zip(edges.heads, edges.relations, edges.tails, strict=True):
        around[int(tail)].append((int(head), 2 * int(relation)))
        around[int(head)].append((int(tail), 2 * int(relation) + 1))
    return around


def by_hand(graph, x, message):
    """A row per node from its own vector and what it is told, zeros where it is told nothing."""
    rows = [message(node, near) if near else torch.zeros(SIZE) for node, near in told(graph).items()]
    return torch.stack(rows)


def kind_of(graph, node):
    return ("user", "item", "entity").index(graph.kind(node))


@torch.no_grad()
def test_rgcn_sums_over_relations_the_means_within_them():
    graph, adjacency, x = world()
    layer = layer_of("rgcn", graph)

    def message(node, near):
        total = torch.zeros(SIZE)
        for relation in {relation for _, relation in near}:
            weight = sum(layer.shares[relation, basis] * layer.bases[basis] for basis in range(4))
            total += torch.stack([x[there] for there, other in near if other == relation]).mean(0) @ weight
        return total

    expected = x @ layer.itself.weight.T + by_hand(graph, x, message)
    torch.testing.assert_close(layer(x, adjacency), expected)


@torch.no_grad()
def test_kgat_attends_over_all_facts_of_a_node_and_mixes_by_sum_and_product():
    graph, adjacency, x = world()
    layer = layer_of("kgat", graph)

    def message(node, near):
        logits = torch.stack(
            [
                (x[there] @ layer.weights[relation, 0])
                @ torch.tanh(x[node] @ layer.weights[relation, 0] + layer.relations[relation])
                for there, relation in near
            ]
        )
        return logits.softmax(0) @ torch.stack([x[there] for there, _ in near])

    heard = by_hand(graph, x, message)
    expected = functional.leaky_relu((x + heard) @ layer.sum.weight.T) + functional.leaky_relu(
        (x * heard) @ layer.product.weight.T
    )
    torch.testing.assert_close(layer(x, adjacency), expected)


@torch.no_grad()
def test_hgt_attends_by_kind_relation_and_head():
    graph, adjacency, x = world()
    layer = layer_of("hgt", graph)
    assert layer.num_heads == 4  # numbers of one each

    def message(node, near):
        query = layer.queries[kind_of(graph, node)](x[node])
        heads = []
        for head in range(4):
            logits, values = [], []
            for there, relation in near:
                key = layer.keys[kind_of(graph, there)](x[there])[head]
                value = layer.values[kind_of(graph, there)](x[there])[head]
                product = key * layer.attention[relation, head, 0, 0] * query[head]
                logits.append(layer.prior[relation, head] * product)
                values.append(value * layer.messages[relation, head, 0, 0])
            heads.append(torch.stack(logits).softmax(0) @ torch.stack(values))
        return layer.out[kind_of(graph, node)](functional.gelu(torch.stack(heads)))

    torch.testing.assert_close(layer(x, adjacency), x + by_hand(graph, x, message))


@torch.no_grad()
def test_kgin_weighs_relations_by_the_intents_a_node_attends_to():
    graph, adjacency, x = world()
    layer = layer_of("kgin", graph)
    mixes = layer.intents.softmax(1)
    vectors = mixes @ layer.relations

    def message(node, near):
        chosen = (vectors @ x[node]).softmax(0)
        parts = [
            len(layer.relations) * (chosen @ mixes[:, relation]) * layer.relations[relation] * x[there]
            for there, relation in near
        ]
        return torch.stack(parts).mean(0)

    torch.testing.assert_close(layer(x, adjacency), x + by_hand(graph, x, message))


@pytest.mark.parametrize("name", ["compgcn", "hgt", "kgin", "rgcn"])  # kgat squashes all, as published
def test_facts_begin_with_a_quiet_voice(name):
    graph, adjacency, x = world()
    torch.manual_seed(0)
    before = x
    after = find()[name](SIZE, 2 * len(graph.relations))(x, adjacency)
    alone = graph.node("item", "i2")
    torch.testing.assert_close(after[alone], before[alone])
    assert 0 < (after - before).norm() < 0.5 * before.norm()


def test_a_layer_by_name():
    assert over("facts", "hgt") is find()["hgt"]
    assert over("likes", "lightgcn") is find()["lightgcn"]
    for name in ("sage", "lightgcn", ""):
        with pytest.raises(OptionError, match=r"no layer over facts .*; known are compgcn, hgt, kgat, kgin"):
            over("facts", name)


def test_bfloat16_changes_little():
    graph, adjacency, x = world()
    for name in find():
        layer = layer_of(name, graph).requires_grad_()
        rows = x[: adjacency.likes.shape[0]] if layer.edges == "likes" else x
        whole = layer(rows, adjacency)
        with torch.autocast("cpu", torch.bfloat16):
            half = layer(rows, adjacency)
        assert (half - whole).abs().max() < 0.1 * whole.abs().max()
        if half.requires_grad:
            half.sum().backward()
            assert all(parameter.grad.dtype == torch.float32 for parameter in layer.parameters())
