"""The encoder: people are linear in what they like, and each switch does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from gnn.adjacency import Adjacency
from gnn.encoder import EncoderOptions, GraphEncoder
from gnn.layers import find
from gnn.named import OptionError
from gnn.tensors import to_hetero
from tests.worlds import make_graph

SIZE = 5
LIKES = [(0, 0), (0, 1), (0, 2), (1, 1), (2, 2), (2, 3), (3, 0), (3, 3)]
FACTS = [("i0", "made_by", "e0"), ("i1", "made_by", "e0"), ("i3", "about", "e1")]
AGES = [("u0", "aged", "e2"), ("u2", "aged", "e3")]


class Free(nn.Module):
    """A free vector per node."""

    def __init__(self, num_nodes, *, zeros=False):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(num_nodes, SIZE) if zeros else torch.randn(num_nodes, SIZE))

    def forward(self):
        return self.weight


def encoder_of(graph, seed=0, **options):
    torch.manual_seed(seed)
    inputs = {
        kind: Free(len(graph.vocabulary(kind)), zeros=kind == "user") for kind in ("user", "item", "entity")
    }
    adjacency = Adjacency.of(to_hetero(graph), len(graph.relations))
    return GraphEncoder(EncoderOptions(embedding_size=SIZE, **options), inputs, adjacency, graph)


def history(graph, user):
    return np.unique(graph.interactions.items[graph.interactions.users == user])


@pytest.mark.parametrize("num_layers", [1, 2, 3])
def test_a_person_made_from_a_history_is_the_node_of_the_user_with_it(num_layers):
    graph = make_graph(LIKES, facts=FACTS)
    vectors = encoder_of(graph, num_layers=num_layers).embeddings()
    assert not vectors.bases.any()
    for user in range(graph.num_users):
        person = vectors.person(history(graph, user))
        np.testing.assert_allclose(person, vectors.nodes[user], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_what_is_known_of_a_user_is_their_base(num_layers):
    graph = make_graph(LIKES, facts=[*FACTS, *AGES])
    vectors = encoder_of(graph, num_layers=num_layers).embeddings()
    assert vectors.bases[0].any()
    assert not vectors.bases[1].any()
    for user in range(graph.num_users):
        person = vectors.person(history(graph, user), vectors.bases[user])
        np.testing.assert_allclose(person, vectors.nodes[user], rtol=1e-5, atol=1e-6)


def test_each_like_adds_its_own_share():
    vectors = encoder_of(make_graph(LIKES, facts=FACTS)).embeddings()
    both = vectors.person(np.array([0, 3])) * np.sqrt(2)
    apart = vectors.person(np.array([0])) + vectors.person(np.array([3]))
    np.testing.assert_allclose(both, apart, rtol=1e-5, atol=1e-6)
    assert not vectors.person(np.array([], dtype=np.int64)).any()


def test_one_like_worked_out_by_hand():
    # x_u = 0 and x_i = v; the steps of the user are 0, v, 0 and of the item v, 0, v; nodes are their means
    encoder = encoder_of(make_graph([(0, 0)]), num_layers=2)
    v = encoder.inputs["item"].weight.detach().numpy()[0]
    vectors = encoder.embeddings()
    np.testing.assert_allclose(vectors.nodes, [v / 3, 2 * v / 3], rtol=1e-6)
    np.testing.assert_allclose(
        vectors.contexts, [v / 3], rtol=1e-6
    )  # what the item says before its last step


def moved_by(encoder, kind, row):
    """Which nodes get another vector when one node's input changes."""
    before = encoder.embeddings().nodes
    with torch.no_grad():
        encoder.inputs[kind].weight[row] += 1.0
    return set(np.flatnonzero(np.abs(encoder.embeddings().nodes - before).max(1) > 1e-6).tolist())


def test_without_layers_nothing_propagates():
    graph = make_graph(LIKES, facts=FACTS)
    bare = {"num_layers": 0, "num_fact_layers": 0}
    assert moved_by(encoder_of(graph, **bare), "item", 0) == {graph.node("item", "i0")}
    vectors = encoder_of(graph, **bare).embeddings()
    own = encoder_of(graph, **bare).inputs["item"].weight.detach().numpy()
    np.testing.assert_array_equal(vectors.items, own)
    degrees = np.bincount(graph.interactions.items)[:, None]
    np.testing.assert_allclose(vectors.contexts, own / np.sqrt(degrees), rtol=1e-6)


def test_with_layers_a_change_goes_as_many_steps_as_there_are_layers():
    graph = make_graph(LIKES, facts=FACTS)
    near = {graph.node("item", "i0"), 0, 3}  # i0 and who likes it
    assert moved_by(encoder_of(graph, num_layers=1, num_fact_layers=0), "item", 0) == near
    further = near | {graph.node("item", name) for name in ("i1", "i2", "i3")}
    assert moved_by(encoder_of(graph, num_layers=2, num_fact_layers=0), "item", 0) == further
    made = {graph.node("entity", "e0"), graph.node("item", "i0"), graph.node("item", "i1")}
    assert moved_by(encoder_of(graph, num_layers=0, num_fact_layers=1), "entity", 0) == made


def test_without_fact_layers_the_facts_say_nothing():
    options = {"num_fact_layers": 0, "num_layers": 2}
    with_facts = encoder_of(make_graph(LIKES, facts=FACTS), **options).embeddings()
    without = encoder_of(make_graph(LIKES), **options).embeddings()
    np.testing.assert_array_equal(with_facts.items, without.items)


def test_dropout_is_for_training_only():
    encoder = encoder_of(make_graph(LIKES, facts=FACTS), dropout=0.5)
    encoder.train()
    assert not torch.equal(encoder().items, encoder().items)
    np.testing.assert_array_equal(encoder.embeddings().items, encoder.embeddings().items)


def test_views_differ_from_the_nodes_by_the_noise():
    graph = make_graph(LIKES, facts=FACTS)
    encoder = encoder_of(graph, num_layers=1).eval()
    torch.nn.init.normal_(encoder.inputs["user"].weight)
    assert encoder().views == ()
    vectors = encoder(views=2, noise=0.4)
    first, second = vectors.views
    assert not torch.equal(first, second)
    liked = slice(0, 8)  # people and items; entities get nothing over likes, and no noise
    torch.testing.assert_close((first - vectors.nodes)[liked].norm(dim=1), torch.full((8,), 0.2))
    torch.testing.assert_close(first[8:], vectors.nodes[8:])
    for view in encoder(views=1, noise=0.0).views:
        torch.testing.assert_close(view, vectors.nodes)


def test_noise_stays_in_the_orthant_of_the_step():
    encoder = encoder_of(make_graph(LIKES), num_layers=1, num_fact_layers=0).eval()
    step = 2 * encoder().nodes - encoder().inputs
    (view,) = encoder(views=1).views
    assert ((view - encoder().nodes) * step.sign() >= -1e-6).all()


@pytest.mark.parametrize("num_layers", [1, 3])
def test_with_free_vectors_it_is_lightgcn_as_published(num_layers):
    """The mean of powers of the normalised adjacency times the vectors; a history and a base add up."""
    graph = make_graph(LIKES)
    encoder = encoder_of(graph, num_layers=num_layers, num_fact_layers=0)
    torch.nn.init.normal_(encoder.inputs["user"].weight, generator=torch.Generator().manual_seed(3))
    liked = np.zeros((graph.num_users, graph.num_items))
    liked[tuple(np.array(LIKES).T)] = 1
    square = np.block([[np.zeros((4, 4)), liked], [liked.T, np.zeros((4, 4))]])
    scale = np.sqrt(square.sum(1))
    square = square / scale[:, None] / scale[None, :]
    inputs = encoder().inputs.detach().numpy()
    expected = sum(np.linalg.matrix_power(square, power) @ inputs for power in range(num_layers + 1))
    vectors = encoder.embeddings()
    np.testing.assert_allclose(vectors.nodes, expected / (num_layers + 1), rtol=1e-4, atol=1e-5)
    for user in range(graph.num_users):
        person = vectors.person(history(graph, user), vectors.bases[user])
        np.testing.assert_allclose(person, vectors.nodes[user], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(name for name, layer in find().items() if layer.edges == "facts"))
def test_every_layer_over_facts_fits_in(name):
    graph = make_graph(LIKES, facts=[*FACTS, *AGES])
    encoder = encoder_of(graph, fact_layer=name, num_fact_layers=2)
    assert encoder().nodes.shape == (graph.num_nodes, SIZE)
    vectors = encoder.embeddings()
    assert np.isfinite(vectors.nodes).all()
    person = vectors.person(history(graph, 0), vectors.bases[0])
    np.testing.assert_allclose(person, vectors.nodes[0], rtol=1e-4, atol=1e-5)


def test_an_unknown_layer_is_named_with_the_known_ones():
    with pytest.raises(OptionError, match=r"no layer over facts 'gat'; known are compgcn, hgt"):
        encoder_of(make_graph(LIKES), fact_layer="gat")


def test_the_adjacency_goes_where_the_weights_go():
    encoder = nn.ModuleDict({"inside": encoder_of(make_graph(LIKES, facts=FACTS))})
    encoder.to("meta")
    assert encoder["inside"].adjacency.degrees.device.type == "meta"


def test_every_weight_is_learned():
    encoder = encoder_of(make_graph(LIKES, facts=[*FACTS, *AGES]), dropout=0.0)
    vectors = encoder()
    (vectors.contexts.square().sum() + vectors.items.square().sum() + vectors.bases.square().sum()).backward()
    without = [
        name for name, weight in encoder.named_parameters() if weight.grad is None or not weight.grad.any()
    ]
    assert without == []
