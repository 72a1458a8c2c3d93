"""What every layer must do; discovery finds them, so a new one is tested without a word here."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gnn.adjacency import Adjacency
from gnn.layers import find
from gnn.tensors import to_hetero
from tests.worlds import make_graph

NAMES = tuple(find())
SIZE = 6
LIKES = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)]
FACTS = [
    ("i0", "made_by", "e0"),
    ("i1", "made_by", "e1"),
    ("i2", "made_by", "e0"),
    ("i2", "about", "e2"),
    ("i3", "about", "e3"),
    ("e2", "about", "e3"),
    ("u0", "aged", "e4"),
    # every relation competes with another fact for somebody's attention, in both directions
    ("u0", "about", "e3"),
    ("u1", "aged", "e4"),
    ("u1", "about", "e2"),
    ("i0", "about", "e2"),
    ("e0", "aged", "e4"),
    ("e0", "about", "e3"),
]


def world(likes=LIKES, facts=FACTS, **more):
    """Four people and five items; u3 and i4 have no edge of any kind."""
    return make_graph(likes, num_users=4, num_items=5, facts=facts, **more)


def adjacency(graph):
    return Adjacency.of(to_hetero(graph), len(graph.relations))


def layer_of(name, graph, seed=0):
    """A layer with weights drawn at random, so that no special start hides a mistake."""
    torch.manual_seed(seed)
    layer = find()[name](SIZE, 2 * len(graph.relations))
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.5)  # with more, attention looks at one fact only
    return layer.eval()


def size(name, graph):
    """How many nodes a layer sees: one over likes sees no entities."""
    return graph.num_users + graph.num_items if find()[name].edges == "likes" else graph.num_nodes


def inputs(name, graph, seed=1):
    return torch.randn(size(name, graph), SIZE, generator=torch.Generator().manual_seed(seed))


def neighbours(name, graph):
    """Who shares an edge of the layer's kind with whom, as sets of nodes by node."""
    if find()[name].edges == "likes":
        pairs = zip(graph.interactions.users, graph.interactions.items + graph.first("item"), strict=True)
    else:
        pairs = zip(graph.edges.heads, graph.edges.tails, strict=True)
    around = {node: set() for node in range(size(name, graph))}
    for here, there in pairs:
        around[int(here)].add(int(there))
        around[int(there)].add(int(here))
    return around


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name):
    layer = find()[name]
    assert layer.name == name
    assert layer.edges in {"likes", "facts"}
    assert ".. math::" in layer.__doc__, "a layer shows its formula"


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_numbers_are_kept(name):
    graph = world()
    out = layer_of(name, graph)(inputs(name, graph), adjacency(graph))
    assert out.shape == (size(name, graph), SIZE)
    assert out.dtype == torch.float32
    assert torch.isfinite(out).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("facts", [[], FACTS])
@pytest.mark.parametrize("likes", [(), LIKES])
def test_a_node_without_edges_stays_finite(name, likes, facts):
    graph = world(likes, facts)
    x = inputs(name, graph).requires_grad_()
    out = layer_of(name, graph)(x, adjacency(graph))
    assert torch.isfinite(out).all()
    if out.requires_grad:
        out.sum().backward()
        assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("name", NAMES)
def test_messages_go_along_every_edge_in_both_directions_and_nowhere_else(name):
    """The propagation test: whoever shares an edge with a node that changes, changes; nobody else does."""
    graph = world()
    edges, layer, x = adjacency(graph), layer_of(name, graph), inputs(name, graph)
    before = layer(x, edges)
    around = neighbours(name, graph)
    assert any(around.values())
    for node, near in around.items():
        changed = x.clone()
        changed[node] += 1.0
        moved = set((layer(changed, edges) - before).abs().amax(1).gt(1e-6).nonzero().flatten().tolist())
        assert moved - {node} == near


@pytest.mark.parametrize("name", NAMES)
def test_renumbered_nodes_get_the_same_vectors(name):
    first = world()
    user, item = [2, 0, 3, 1], [4, 2, 0, 1, 3]
    names = {f"u{old}": f"u{new}" for old, new in enumerate(user)}
    names |= {f"i{old}": f"i{new}" for old, new in enumerate(item)}
    order = [1, 2, 0, 5, 4, 3, 6, *range(12, 6, -1)]  # the relations keep their numbers, the entities do not
    facts = [tuple(names.get(end, end) for end in FACTS[index]) for index in order]
    second = world([(user[u], item[i]) for u, i in reversed(LIKES)], facts)
    assert [relation.id for relation in first.relations] == [relation.id for relation in second.relations]
    place = [
        second.node(first.kind(node), names.get(first.id(node), first.id(node)))
        for node in range(size(name, first))
    ]
    assert place != sorted(place)
    x = inputs(name, first)
    y = torch.empty_like(x)
    y[place] = x
    layer = layer_of(name, first)
    torch.testing.assert_close(layer(y, adjacency(second))[place], layer(x, adjacency(first)))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_reach_the_inputs_and_every_parameter(name):
    graph = world()
    layer, x = layer_of(name, graph), inputs(name, graph).requires_grad_()
    (layer(x, adjacency(graph)) * inputs(name, graph, seed=2)).sum().backward()
    linked = [node for node, near in neighbours(name, graph).items() if near]
    assert (x.grad[linked].abs().sum(1) > 0).all()
    for parameter_name, parameter in layer.named_parameters():
        assert (parameter.grad.flatten(1).abs().sum(1) > 0).all(), parameter_name


@pytest.mark.parametrize("name", NAMES)
def test_heldout_likes_carry_nothing(name):
    heldout = [(3, 4), (0, 3)]
    without, withheld, learned = world(), world(heldout=heldout), world([*LIKES, *heldout])
    layer, x = layer_of(name, without), inputs(name, without)
    plain = layer(x, adjacency(without))
    assert torch.equal(layer(x, adjacency(withheld)), plain)
    uses_likes = layer.edges == "likes"
    assert torch.equal(layer(x, adjacency(learned)), plain) is not uses_likes


@pytest.mark.parametrize("name", NAMES)
def test_an_edge_told_twice_is_one_edge(name):
    once, twice = world(), world([*LIKES, *LIKES])
    layer, x = layer_of(name, once), inputs(name, once)
    torch.testing.assert_close(layer(x, adjacency(twice)), layer(x, adjacency(once)))


@pytest.mark.parametrize("name", NAMES)
def test_weights_survive_being_saved(name):
    graph = world()
    layer, other = layer_of(name, graph), layer_of(name, graph, seed=5)
    other.load_state_dict(layer.state_dict())
    x, edges = inputs(name, graph), adjacency(graph)
    np.testing.assert_array_equal(other(x, edges).detach(), layer(x, edges).detach())
